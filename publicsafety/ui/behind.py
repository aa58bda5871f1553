"""The rows behind a figure: all of them, or those of one bar, cell or month; latest first, with a file of them all."""

import streamlit as st

from publicsafety import language, prose
from publicsafety.documents import csv
from publicsafety.filters import Filters
from publicsafety.findings import Finding
from publicsafety.findings.behind import Behind, Choice, behind, narrowed
from publicsafety.language import gettext as _
from publicsafety.language import later
from publicsafety.ui import access
from publicsafety.ui.state import Reader

RECORDS = later("Rows")
SHOWN = 1000  # rows in the table on the page
MOST = 100_000  # rows in a file: what a spreadsheet opens, and a server makes while somebody waits
ALL = "All"
WIDTH = 240  # pixels of a choice


@st.fragment
def of_tiles(reader: Reader, found: list[Finding], key: str) -> None:
    """Below a wall of tiles: the rows of any of its figures, behind one word."""
    language.select(reader.language)  # a fragment runs alone, without the page around it
    with st.container(key=f"behind_{key}"):
        about = f"Rows behind {prose.listing(each.options['label'] for each in found)}"
        if st.pills(about, [RECORDS], format_func=_, key=f"open_{key}", label_visibility="collapsed"):
            show(reader, key, *found)


def show(reader: Reader, key: str, *found: Finding) -> None:
    """Which rows, how many they are, the latest of them, and all of them as a file."""
    known = behind(reader, *found)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key=f"narrow_{key}"):
        place = 0
        if len(known) > 1:
            place = st.selectbox(
                "Rows of", range(len(known)), format_func=lambda place: known[place].title, key=f"of_{key}", width=WIDTH
            )
        about = known[place if place in range(len(known)) else 0]
        picked = _picked(about, f"{key}_{about.name}")
    asked = narrowed(about.filters, picked)
    counted, whole = reader.rows(about.name, asked, SHOWN), reader.row_count(about.name, asked)
    st.text(_said(about, picked, len(counted), whole))
    if whole:
        with st.container(key=f"records_{key}"):
            st.dataframe(counted, hide_index=True, alt=f"Rows behind {about.title}")
        _download(reader, key, about.name, asked, picked, whole)


def _picked(about: Behind, key: str) -> dict[str, str]:
    """One value of each dimension or period, where one is chosen."""
    chosen = {choice.name: _pick(choice, f"pick_{key}_{choice.name}") for choice in about.choices}
    return {name: value for name, value in chosen.items() if value}


def _pick(choice: Choice, key: str) -> str:
    """The value that the reader chose; nothing for all of them, or for one that the filters have taken away."""
    values = [ALL, *choice.values]
    chosen = st.selectbox(
        choice.title, values, format_func=lambda value: choice.values.get(value, value), key=key, width=WIDTH
    )
    return chosen if chosen in choice.values else ""


def _said(about: Behind, picked: dict[str, str], shown: int, whole: int) -> str:
    """How many rows there are, of what; of how many those below are the latest."""
    words = [choice.values[picked[choice.name]] for choice in about.choices if choice.name in picked]
    of = f"“{about.title}”" + "".join(f", {each}" for each in words)
    if not whole:
        return f"No row is behind {of}."
    many = prose.count(whole, "rows")
    many = f"The latest {prose.count(shown)} of {many}" if shown < whole else many
    return f"{many} behind {of}. No person key and no exact point is among the columns."


def _download(reader: Reader, key: str, name: str, asked: Filters, picked: dict[str, str], whole: int) -> None:
    """All rows as a file, made when it is asked for; the audit log says of what and of which part."""
    label = f"CSV of {prose.count(whole, 'rows')}"
    if whole > MOST:
        label = f"CSV of the latest {prose.count(MOST)} of {prose.count(whole, 'rows')}"
    st.download_button(
        label,
        data=access.guarded(
            lambda: csv.table(reader.rows(name, asked, MOST)),
            " ".join(("rows", name, *picked.values())),
            reader.build_id,
        ),
        file_name=f"{name}_rows.csv",
        mime=csv.MIME,
        icon=":material/download:",
        type="tertiary",
        key=f"csv_rows_{key}",
        on_click="ignore",
        help="Download these rows, with the columns of the table",
    )
