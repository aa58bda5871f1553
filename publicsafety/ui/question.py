"""The explorer's question as controls: a figure, up to two of its dimensions, and how it is taken apart over time."""

from typing import Any

import streamlit as st

from publicsafety import metrics
from publicsafety.filters import DIMENSIONS
from publicsafety.findings.words import WORDS
from publicsafety.ui import links

FIRST = "care_responses"
GRAINS = ("day", "week", "month", "quarter", "year")


def asked(notes: Any) -> tuple[str, str, str, str]:
    """The explorer's question: a metric, up to two of its dimensions, and a grain, all kept in the address."""
    known = metrics.registry()
    names = {name: _dimension_words(name) for name in DIMENSIONS}
    titles = {name: each.title for name, each in known.items()}
    offered = {"metric": titles, "split": names, "across": names, "grain": links.same(GRAINS)}
    wanted = {key: links.asked(key, options) for key, options in offered.items()}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="question"):
        metric = st.selectbox("Figure", sorted(known, key=lambda name: known[name].title), format_func=lambda name: known[name].title,
                              index=None, placeholder=known[FIRST].title, key="metric", bind="query-params", width=300)  # fmt: skip
        metric = metric if metric in known else FIRST
        dimensions = known[metric].dimensions
        first, second = (
            st.selectbox(
                label,
                DIMENSIONS,
                format_func=_dimension_words,
                index=None,
                placeholder="nothing",
                key=key,
                bind="query-params",
                width=205,
            )
            for label, key in (("By", "split"), ("And by", "across"))
        )
        grain = st.selectbox(
            "Over time, by",
            GRAINS,
            index=None,
            placeholder="not over time",
            key="grain",
            bind="query-params",
            width=170,
        )
    unfit = [_dimension_words(name) for name in (first, second) if name and name not in dimensions]
    if unfit:
        st.text(
            f"{known[metric].title} has no {' or '.join(unfit).lower()}. It has: {', '.join(map(_dimension_words, dimensions)).lower() or 'no dimensions'}."
        )
    chosen = grain if grain in known[metric].grains else "all"
    if grain and chosen == "all":
        st.text(f"{known[metric].title} is not counted by {grain}. It is by: {', '.join(known[metric].grains)}.")
    shown = {"metric": known[metric].title, "split": names.get(first or "", "no breakdown"), "across": names.get(second or "", "no second breakdown"), "grain": f"by {grain}" if grain else "all of the period"}  # fmt: skip
    for key, each in wanted.items():
        links.say(notes, key, each, shown[key])
    return metric, *((name if name in dimensions else "") for name in (first, second)), chosen  # type: ignore[return-value]


def _dimension_words(name: str | None) -> str:
    return WORDS.get(name or "", name or "").capitalize()
