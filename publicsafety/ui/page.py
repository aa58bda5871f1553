"""What a page is made of: a title, the answer in one sentence, the filter bar, and findings under questions."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from publicsafety.findings import Finding, Scope, kpi
from publicsafety.ui import access, filter_bar, finding, state, tiles
from publicsafety.ui.pages import read_page

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
