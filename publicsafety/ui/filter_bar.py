"""One filter bar: period, comparison, area, nature, source. Its state is the address, so every view is a link.

Each control is bound to a query parameter of its own name. Streamlit takes a parameter only if it is one of the
control's options; everything else in an address (unknown names, hostile or huge values) is ignored.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from publicsafety import metrics, periods, prose
from publicsafety.filters import Filters
from publicsafety.findings import Scope, contents, published
from publicsafety.language import gettext as _
from publicsafety.observations import ALL
from publicsafety.remembered import remembered
from publicsafety.ui import languages, links
from publicsafety.ui.state import Reader

DIMENSIONS = {
    "area": "All areas",
    "nature": "All natures",
    "source": "All sources",
    "partner": "All partners",
    "need": "All needs",
}
ASKED = ("calls_for_service", "needle_reports", "referrals_offered")  # whose values fill the lists
COMPARISONS = {"year": "The year before", "previous": "The period before", "none": "No comparison"}
DEFAULT_PERIOD, DEFAULT_COMPARISON = "last_12_months", "year"


def bar(
    reader: Reader,
    dimensions: Sequence[str] = ("area", "nature", "source"),
    compare: bool = True,
    figures: tuple[str, ...] = (),
    notes: Any = None,
) -> Scope:
    """Draw the bar and return what is asked for. On a phone it is one button that says how many filters are set.

    `notes` is where the page says which values of its link it does not have.
    """
    notes = notes or st.container()
    if not reader.has_records:
        return _published(reader, figures, notes)
    is_open = st.session_state.get("filters_open", False)
    with st.container(key="filter_bar"):
        button = st.container(key="filters_button_box")  # drawn last: only then is it known how many are set
        with st.container(
            horizontal=True,
            vertical_alignment="bottom",
            gap="small",
            key="filters_open_box" if is_open else "filters_closed_box",
        ):
            period = _period(reader, notes)
            comparison = _comparison(notes) if compare else "none"
            where = tuple((name, values) for name in dimensions if (values := _values(reader, name, notes)))
            with st.container(horizontal=True, width="content", gap="xsmall", key="filter_actions"):
                st.button(
                    "Reset",
                    type="tertiary",
                    on_click=_reset,
                    key="reset",
                    help="Back to the last 12 months and no filters",
                )
                with st.popover("Link", icon=":material/link:", type="tertiary", help="The address of this view"):
                    st.text("This address opens this very view:")
                    st.code(address(), language=None, wrap_lines=True)
        label = _phone_label(dimensions)
        button.button(label, icon=":material/tune:", key="filters_button", on_click=_toggle, width="stretch")
    filters = Filters(period.start, period.end, where=where)
    return Scope(filters, *_compared(filters, comparison))


def _published(reader: Reader, figures: tuple[str, ...], notes: Any) -> Scope:
    """The bar of a released database: it chooses among published periods, and no filter makes new figures."""
    known = {prose.period_name(each.start.isoformat(), each.grain): each for each in published.periods(reader, figures)}
    if not known:
        return Scope(Filters(None, reader.as_of))
    help_text = _("A year, a quarter or a month for which figures are published. A shorter period has fewer figures.")
    with st.container(key="filter_bar"):
        options = links.same(known)
        period = known[links.choose(st.selectbox, _("Period"), "period", options, notes, width=200, help=help_text)]
    languages.remember("period", lambda: prose.period_name(period.start.isoformat(), period.grain))
    return contents.scope(reader, period, figures)


def address() -> str:
    """The address of the view: the page's own, with the parameters that are set."""
    query = urlencode({name: st.query_params.get_all(name) for name in st.query_params}, doseq=True)
    page = (st.context.url or "").split("?")[0]
    return f"{page}?{query}" if query else page


def _period(reader: Reader, notes: Any) -> periods.Period:
    place = list(periods.PRESETS).index(DEFAULT_PERIOD)
    name = links.choose(st.selectbox, "Period", "period", periods.PRESETS, notes, str.lower, index=place, width=145)
    if name != "custom":
        made = periods.preset(name, reader.as_of, reader.city.fiscal_year_starts)
        return replace(made, end=min(made.end, reader.as_of)) if made.end else replace(made, end=reader.as_of)
    first, last = (
        st.date_input(label, value=value, key=key, bind="query-params", format="MM/DD/YYYY", width=125)
        for label, value, key in (("From", periods.add_months(reader.as_of, -1), "start"), ("To", reader.as_of, "end"))
    )
    start, end = first if isinstance(first, date) else reader.as_of, last if isinstance(last, date) else reader.as_of
    return periods.Period(min(start, end), max(start, end))


def _comparison(notes: Any) -> str:
    return str(links.choose(st.selectbox, "Compare with", "compare", COMPARISONS, notes, str.lower, width=160))


def _compared(filters: Filters, comparison: str) -> tuple[Filters | None, str]:
    """The comparison's filters and name. A period without a start has nothing before it."""
    if comparison not in ("previous", "year") or filters.start is None or filters.end is None:
        return None, ""
    then = (periods.previous if comparison == "previous" else periods.year_before)(filters.start, filters.end)
    return replace(filters, start=then.start, end=then.end), COMPARISONS[comparison].lower()


def _values(reader: Reader, dimension: str, notes: Any) -> tuple[str, ...]:
    options = choices(reader, dimension)
    wanted = links.asked(dimension, links.same(options))
    chosen = st.multiselect(
        dimension.capitalize(), options, key=dimension, bind="query-params", placeholder=DIMENSIONS[dimension], width=138,
    )  # fmt: skip
    kept = tuple(value for value in chosen if value in options)
    links.say(notes, dimension, wanted, prose.listing(kept) or DIMENSIONS[dimension].lower())
    return kept


@remembered(64)
def choices(reader: Reader, dimension: str) -> tuple[str, ...]:
    """The values of a dimension that the audience's own data has, in order of the alphabet."""
    seen: set[str] = set()
    for metric in (name for name in ASKED if dimension in metrics.registry()[name].dimensions):
        rows = reader.run(metric, Scope(Filters()).on(metric, by=(dimension,))).rows
        seen.update(str(row[dimension]) for row in rows)
    return tuple(sorted(seen - {ALL}))


def _phone_label(dimensions: Sequence[str]) -> str:
    state = st.session_state
    number = sum(bool(state.get(name)) for name in dimensions)
    number += state.get("period", DEFAULT_PERIOD) != DEFAULT_PERIOD
    number += state.get("compare", DEFAULT_COMPARISON) != DEFAULT_COMPARISON
    return f"Filters · {number} set" if number else "Filters · none set"


def _toggle() -> None:
    st.session_state["filters_open"] = not st.session_state.get("filters_open", False)


def _reset() -> None:
    st.session_state.update(period=DEFAULT_PERIOD, compare=DEFAULT_COMPARISON)
    for name in DIMENSIONS:
        if name in st.session_state:
            st.session_state[name] = []
