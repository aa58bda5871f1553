"""The card: one question, its answer, the picture, the table, and everything needed to trust or check it."""

from dataclasses import replace

import streamlit as st

from publicsafety import prose
from publicsafety.documents import csv
from publicsafety.findings import Finding
from publicsafety.metrics import compose
from publicsafety.shapes import shapes
from publicsafety.ui import access, plot, tables
from publicsafety.ui.state import Drawn, Reader

ROWS = 1000
CAVEATS = 1  # how many of a metric's own stand on the card; the definition has them all


def show(reader: Reader, drawn: Drawn) -> None:
    """Draw one finding as a card."""
    found = drawn.finding
    with st.container(border=True, height="stretch", key=f"card_{found.key}"):
        st.header(found.question, anchor=found.key.replace("_", "-"))
        st.text(found.sentence)
        if drawn.figure is not None:
            plot.show(drawn.figure, key=f"chart_{found.key}", alt=found.alt)
        notes = [*found.options.get("beside", ()), *found.caveats[:CAVEATS]]
        if notes:
            st.caption(prose.plain(" ".join(map(prose.sentence, notes))))
        source_line(reader, found)
        actions(reader, found)


def source_line(reader: Reader, found: Finding) -> None:
    """n, period, as-of date and source, in one small line."""
    bits = [found.n, prose.span(found.filters.start, found.filters.end), f"data to {prose.short_day(found.as_of)}"]
    bits.append(
        reader.sources(found.metric.table if found.metric else shapes()[found.shape].mart if found.shape else "")
    )
    st.caption(prose.plain(" · ".join(bit for bit in bits if bit)))


@st.fragment
def actions(reader: Reader, found: Finding) -> None:
    """Table, definition and download, each behind a word. What is not opened is not made; opening reruns the card alone."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key=f"actions_{found.key}"):
        can_drill = found.metric is not None and reader.has_records
        chosen = st.pills(
            f"More about: {found.question}",
            ["Table", "Definition and query" if reader.has_records else "Definition", *(["Rows"] if can_drill else [])],
            default="Table" if found.options.get("open_table") else None,
            key=f"more_{found.key}",
            label_visibility="collapsed",
        )
        st.download_button(
            "CSV",
            data=access.guarded(lambda: csv.write(found), found.key, reader.build_id),
            file_name=f"{found.key}.csv",
            mime=csv.MIME,
            icon=":material/download:",
            type="tertiary",
            key=f"csv_{found.key}",
            on_click="ignore",
            help=f"Download the figures of “{found.question}”",
        )
    if chosen == "Table":
        st.dataframe(
            tables.shown(found),
            column_config=tables.columns(found),
            hide_index=True,
            alt=f"Table: {found.question}",
            key=f"rows_{found.key}",
        )
    elif chosen == "Rows":
        rows(reader, found)
    elif chosen:
        definition(reader, found)


def rows(reader: Reader, found: Finding) -> None:
    """The single records that a figure counts, latest first, with the file and line that each came from."""
    if found.metric is None:
        return
    asked = replace(found.filters, by=(), grain="all")
    counted = reader.rows(found.metric.name, asked, ROWS)
    many = (
        f"The latest {prose.count(ROWS)} rows"
        if len(counted) == ROWS
        else prose.count(len(counted), "rows").capitalize()
    )
    st.text(f"{many} behind “{found.metric.title}”. No person key and no exact point is among the columns.")
    st.dataframe(counted, hide_index=True, alt=f"Rows behind {found.metric.title}", key=f"records_{found.key}")


def definition(reader: Reader, found: Finding) -> None:
    """What is counted, what is left out, and the very query that ran."""
    metric = found.metric
    if metric:
        st.markdown(f"**{prose.plain(metric.title)}** · {prose.plain(metric.question)}")
        counted = [("Counted", metric.numerator), ("Out of", metric.denominator), ("Includes", "; ".join(metric.includes)),
                   ("Leaves out", "; ".join(metric.excludes)), ("Stage", ", ".join(f"{part}: {stage}" for part, stage in metric.stage)),
                   ("Version", f"{metric.version}, reviewed {prose.short_day(metric.reviewed)}"), ("Steward", metric.steward)]  # fmt: skip
        st.markdown("\n".join(f"- **{name}**: {prose.plain(text)}" for name, text in counted if text))
    for caveat in found.caveats:
        st.text(f"Note: {caveat}")
    for title, sql in queries(reader, found):
        st.caption(title)
        st.code(sql, language="sql", wrap_lines=True)


def queries(reader: Reader, found: Finding) -> list[tuple[str, str]]:
    """The statements behind a finding, as they ran."""
    made = [
        (
            f"The query behind “{each.metric.title}”",
            compose(each.metric, each.filters, reader.city.fiscal_year_starts).sql,
        )
        for each in found.observations
    ]
    return made + (
        [(f"The query of queries/charts/{found.shape}.sql", shapes()[found.shape].sql)] if found.shape else []
    )
