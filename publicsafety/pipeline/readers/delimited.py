"""Delimited text: a declared, strict dialect; DuckDB reads what is clean, an exact pass sorts out the rest.

DuckDB's detection is never used: on damaged files it guesses and loses rows without a word. The direct way is taken
only when every physical line is one row (the accounts balance); else each physical line is looked at, so that line
numbers are those of a text editor and a damaged row stays a row.
"""

from __future__ import annotations

import array
import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from publicsafety.pipeline.readers.grid import BadRow, Loaded
from publicsafety.pipeline.readers.scan import BLOCK, Refusal, Scan, scan_text

DELIMITERS = (",", ";", "\t", "|")
LONGEST_RECORD = 1000  # physical lines of one record; a quote that stays open longer was never closed


@dataclass
class Delimited:
    """A delimited file whose header was read and whose body was not."""

    path: Path
    scan: Scan
    delimiter: str
    headers: list[str]
    header_line: int
    header_end: int
    notes: list[str] = field(default_factory=list)

    def load(self, con: duckdb.DuckDBPyConnection, wanted: list[int], scratch: Path) -> Loaded:
        if self._may_be_direct() and self._direct(con, wanted):
            return Loaded(self.header_line + 1, has_lines=False, notes=self.notes, is_ascii=self.scan.is_ascii)
        return self._exact(con, wanted, scratch)

    def _may_be_direct(self) -> bool:
        scan = self.scan
        return (
            not set("*?[]{}") & set(str(self.path))  # DuckDB reads these as patterns of names
            and scan.encoding == "utf-8"
            and not scan.has_bare_returns
            and not scan.has_controls
        )

    def _direct(self, con: duckdb.DuckDBPyConnection, wanted: list[int]) -> bool:
        """Load with DuckDB's strict reader; False (and no table) unless rows and physical lines agree.

        A blank row, or a wanted cell with a quote in it, sends the file to the exact way as well: there it is told
        whether the quote was doubled or stray.
        """
        lines = self.scan.newlines + (not self.scan.ends_with_newline)
        try:
            _read_csv(con, self.path, len(self.headers), wanted, self.delimiter, skip=self.header_line)
        except duckdb.Error:
            con.execute("drop table if exists text")
            return False
        (rows,) = con.execute("select count(*) from text").fetchall()[0]
        doubtful = 0
        if rows == lines - self.header_line and wanted:
            columns = [f"c{n}" for n in range(len(wanted))]
            empty = " and ".join(f"{c} is null" for c in columns)
            quoted = " or ".join(f"contains({c}, '\"')" for c in columns) if self.scan.has_quotes else "false"
            (doubtful,) = con.execute(f"select count(*) from text where ({empty}) or {quoted}").fetchall()[0]
        if rows != lines - self.header_line or doubtful:
            con.execute("drop table text")
            return False
        return True

    def _exact(self, con: duckdb.DuckDBPyConnection, wanted: list[int], scratch: Path) -> Loaded:
        clean = scratch / "clean.csv"
        bad: list[BadRow] = []
        lines = array.array("q")
        with clean.open("wb") as out:
            for line, record, cells in self._records(bad):
                lines.append(line)
                out.write(record if cells is None else _as_csv(cells, self.delimiter))
        _read_csv(con, clean, len(self.headers), wanted, self.delimiter, skip=0)
        clean.unlink()
        (rows,) = con.execute("select count(*) from text").fetchall()[0]
        if rows != len(lines):
            raise Refusal(f"{len(lines)} rows were read and {rows} arrived; the file cannot be read safely")
        table = pa.table({"line": pa.array(np.frombuffer(lines, dtype=np.int64) if lines else [], pa.int64())})
        con.register("lines_in", table)
        con.execute("create table lines as select line from lines_in")
        con.unregister("lines_in")
        return Loaded(0, has_lines=True, bad=bad, notes=self.notes, is_ascii=self.scan.is_ascii)

    def _records(self, bad: list[BadRow]) -> Iterator[tuple[int, bytes, list[str] | None]]:
        """(line, bytes, None) of a plain record, or (line, b'', cells) of one with quotes; the others go to `bad`."""
        width, delimiter = len(self.headers), self.delimiter
        mark = delimiter.encode()
        numbered = enumerate(physical_lines(self.path, self.scan), 1)
        for number, raw in numbered:
            if number <= self.header_line:
                continue
            if not raw.strip(mark + b" \t\x1a"):  # 0x1A ends a file of DOS
                continue
            if b"\0" in raw:
                bad.append(BadRow(number, "a NUL byte in the row; the row is damaged"))
                continue
            if not raw.isascii():
                try:
                    raw.decode("utf-8")
                except UnicodeDecodeError as error:
                    bad.append(
                        BadRow(number, f"byte {error.start + 1} of the line is not UTF-8; save the file as UTF-8")
                    )
                    continue
            if b'"' not in raw:
                if raw.count(mark) == width - 1:
                    yield number, raw + b"\n", None
                else:
                    bad.append(_ragged(number, raw.decode().split(delimiter), width, number, self))
                continue
            cells, state = parse_record(raw.decode(), delimiter)
            first, text = number, raw.decode()
            while state == "open":
                following = next(numbered, None)
                if following is None or number - first >= LONGEST_RECORD:
                    raise Refusal(f"line {first}: a quote is opened and never closed; close it or export again")
                number, more = following
                text += "\n" + more.decode("utf-8", "replace")
                cells, state = parse_record(text, delimiter)
            fits = state == "whole" and len(cells) == width
            if number > first and not fits:
                raise Refusal(f"line {first}: a quote is opened and not closed on its line; close it or export again")
            if fits:
                yield first, b"", cells
            elif state == "stray":
                bad.append(BadRow(first, "a quote inside a field; double it or remove it", cells=tuple(cells)))
            else:
                bad.append(_ragged(first, cells, width, number, self))


