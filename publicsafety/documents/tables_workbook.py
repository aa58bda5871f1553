"""A release's tables as one accessible workbook: a cover, notes, definitions, and one table a sheet (the UK's Analysis Function)."""

import re
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import gptables
import pandas as pd

from publicsafety import prose
from publicsafety.documents import open_data
from publicsafety.documents.packaging import dated
from publicsafety.documents.workbook import LONGEST, PLAIN, SYMBOLS

NAME = "community-safety-tables.xlsx"
SHARE, COUNT = "0.0%", "#,##0"


def write(
    tables: Sequence[Mapping[str, Any]],
    cells: pd.DataFrame,
    cards: Mapping[str, Mapping[str, Any]],
    release: Mapping[str, str],
    publisher: str,
    contact: str,
    through: date,
) -> bytes:
    """The workbook; the same bytes for the same release.

    `tables`: rows of the database's `tables`; `cells`: its `catalogue`; `cards`: the definition of each metric.
    """
    names = _sheet_names([str(row["table_id"]) for row in tables])
    by_table = dict(list(cells.groupby("table_id")))
    sheets = {"Notes": _notes(release), "Definitions": _definitions(cards, release)}
    for row in tables:
        name = str(row["table_id"])
        sheets[names[name]] = _sheet(row, by_table[name], cards[str(row["metric"])], release)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / NAME
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="No note text provided")  # the sheet of notes is our own
            gptables.write_workbook(
                str(path), sheets, cover=_cover(release, publisher, contact, through), workbook_options=PLAIN
            )
        return dated(path.read_bytes(), through)


def _sheet_names(ids: Sequence[str]) -> dict[str, str]:
    """A name of at most 31 characters for each table, no two alike."""
    found: dict[str, str] = {}
    for each in ids:
        name, place = re.sub(r"\W+", "_", each)[:LONGEST], 2
        while name.lower() in {known.lower() for known in found.values()}:
            name, place = f"{re.sub(r'[^A-Za-z0-9]+', '_', each)[: LONGEST - 3]}_{place}", place + 1
        found[each] = name
    return found


def _cover(release: Mapping[str, str], publisher: str, contact: str, through: date) -> "gptables.Cover":
    licence = f"Licence: {release['license']}." if release.get("license") else "The release names no licence."
    return gptables.Cover(
        title=f"{release.get('title', 'Figures')}, release {release.get('number', '?')}",
        intro=["What this is", release.get("description", ""), f"Figures through {prose.day(through)}."],
        about=[
            "How to read it",
            "Each sheet has one table. The word All marks a total.",
            "Symbols in square brackets stand for a number that is not there: see the sheet Notes.",
            f"A number of calls or reports is shown when it is zero, or {release.get('threshold_events', '?')} or more; of people, cases or "
            f"referrals when it is zero, or {release.get('threshold_people', '?')} or more. Others are withheld, and so are those from which "
            "they could be worked out.",
            licence,
        ],
        contact=[publisher, contact or "No contact is given in the city's settings."],
    )


def _notes(release: Mapping[str, str]) -> "gptables.GPTable":
    """What the symbols mean. A sheet of its own: gptables' notes would number them, and the tables say [c]."""
    rows = [(f"[{code}]", meaning) for code, meaning in SYMBOLS]
    return gptables.GPTable(
        pd.DataFrame(rows, columns=["Symbol", "Meaning"], dtype="object"), table_name="t_notes", title="Notes and symbols",
        subtitles=["A symbol stands in place of a number."], instructions="This sheet has one table.",
        source=_stamp(release), index_columns={2: 0},
    )  # fmt: skip


def _definitions(cards: Mapping[str, Mapping[str, Any]], release: Mapping[str, str]) -> "gptables.GPTable":
    rows = [
        {
            "Figure": card["title"],
            "Question": card.get("question", ""),
            "Counted": card.get("numerator", "") or "[z]",
            "Out of": card.get("denominator", "") or "[z]",
            "Leaves out": "; ".join(card.get("excludes", ())) or "[z]",
            "Version": str(card.get("version", "")),
        }
        for card in sorted(cards.values(), key=lambda each: str(each["title"]))
    ]
    return gptables.GPTable(
        pd.DataFrame(rows, dtype="object"), table_name="t_definitions", title="What does each figure count?",
        subtitles=["Definitions as they stood at the release."], instructions="This sheet has one table.",
        source=_stamp(release), index_columns={2: 0},
    )  # fmt: skip


def _sheet(
    row: Mapping[str, Any], cells: pd.DataFrame, card: Mapping[str, Any], release: Mapping[str, str]
) -> "gptables.GPTable":
    """One table of the release: numbers as numbers, and a symbol where there is none."""
    kind, dimensions = str(card["kind"]), [str(name) for name in row["dimensions"]]
    lines = open_data.table_rows(cells, tuple(dimensions), kind)
    headers = [_heading(name, card) for name in open_data.columns(tuple(dimensions), kind)[:-1]]
    symbol = [f"[{line[-1] or 'x'}]" for line in lines]
    values = [[symbol[place] if value is None else value for value in line[:-1]] for place, line in enumerate(lines)]
    frame = pd.DataFrame(values, columns=headers, dtype="object")
    if any(line[-1] == "r" for line in lines):
        frame["Note"] = ["[r]" if line[-1] == "r" else "[z]" for line in lines]
    first = 1 + len(dimensions)
    formats = [
        {"cell": {"cells": [(place + 1, column)], "format": {"num_format": SHARE if isinstance(value, float) else COUNT, "align": "right"}}}
        for place, line in enumerate(values)
        for column, value in enumerate(line)
        if column >= first and not isinstance(value, str)
    ]  # fmt: skip
    said = [
        str(card.get("question", "")),
        *([prose.sentence(str(row["note"]))] if row.get("note") else []),
        *map(prose.sentence, card.get("caveats", ())[:1]),
    ]
    return gptables.GPTable(
        frame, table_name=f"t_{row['table_id']}", title=str(row["title"]), subtitles=said,
        instructions="This sheet has one table. Symbols are explained on the sheet Notes.", source=_stamp(release),
        index_columns={2: 0}, additional_formatting=formats,
    )  # fmt: skip


def _heading(name: str, card: Mapping[str, Any]) -> str:
    known = {
        "period": "Period (first day)",
        "low": "95% interval from",
        "high": "95% interval to",
        "n": "Durations behind it",
    }
    if name == "value":
        return "Share" if card["kind"] == "proportion" else str(card["unit"]).capitalize()
    return known.get(name, name.replace("_", " ").capitalize())


def _stamp(release: Mapping[str, str]) -> str:
    return f"{release.get('title', 'Figures')}, release {release.get('number', '?')}"
