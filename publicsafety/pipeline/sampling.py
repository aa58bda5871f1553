"""The tables of a file that nobody has described yet: names, headers and some rows of each."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from publicsafety.pipeline.misplaced import lines_above
from publicsafety.pipeline.readers import archive, records, workbook
from publicsafety.pipeline.readers.delimited import DELIMITERS, Delimited, header_at, open_delimited
from publicsafety.pipeline.readers.scan import Refusal, kind_of, open_regular

SAMPLE_ROWS = 3000


@dataclass(frozen=True)
class Look:
    """A table's name, headers and sampled columns."""

    name: str
    headers: list[str]
    columns: list[list[str | None]]
    delimiter: str = ","
    sheet: str | None = None
    above: int = 0  # lines above the header
    times: dict[str, str] = field(default_factory=dict)  # a joined column's name → the columns of date and of time

    def parts(self, header: str) -> tuple[str, str]:
        """The column, and the one with its time of day when the two were joined."""
        day, _, hour = self.times.get(header, header).partition("\0")
        return day, hour


def look_into(path: Path, name: str, scratch: Path) -> list[Look]:
    """Every table of a file: of a zip its members, of a workbook its sheets. Raises Refusal."""
    descriptor = open_regular(path)
    try:
        kind = kind_of(os.pread(descriptor, 8192, 0))
    finally:
        os.close(descriptor)
    if kind == "zip" and not archive.is_workbook(path):
        found = []
        for number, member in enumerate(archive.members(path)):
            if member.refused:
                continue
            try:
                target = archive.unpack(path, member, scratch / f"member{number}")
                found += look_into(target, f"{name}/{member.name}", scratch)
                target.unlink()
            except Refusal:
                continue
        return found
    if kind in ("zip", "ole"):
        sheets = workbook.read_workbook(path)
        return [
            Look(
                name if len(sheets) == 1 else f"{name}/{sheet}",
                grid.headers,
                _columns(grid.rows, len(grid.headers)),
                sheet=sheet,
            )
            for sheet, grid, _ in sheets
        ]
    if kind == "json":
        grid = records.read_json(path)
        return [Look(name, grid.headers, _columns(grid.rows, len(grid.headers)))]
    return [_look_delimited(path, name, scratch)]


def _columns(rows: Any, width: int) -> list[list[str | None]]:
    return [[row[n] for row in rows[:SAMPLE_ROWS]] for n in range(width)]


def _look_delimited(path: Path, name: str, scratch: Path) -> Look:
    scan, first = open_delimited(path)
    widths = {}
    for delimiter in DELIMITERS:
        headers, start, end = header_at(first, lines_above(first, delimiter), delimiter)
        widths[delimiter] = (len(headers), headers, start, end)
    delimiter = max(widths, key=lambda each: widths[each][0])
    width, headers, start, end = widths[delimiter]
    above = start - 1 if any(line.strip() for line in first[: start - 1]) else 0
    if width < 2:
        raise Refusal("it has a single column; an export has several, parted by comma, semicolon, tab or bar")
    con = duckdb.connect(config={"memory_limit": "1GB"})
    try:
        Delimited(path, scan, delimiter, headers, end, end).load(con, list(range(width)), scratch)
        rows = con.execute(f"select * from text using sample {SAMPLE_ROWS} rows (reservoir, 1)").fetchall()
    except duckdb.Error as error:
        raise Refusal(f"it cannot be read ({str(error).splitlines()[0][:160]})") from error
    finally:
        con.close()
    return Look(name, headers, [[row[n] for row in rows] for n in range(width)], delimiter, above=above)