def _ragged(line: int, cells: Sequence[str], width: int, last: int, table: Delimited) -> BadRow:
    lines = table.scan.newlines + (not table.scan.ends_with_newline)
    if not table.scan.utf16 and len(cells) < width and last >= lines and not table.scan.ends_with_newline:
        raise Refusal(
            f"line {line}: the last row is cut off ({len(cells)} of {width} columns); the export is incomplete"
        )
    what = "more" if len(cells) > width else "fewer"
    return BadRow(line, f"{len(cells)} columns, {what} than the {width} of the header", cells=tuple(cells))


def parse_record(text: str, delimiter: str) -> tuple[list[str], str]:
    """Cells of one record, and 'whole', 'open' (a quote waits for its end) or 'stray' (a quote where none may be).

    Excel's ="00051" is taken as the text 00051. A doubled quote inside a quoted cell is one quote (RFC 4180).
    """
    cells: list[str] = []
    position, state = 0, "whole"
    while True:
        start = position
        while start < len(text) and text[start] == " ":
            start += 1
        if text.startswith('="', start):
            start += 1
        if text.startswith('"', start):
            end = start + 1
            while True:
                end = text.find('"', end)
                if end < 0:
                    return cells, "open"
                if text.startswith('""', end):
                    end += 2
                    continue
                break
            cells.append(text[start + 1 : end].replace('""', '"'))
            rest = text.find(delimiter, end + 1)
            tail = text[end + 1 : rest if rest >= 0 else len(text)]
            if tail.strip():
                state = "stray"
            position = rest
        else:
            position = text.find(delimiter, position)
            cell = text[start : position if position >= 0 else len(text)]
            if '"' in cell:
                state = "stray"
            cells.append(cell)
        if position < 0:
            return cells, state
        position += 1


def physical_lines(path: Path, scan: Scan) -> Iterator[bytes]:
    """Lines as a text editor counts them, as UTF-8 without their ends: LF, CRLF and CR alike, BOM removed."""
    if scan.encoding in ("utf-8", "utf-8-sig", "ascii"):
        with path.open("rb") as handle:
            if scan.has_bare_returns:
                yield from _universal(handle)
                return
            for number, line in enumerate(handle):
                if number == 0 and line.startswith(b"\xef\xbb\xbf"):
                    line = line[3:]
                yield line.rstrip(b"\r\n")
        return
    errors = "strict" if scan.utf16 else "replace"
    try:
        with path.open("r", encoding=scan.encoding, errors=errors, newline=None) as text:
            for number, row in enumerate(text):
                yield (row.lstrip("\ufeff") if number == 0 else row).rstrip("\n").encode("utf-8")
    except UnicodeError as error:
        raise Refusal(f"it is not valid {scan.encoding.upper()}; save it as UTF-8 CSV") from error


def _universal(handle: io.BufferedReader) -> Iterator[bytes]:
    rest, first = b"", True
    while block := handle.read(BLOCK):
        if block.endswith(b"\r"):
            block += handle.read(1)
        text = rest + block
        if first:
            text, first = text.removeprefix(b"\xef\xbb\xbf"), False
        lines = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        rest = lines.pop()
        yield from lines
    if rest:
        yield rest


def _as_csv(cells: Sequence[str], delimiter: str) -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_MINIMAL).writerow(cells)
    return out.getvalue().encode("utf-8")


def _read_csv(
    con: duckdb.DuckDBPyConnection, path: Path, width: int, wanted: list[int], delimiter: str, skip: int
) -> None:
    """`text(c0, …)` from a file whose dialect is known. Nothing is detected, nothing is forgiven."""
    columns = ", ".join(f"'h{n}': 'varchar'" for n in range(width))
    chosen = ", ".join(f'"h{position}" as c{n}' for n, position in enumerate(wanted)) or "null::varchar as c0"
    con.execute(
        f"create table text as select {chosen} from read_csv($path, columns = {{{columns}}}, auto_detect = false, "
        f"header = false, skip = {skip}, delim = $delimiter, quote = '\"', escape = '\"', strict_mode = true, "
        "null_padding = false, ignore_errors = false, max_line_size = 8388608, compression = 'none', "
        "all_varchar = true)",
        {"path": str(path), "delimiter": delimiter},
    )


def open_delimited(path: Path, declared: dict[str, object] | None = None) -> tuple[Scan, list[str]]:
    """The file's facts and its first lines as text, enough to find header and delimiter."""
    scan = scan_text(path, (declared or {}).get("encoding"))  # type: ignore[arg-type]
    first: list[str] = []
    for line in physical_lines(path, scan):
        first.append(line.decode("utf-8", "replace"))
        if len(first) >= 60:
            break
    if not any(line.strip() for line in first):
        raise Refusal("it holds only blank space; export it again")
    return scan, first


def header_at(first: list[str], skip: int, delimiter: str) -> tuple[list[str], int, int]:
    """Header cells, the line on which they start and the last line they take (a header may hold a line break)."""
    start = skip
    while start < len(first) and not first[start].strip():
        start += 1
    if start >= len(first):
        raise Refusal(f"there is no header after the {skip} rows to skip; correct skip_rows in the mapping")
    text, end = first[start], start
    cells, state = parse_record(text, delimiter)
    while state == "open" and end + 1 < len(first):
        end += 1
        text += "\n" + first[end]
        cells, state = parse_record(text, delimiter)
    cells = [re.sub(r"\s+", " ", cell.replace("\ufeff", "")).strip() for cell in cells]
    return cells, start + 1, end + 1
