"""How many calls of each kind, needle requests and cases does each month hold?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from publicsafety.city import City
from publicsafety.pipeline.sample import profile
from publicsafety.pipeline.sample.calibration import Calibration, spread
from publicsafety.pipeline.sample.clock import month_days
from publicsafety.pipeline.sample.weather import weather

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


def _month(figures: Calibration, city: City, seed: int, year: int, month: int, scale: float, exact: bool) -> Month:
    """One month at its base rates, times `scale`. `exact` keeps the first year's published counts."""
    at, sky = date(year, month, 1), weather(seed, year, month)
    days, season = month_days(year, month), profile.SEASON[month - 1]
    since = year - figures.year
    calls_since, needles_since = city.service.calls_since or at, city.service.needle_pickups_since or at
    begun = at >= needles_since
    ratio = figures.eligible_ratio[min(max(since, 0), 2)]
    responses = _responses(figures, year, month) if at >= calls_since or since == 0 else 0.0
    eligible = responses * ratio if responses else _late_rate(figures) * 3.2 * season
    requests = _needle_requests(figures, seed, needles_since, year, month)
    cases = figures.cases_by_month[month - 1] if since == 0 else figures.new_cases * season * sky.cases * (since > 0)
    other_scale = max(scale**0.5, 0.25) if scale < 1 else scale  # a few calls still come with cases and needles

    def count(rate: float, by: float = scale, is_published: bool = False) -> int:
        return sky.count(rate if exact else rate * by, is_published and since == 0)

    return Month(
        year,
        month,
        responses=count(responses * (sky.responses if since else 1.0), is_published=True),
        outreach=count(figures.outreach * season * sky.outreach) if since > 0 else 0,
        needles=count(requests * 0.55) if begun else 0,
        needles_before=0 if begun else count(350 / 12 * profile.NEEDLE_SEASON[month - 1] * sky.needles),
        unmet=count((eligible - responses) * sky.unmet),
        other=count(figures.other_calls * days * season * sky.calls),
        requests=count(requests, other_scale, is_published=True) if begun else 0,
        cases=count(cases, min(other_scale, CASE_SCALE_MAX), is_published=True),
    )


def _late_rate(figures: Calibration) -> float:
    """Responses a month of the first year, once the team took calls."""
    return figures.responses / max(1, sum(1 for each in figures.responses_by_month if each))


def _responses(figures: Calibration, year: int, month: int) -> float:
    """Responses of a usual month of that time: as published in the first year, then up to the second year's rate."""
    since = year - figures.year
    if since <= 0:
        return float(figures.responses_by_month[month - 1]) if since == 0 else _late_rate(figures)
    season = 1 + (profile.SEASON[month - 1] - 1) * 0.5  # the team's hours, not the demand, bound what it can take
    steps = min(1.0, ((since - 1) * 12 + month) / figures.months_of_growth)
    last = figures.responses_by_month[-1] or _late_rate(figures)
    rate = last + (_late_rate(figures) * figures.second_year - last) * steps
    return rate * (1 + figures.yearly_growth * max(0.0, since - 2 + month / 12)) * season


def _needle_requests(figures: Calibration, seed: int, needles_since: date, year: int, month: int) -> float:
    """Requests of a usual month; the first year's are whole and add up to what was published."""
    since = year - figures.year
    if since == 0:
        weights = [
            usual * weather(seed, year, each).needles * (date(year, each, 1) >= needles_since)
            for each, usual in enumerate(profile.NEEDLE_SEASON, 1)
        ]
        return spread(figures.needle_requests, weights)[month - 1]
    usual = figures.needle_requests_later * profile.NEEDLE_SEASON[month - 1] * weather(seed, year, month).needles
    return usual * 1.06 ** max(0, since - 1) * figures.needle_months.get((year, month), 1.0)


def _months(start: date, end: date) -> list[tuple[int, int]]:
    return [(n // 12, n % 12 + 1) for n in range(start.year * 12 + start.month - 1, end.year * 12 + end.month)]


def _share(each: Month, start: date, end: date) -> float:
    """Which part of a month lies within the period."""
    days = (min(each.last, end) - max(each.first, start)).days + 1
    return days / month_days(each.year, each.month)


def make_plan(figures: Calibration, city: City, calls: int | None, start: date, end: date, seed: int = 1) -> Plan:
    """Counts per month. Near the base size the team's own figures stay exact; only the calls around them give way."""
    check(calls, start, end)
    base = [_month(figures, city, seed, year, month, 1.0, True) for year, month in _months(start, end)]
    shares = [_share(each, start, end) for each in base]
    expected = sum(each.total * share for each, share in zip(base, shares, strict=True))
    if calls is None:
        return Plan(start, end, None, 1.0, True, tuple(base), (None,) * len(base))
    scale = calls / max(expected, 1.0)
    exact = 0.9 <= scale <= 1.1
    months = base if exact else [_month(figures, city, seed, each.year, each.month, scale, False) for each in base]
    totals = spread(calls, [each.total * share for each, share in zip(base, shares, strict=True)])
    return Plan(start, end, calls, scale, exact, tuple(months), tuple(totals))
