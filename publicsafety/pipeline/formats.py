"""In which format are a column's times and points written? The declared one that reads every value, or a refusal."""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from publicsafety.pipeline import casting
from publicsafety.pipeline.columns import Column, Setting, missing_sql, sql_text
from publicsafety.pipeline.readers.scan import Refusal
from publicsafety.pipeline.sources import ISO_FORMATS


def sql_list(formats: Iterable[str]) -> str:
    return "[" + ", ".join(sql_text(format_) for format_ in formats) + "]"


def decide_formats(con: duckdb.DuckDBPyConnection, columns: list[Column], setting: Setting) -> None:
    """Settle each time column's format: the declared one that reads every value; two that disagree refuse the file."""
    for column in columns:
        if column.field.type != "datetime":
            continue
        declared = column.map.formats or ISO_FORMATS
        sample = [
            row[0]
            for row in con.execute(
                f"select distinct {column.raw} from (select {column.raw} from text where {column.raw} is not null "
                f"and not ({missing_sql(column.raw, setting)}) limit 2000) limit 500"
            ).fetchall()
        ]
        formats = _with_fractions(declared, sample)
        stamps = sum(1 for value in sample if casting.OFFSET.search(value.strip()) and ":" in value)
        column.has_utc = bool(stamps)
        counts = {f: sum(1 for v in sample if casting.cast_datetime(v, (f,)).reason == "") for f in formats}
        rivals = [f for f in formats if counts[f] and counts[f] == max(counts.values())]
        rivals += [f for f in formats if f not in rivals and counts[f] and _swapped(f) in rivals]
        ordered = sorted(formats, key=lambda f: -counts[f])
        if any(_swapped(f) in rivals for f in rivals):
            ordered = _settle(con, column, rivals, ordered, setting)
        column.formats = tuple(ordered)
        column.usual = tuple(f for f in ordered if counts.get(f)) or column.formats[:1]


def decide_points(con: duckdb.DuckDBPyConnection, columns: list[Column], setting: Setting) -> None:
    """Find latitudes and longitudes that stand in one text, such as POINT (-71.1 42.3), by the first values."""
    for column in columns:
        if column.field.name not in ("latitude", "longitude"):
            continue
        sample = con.execute(
            f"select {column.raw} from text where {column.raw} is not null and not ({missing_sql(column.raw, setting)}) limit 20"
        ).fetchall()
        spelled = next((found for (value,) in sample if (found := casting.point_pattern(value))), None)
        if spelled:
            column.point = (spelled[0], spelled[1] if column.field.name == "latitude" else spelled[2])


def _with_fractions(formats: Iterable[str], sample: list[str]) -> list[str]:
    fractional = any(casting.FRACTION.search(value) for value in sample)
    found: list[str] = []
    for format_ in formats:
        found.append(format_)
        if fractional and format_.endswith("%S"):
            found.append(format_ + ".%f")
    return found


def _swapped(format_: str) -> str:
    """The same format with day and month exchanged, for finding rivals: 03/04 is March or April."""
    return format_.replace("%-", "%").translate(str.maketrans("md", "dm")) if "%m" in format_ else ""


def _settle(
    con: duckdb.DuckDBPyConnection, column: Column, rivals: list[str], ordered: list[str], setting: Setting
) -> list[str]:
    """Day-first or month-first? Decided by all values of the file; a tie that matters is refused, never guessed."""
    pairs = {f: _swapped(f) for f in rivals if _swapped(f) in rivals}
    total = f"{column.raw} is not null and not ({missing_sql(column.raw, setting)})"
    dropped: set[str] = set()
    for first, second in pairs.items():
        if first in dropped or second in dropped:
            continue
        a, b, differ = con.execute(
            f"select count(a), count(b), count(*) filter (where a is distinct from b) from (select "
            f"try_strptime({column.raw}, {sql_text(first)}) as a, try_strptime({column.raw}, {sql_text(second)}) as b "
            f"from text where {total})"
        ).fetchall()[0]
        if a == b and differ:
            raise Refusal(
                f"{column.header}: every value can be read as {casting.readable(first)} and as "
                f"{casting.readable(second)}; declare the day/month order in the mapping (formats of {column.field.name})"
            )
        dropped.add(second if a >= b else first)
    return [f for f in ordered if f not in dropped]
