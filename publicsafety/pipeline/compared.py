"""Is an export plausible beside the earlier ones of the same system? Months that shrank, shifted hours, lost zeros."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import duckdb

from publicsafety.pipeline.merge import MergedPart
from publicsafety.pipeline.schemas import Schema
from publicsafety.pipeline.zones import local_sql

SHRUNK = 0.7  # a closed month with fewer than this share of the rows of an earlier export is refused
FEWEST = 20  # rows of a month below which a share says nothing
FEWEST_HOURS = 300  # rows below which an hour profile says nothing
LEAST_RHYTHM = 0.12  # length of the mean direction of the hours below which calls come evenly round the clock
QUIET_FROM, QUIET_TO = 19.5, 8.5  # no service has the middle of its day in these hours


@dataclass(frozen=True)
class Shrunken:
    """A part with far fewer rows in a closed month than an earlier export had; the reason is a sentence."""

    number: int
    reason: str


def _local(part: MergedPart, schema: Schema, zone: str) -> str:
    """SQL for the local time of a part's rows, with the zone's changes of its years only."""
    years = [int(str(text)[:4]) for text in (part.part.first_at, part.part.last_at) if text]
    return local_sql(f'"{schema.main_time}"', zone, *((years[0] - 1, years[-1] + 1) if years else (2000, 2001)))


def _months(con: duckdb.DuckDBPyConnection, part: MergedPart, schema: Schema, zone: str) -> dict[date, int]:
    """Rows by month of the city's clock."""
    local = _local(part, schema, zone)
    found = con.execute(
        f"select date_trunc('month', {local})::date, count(*) from '{part.rows}' where \"{schema.main_time}\" is not null group by all"
    ).fetchall()
    return {month: int(n) for month, n in found}


