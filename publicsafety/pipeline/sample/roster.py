"""The roster: staffed shifts of the team's units on its days of service; one week of it was never exported."""

from __future__ import annotations

import csv
from datetime import date, datetime, timedelta
from pathlib import Path

from publicsafety.city import City
from publicsafety.pipeline.sample.calls import WEEK
from publicsafety.pipeline.sample.plan import Plan

HEADER = ("UNIT", "SHIFT_START", "SHIFT_END", "STAFF_1", "STAFF_2")


def shifts(plan: Plan, city: City, first_year: int) -> list[tuple[str, datetime, datetime]]:
    """One early and one late shift a day, and a third at midday from the second year on."""
    opens, closes = city.service.opens, city.service.closes
    first = max(plan.start, city.service.needle_pickups_since or plan.start)
    gap = date(first_year + 1, 6, 9)
    rows = []
    for n in range(max(0, (plan.end - first).days + 1)):
        day = first + timedelta(days=n)
        if WEEK[day.weekday()] not in city.service.days or gap <= day < gap + timedelta(days=7):
            continue
        start, stop = datetime.combine(day, opens), datetime.combine(day, closes)
        rows.append(("CARE1", start, start + timedelta(hours=8)))
        if city.service.calls_since is None or day >= city.service.calls_since:
            rows.append(("CARE2", stop - timedelta(hours=8), stop))
        if day.year > first_year:
            rows.append(("CARE3", start + timedelta(hours=2), start + timedelta(hours=10)))
    return rows


def write_roster(path: Path, rows: list[tuple[str, datetime, datetime]]) -> None:
    """Write the roster as a spreadsheet program would: a repeated header where two years were pasted together."""
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(HEADER)
        for n, (unit, starts, ends) in enumerate(rows):
            if n and starts.year != rows[n - 1][1].year and len(rows) >= 100:
                out.writerow(HEADER)
            out.writerow(
                (
                    unit,
                    f"{starts:%Y-%m-%d %H:%M}",
                    f"{ends:%Y-%m-%d %H:%M}",
                    f"CANARY-NAME-{n % 8:04d}",
                    f"CANARY-NAME-{n % 7 + 10:04d}",
                )
            )
