"""Workbooks load like tables; bombs, macros and far cells are refused before a parser sees them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlwt

from tests.pipeline.loading import cad_file, load

ROWS = [line.split(",") for line in cad_file(20).splitlines()]


def xlsx(change: Callable[[Any, Any], None] = lambda book, sheet: None) -> bytes:
    """The CAD export as a workbook with real dates, changed by `change(book, sheet)`."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Calls"
    for number, row in enumerate(ROWS):
        cells: list[Any] = list(row)
        if number:
            cells[1] = datetime.fromisoformat(row[1])
        sheet.append(cells)
    change(book, sheet)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def with_member(name: str, content: bytes) -> bytes:
    out = io.BytesIO(xlsx())
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return out.getvalue()


def xls() -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Calls")
    for i, row in enumerate(ROWS):
        for j, cell in enumerate(row):
            sheet.write(i, j, cell)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize(("name", "content"), [("calls.xlsx", xlsx()), ("calls.xls", xls())])
def test_a_workbook_loads_every_row_with_its_dates(tmp_path: Path, name: str, content: bytes) -> None:
    loads = load(tmp_path, {name: content})
    assert loads.files[name].rows_loaded == 20
    assert loads.rows("select min(received_at)::varchar, min(line) from raw_calls") == [("2025-03-01 15:00:00", 2)]


def test_a_row_with_an_error_or_an_uncomputed_formula_is_set_aside(tmp_path: Path) -> None:
    def change(book: Any, sheet: Any) -> None:
        sheet["E5"] = "#REF!"
        sheet["E5"].data_type = "e"
        sheet["E7"] = "=A1"

    loads = load(tmp_path, {"calls.xlsx": xlsx(change)})
    assert [row[0] for row in loads.quarantine()] == [5, 7]
    assert loads.files["calls.xlsx"].rows_loaded == 18


REFUSED = {
    "macros": (with_member("xl/vbaProject.bin", b"x"), "macros"),
    "bomb": (with_member("xl/worksheets/sheet9.xml", b"0" * (210 << 20)), "unpacks to"),
    "far cell": (xlsx(lambda book, sheet: sheet.__setitem__("XFD1048576", "x")), "XFD1048576"),
    "cut off": (xlsx()[:3000], "cut off"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_dangerous_or_damaged_workbook_is_refused(tmp_path: Path, case: str) -> None:
    content, words = REFUSED[case]
    loads = load(tmp_path, {"calls.xlsx": content})
    assert words in loads.refused["calls.xlsx"]


def test_a_workbook_named_csv_is_refused_with_a_hint(tmp_path: Path) -> None:
    assert "name it .xlsx" in load(tmp_path, {"calls.csv": xlsx()}).refused["calls.csv"]
