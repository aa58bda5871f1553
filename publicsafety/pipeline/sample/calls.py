"""The incidents of one month: when, what about, where, who answered."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, timedelta

import numpy as np

from publicsafety.city import City
from publicsafety.pipeline.sample import people, profile
from publicsafety.pipeline.sample.clock import DAY, month_days, seconds, to_utc
from publicsafety.pipeline.sample.places import Places
from publicsafety.pipeline.sample.plan import Month

RESPONSE, OUTREACH, NEEDLE, NEEDLE_BEFORE, UNMET_IN, UNMET_OUT, OTHER = range(7)
WEEK = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
NATURES = (*profile.ELIGIBLE, profile.NEEDLE, *profile.OTHER)
ENDS = tuple(dict.fromkeys((*profile.TEAM_ENDS, *profile.POLICE_ENDS, profile.CANCELLED, profile.REMOVED)))
UNMET = ("", "OUTSIDE HOURS", *profile.UNMET)
ELIGIBILITY = ("", "E", "I", "NT")
TEAM, BACK_UP, CO_RESPONSE, POLICE, UNKNOWN_ROLE, NO_ROLE = range(6)
ROLES = ("NONE", "BACKUP", "CO-RESP", "PD", "UNK", "")


@dataclass(frozen=True)
class Incidents:
    """One entry per incident, sorted by the time it was received. Codes point into the tuples of this module."""

    received: np.ndarray  # UTC seconds
    kind: np.ndarray
    nature: np.ndarray
    final: np.ndarray
    ended: np.ndarray  # position in ENDS
    source: np.ndarray  # position in profile.SOURCES
    priority: np.ndarray
    eligibility: np.ndarray
    unmet: np.ndarray
    role: np.ndarray
    arrived: np.ndarray  # bool: the team arrived
    person: np.ndarray
    place: np.ndarray

    def take(self, at: np.ndarray) -> Incidents:
        return Incidents(*(getattr(self, each.name)[at] for each in fields(self)))


def weighted(rng: np.random.Generator, names: tuple[str, ...], weights: dict[str, float], count: int) -> np.ndarray:
    """Positions in `names` drawn by weight."""
    at = np.array([names.index(name) for name in weights])
    chance = np.cumsum(list(weights.values()))
    return at[np.searchsorted(chance, rng.random(count) * chance[-1], side="right")]


def week_grid(month: Month, city: City) -> tuple[np.ndarray, np.ndarray]:
    """Weight of every day and hour of a month, and which of them lie in the hours of service: (days, 24) each."""
    days = [month.first + timedelta(days=n) for n in range(month_days(month.year, month.month))]
    base = np.array([[profile.WEEKDAYS[day.weekday()]] for day in days]) * np.array([profile.HOURS], dtype=float)
    open_days = np.array([[WEEK[day.weekday()] in city.service.days] for day in days])
    hours = np.arange(24)
    return base, open_days & ((hours >= city.service.opens.hour) & (hours < city.service.closes.hour))


def draw_times(rng: np.random.Generator, weights: np.ndarray, count: int, first: date) -> np.ndarray:
    """Wall-clock seconds of `count` moments, by the weight of day and hour, in order."""
    chance = np.cumsum(weights.ravel())
    if not chance[-1]:
        return np.empty(0, dtype=np.int64)
    cell = np.searchsorted(chance, rng.random(count) * chance[-1], side="right")
    return np.sort(seconds(first) + cell // 24 * DAY + cell % 24 * 3600 + rng.integers(1, 3600, count))


def _block(kind: int, local: np.ndarray, zone: str, **given: np.ndarray | int) -> Incidents:
    count = len(local)

    def column(name: str, default: int, dtype: type = np.int64) -> np.ndarray:
        value = given.get(name, default)
        return value.astype(dtype) if isinstance(value, np.ndarray) else np.full(count, value, dtype=dtype)

    nature = column("nature", 0)
    return Incidents(
        to_utc(local, zone),
        column("kind", kind),
        nature,
        column("final", 0) if "final" in given else nature,
        column("ended", 0),
        column("source", 0),
        column("priority", 2),
        column("eligibility", 0),
        column("unmet", 0),
        column("role", NO_ROLE),
        column("arrived", 0, bool),
        column("person", people.NOBODY),
        column("place", 0),
    )


def _changed(rng: np.random.Generator, nature: np.ndarray) -> np.ndarray:
    """The final nature: mostly the first one, sometimes another eligible one."""
    return np.where(rng.random(len(nature)) < 0.86, nature, weighted(rng, NATURES, profile.ELIGIBLE, len(nature)))


def _answered(
    rng: np.random.Generator, local: np.ndarray, found: people.Responses, city: City, places: Places
) -> Incidents:
    nature = weighted(rng, NATURES, profile.ELIGIBLE, len(local))
    ended = np.where(found.arrived, weighted(rng, ENDS, profile.TEAM_ENDS, len(local)), ENDS.index(profile.CANCELLED))
    return _block(
        RESPONSE,
        local,
        city.timezone,
        nature=nature,
        final=_changed(rng, nature),
        ended=ended,
        source=rng.choice([0, 1, 3], len(local), p=[0.62, 0.30, 0.08]),
        priority=rng.choice(3, len(local), p=[0.1, 0.5, 0.4]) + 1,
        eligibility=1,
        unmet=np.where(found.arrived, 0, UNMET.index("CANCELLED")),
        arrived=found.arrived,
        person=found.person,
        role=np.array([TEAM, BACK_UP, CO_RESPONSE, UNKNOWN_ROLE])[found.police],
        place=places.draw(rng, len(local)),
    )


def _outreach(rng: np.random.Generator, local: np.ndarray, known: int, city: City, places: Places) -> Incidents:
    keyed = rng.random(len(local)) < 0.5 * (known > 0)
    person = np.where(keyed, (max(known, 1) * rng.random(len(local)) ** 2).astype(np.int64), people.NOBODY)
    return _block(
        OUTREACH,
        local,
        city.timezone,
        nature=weighted(rng, NATURES, profile.ELIGIBLE, len(local)),
        source=2,
        priority=3,
        ended=weighted(rng, ENDS, profile.TEAM_ENDS, len(local)),
        arrived=1,
        person=person,
        role=TEAM,
        place=places.draw(rng, len(local)),
    )


def _unmet(
    rng: np.random.Generator, kind: int, local: np.ndarray, begun: bool, city: City, places: Places
) -> Incidents:
    count = len(local)
    why = weighted(rng, UNMET, profile.UNMET, count) if kind == UNMET_IN else np.full(count, 1)
    place = places.draw(rng, count)
    is_outside = (why == UNMET.index("OUTSIDE AREA")) & begun
    place[is_outside] = rng.choice(places.outside, int(is_outside.sum()))
    cancelled = (why == UNMET.index("CANCELLED")) & begun
    ended = np.where(cancelled, ENDS.index(profile.CANCELLED), weighted(rng, ENDS, profile.POLICE_ENDS, count))
    role = np.where(cancelled, NO_ROLE, np.where(rng.random(count) < 0.15, CO_RESPONSE, POLICE))
    nature = weighted(rng, NATURES, profile.ELIGIBLE, count)
    return _block(
        kind,
        local,
        city.timezone,
        nature=nature,
        final=_changed(rng, nature),
        ended=ended,
        unmet=why if begun else 0,
        source=rng.choice(2, count, p=[0.68, 0.32]),
        priority=rng.choice(3, count, p=[0.15, 0.5, 0.35]) + 1,
        eligibility=1 if begun else 3,
        role=role,
        place=place,
    )


def _other(rng: np.random.Generator, local: np.ndarray, begun: bool, city: City, places: Places) -> Incidents:
    count = len(local)
    nature = weighted(rng, NATURES, profile.OTHER, count)
    own = np.isin(nature, [NATURES.index(name) for name in profile.SELF_INITIATED])
    cancelled = rng.random(count) < 0.03
    ended = np.where(cancelled, ENDS.index(profile.CANCELLED), weighted(rng, ENDS, profile.POLICE_ENDS, count))
    role = np.where(cancelled, NO_ROLE, np.where(rng.random(count) < 0.004, CO_RESPONSE, POLICE))
    medical = np.isin(nature, [NATURES.index(name) for name in profile.MEDICAL])
    role = np.where(medical & ~cancelled & (rng.random(count) < 0.6), TEAM, role)  # fire and EMS alone: no police
    place = places.draw(rng, count)
    quirk = rng.random(count)
    place[quirk < 0.004] = places.default
    far = (quirk >= 0.004) & (quirk < 0.007)
    place[far] = rng.choice(places.outside, int(far.sum()))
    source = np.where(own, 2, rng.choice(2, count, p=[0.58, 0.42]))
    eligibility = np.where(rng.random(count) < 0.04, 3, 2) if begun else 0
    return _block(
        OTHER,
        local,
        city.timezone,
        nature=nature,
        ended=ended,
        source=source,
        priority=rng.choice(4, count, p=[0.12, 0.33, 0.35, 0.2]) + 1,
        eligibility=eligibility,
        role=role,
        place=place,
    )


def _needles(
    rng: np.random.Generator, kind: int, local: np.ndarray, begun: bool, city: City, places: Places
) -> Incidents:
    team = kind == NEEDLE
    return _block(
        kind,
        local,
        city.timezone,
        nature=NATURES.index(profile.NEEDLE),
        source=rng.choice(2, len(local), p=[0.3, 0.7]),
        priority=4,
        ended=ENDS.index(profile.REMOVED),
        eligibility=1 if team and begun else 0,
        arrived=int(team),
        role=TEAM if team else POLICE,
        place=places.draw(rng, len(local), needles=True),
    )


def calls_of(
    rng: np.random.Generator,
    month: Month,
    found: people.Responses,
    known: int,
    city: City,
    places: Places,
    within: tuple[date, date],
    total: int | None,
) -> Incidents:
    """All incidents of a month within the period (first and last day); `total` of them, when it is given."""
    base, is_open = week_grid(month, city)
    begun = month.first >= (city.service.calls_since or month.first)
    out_count = round(month.unmet * profile.OUT_OF_HOURS)

    def times(count: int, weights: np.ndarray) -> np.ndarray:
        return draw_times(rng, weights, count, month.first)

    blocks = [
        _answered(rng, times(month.responses, base * is_open), found, city, places),
        _outreach(rng, times(month.outreach, base * is_open), known, city, places),
        _needles(rng, NEEDLE, times(month.needles, base * is_open), begun, city, places),
        _needles(rng, NEEDLE_BEFORE, times(month.needles_before, base), begun, city, places),
        _unmet(rng, UNMET_IN, times(month.unmet - out_count, base * is_open), begun, city, places),
        _unmet(rng, UNMET_OUT, times(out_count, base * ~is_open), begun, city, places),
    ]
    low, high = (int(each) for each in to_utc(np.array([seconds(within[0]), seconds(within[1]) + DAY]), city.timezone))
    team = _joined(blocks)
    team = team.take(np.flatnonzero((team.received >= low) & (team.received < high)))
    if total is None:
        rest = _other(rng, times(month.other, base), begun, city, places)
        rest = rest.take(np.flatnonzero((rest.received >= low) & (rest.received < high)))
    else:
        team = team.take(np.arange(min(total, len(team.received))))
        day = np.arange(len(base)) * DAY + seconds(month.first)
        inside = (day >= seconds(within[0])) & (day <= seconds(within[1]))
        rest = _other(rng, times(total - len(team.received), base * inside[:, None]), begun, city, places)
    both = _joined([team, rest])
    return both.take(np.argsort(both.received, kind="stable"))


def _joined(blocks: list[Incidents]) -> Incidents:
    return Incidents(*(np.concatenate([getattr(block, each.name) for block in blocks]) for each in fields(Incidents)))
