"""What does a clock on the wall say? Offsets from the time-zone database, as plain SQL that is fast on millions of rows."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

WEEK, SECOND = timedelta(days=7), timedelta(seconds=1)


@dataclass(frozen=True)
class Change:
    """At `at` (UTC, without zone) the zone's clocks move from the offset `before` to `after`."""

    at: datetime
    before: timedelta
    after: timedelta


@cache
def changes(zone: str, first_year: int, last_year: int) -> tuple[Change, ...]:
    """Every change of a zone's offset from 1 January of `first_year` to 31 December of `last_year`, in order."""
    clock, found = ZoneInfo(zone), []
    at, end = datetime(first_year, 1, 1, tzinfo=UTC), datetime(last_year + 1, 1, 1, tzinfo=UTC)
    while at < end:
        before, after = _offset(at, clock), _offset(at + WEEK, clock)
        if before != after:
            low, high = at, at + WEEK
            while high - low > SECOND:
                middle = (low + (high - low) / 2).replace(microsecond=0)
                low, high = (middle, high) if _offset(middle, clock) == before else (low, middle)
            found.append(Change(high.replace(tzinfo=None), before, after))
        at += WEEK
    return tuple(found)


def local_time_macro(zone: str, first_year: int, last_year: int) -> str:
    """SQL that creates local_time(utc): the zone's wall clock at a UTC timestamp between the two years."""
    known = changes(zone, first_year, last_year)
    last = known[-1].after if known else _offset(datetime(first_year, 6, 1, tzinfo=UTC), ZoneInfo(zone))
    branches = " ".join(f"when stamp < timestamp '{each.at}' then {_seconds(each.before)}" for each in known)
    offset = f"case {branches} else {_seconds(last)} end" if branches else _seconds(last)
    return f"create or replace macro local_time(stamp) as stamp + {offset}"


def _offset(at: datetime, clock: ZoneInfo) -> timedelta:
    return at.astimezone(clock).utcoffset() or timedelta(0)


def _seconds(offset: timedelta) -> str:
    return f"interval '{int(offset.total_seconds())} seconds'"
