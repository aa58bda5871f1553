"""The card: one question, its answer, the picture, the table, and everything needed to trust or check it."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from publicsafety import language, prose
from publicsafety.documents import csv
from publicsafety.findings import Finding
from publicsafety.findings.behind import has_rows
from publicsafety.findings.card import PARTS, STAGES
from publicsafety.language import gettext as _
from publicsafety.language import later
from publicsafety.metrics import Query, compose, registry
from publicsafety.pages import page_files
from publicsafety.shapes import shapes
from publicsafety.ui import access, behind, blocks, plot, tables
from publicsafety.ui.state import Drawn, Reader

TABLE, DEFINITION, QUERY = later("Table"), later("Definition"), later("Definition and query")
CARD = 320  # pixels that a card needs to stand beside another
CAVEATS = 1  # how many of a metric's own stand on the card; the definition has them all


def show(reader: Reader, drawn: Drawn, place: Any = st) -> None:
    """Draw one finding as a card, in `place` where it is not simply the next on the page."""
    found = drawn.finding
    with place.container(border=True, height="stretch", key=f"card_{found.key}"):
        st.header(found.question, anchor=found.key.replace("_", "-"))
        st.text(found.sentence)
        if drawn.figure is not None:
            plot.show(drawn.figure, key=f"chart_{found.key}", alt=found.alt)
        if found.options.get("blocks"):
            blocks.show(found)
        look(found.options.get("look", ()))
        small_print(reader, found)
        actions(reader, drawn)


def beside(reader: Reader, made: Sequence[Drawn]) -> None:
    """Cards side by side, one below the other where there is no room for that; one alone has the whole width."""
    if made:
        grid = st.grid(len(made), min_column_width=CARD, gap="small")
        for each in made:
            show(reader, each, grid)


def look(stems: tuple[str, ...]) -> None:
    """Links to the pages on which the figures of this card are taken apart."""
    if not stems:
        return
    pages = {page.stem: page for page in page_files()}
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="look"):
        st.markdown("**Where to look:**", width="content")
        for stem in stems:
            st.page_link(pages[stem].path, label=_(pages[stem].title), icon=pages[stem].icon)


def small_print(reader: Reader, found: Finding) -> None:
    """What the figure needs said, then n, period, as-of date and source in a line.

    One element: each is a message, and something that the browser looks at anew after every choice.
    """
    notes = [*found.options.get("beside", ()), *found.caveats[:CAVEATS]]
    lines = [" ".join(map(prose.sentence, notes)), source_line(reader, found)]
    st.caption("\n\n".join(prose.plain(line) for line in lines if line))


def source_line(reader: Reader, found: Finding) -> str:
    """n, period, as-of date and source."""
    span = prose.span(found.filters.start, found.filters.end)
    bits = [
        found.n,
        span if found.n else prose.capital(span),
        _("data to {day}").format(day=prose.short_day(found.as_of)),
    ]
    bits.append(
        reader.sources(found.metric.table if found.metric else shapes()[found.shape].mart if found.shape else "")
    )
    return " · ".join(bit for bit in bits if bit)


@st.fragment
def actions(reader: Reader, drawn: Drawn) -> None:
    """Table, definition and download, each behind a word. What is not opened is not made; opening reruns the card alone."""
    found = drawn.finding
    language.select(reader.language)  # a fragment runs alone, without the page around it
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key=f"actions_{found.key}"):
        can_drill = reader.has_records and has_rows(found)
        chosen = st.pills(
            _("More about: {question}").format(question=found.question),
            [
                TABLE,
                *([QUERY if reader.has_records else DEFINITION] if found.metric or found.shape else []),
                *([behind.RECORDS] if can_drill else []),
            ],
            default=TABLE if found.options.get("open_table") else None,
            format_func=_,
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
            help=_("Download the figures of “{question}”").format(question=found.question),
        )
    if chosen == TABLE:
        rows_shown = tables.shown(found)
        st.dataframe(
            rows_shown,
            height=tables.height(rows_shown),
            column_config=tables.columns(found),
            hide_index=True,
            alt=_("Table: {question}").format(question=found.question),
            key=f"rows_{found.key}",
        )
    elif chosen == behind.RECORDS:
        behind.show(reader, found.key, found)
    elif chosen:
        definition(reader, drawn)


def definition(reader: Reader, drawn: Drawn) -> None:
    """What is counted, what is left out, and the queries that give the figures."""
    found = drawn.finding
    metric = found.metric
    if metric:
        st.markdown(f"**{prose.plain(metric.title)}** · {prose.plain(metric.question)}")
        counted = [(_("Counted"), metric.numerator), (_("Out of"), metric.denominator), (_("Includes"), "; ".join(metric.includes)),
                   (_("Leaves out"), "; ".join(metric.excludes)), (_("Stage"), ", ".join(f"{_(PARTS.get(part, part))}: {_(STAGES.get(stage, stage))}" for part, stage in metric.stage)),
                   (_("Version"), _("{version}, reviewed {day}").format(version=metric.version, day=prose.short_day(metric.reviewed))),
                   (_("Steward"), _(metric.steward))]  # fmt: skip
        st.markdown("\n".join(f"- **{name}**: {prose.plain(text)}" for name, text in counted if text))
    for caveat in found.caveats:
        st.text(_("Note: {caveat}").format(caveat=caveat))
    for title, query in queries(reader, drawn):
        st.caption(title)
        st.code(written(query), language=None, wrap_lines=True)  # highlighted keywords are too pale for WCAG


def queries(reader: Reader, drawn: Drawn) -> list[tuple[str, Query]]:
    """A statement for each answer behind a finding, with its values; behind released figures, as they were counted before the release."""
    found = drawn.finding.observations
    if not reader.has_records:
        starts = reader.city.fiscal_year_starts
        return [(_query_of(each.metric.name), compose(each.metric, each.filters, starts)) for each in found]
    asked = drawn.asked or [(each.metric.name, each.filters) for each in found]
    return [(_query_of(name), reader.statement(name, filters)) for name, filters in asked]


def _query_of(name: str) -> str:
    if name in shapes():
        return _("The query of {file}").format(file=f"queries/charts/{name}.sql")
    return _("The query behind “{figure}”").format(figure=registry()[name].title)


def written(query: Query) -> str:
    """A statement to copy, below the value of each of its parameters."""
    values = [f"-- ${name} = {value}" for name, value in query.parameters.items()]
    return "\n".join([*values, query.sql])
