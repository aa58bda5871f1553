"""Every figure's card, drawn from its file: what is counted, out of what, what is left out, the query, an example."""

from datetime import date
from itertools import groupby
from typing import Any

import pandas as pd
import streamlit as st

from publicsafety import metrics, prose
from publicsafety.city import ROOT
from publicsafety.filters import Filters
from publicsafety.findings.card import card
from publicsafety.findings.core import total
from publicsafety.findings.words import said_n
from publicsafety.language import gettext as _
from publicsafety.metrics import Metric, compose
from publicsafety.ui import languages, links
from publicsafety.ui.state import Reader
from publicsafety.ui.tables import widths

FILES = 4  # that the card names, the latest first: there is one a month
# What a figure sets apart, by its column, as the end of "49 …".
APART = {
    "n_excluded": "left out",
    "n_unknown": "not known and counted in neither part",
    "n_immature": "too recent to be judged",
    "n_without_key": "without a person key",
}
EXAMPLES = ROOT / "tests" / "metrics"


def show(reader: Reader, notes: Any) -> None:
    """A figure to choose, its card, its query and its worked example; below it the list of all figures."""
    known = {name: metric for name, metric in metrics.registry().items() if name in _kept(reader)}
    order = sorted(known, key=lambda name: known[name].title)
    titles = {name: known[name].title for name in order}
    metric = known[links.choose(st.selectbox, _("Figure"), "metric", titles, notes, width=420)]
    languages.remember("metric", lambda: metrics.registry()[metric.name].title)
    with st.container(border=True, key="card_definition"):
        st.header(metric.question)
        lines = [*card(metric), *_data(reader, metric)]
        st.markdown("\n".join(f"- **{name}**: {prose.plain(text)}" for name, text in lines if text))
        _related([known[name] for name in metric.related if name in known])
    with st.container(border=True, key="card_query"):
        st.header(_("The query"))
        st.text(
            _(
                "The formula as it stands in its file. Period, filters and dimensions are added to it, never to its meaning."
            )
        )
        st.code(metric.sql, language=None, wrap_lines=True)
        with st.expander(_("As it runs for {year}, by month").format(year=2025)):
            year = Filters(*_year(2025), grain="month" if "month" in metric.grains else "all")
            st.code(compose(metric, year, reader.city.fiscal_year_starts).sql, language=None, wrap_lines=True)
    if reader.has_records:
        _example(metric)
    with st.container(border=True, key="card_all"):
        st.header(_("All figures"))
        rows = [
            {
                _("Figure"): each.title,
                _("Question"): each.question,
                _("Unit"): prose.unit_name(each.unit),
                _("Name"): each.name,
            }
            for each in map(known.get, order)
            if each
        ]
        alt = _("All figures with their questions and units")
        sized = widths(pd.DataFrame(rows))
        st.dataframe(rows, hide_index=True, column_config=sized, alt=alt, key="all_definitions")


def _data(reader: Reader, metric: Metric) -> list[tuple[str, str]]:
    """What the card rests on in the database that is open: how far it reaches and, of records, which files and how many."""
    lines = [(_("Data to"), prose.day(reader.as_of))]
    if not reader.has_records:
        return lines
    whole = total(reader.run(metric.name, Filters(None, reader.as_of)))
    counted = [said_n(whole, metric), *(f"{prose.count(whole[name])} {word}" for name, word in APART.items() if prose.known(whole.get(name)))]  # fmt: skip
    loaded = reader.table("load_files")
    names = list(loaded[loaded["table"] == metric.table].sort_values("last_at", ascending=False)["file"])
    more = f", and {prose.count(len(names) - FILES)} more, which Data quality lists" if len(names) > FILES else ""
    return [
        *lines,
        ("In all the data", "; ".join(filter(None, counted))),
        ("Files", (", ".join(names[:FILES]) + more) if names else "none was loaded"),
    ]


def _related(figures: list[Metric]) -> None:
    """The figures that are read together with this one, each a way to its own card."""
    if not figures:
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="related"):
        st.markdown(f"**{_('See also')}**", width="content")
        for each in figures:
            st.button(
                each.title,
                key=f"related_{each.name}",
                type="tertiary",
                icon=":material/arrow_forward:",
                on_click=_choose,
                args=(each.name,),
            )


def _choose(name: str) -> None:
    st.session_state["metric"] = name


def _kept(reader: Reader) -> set[str]:
    """The figures that the database answers: all where it holds records, else those of its release."""
    return set(metrics.registry()) if reader.has_records else set(reader.table("definitions")["metric"])


def _year(year: int) -> tuple[date, date]:
    return date(year, 1, 1), date(year, 12, 31)


def _example(metric: Metric) -> None:
    """The table of rows and expected answers by which the figure is tested."""
    path = EXAMPLES / f"{metric.name}.md"
    if not path.is_file():
        return
    with st.container(border=True, key="card_example"):
        st.header("A worked example")
        st.text("Invented rows and what the figure must say about them. The tests check it at every change.")
        with st.expander("Show the example"):
            text = path.read_text(encoding="utf-8").split("\n", 1)[1]
            for place, (is_table, lines) in enumerate(groupby(text.splitlines(), lambda line: line.startswith("|"))):
                if is_table:
                    _table(list(lines), f"example_{place}")
                else:
                    st.markdown("\n".join(lines).replace("## ", "#### "))


def _table(lines: list[str], key: str) -> None:
    """A table of Markdown as a grid, which scrolls by itself, by keyboard too: Markdown's would widen the page."""
    head, _rule, *rows = ([cell.strip() for cell in line.strip()[1:-1].split("|")] for line in lines)
    frame = pd.DataFrame(rows, columns=head)
    st.dataframe(
        frame, hide_index=True, height="content", column_config=widths(frame), alt="A table of the example", key=key
    )
