"""What every reader hands over: headers, and a DuckDB table `text` of the wanted columns with their line numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import duckdb
import pyarrow as pa


@dataclass(frozen=True)
class BadRow:
    """A row that does not fit the table's shape. `cells` are its texts, as far as they could be told apart."""

    line: int
    reason: str
    column: str = ""
    value: str = ""
    cells: tuple[str, ...] = ()


@dataclass
class Loaded:
    """Result of a reader's `load`: `text(c0, c1, …)` exists; `lines` too when a line is not `rowid + first_line`."""

    first_line: int
    has_lines: bool
    bad: list[BadRow] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    is_ascii: bool = False
    unmapped: bool = False


@dataclass
class Grid:
    """A sheet or JSON document in memory: headers and rows of text, each with its line (row of the sheet, record)."""

    headers: list[str]
    rows: list[Sequence[str | None]]
    lines: list[int]
    bad: list[BadRow] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    top: list[tuple[int, list[str]]] = field(default_factory=list)  # the first rows of a sheet whole, with their lines

    def load(self, con: duckdb.DuckDBPyConnection, wanted: list[int]) -> Loaded:
        columns = {f"c{n}": pa.array([row[p] for row in self.rows], pa.string()) for n, p in enumerate(wanted)}
        columns["line"] = pa.array(self.lines, pa.int64())
        table = pa.table(columns)
        con.register("grid_in", table)
        con.execute("create table text as select * exclude (line) from grid_in")
        con.execute("create table lines as select line from grid_in")
        con.unregister("grid_in")
        return Loaded(first_line=0, has_lines=True, bad=list(self.bad), notes=list(self.notes))
