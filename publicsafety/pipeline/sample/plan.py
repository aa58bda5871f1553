"""How many calls of each kind, needle requests and cases does each month hold?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from publicsafety.city import City
from publicsafety.pipeline.sample import profile
from publicsafety.pipeline.sample.calibration import Calibration, spread
from publicsafety.pipeline.sample.clock import month_days

FEWEST, MOST = 200, 50_000_000
CASE_SCALE_MAX = 4.0  # the case workbook stays within a sheet, however many calls there are


@dataclass(frozen=True)
class Month:
    """The counts of one month at the planned scale."""

    year: int
    month: int
    responses: int
    outreach: int
    needles: int  # needle pickups that came as calls
    needles_before: int  # needle calls that went to police and fire, before the team took them
    unmet: int  # eligible calls not answered
    other: int  # everything else at its base rate
    requests: int  # rows of the 311 export that are about needles
    cases: int

    @property
    def first(self) -> date:
        return date(self.year, self.month, 1)

    @property
    def last(self) -> date:
        return date(self.year, self.month, month_days(self.year, self.month))

    @property
    def total(self) -> int:
        return self.responses + self.outreach + self.needles + self.needles_before + self.unmet + self.other


@dataclass(frozen=True)
class Plan:
    """The whole period. `calls` is None when the base rates decide how many there are."""

    start: date
    end: date
    calls: int | None
    scale: float
    is_calibrated: bool
    months: tuple[Month, ...]
    totals: tuple[int | None, ...]  # incidents per month; None: as many as the rates give


def last_complete_month(today: date) -> date:
    return today.replace(day=1) - timedelta(days=1)


def check(calls: int | None, start: date, end: date) -> None:
    """Raise ValueError, a plain sentence, when the sample asked for cannot be written."""
    if calls is not None and not FEWEST <= calls <= MOST:
        raise ValueError(f"--calls must be between {FEWEST:,} and {MOST:,}, not {calls:,}.")
    if not start < end:
        raise ValueError(f"--start must be before --end; {start} is not before {end}.")
    if start.year < 2020 or end.year > 2050:
        raise ValueError(f"The sample knows the years 2020 to 2050; {start} to {end} goes beyond them.")


def _month(figures: Calibration, city: City, year: int, month: int, scale: float, exact: bool) -> Month:
    """One month at its base rates, times `scale`. `exact` keeps the first year's published counts."""
    at = date(year, month, 1)
    days, season = month_days(year, month), profile.SEASON[month - 1]
    since = year - figures.year
    calls_since, needles_since = city.service.calls_since or at, city.service.needle_pickups_since or at
    late_rate = figures.responses / max(1, sum(1 for each in figures.responses_by_month if each))
    growth = figures.second_year * (1 + figures.yearly_growth * max(0.0, since - 1 + (month - 6) / 12)) ** (since > 1)
    responses = (
        figures.responses_by_month[month - 1]
        if since == 0
        else late_rate * growth * season
        if at >= calls_since
        else 0.0
    )
    ratio = figures.eligible_ratio[min(max(since, 0), 2)]
    eligible = responses * ratio if responses else late_rate * 3.2 * season
    first_requests = spread(
        figures.needle_requests,
        [w * (date(year, m + 1, 1) >= needles_since) for m, w in enumerate(profile.NEEDLE_SEASON)],
    )
    requests = (
        first_requests[month - 1]
        if since == 0
        else figures.needle_requests_later * profile.NEEDLE_SEASON[month - 1] * 1.06 ** max(0, since - 1)
    )
    begun = at >= needles_since
    cases = figures.cases_by_month[month - 1] if since == 0 else figures.new_cases * season if since > 0 else 0.0
    other_scale = max(scale**0.5, 0.25) if scale < 1 else scale  # a few calls still come with cases and needles

    def scaled(rate: float, by: float = scale) -> int:
        return round(rate if exact else rate * by)

    return Month(
        year,
        month,
        responses=scaled(responses),
        outreach=scaled(figures.outreach * season) if since > 0 else 0,
        needles=scaled(requests * 0.55) if begun else 0,
        needles_before=0 if begun else scaled(350 / 12 * profile.NEEDLE_SEASON[month - 1]),
        unmet=scaled(eligible - responses),
        other=round(figures.other_calls * days * season * scale)
        if not exact
        else round(figures.other_calls * days * season),
        requests=scaled(requests, other_scale) if begun else 0,
        cases=scaled(cases, min(other_scale, CASE_SCALE_MAX)),
    )


def _months(start: date, end: date) -> list[tuple[int, int]]:
    return [(n // 12, n % 12 + 1) for n in range(start.year * 12 + start.month - 1, end.year * 12 + end.month)]


def _share(each: Month, start: date, end: date) -> float:
    """Which part of a month lies within the period."""
    days = (min(each.last, end) - max(each.first, start)).days + 1
    return days / month_days(each.year, each.month)


def make_plan(figures: Calibration, city: City, calls: int | None, start: date, end: date) -> Plan:
    """Counts per month. Near the base size the team's own figures stay exact; only the calls around them give way."""
    check(calls, start, end)
    base = [_month(figures, city, year, month, 1.0, True) for year, month in _months(start, end)]
    shares = [_share(each, start, end) for each in base]
    expected = sum(each.total * share for each, share in zip(base, shares, strict=True))
    if calls is None:
        return Plan(start, end, None, 1.0, True, tuple(base), (None,) * len(base))
    scale = calls / max(expected, 1.0)
    exact = 0.9 <= scale <= 1.1
    months = base if exact else [_month(figures, city, each.year, each.month, scale, False) for each in base]
    totals = spread(calls, [each.total * share for each, share in zip(base, shares, strict=True)])
    return Plan(start, end, calls, scale, exact, tuple(months), tuple(totals))
