"""Local time to UTC and back as plain SQL: the zone's changes of offset as a tree of comparisons.

DuckDB's ICU functions move a time in the daylight-saving gap on by an hour and choose one of two readings in the fold,
both without a word, and take several times as long. The changes come from the system's or tzdata's zone files.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Change:
    """A moment (UTC) at which a zone's offset changes, with the offsets in seconds before and after."""

    at: datetime
    before: int
    after: int

    @property
    def local(self) -> datetime:
        """The wall clock at which the new offset begins to count: the later of both readings of the moment."""
        return self.at + timedelta(seconds=max(self.before, self.after))

    @property
    def earlier(self) -> datetime:
        return self.at + timedelta(seconds=min(self.before, self.after))


def _offset(zone: ZoneInfo, moment: datetime) -> int:
    offset = moment.replace(tzinfo=UTC).astimezone(zone).utcoffset()
    return int(offset.total_seconds()) if offset else 0


@lru_cache(maxsize=64)
def changes(name: str, first_year: int, last_year: int) -> tuple[int, tuple[Change, ...]]:
    """Offset (seconds) at the start of `first_year`, and every change of it until the end of `last_year`."""
    zone = ZoneInfo(name)
    moment, end = datetime(max(first_year, 2) - 1, 12, 1), datetime(min(last_year, 9997) + 1, 2, 1)
    start = offset = _offset(zone, moment)
    found = []
    while moment < end:
        following = moment + timedelta(days=7)
        if _offset(zone, following) != offset:
            low, high = moment, following
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) / 2
                middle = middle.replace(microsecond=0)
                low, high = (middle, high) if _offset(zone, middle) == offset else (low, middle)
            new = _offset(zone, high)
            found.append(Change(high, offset, new))
            offset = new
        moment = following
    return start, tuple(found)


def _tree(column: str, cuts: list[tuple[datetime, int]], start: int) -> str:
    """Nested CASE: the offset that holds at `column`, by halving the sorted list of cuts."""
    if not cuts:
        return str(start)
    middle = len(cuts) // 2
    at, offset = cuts[middle]
    left, right = _tree(column, cuts[:middle], start), _tree(column, cuts[middle + 1 :], offset)
    return f"case when {column} < timestamp '{at}' then {left} else {right} end"


def utc_sql(column: str, zone: str, first_year: int, last_year: int) -> str:
    """SQL for the UTC time of a local `column`. In a fold the earlier reading is taken (the offset before)."""
    start, found = changes(zone, first_year, last_year)
    if not found and start == 0:
        return column
    # From `local` on the new offset counts. In a fold `local` is the end of the repeated hour: the earlier reading.
    cuts = [(change.local, change.after) for change in found]
    return f"({column} - to_seconds({_tree(column, cuts, start)}))"


def local_sql(column: str, zone: str, first_year: int = 1990, last_year: int = 2100) -> str:
    """SQL for the local time of a UTC `column`."""
    start, found = changes(zone, first_year, last_year)
    cuts = [(change.at, change.after) for change in found]
    return f"({column} + to_seconds({_tree(column, cuts, start)}))"


def gap_sql(column: str, zone: str, first_year: int, last_year: int) -> str:
    """SQL that is true for a local time that no clock showed (spring forward)."""
    return _within(column, [c for c in changes(zone, first_year, last_year)[1] if c.after > c.before])


def fold_sql(column: str, zone: str, first_year: int, last_year: int) -> str:
    """SQL that is true for a local time that clocks showed twice (fall back)."""
    return _within(column, [c for c in changes(zone, first_year, last_year)[1] if c.after < c.before])


def _within(column: str, found: list[Change]) -> str:
    spans = [f"({column} >= timestamp '{c.earlier}' and {column} < timestamp '{c.local}')" for c in found]
    return " or ".join(spans) or "false"
