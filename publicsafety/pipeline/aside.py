"""Rows set aside with their reasons, what of them may be kept, and when a file has too many of them."""

from __future__ import annotations

import json
from typing import Any

import duckdb
import pyarrow as pa

from publicsafety.pipeline import casting
from publicsafety.pipeline.columns import Column, Setting, count_rows
from publicsafety.pipeline.footers import FOOTER, Footer, disagreements
from publicsafety.pipeline.readers.grid import BadRow, Loaded
from publicsafety.pipeline.readers.scan import Refusal

SMALL_ALLOWANCE = 3  # this many bad rows never refuse a file of which most rows are good
NOT_DATA = ("repeated header", "footer", "comment line")


def set_aside(con: duckdb.DuckDBPyConnection, columns: list[Column], loaded: Loaded, setting: Setting) -> int:
    """`quarantine(line, column, value, reason, row)`, one line per bad row with its first reason; refuse if too many."""
    con.execute(
        'create table quarantine (line bigint, "column" varchar, "value" varchar, reason varchar, "row" varchar)'
    )
    line = "n.line" if loaded.has_lines else f"t.rowid + {loaded.first_line}"
    join = "join lines as n on n.rowid = t.rowid" if loaded.has_lines else ""
    cells = ", ".join(f"t.{column.raw}" for column in columns) or "null"
    rows = (
        con.execute(
            f"select {line}, w.field, w.value, w.reason, {cells} from (select r, field, value, reason from problems "
            f"qualify row_number() over (partition by r order by reason not in ('repeated header', 'footer'), rowid) = 1) as w "
            f"join text as t on t.rowid = w.r {join} order by 1"
        ).fetchall()
        if count_rows(con, "problems")
        else []
    )
    hidden = {column.header for column in columns if column.field.is_hashed}
    kept = []
    footers: list[Footer] = []
    for number, name, value, reason, *texts in rows:
        named = {column.header: text for column, text in zip(columns, texts, strict=True) if text is not None}
        start = str(next(iter(named.values()), "")).strip()
        if FOOTER.search(start) and reason != "repeated header":
            name, value, reason = "", None, "footer"
            footers.append(Footer(number, tuple(named.items())))
        elif start.startswith("#") and not casting.formula_mistake(start):
            name, value, reason = "", None, "comment line"
        kept_cells = {header: "(not kept)" if casting.personal_pattern(text) else text
                      for header, text in named.items() if header not in hidden}  # fmt: skip
        shown = json.dumps(kept_cells, ensure_ascii=False)
        kept.append((number, name or None, None if name in _hidden(columns) else value, reason, shown[:4000]))
    is_private = bool(setting.source.ignore) or any(column.field.is_hashed for column in columns) or loaded.unmapped
    shaped = [_shape_row(row, is_private) for row in loaded.bad]
    footers += [
        Footer(row.line, tuple(("", cell) for cell in row.cells))
        for row, (*_, reason, _shown) in zip(loaded.bad, shaped, strict=True)
        if reason == "footer"
    ]
    kept += shaped
    kept.sort(key=lambda row: row[0])
    _refuse_if_many(con, kept, loaded, setting)
    data = count_rows(con, "text") + len(loaded.bad) - sum(row[3] in NOT_DATA for row in kept)
    _check_footers(con, columns, footers, data, setting)
    if kept:
        table = pa.table({name: pa.array([row[n] for row in kept], kind) for n, (name, kind) in enumerate(
            [("line", pa.int64()), ("column", pa.string()), ("value", pa.string()), ("reason", pa.string()), ("row", pa.string())])})  # fmt: skip
        con.register("kept_in", table)
        con.execute("insert into quarantine select * from kept_in")
        con.unregister("kept_in")
    return len(kept)


def _check_footers(
    con: duckdb.DuckDBPyConnection, columns: list[Column], footers: list[Footer], rows: int, setting: Setting
) -> None:
    """Use total rows as check sums; a warning where they disagree with what was read."""
    if not footers:
        return
    numeric = [
        c for c in columns if c.field.type in ("integer", "number") and c.field.name not in ("latitude", "longitude")
    ]
    sums: dict[str, float] = {}
    if numeric:
        chosen = ", ".join(f"coalesce(sum({column.out}), 0)" for column in numeric)
        where = "where r not in (select r from problems)"
        values = con.execute(f"select {chosen} from parsed {where}").fetchall()[0]
        sums = {column.header: float(value) for column, value in zip(numeric, values, strict=True)}
    setting.footer_warnings = disagreements(footers, rows, sums)


def _hidden(columns: list[Column]) -> set[str]:
    return {column.field.name for column in columns if column.field.is_hashed}


def _shape_row(row: BadRow, is_private: bool) -> tuple[int, str | None, str | None, str, str]:
    """A row that does not fit the header. Which cell is which cannot be told, so private columns withhold it all."""
    first = next((cell.strip() for cell in row.cells if cell.strip()), "")
    reason = row.reason
    if FOOTER.search(first):
        reason = "footer"
    elif first.startswith("#") and not casting.formula_mistake(first):
        reason = "comment line"
    if reason not in ("footer", "comment line") and is_private:
        shown = f"({len(row.cells)} cells, withheld: the row does not fit the header and the file has columns that are never loaded)"
    else:
        shown = json.dumps(list(row.cells)[:60], ensure_ascii=False)[:4000]
    return row.line, row.column or None, row.value or None, reason, shown


def message(file: str, line: int, column: str | None, value: str | None, reason: str) -> str:
    """`calls.csv line 52, received_at: "2025-02-30" is not a date (expected YYYY-MM-DD HH:MM).`"""
    where = f"{file} line {line}" + (f", {column}" if column else "")
    what = f'"{value[:80]}" {reason}' if value is not None and column else reason
    return f"{where}: {what}."


def _refuse_if_many(
    con: duckdb.DuckDBPyConnection, kept: list[tuple[Any, ...]], loaded: Loaded, setting: Setting
) -> None:
    total = count_rows(con, "text") + len(loaded.bad)
    bad = [row for row in kept if row[3] not in NOT_DATA]
    too_many = len(bad) > setting.quarantine_share * total and (len(bad) > SMALL_ALLOWANCE or 2 * len(bad) >= total)
    if not too_many:
        return
    first = " ".join(message(setting.file, *row[:4]) for row in bad[:3])
    raise Refusal(
        f"{len(bad)} of {total} rows cannot be read, more than the {setting.quarantine_share:.0%} that quarantine_share "
        f"in the city file allows. {first}"
    )
