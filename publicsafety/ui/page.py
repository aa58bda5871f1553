"""What a page is made of: a title, the answer in one sentence, the filter bar, and findings under questions."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from publicsafety import metrics
from publicsafety.findings import Finding, Scope, kpi
from publicsafety.ui import access, filter_bar, finding, state, tiles
from publicsafety.ui.pages import read_page

GRAINS = ("day", "week", "month", "quarter", "year")
Builder = Callable[..., Finding]


@dataclass(frozen=True)
class Page:
    """An open page: whose data, which scope, and where its answer goes."""

    reader: state.Reader
    scope: Scope
    answer_slot: Any

    def find(self, build: Builder, *arguments: Any, **named: Any) -> state.Drawn:
        """Build a finding for the page's scope, or recall it."""
        return state.drawn(self.reader, build, self.scope, arguments, tuple(sorted(named.items())))

    def answer(self, build: Builder, *arguments: Any, **named: Any) -> None:
        """The page's answer: one sentence under the title."""
        self.answer_slot.text(self.find(build, *arguments, **named).finding.sentence)

    def show(self, build: Builder, *arguments: Any, **named: Any) -> None:
        """One finding as a card."""
        finding.show(self.reader, self.find(build, *arguments, **named))

    def pair(self, left: tuple[Any, ...], right: tuple[Any, ...]) -> None:
        """Two cards side by side, one below the other on a narrow screen."""
        for column, (build, *arguments) in zip(st.columns(2, gap="small"), (left, right), strict=True):
            with column:
                self.show(build, *arguments)

    def series_by_grain(self, build: Builder, metric: str) -> None:
        """A series with its own control: by day, week, month, quarter or year."""
        known = [name for name in GRAINS if name in metrics.registry()[metric].grains]
        chosen = st.segmented_control(
            "Over time, by", known, default="month", required=True, key="by", bind="query-params"
        )
        self.show(build, metric, grain=chosen if chosen in known else "month")

    def choose(self, label: str, key: str, options: dict[str, str], needs_records: tuple[str, ...] = ()) -> str:
        """One of a few views, kept in the address. `needs_records`: those that a released database cannot answer."""
        known = [name for name in options if self.reader.has_records or name not in needs_records]
        chosen = st.segmented_control(
            label, known, format_func=options.__getitem__, default=known[0], required=True, key=key, bind="query-params"
        )
        return chosen if chosen in known else known[0]

    def tiles(self, title: str, *metrics: str) -> None:
        """Key figures under a heading."""
        st.header(title)
        tiles.show([self.find(kpi.kpi, metric).finding for metric in metrics], key=metrics[0])


def begin(file: str, filters: tuple[str, ...] = ("area", "nature", "source"), compare: bool = True) -> Page:
    """Open a page: its title from its own docstring, room for the answer, the filter bar."""
    reader = state.reader(access.audience())
    about = read_page(Path(file))
    st.title(about.title, anchor=False)
    slot = st.container(key="answer")
    return Page(reader, filter_bar.bar(reader, filters, compare), slot)
