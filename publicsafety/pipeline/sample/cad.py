"""The rows of the CAD export: one per unit on an incident, with stamps and the small faults that such files have."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from publicsafety.pipeline.sample import calls, clock, people, profile
from publicsafety.pipeline.sample.calls import ENDS, NATURES, Incidents
from publicsafety.pipeline.sample.clock import NONE
from publicsafety.pipeline.sample.places import Places

COLUMNS = (
    "INC_NUM",
    "CALL_RCVD",
    "ENTERED",
    "DISP",
    "ENRT",
    "ONSCN",
    "CONTACT",
    "CLR",
    "CALL_SRC",
    "NATURE",
    "FINAL_NATURE",
    "PRI",
    "ELIG",
    "DISPO",
    "POL_ROLE",
    "BKUP_REQ",
    "UNMET",
    "UNIT_ID",
    "AGENCY",
    "LAT",
    "LON",
    "NBHD",
    "CLIENT_ID",
    "LOCATION",
    "CALLER_NAME",
    "CALLER_PHONE",
    "NARRATIVE",
)
UNITS = (
    *(f"CARE{n}" for n in range(1, 4)),
    *(f"P{n}" for n in range(11, 35)),
    *(f"CR{n}" for n in range(1, 3)),
    *(f"E{n}" for n in range(1, 9)),
    *(f"MED{n}" for n in range(1, 7)),
    "5.00E+93",
    "",
)
AGENCIES = ("CARE", "PD", "FD", "EMS", "", "PD  ", "Police")
NARRATIVES = tuple(
    f"CANARY-NARRATIVE-{n:04d} {text}"
    for n, text in enumerate(
        (
            "caller reports a person asleep on the steps; no weapons seen",
            "third party call, wants someone checked on",
            "caller would not give details",
            "reporting party says the person is known to them",
            "standing by for a unit",
        )
    )
)
_FIRST = {name: UNITS.index(name) for name in ("CARE1", "P11", "CR1", "E1", "MED1")}


@dataclass(frozen=True)
class Rows:
    """One entry per row of the export: which incident, which unit, and its stamps (UTC seconds)."""

    incident: np.ndarray
    unit: np.ndarray
    agency: np.ndarray
    dispatched: np.ndarray
    en_route: np.ndarray
    on_scene: np.ndarray
    contact: np.ndarray
    cleared: np.ndarray


def _lasting(rng: np.random.Generator, count: int, median: float, spread: float) -> np.ndarray:
    """Seconds of `count` log-normal durations with a median in minutes."""
    return np.maximum(np.exp(rng.normal(np.log(median * 60), spread, count)), 5).astype(np.int64)


def _slot(
    rng: np.random.Generator, found: Incidents, at: np.ndarray, first: str, units: int, agency: int, *, delay: float
) -> Rows:
    """Rows of one further unit on the incidents `at`: one of `units` units from `first` on."""
    count, team = len(at), agency == 0
    started = found.received[at] + _lasting(rng, count, delay, 0.7)
    own = (found.source[at] == 2) & (found.kind[at] != calls.RESPONSE)
    started = np.where(own, found.received[at] + rng.integers(5, 60, count), started)
    en_route = started + np.where(own, rng.integers(1, 20, count), _lasting(rng, count, 1.6 if team else 1.0, 0.5))
    on_scene = en_route + np.where(own, rng.integers(1, 30, count), _lasting(rng, count, 8.5 if team else 4.5, 0.5))
    contact = on_scene + _lasting(rng, count, 2.0, 0.6)
    cleared = contact + _lasting(rng, count, 30.0 if team else 18.0, 0.65)
    arrives = found.arrived[at] if team else np.ones(count, dtype=bool)
    unit = _FIRST[first] + rng.integers(0, units, count)
    return Rows(
        at,
        unit,
        np.full(count, agency),
        started,
        en_route,
        np.where(arrives, on_scene, NONE),
        np.where(arrives & team, contact, NONE),
        np.where(arrives, cleared, en_route + rng.integers(60, 600, count)),
    )


def unit_rows(rng: np.random.Generator, found: Incidents) -> Rows:
    """Every unit on every incident, by incident; an incident without a unit has one row with the unit left blank."""
    count = len(found.received)
    team = np.isin(found.kind, (calls.RESPONSE, calls.OUTREACH, calls.NEEDLE))
    medical = np.isin(found.nature, [NATURES.index(name) for name in profile.MEDICAL])
    needs_police = np.isin(found.role, (calls.POLICE, calls.BACK_UP))
    co_responds = found.role == calls.CO_RESPONSE
    fire_or_ems = medical & np.isin(found.role, (calls.TEAM, calls.POLICE)) & ~team
    to_hospital = team & (found.ended == ENDS.index("Transported to hospital"))
    draw = rng.random(count)
    at = np.flatnonzero
    slots = [
        _slot(rng, found, at(team), "CARE1", 2, 0, delay=6.0),
        _slot(rng, found, at(needs_police), "P11", 12, 1, delay=3.5),
        _slot(rng, found, at(needs_police & ~team & (draw < 0.38)), "P11", 12, 1, delay=5.0),
        _slot(rng, found, at(co_responds), "CR1", 2, 1, delay=6.0),
        _slot(rng, found, at(fire_or_ems & (draw < 0.5)), "E1", 8, 2, delay=1.5),
        _slot(rng, found, at((fire_or_ems & (draw >= 0.2)) | to_hospital), "MED1", 6, 3, delay=2.0),
    ]
    second = slots[2]
    slots[2] = Rows(
        second.incident, second.unit + 12, *(getattr(second, name) for name in list(Rows.__dataclass_fields__)[2:])
    )
    held = np.zeros(count, dtype=bool)
    for slot in slots:
        held[slot.incident] = True
    none = at(~held)
    blank = np.full(len(none), NONE)
    slots.append(
        Rows(
            none,
            np.full(len(none), len(UNITS) - 1),
            np.full(len(none), 4),
            blank,
            blank,
            blank,
            blank,
            found.received[none] + rng.integers(120, 1800, len(none)),
        )
    )
    whole = Rows(*(np.concatenate([getattr(slot, name) for slot in slots]) for name in Rows.__dataclass_fields__))
    return _take(whole, np.argsort(whole.incident, kind="stable"))


def _take(rows: Rows, at: np.ndarray) -> Rows:
    return Rows(*(getattr(rows, name)[at] for name in Rows.__dataclass_fields__))


def with_faults(rng: np.random.Generator, rows: Rows) -> Rows:
    """Small faults on rows of police, fire and EMS only, so that no figure of the team depends on them."""
    count = len(rows.incident)
    draw, theirs = rng.random(count), rows.agency > 0
    midnight = rows.dispatched - rows.dispatched % clock.DAY
    sentinel = theirs & (draw < 0.004) & (rows.en_route != NONE)
    backward = theirs & (draw >= 0.004) & (draw < 0.007) & (rows.on_scene != NONE)
    blank = theirs & (draw >= 0.007) & (draw < 0.02)
    en_route = np.where(sentinel, midnight, np.where(blank, NONE, rows.en_route))
    on_scene = np.where(backward, rows.dispatched - rng.integers(30, 900, count), rows.on_scene)
    agency = np.where((rows.agency == 1) & (draw > 0.97), np.where(draw > 0.99, 6, 5), rows.agency)
    unit = np.where((rows.agency == 1) & (draw > 0.9995), UNITS.index("5.00E+93"), rows.unit)
    faulty = Rows(rows.incident, unit, agency, rows.dispatched, en_route, on_scene, rows.contact, rows.cleared)
    return _take(faulty, np.repeat(np.arange(count), 1 + (rng.random(count) < 0.002)))  # exact duplicates


def _labels(rng: np.random.Generator, names: tuple[str, ...], codes: np.ndarray) -> pa.Array:
    """Labels by position, one in thirty in another spelling."""
    texts, first, many = list(names), np.zeros(len(names), np.int64), np.zeros(len(names), np.int64)
    for at, name in enumerate(names):
        variants = profile.VARIANTS.get(name, ())
        first[at], many[at] = len(texts), len(variants)
        texts += variants
    other = (rng.random(len(codes)) < 0.035) & (many[codes] > 0)
    which = first[codes] + (rng.random(len(codes)) * many[codes]).astype(np.int64)
    return pa.array(texts).take(pa.array(np.where(other, which, codes)))


def _pick(texts: tuple[str, ...], codes: np.ndarray) -> pa.Array:
    return pa.array(texts).take(pa.array(codes))


def point_texts(places: Places) -> tuple[pa.Array, pa.Array, pa.Array, np.ndarray]:
    """Latitude, longitude and address of every place as text, and the number of its area."""
    names = sorted(set(places.area) - {""})
    numbers = np.array([names.index(name) if name else len(names) for name in places.area])
    latitude = pa.array([f"{value:.5f}" for value in places.latitude])
    longitude = pa.array([f"{value:.5f}" for value in places.longitude])
    return latitude, longitude, pa.array([*names, "OUT", "CITY", "-1"]), numbers


def table(
    rng: np.random.Generator,
    found: Incidents,
    number: np.ndarray,
    rows: Rows,
    zone: str,
    points: tuple[pa.Array, pa.Array, pa.Array, np.ndarray],
) -> pa.Table:
    """The export's rows as text. `number` is the number of each incident, year first; `points` is from point_texts."""
    at, count = rows.incident, len(found.received)
    latitude, longitude, areas, area_numbers = points
    entered = found.received + rng.integers(15, 150, count)
    place = found.place
    named = area_numbers[place]
    odd = rng.random(count)
    named = np.where(
        odd < 0.006,
        rng.integers(0, len(areas) - 3, count),
        np.where(odd > 0.996, len(areas) - 2 + (odd > 0.998), named),
    )
    blank_point = (found.kind == calls.OTHER) & (rng.random(count) < 0.004)
    texts = {
        "INC_NUM": _incident_numbers(number),
        "CALL_RCVD": clock.stamps(clock.to_local(found.received, zone)),
        "ENTERED": clock.stamps(clock.to_local(entered, zone)),
        "CALL_SRC": _pick(profile.SOURCES, found.source),
        "NATURE": _labels(rng, NATURES, found.nature),
        "FINAL_NATURE": _labels(rng, NATURES, found.final),
        "PRI": _pick(("", *profile.PRIORITIES), found.priority),
        "ELIG": _pick(calls.ELIGIBILITY, found.eligibility),
        "DISPO": _labels(rng, ENDS, found.ended),
        "POL_ROLE": _pick(calls.ROLES, found.role),
        "BKUP_REQ": _pick(("", "N", "Y"), np.where(found.arrived, 1 + (found.role == calls.BACK_UP), 0)),
        "UNMET": _pick(calls.UNMET, found.unmet),
        "LAT": latitude.take(pa.array(place, mask=blank_point)),
        "LON": longitude.take(pa.array(place, mask=blank_point)),
        "NBHD": areas.take(pa.array(named)),
        "CLIENT_ID": clock.numbers("C-", np.maximum(found.person, 0) + 1, 7, found.person != people.NOBODY),
        "LOCATION": clock.numbers("CANARY-ADDRESS-", place, 5),
        "CALLER_NAME": clock.numbers("CANARY-NAME-", rng.integers(1, 9999, count), 4),
        "CALLER_PHONE": clock.numbers("555-010-", rng.integers(0, 9999, count), 4),
        "NARRATIVE": _pick(NARRATIVES, rng.integers(0, len(NARRATIVES), count)),
    }
    repeat = pa.array(at)
    by_row = {
        "DISP": rows.dispatched,
        "ENRT": rows.en_route,
        "ONSCN": rows.on_scene,
        "CONTACT": rows.contact,
        "CLR": rows.cleared,
    }
    midnight = (rows.en_route != NONE) & (rows.en_route == rows.dispatched - rows.dispatched % clock.DAY)
    stamped = {name: clock.to_local(values, zone) for name, values in by_row.items()}
    stamped["ENRT"] = np.where(midnight, stamped["DISP"] - stamped["DISP"] % clock.DAY, stamped["ENRT"])
    arrays = {name: each.take(repeat) for name, each in texts.items()}
    arrays |= {name: clock.stamps(values) for name, values in stamped.items()}
    arrays |= {"UNIT_ID": _pick(UNITS, rows.unit), "AGENCY": _pick(AGENCIES, rows.agency)}
    return pa.table({name: arrays[name] for name in COLUMNS})


def _incident_numbers(number: np.ndarray) -> pa.Array:
    """2400000017 as 24-00000017."""
    letters = np.empty((len(number), 11), dtype=np.uint8)
    letters[:, :2] = clock.digits(number // 100_000_000, 2)
    letters[:, 2] = ord("-")
    letters[:, 3:] = clock.digits(number % 100_000_000, 8)
    return clock.strings(letters)
