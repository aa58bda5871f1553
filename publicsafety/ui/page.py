"""What a page is made of: a title, the answer in one sentence, the filter bar, and findings under questions."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import streamlit as st

from publicsafety import metrics, prose
from publicsafety.filters import Filters
from publicsafety.findings import Finding, Scope, closer, contents, kpi, published
from publicsafety.findings.contents import Contents
from publicsafety.findings.recorded import not_exported
from publicsafety.language import gettext as _
from publicsafety.pages import page_files, read_page
from publicsafety.ui import (
    access,
    behind,
    briefing,
    definitions,
    filter_bar,
    finding,
    links,
    look_closer,
    open_data,
    protection,
    question,
    state,
    tiles,
)
from publicsafety.warehouse import WarehouseError

PLACEHOLDER = 320  # pixels, about a card's chart
AS_RELEASED = "As released to the public: periods that are over, small counts withheld. The other pages count single records up to today."
Builder = Callable[..., Finding]


@dataclass(frozen=True)
class Page:
    """An open page: whose data, which scope, where its answer and notes on the link go, and what it shows of released figures."""

    reader: state.Reader
    scope: Scope
    answer_slot: Any
    notes: Any
    contents: Contents | None = None
    is_new: bool = True  # whether the visitor has just come to the page
    said: set[str] = field(default_factory=set)  # which exports the page has said to be missing

    def find(self, build: Builder, *arguments: Any, **named: Any) -> state.Drawn | None:
        """Build a finding for the page's scope, or recall it; none when it was not released to this audience."""
        if not self.reader.has_records and not published.fits(build):
            return None
        try:
            made = state.drawn(self.reader, build, self.scope, *arguments, **named)
        except published.NotPublished:
            return None
        except WarehouseError:
            if self.reader.has_records:
                raise
            return None
        return None if made.finding.is_unavailable and not self.reader.has_records else made

    def answer(self, build: Builder, *arguments: Any) -> None:
        """The page's answer from single records: one sentence under the title."""
        if self.reader.has_records and (made := self.find(build, *arguments)):
            missing = not_exported(self.reader, made.finding)
            self.answer_slot.text(prose.sentence(f"{missing}; see Data quality") if missing else made.finding.sentence)

    def _exported(self, *found: Finding) -> list[Finding]:
        """The findings that have an export behind them; which exports are missing is said once, instead of zeros."""
        why = {each.key: not_exported(self.reader, each) for each in found}
        missing = [each for each in dict.fromkeys(why.values()) if each and each not in self.said]
        if missing:
            self.said.update(missing)
            with st.container(border=True, horizontal=True, vertical_alignment="center"):
                for each in missing:
                    st.text(prose.sentence(each), width="content")
                about = next(page for page in page_files() if page.stem == "data_quality")
                st.page_link(about.path, label=about.title, icon=about.icon)
        return [each for each in found if not why[each.key]]

    def released(self, with_records: bool = False) -> None:
        """All that the page shows of released figures, as `findings.contents` lists it; beside single records only when told."""
        if (self.reader.has_records and not with_records) or self.contents is None:
            return
        made = next((found for way in contents.ways_to_answer(self.contents) if (found := self.find(*way))), None)
        self.answer_slot.text(made.finding.sentence if made else _(contents.NOT_PUBLISHED))
        self._tiles(_(self.contents.tiles_title), self.contents.tiles)
        for row in self.contents.asks:
            self.pair(*row)

    def show(self, build: Builder, *arguments: Any, **named: Any) -> None:
        """One finding as a card. On a page just opened a grey shape holds its place while it takes longer than a moment;
        later the card of before stands there until the new one is made."""
        # A shape costs a thread and four messages.
        is_shaped = self.is_new and not state.is_remembered(self.reader, build, self.scope, *arguments, **named)
        place: Any = st.skeleton(height=PLACEHOLDER) if is_shaped else st
        with place if is_shaped else nullcontext():
            made = self.find(build, *arguments, **named)
        if made and self._exported(made.finding):
            finding.show(self.reader, made, place)
        elif not is_shaped:
            st.empty()  # or what follows would move up by a place, and its charts would be drawn from nothing

    def pair(self, *questions: tuple[Any, ...]) -> None:
        """Two cards side by side, one below the other on a narrow screen; one alone has the whole width."""
        found = [each for build, *arguments in questions if (each := self.find(build, *arguments))]
        kept = {each.key for each in self._exported(*(each.finding for each in found))}
        made = [each for each in found if each.finding.key in kept]
        finding.beside(self.reader, made)

    def series_by_grain(self, build: Builder, metric: str) -> None:
        """A series with its own control: by day, week, month, quarter or year."""
        known = [name for name in question.GRAINS if name in metrics.registry()[metric].grains]
        if not self.reader.has_records:
            return
        grain = links.choose(
            st.segmented_control, "Over time, by", "by", links.same(known), self.notes, default="month", required=True
        )
        self.show(build, metric, grain=grain)

    def choose(self, label: str, key: str, options: dict[str, str], needs_records: tuple[str, ...] = ()) -> str:
        """One of a few views, kept in the address. `needs_records`: those that a released database cannot answer."""
        known = {name: words for name, words in options.items() if self.reader.has_records or name not in needs_records}
        if len(known) < 2:  # nothing to choose
            links.say(self.notes, key, links.asked(key, known))
            return next(iter(known or options))
        first = next(iter(known))
        return str(
            links.choose(st.segmented_control, label, key, known, self.notes, str.lower, default=first, required=True)
        )

    def pick(self, label: str, key: str, options: Callable[[state.Reader], list[str]]) -> str:
        """One of the values that the data has, kept in the address; the first until something is chosen."""
        known = links.same(options(self.reader))
        if len(known) <= 2:  # all of them, and the only one
            first = next(iter(known))
            links.say(self.notes, key, links.asked(key, known), first.lower())
            return first
        return str(links.choose(st.selectbox, label, key, known, self.notes, str.lower, width=420))

    def question(self) -> tuple[str, str, str, str]:
        """The explorer's question: a metric, up to two of its dimensions, and a grain, all kept in the address."""
        return question.asked(self.notes)

    def briefing(self) -> None:
        """The council briefing: period, sections, downloads."""
        briefing.show(self.answer_slot, self.notes)

    def definitions(self) -> None:
        """How figures are counted and protected, and the card of every figure."""
        if not self.reader.has_records:
            protection.show(self.reader)
        definitions.show(self.reader, self.notes)

    def look_closer(self) -> None:
        """Every released figure of one category that the visitor chooses, whoever looks."""
        reader = open_data.released() if self.reader.has_records else self.reader
        if reader is None:
            return
        chosen = look_closer.choice(reader, self.notes)
        if chosen is None:
            self.answer_slot.text(_(contents.NOT_PUBLISHED))
            return
        if self.reader.has_records:  # beside pages of single records these figures look like theirs
            self.notes.caption(AS_RELEASED)
        page = replace(self, reader=reader, scope=closer.scope(reader))
        self.answer_slot.text(closer.answer(reader, page.scope, *chosen))
        asks = closer.asks(reader, *chosen)
        for first in range(0, len(asks), 2):
            page.pair(*asks[first : first + 2])

    def open_data(self) -> None:
        """The published files."""
        open_data.show()

    def loaded_tables(self) -> list[str]:
        """The canonical tables that the build loaded, as the completeness report names them."""
        return sorted(set(self.reader.table("load_completeness")["table"].astype(str))) or ["calls"]

    def tiles(self, title: str, *metrics: str) -> None:
        """Key figures of single records under a heading."""
        if self.reader.has_records:
            self._tiles(title, metrics)

    def _tiles(self, title: str, metrics: tuple[str, ...]) -> None:
        found = [each.finding for metric in metrics if (each := self.find(kpi.kpi, metric))]
        made = self._exported(*found)
        if made:
            st.header(title)
            tiles.show(made, key=metrics[0])
            if self.reader.has_records:
                behind.of_tiles(self.reader, made, key=f"tiles_{metrics[0]}")


def begin(
    file: str,
    filters: tuple[str, ...] | None = ("area", "nature", "source"),
    compare: bool = True,
    figures: tuple[str, ...] = (),
) -> Page:
    """Open a page: its title from its own docstring, room for the answer, the filter bar (none when `filters` is None).

    `figures` are the metrics that the page is about (those of `findings.contents` where it is listed there): a released
    database offers the periods that it has for them.
    """
    reader = state.reader(access.audience())
    about = read_page(Path(file))
    shown = contents.PAGES.get(about.stem)
    st.title(_(about.title), anchor=False)
    notes = st.container(key="answer")
    slot = notes.container()  # the answer first, then what the link asked for and the page does not have
    is_new = links.begin(about.stem)
    figures = shown.figures if shown else figures
    scope = (
        Scope(Filters(None, reader.as_of))
        if filters is None
        else filter_bar.bar(reader, filters, compare, figures, notes)
    )
    return Page(reader, scope, slot, notes, shown, is_new)
