"""Workbooks (XLSX, XLS, ODS): checked as archives first, then read cell by cell with calamine.

Calamine reads an error of a formula, and a formula that was never computed, as blank. Before it sees the sheet, both are
turned into texts that say so, so that a row is set aside when a mapped column has one, and no value is lost unseen.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from publicsafety.pipeline.casting import UNCOMPUTED
from publicsafety.pipeline.readers.grid import BadRow, Grid
from publicsafety.pipeline.readers.scan import Refusal

LARGEST_RATIO = 100
LARGEST_UNPACKED = 200 << 20
SMALL = 2 << 20
MOST_CELLS = 1_000_000


def read_workbook(path: Path) -> list[tuple[str, Grid, bool]]:
    """(sheet, its grid, whether it is visible) for every sheet with a header. Line = the row of the sheet."""
    with path.open("rb") as handle:
        is_zip = handle.read(4) == b"PK\x03\x04"
    notes = _check_archive(path) if is_zip else _check_old(path)
    from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    found = []
    try:
        book = CalamineWorkbook.from_filelike(_outspoken(path) if is_zip else io.BytesIO(path.read_bytes()))
        for meta in book.sheets_metadata:
            if meta.typ != SheetTypeEnum.WorkSheet:
                continue
            sheet = book.get_sheet_by_name(meta.name)
            start = sheet.start
            if start is None or sheet.end is None:
                continue
            if (sheet.end[0] + 1) * (sheet.end[1] + 1) > MOST_CELLS * 4:
                raise Refusal(f"sheet {meta.name} reaches to a cell far away; delete the empty rows and columns")
            merged = bool(sheet.merged_cell_ranges)
            grid = _grid(sheet.to_python(skip_empty_area=False))
            if grid is None:
                continue
            grid.notes += notes + (
                ["the sheet has merged cells; only their first cell holds the value"] if merged else []
            )
            found.append((meta.name, grid, meta.visible == SheetVisibleEnum.Visible))
    except CalamineError as error:
        raise Refusal(
            f"it is no workbook, or an encrypted or damaged one ({str(error)[:120]}); save it again as XLSX"
        ) from error
    except (ValueError, OSError, OverflowError, zipfile.BadZipFile) as error:
        if isinstance(error, Refusal):
            raise
        raise Refusal(f"the workbook is damaged ({str(error)[:120]}); save it again as XLSX") from error
    return found


def _check_old(path: Path) -> list[str]:
    content = path.read_bytes()
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise Refusal("the workbook is encrypted; remove its password and save it again")
    return []


def _check_archive(path: Path) -> list[str]:
    """Refuse bombs, macros, encryption and far cells before any parser sees the sheet. Any part may be a sheet."""
    notes = []
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
            unpacked, packed = sum(i.file_size for i in infos), sum(i.compress_size for i in infos)
            if unpacked > LARGEST_UNPACKED or (unpacked > SMALL * 10 and unpacked > LARGEST_RATIO * max(1, packed)):
                raise Refusal(f"the workbook unpacks to {unpacked >> 20} MB; save it as CSV, or split it")
            names = [info.filename for info in infos]
            if any(name.lower().endswith("vbaproject.bin") for name in names):
                raise Refusal("the workbook holds macros; save it as XLSX without macros")
            if any(name.lower().endswith(".bin") and "/worksheets/" in name.lower() for name in names):
                raise Refusal("the workbook is binary (XLSB); save it as XLSX")
            if any("externallinks/" in name.lower() for name in names):
                notes.append("the workbook links to other files; the links were not followed")
            if _is_encrypted(archive, names):
                raise Refusal("the workbook is encrypted; remove its password and save it again")
            hides = [_check_part(archive, info) for info in infos if _is_text(info.filename)]  # every part is checked
            if any(hides):
                notes.append("rows or columns are hidden in the workbook; they were read")
    except (zipfile.BadZipFile, OSError, NotImplementedError) as error:
        raise Refusal(f"the workbook is damaged or cut off ({error}); save it again") from error
    except Refusal:
        raise
    except Exception as error:  # zlib.error and its kin have no common base
        raise Refusal("the workbook is damaged; save it again") from error
    return notes


def _is_text(name: str) -> bool:
    return not name.lower().endswith((".png", ".jpg", ".jpeg", ".gif", ".emf", ".wmf", ".svm", ".bin", ".pdf", "/"))


def _is_encrypted(archive: zipfile.ZipFile, names: list[str]) -> bool:
    manifest = "META-INF/manifest.xml"
    return manifest in names and b"encryption-data" in archive.read(manifest)


def _check_part(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bool:
    """Whether rows or columns are hidden. Cells are counted by their addresses: a far one makes a parser ask for all memory."""
    rest, hides = b"", False
    with archive.open(info) as handle:
        while block := handle.read(1 << 20):
            text = rest + block
            if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
                raise Refusal("the workbook declares XML entities, which no export does; save it again")
            for letters, digits in re.findall(rb'<(?:\w+:)?c\b[^>]*?\sr=["\']([A-Z]{1,3})(\d{1,7})["\']', text):
                _check_far(letters, int(digits))
            found = re.search(rb'<(?:\w+:)?dimension ref="[A-Z]+\d+:([A-Z]{1,3})(\d{1,7})"', text)
            if found and _column(found[1]) * int(found[2]) > MOST_CELLS * 40:
                raise Refusal(
                    f"the sheet claims to reach to {(found[1] + found[2]).decode()}; delete the empty rows and columns"
                )
            for repeated in re.findall(rb'number-(?:columns|rows)-repeated="(\d+)"', text):
                if int(repeated) > 20_000_000:
                    raise Refusal("the sheet repeats a cell millions of times; delete the empty rows and columns")
            if any(int(spaces) > MOST_SPACES for spaces in re.findall(rb'<text:s [^>]*text:c="(\d+)"', text)):
                raise Refusal("a cell of the sheet holds millions of spaces; delete them")
            if not hides and (b"hidden=" in text or b"table:visibility=" in text):
                hides = HIDDEN.search(text) is not None
            rest = text[-2048:]
    return hides


MOST_SPACES = 100_000
HIDDEN = re.compile(
    rb'<(?:\w+:)?(?:row|col)\b[^>]*\shidden=["\'](?:1|true)["\']|table:visibility="(?:collapse|filter)"'
)
ERROR_XLSX = re.compile(rb"""(<(?:\w+:)?c\b[^>]*\bt=)(?:"e"|'e')""")
# A text as the result of a formula may be empty: such a cell says t="str", and is blank.
BARE_XLSX = re.compile(
    rb"""<((?:\w+:)?c)\b((?:(?!\bt=)[^>])*)>\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)\s*"""
    rb"""(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?\s*</\1>"""
)
ERROR_ODS = re.compile(rb"""<table:table-cell\b[^>]*calcext:value-type="error"[^>]*>""")
BARE_ODS = re.compile(rb"""<table:table-cell\b(?=[^>]*\btable:formula=)(?![^>]*\boffice:value-type=)([^>]*)/>""")


def _outspoken(path: Path) -> io.BytesIO:
    """The workbook's bytes, in which errors and formulas without a value are texts. Mostly there are none, and it is as it was."""
    changed: dict[str, bytes] = {}
    with zipfile.ZipFile(path) as archive:
        infos = archive.infolist()
        for info in infos:
            if not _is_text(info.filename):
                continue
            part = archive.read(info)
            told = part  # looking for a word is many times cheaper than for a pattern
            if b"sheetData" in part:
                if b"<f" in part or b":f>" in part or b":f " in part:
                    told = BARE_XLSX.sub(rb'<\1\2 t="str"><v>' + UNCOMPUTED.encode() + rb"</v></\1>", told)
                if b't="e"' in part or b"t='e'" in part:
                    told = ERROR_XLSX.sub(rb'\1"str"', told)
            elif b"table:table-cell" in part:
                if b'calcext:value-type="error"' in part:
                    told = ERROR_ODS.sub(lambda cell: re.sub(rb'\soffice:string-value="[^"]*"', b"", cell[0]), told)
                if b"table:formula=" in part:
                    told = BARE_ODS.sub(
                        rb'<table:table-cell office:value-type="string"\1><text:p>'
                        + UNCOMPUTED.encode()
                        + b"</text:p></table:table-cell>",
                        told,
                    )
            if told != part:
                changed[info.filename] = told
        if not changed:
            return io.BytesIO(path.read_bytes())
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as new:
            for info in infos:
                new.writestr(info.filename, changed.get(info.filename) or archive.read(info))
    made.seek(0)
    return made


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _check_far(letters: bytes, row: int) -> None:
    if _column(letters) > 1000 or row > 1_000_000:
        raise Refusal(f"the sheet has a cell at {letters.decode()}{row}, far from the table; delete it")


def _grid(rows: list[list[Any]]) -> Grid | None:
    """Header = the first row with at least two texts (or the only filled row); the rest are rows."""
    filled = [n for n, row in enumerate(rows) if any(cell not in ("", None) for cell in row)]
    if not filled:
        return None
    start = next(
        (n for n in filled if sum(isinstance(cell, str) and bool(cell.strip()) for cell in rows[n]) >= 2), filled[0]
    )
    headers = [re.sub(r"\s+", " ", str(cell)).strip() if cell is not None else "" for cell in rows[start]]
    while headers and not headers[-1]:
        headers.pop()
    kept: list[Sequence[str | None]] = []
    lines, bad = [], []
    for n in filled:
        if n <= start:
            continue
        row = rows[n]
        texts = [_text(cell) for cell in row[: len(headers)]]
        texts += [None] * (len(headers) - len(texts))
        if any(cell not in ("", None) for cell in row[len(headers) :]):
            bad.append(BadRow(n + 1, "has a value beyond the last header", cells=tuple(t or "" for t in texts)))
            continue
        kept.append(texts)
        lines.append(n + 1)
    top = [(n + 1, [_text(cell) or "" for cell in rows[n]]) for n in filled[:20] if n > start]
    return Grid(headers, kept, lines, bad, top=top)


def _text(cell: Any) -> str | None:
    """A cell as the text a CSV of it would hold; a date cell is a date whatever the workbook's epoch."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, datetime):
        return (cell + timedelta(microseconds=500_000)).replace(microsecond=0).isoformat(sep=" ")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    return str(cell)
