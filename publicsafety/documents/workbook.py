"""A briefing's tables as an accessible workbook: a cover, notes, and one table a sheet, as the UK's Analysis Function asks."""

import re
import tempfile
import warnings
from html import escape
from pathlib import Path

import gptables
import pandas as pd

from publicsafety import prose
from publicsafety.briefing.core import Briefing, Table, printed, table, text_row
from publicsafety.documents.packaging import dated
from publicsafety.findings import Finding

SUFFIX = ".xlsx"
MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONGEST = 31  # characters of a sheet's name, which Excel allows
# Text is written as text: nothing that looks like a formula or an address becomes one.
PLAIN = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
PERCENT, COUNT = "0.0%", "#,##0"
SYMBOLS = (("c", "withheld: small enough, or close enough to a small one, to point at a person"), ("r", "revised since it was first published"),
           ("x", "not published"), ("z", "not applicable"))  # fmt: skip


def write(briefing: Briefing) -> bytes:
    """The workbook; the same bytes for the same build."""
    names = _Names()
    sheets = {name: _sheet(name, found, laid, briefing, names) for name, (found, laid) in tables(briefing).items()}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "briefing.xlsx"
        with warnings.catch_warnings():
            # gptables asks for a mark in a cell for every note; these explain symbols that a table may not have.
            warnings.filterwarnings("ignore", message="The following notes are not referenced")
            gptables.write_workbook(
                str(path),
                sheets,
                cover=_cover(briefing),
                notes_table=_notes(),
                notesheet_options={"title": "Notes and symbols"},
                workbook_options=PLAIN,
            )
        return dated(path.read_bytes(), briefing.as_of, names.restore)


class _Names:
    """Stand-ins for cells without a Latin letter or digit, which gptables takes for stray signs and refuses."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def stand_in(self, text: str) -> str:
        if not text.strip():
            return "[z]"
        if re.search(r"[a-zA-Z0-9]", text):
            return text
        self.texts.append(text)
        return f"stand-in {len(self.texts):05d}."

    def restore(self, name: str, content: bytes) -> bytes:
        """The texts themselves, in the file of the workbook that holds all texts."""
        if name != "xl/sharedStrings.xml":
            return content
        for place, text in enumerate(self.texts, 1):
            content = content.replace(f"stand-in {place:05d}.".encode(), escape(text).encode())
        return content


def tables(briefing: Briefing) -> dict[str, tuple[Finding, Table]]:
    """Every table of the briefing under its sheet's name, in the order of the briefing."""
    found = [(each, printed(each)) for each in (*briefing.findings, briefing.revisions)]
    named = {re.sub(r"\W+", "_", each.key)[:LONGEST]: (each, laid) for each, laid in found if laid}
    definitions = [
        text_row(
            each.title,
            *(dict(each.lines).get(name, "") for name in ("Counted", "Out of", "Includes", "Leaves out", "Limits")),
        )
        for each in briefing.definitions
    ]
    if definitions:
        laid = table(("Figure", "Counted", "Out of", "Includes", "Leaves out", "Limits"), definitions)
        named["definitions"] = (_titled(briefing, "What does each figure count?"), laid)
    return named


def _titled(briefing: Briefing, question: str) -> Finding:
    revisions = briefing.revisions
    return Finding(
        "definitions",
        question,
        "Definitions as they stood at the release.",
        pd.DataFrame(),
        revisions.filters,
        revisions.as_of,
        revisions.build_id,
        revisions.audience,
    )


def _sheet(name: str, found: Finding, laid: Table, briefing: Briefing, names: "_Names") -> "gptables.GPTable":
    frame, formats = cells(laid, names)
    said = [found.sentence, *map(prose.sentence, found.caveats)]
    return gptables.GPTable(
        frame, table_name=f"t_{name}", title=f"{found.question} {briefing.period.name[0].upper()}{briefing.period.name[1:]}", subtitles=said,
        instructions="This sheet has one table. Symbols are explained on the sheet Notes.", source=briefing.stamp, index_columns={2: 0},
        additional_formatting=formats,
    )  # fmt: skip


def cells(laid: Table, names: "_Names") -> tuple[pd.DataFrame, list[dict[str, object]]]:
    """The table with numbers as numbers, and how each should be shown; the symbols stay text."""
    columns: dict[str, list[object]] = {}
    formats: list[dict[str, object]] = []
    for place, header in enumerate(laid.headers):
        values: list[object] = []
        for line, row in enumerate(laid.rows):
            cell = row[place]
            is_number = cell.number is not None and "[" not in cell.text
            values.append(
                _number(cell.number) if is_number and cell.number is not None else names.stand_in(_printable(cell.text))
            )
            if is_number:
                formats.append(
                    {
                        "cell": {
                            "cells": [(line + 1, place)],
                            "format": {"num_format": PERCENT if cell.unit == "percent" else COUNT, "align": "right"},
                        }
                    }
                )
        columns[_distinct(header, columns)] = values
    return pd.DataFrame(columns, dtype="object"), formats


def _printable(text: str) -> str:
    """The text without control signs, which XML cannot hold."""
    return "".join(sign for sign in text if sign.isprintable() or sign == "\n")


def _number(value: float) -> int | float:
    return int(value) if float(value).is_integer() else value


def _distinct(header: str, taken: dict[str, list[object]]) -> str:
    name, place = header, 2
    while name in taken:
        name, place = f"{header} ({place})", place + 1
    return name


def _cover(briefing: Briefing) -> "gptables.Cover":
    city = briefing.city
    return gptables.Cover(
        title=briefing.title, intro=["In short", *briefing.summary],
        about=["Limitations", *briefing.limitations, "What the figures do not show", *briefing.not_shown, "Sources", *briefing.sources],
        contact=[f"{city.department}, {city.name}", city.contact or "No contact is given in the city's settings."],
    )  # fmt: skip


def _notes() -> pd.DataFrame:
    return pd.DataFrame(list(SYMBOLS), columns=["Symbol", "Meaning"])