def _covers(part: MergedPart, month: date) -> bool:
    """Does the export reach from the first to the last day of the month, so that its count is that of a closed month?"""
    if part.part.first_at is None or part.part.last_at is None:
        return False
    start = datetime(month.year, month.month, 1)
    end = datetime(month.year + month.month // 12, month.month % 12 + 1, 1)
    first, last = datetime.fromisoformat(part.part.first_at), datetime.fromisoformat(part.part.last_at)
    return first <= start + timedelta(days=2) and last >= end - timedelta(days=1)


def _overlap(one: MergedPart, other: MergedPart) -> bool:
    a, b = one.part, other.part
    if None in (a.first_at, a.last_at, b.first_at, b.last_at):
        return False
    return str(a.first_at) <= str(b.last_at) and str(b.first_at) <= str(a.last_at)


def shrunken(
    con: duckdb.DuckDBPyConnection, parts: Sequence[MergedPart], tables: dict[str, Schema], zone: str
) -> list[Shrunken]:
    """Parts (oldest export first) of which a closed month lost 30% of the rows that an earlier export of it had.

    Only a re-export counts: most of the month's keys must be in the earlier export too, so that two districts of one
    system are not taken for one export and its shorter repetition.
    """
    months: dict[int, dict[date, int]] = {}
    found = []
    for later, part in enumerate(parts):
        schema = tables[part.part.table]
        key = schema.primary_key[0]
        if part.part.merge != "insert" or key not in part.part.fields:
            continue
        for earlier in range(later - 1, -1, -1):
            other = parts[earlier]
            alike = (other.part.source, other.part.table) == (part.part.source, part.part.table)
            if not alike or other.exported_at >= part.exported_at or not _overlap(part, other):
                continue
            for n in (earlier, later):
                months.setdefault(n, _months(con, parts[n], schema, zone))
            reason = _lost(con, schema, key, part, other, months[later], months[earlier], zone)
            if reason:
                found.append(Shrunken(later, reason))
                break
    return found


def _lost(
    con: duckdb.DuckDBPyConnection, schema: Schema, key: str, part: MergedPart, other: MergedPart,
    now: dict[date, int], before: dict[date, int], zone: str,
) -> str:  # fmt: skip
    """Why the part looks cut short beside the other, or ''."""
    for month, n in sorted(before.items()):
        left = now.get(month, 0)
        if n < FEWEST or left >= SHRUNK * n or not (_covers(part, month) and _covers(other, month)):
            continue
        mine, theirs = (
            f"select distinct \"{key}\" as key from '{each.rows}' where date_trunc('month', {_local(each, schema, zone)}) = date '{month}'"
            for each in (part, other)
        )
        (shared,) = con.execute(f"select count(*) from ({mine}) semi join ({theirs}) using (key)").fetchall()[0]
        (distinct,) = con.execute(f"select count(*) from ({mine})").fetchall()[0]
        if left and shared < 0.5 * distinct:
            continue
        return (
            f"it has {left:,} rows of {month:%B %Y}, and the earlier export {other.part.file} has {n:,}: it looks cut short. "
            "Export it again; if the rows are rightly gone, confirm it with `build --accept-shrunken`"
        )
    return ""


def hour_warnings(
    con: duckdb.DuckDBPyConnection, parts: Sequence[MergedPart], tables: dict[str, Schema], zone: str
) -> list[tuple[str, str]]:
    """(file, warning) for exports of calls whose hours are those of another zone.

    The middle of the day of calls (their circular mean) lies between 9:00 and 19:00 in every city and service; a file
    whose UTC stamps were taken for local ones has it four or five hours later, the reverse as many earlier.
    """
    found = []
    for part in parts:
        if part.part.table != "calls" or part.part.rows_good < FEWEST_HOURS:
            continue
        local = _local(part, tables["calls"], zone)
        hours = con.execute(f"select hour({local}) as hour, count(*) from '{part.rows}' group by all").fetchall()
        turns = [(2 * math.pi * (hour + 0.5) / 24, n) for hour, n in hours if hour is not None]
        total = sum(n for _, n in turns)
        x = sum(n * math.cos(turn) for turn, n in turns) / max(1, total)
        y = sum(n * math.sin(turn) for turn, n in turns) / max(1, total)
        if total < FEWEST_HOURS or math.hypot(x, y) < LEAST_RHYTHM:
            continue
        middle = (math.atan2(y, x) / (2 * math.pi) * 24) % 24
        if middle >= QUIET_FROM or middle < QUIET_TO:
            found.append(
                (
                    part.part.file,
                    f"most calls are received around {int(middle):02d}:00, which no service sees: the times may be in another "
                    f'zone than {zone}; declare it in the mapping ([read] zone = "UTC", for example)',
                )
            )
    return found


def zero_warnings(
    con: duckdb.DuckDBPyConnection, parts: Sequence[MergedPart], tables: dict[str, Schema]
) -> list[tuple[str, str]]:
    """(file, warning) for exports whose identifiers are shorter than the zero-padded ones of the same system."""
    widths: dict[str, set[int]] = defaultdict(set)
    shorter: list[tuple[MergedPart, str, int, int]] = []
    for part in parts:
        key = tables[part.part.table].primary_key[0]
        if key not in part.part.fields or tables[part.part.table].by_name[key].type != "string":
            continue
        padded, narrow, wide, low = con.execute(
            f'select count(*) filter (where starts_with("{key}", \'0\')), min(length("{key}")) filter (where starts_with("{key}", \'0\')), '
            f'max(length("{key}")), min(length("{key}")) from \'{part.rows}\' where regexp_full_match("{key}", \'\\d{{2,}}\')'
        ).fetchall()[0]
        if padded and narrow == wide:
            widths[f"{part.part.source}\0{part.part.table}"].add(wide)
        if low is not None:
            shorter.append((part, key, low, int(padded)))
    found = []
    for part, key, low, _ in shorter:
        usual = widths.get(f"{part.part.source}\0{part.part.table}", set())
        if usual and low < min(usual):
            (n,) = con.execute(
                f"select count(*) from '{part.rows}' where regexp_full_match(\"{key}\", '\\d+') and length(\"{key}\") < {min(usual)}"
            ).fetchall()[0]
            found.append(
                (
                    part.part.file,
                    f"{n:,} values of {key} are shorter than the {min(usual)} digits with leading zeros that this system "
                    "writes: a spreadsheet may have dropped the zeros; export the column as text",
                )
            )
    return found
