"""The briefing page: a released period to choose, the briefing in one scroll, and every format to take away."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import streamlit as st

from publicsafety import prose, warehouse
from publicsafety.audience import Audience
from publicsafety.briefing import Briefing, BriefingError, Period, brief, periods
from publicsafety.briefing.core import printed
from publicsafety.documents.formats import FORMATS, Format
from publicsafety.findings import Finding
from publicsafety.remembered import remembered
from publicsafety.ui import access, finding, links, state, tiles
from publicsafety.ui.state import Drawn, Reader
from publicsafety.warehouse import WarehouseError

WIDE = 4  # columns of a table that needs the whole width


def show(answer_slot: Any, notes: Any) -> None:
    """The briefing of the chosen period. It is read from the council database, whoever looks."""
    try:
        warehouse.open(Audience.COUNCIL)
    except WarehouseError as error:
        answer_slot.text(
            "There is no briefing yet: a briefing repeats released figures, and nothing has been released."
        )
        st.text(str(error))
        return
    reader = state.reader(Audience.COUNCIL)
    try:
        chosen = _choose(periods(reader), notes)
        made = _made(reader, chosen.start, chosen.end)
    except BriefingError as error:
        answer_slot.text(str(error))
        return
    answer_slot.text(made.summary[0] if made.summary else made.title)
    _downloads(reader, made)
    _body(reader, made)


def _choose(known: Sequence[Period], notes: Any) -> Period:
    """The period: only those that the release has, kept in the address."""
    names = {_named(period): period for period in known}
    help_text = "Closed periods of the release. A briefing repeats released figures and adds nothing up, so other dates are not to be had."
    options = links.same(names)
    return names[links.choose(st.selectbox, "Period", "briefing", options, notes, width=340, help=help_text)]


def _named(period: Period) -> str:
    """A period as the menu and the address have it: "2024", "Q3 2024", "October 2024"."""
    if period.grain == "quarter":
        return prose.period_name(period.start.isoformat(), "quarter")
    return period.name[0].upper() + period.name[1:]


@remembered(64)
def _made(reader: Reader, start: date, end: date) -> Briefing:
    return brief(reader, start, end)


@remembered(64)
def _written(reader: Reader, start: date, end: date, suffix: str) -> bytes:
    """One file. Kept, because two readers of one meeting ask for the same."""
    return FORMATS[suffix].write(_made(reader, start, end))


@st.fragment
def _downloads(reader: Reader, made: Briefing) -> None:
    """A button a format. A file is made when it is asked for, and its button shows that it is at work."""
    with st.container(horizontal=True, gap="small", key="downloads"):
        for suffix, form in FORMATS.items():
            _download(reader, made, suffix, form)


def _download(reader: Reader, made: Briefing, suffix: str, form: Format) -> None:
    start, end = made.period.start, made.period.end
    st.download_button(
        form.name, data=access.guarded(lambda: _written(reader, start, end, suffix), f"briefing{suffix}", reader.build_id), file_name=made.file_stem + suffix,
        mime=form.mime, icon=":material/download:", key=f"download{suffix}", on_click="ignore", help=f"{made.title}, as {form.name}",
    )  # fmt: skip


def _body(reader: Reader, made: Briefing) -> None:
    st.header("In short")
    st.markdown("\n".join(f"- {prose.plain(each)}" for each in made.summary))
    tiles.show(list(made.tiles), key="briefing")
    for section in made.core:
        _section(reader, section.title, section.findings)
    _notes("Limitations", made.limitations)
    _notes("What the figures do not show", made.not_shown)
    for section in made.appendices:
        _section(reader, f"Appendix: {section.title[0].lower()}{section.title[1:]}", section.findings)
    _definitions(made)
    _section(reader, "Corrections and sources", (made.revisions,))
    _notes("Sources", made.sources)


def _section(reader: Reader, title: str, findings: Sequence[Finding]) -> None:
    """Findings under one heading: two beside each other where both are narrow."""
    with st.container(key=f"section_{findings[0].key}"):
        st.header(title)
        waiting: list[Finding] = []
        for found in findings:
            if _is_wide(found):
                _row(reader, waiting)
                _row(reader, [found])
                waiting = []
            else:
                waiting.append(found)
                if len(waiting) == 2:
                    _row(reader, waiting)
                    waiting = []
        _row(reader, waiting)


def _row(reader: Reader, findings: Sequence[Finding]) -> None:
    finding.beside(reader, [Drawn(found, state.figure(found)) for found in findings])


def _is_wide(found: Finding) -> bool:
    laid = printed(found)
    return found.drawing.startswith("map") or bool(laid and not found.drawing and len(laid.headers) > WIDE)


def _notes(title: str, notes: Sequence[str]) -> None:
    with st.container(border=True, key=f"card_{title.lower().replace(' ', '_')}"):
        st.header(title)
        st.markdown("\n".join(f"- {prose.plain(each)}" for each in notes))


def _definitions(made: Briefing) -> None:
    with st.container(border=True, key="card_definitions"):
        st.header("Definitions")
        for each in made.definitions:
            with st.expander(prose.plain(each.title)):
                st.markdown("\n".join(f"- **{label}**: {prose.plain(text)}" for label, text in each.lines))
