"""The 311 export: requests for a needle pickup and the team's own visits, with other requests between; UTC times."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import numpy as np

from publicsafety.city import City
from publicsafety.pipeline.sample import calls, clock
from publicsafety.pipeline.sample.calibration import Calibration, spread
from publicsafety.pipeline.sample.clock import NONE
from publicsafety.pipeline.sample.places import Places
from publicsafety.pipeline.sample.plan import Plan

HEADER = (
    "SR_NUMBER",
    "REQUEST_TYPE",
    "OPENED_UTC",
    "ACK_UTC",
    "CLOSED_UTC",
    "CHANNEL",
    "NEEDLES",
    "PLACE",
    "LATITUDE",
    "LONGITUDE ",
    "NEIGHBORHOOD",
    "STATUS",
    "REPORTED_BY",
    "REPORTER_EMAIL",
    "DESCRIPTION",
)
CHANNELS = ("Web &amp; app", "Phone", "City worker", "Own patrol", "PHONE ")
OTHER_TYPES = ("Overflowing bin", "Broken street light", "Graffiti")
PLACES = {
    "park": "Park",
    "playground": "Park",
    "school": "School grounds",
    "street": "Street / sidewalk",
    "other": "Other",
}
NOTES = (
    "two or three by the bench,\nnear the fence",
    'box of sharps, see "photo"',
    "next to the playground &amp; the gate",
    "",
    "under the bridge\r\nlast one was there too",
)


def found_needles(rng: np.random.Generator, count: int) -> np.ndarray:
    """Needles at each visit: often few or none, sometimes a whole bag."""
    many = np.round(np.exp(rng.normal(1.0, 1.1, count))).astype(np.int64)
    return np.where(rng.random(count) < 0.14, 0, np.minimum(many, 160))


def _exactly(found: np.ndarray, total: int) -> np.ndarray:
    """The same visits with `total` needles in all: visits that found none stay so."""
    return np.array(spread(total, [float(each) for each in found]), dtype=np.int64)


def _month_rows(
    rng: np.random.Generator, local: np.ndarray, is_needle: np.ndarray, first_year: bool, city: City
) -> dict[str, np.ndarray]:
    """Stamps, status and needles of one month's requests; in the first year every visit is over before the year is."""
    count = len(local)
    reported = clock.to_utc(local, city.timezone)
    own = is_needle & (rng.random(count) < 0.16)
    acknowledged = reported + np.where(own, 0, np.exp(rng.normal(np.log(1500), 0.9, count)).astype(np.int64))
    closed = acknowledged + np.where(own, 600, np.exp(rng.normal(np.log(4200), 1.0, count)).astype(np.int64))
    if first_year:
        new_year = clock.seconds(date(int(1970 + local[-1] // 31_556_952) + 1, 1, 1)) if count else 0
        closed = np.where(closed >= new_year, np.maximum(reported, new_year - 40_000), closed)
        acknowledged = np.minimum(acknowledged, closed)
    draw = rng.random(count)
    cancelled = ~own & (draw < 0.03)
    waiting = ~own & ~cancelled & (draw > 0.988) & (not first_year)
    needles = np.where(is_needle & ~cancelled & ~waiting, found_needles(rng, count), -1)
    closed = np.where(waiting, NONE, closed)
    channel = np.where(own, 3, rng.choice([0, 1, 2, 4], count, p=[0.5, 0.3, 0.16, 0.04]))
    return {
        "reported": reported,
        "acknowledged": np.where(waiting, NONE, acknowledged),
        "closed": closed,
        "needles": needles,
        "channel": channel,
        "status": np.where(cancelled, 2, np.where(waiting, 0, 1)),
        "needle": is_needle,
    }


def requests(seed: int, plan: Plan, figures: Calibration, city: City, places: Places) -> dict[str, np.ndarray]:
    """All requests of the period, by time, as columns."""
    months = []
    for month in plan.months:
        rng = np.random.Generator(np.random.PCG64([seed, 3, month.year, month.month]))
        first_year = plan.is_calibrated and month.year == figures.year
        grid, is_open = calls.week_grid(month, city)
        day = np.zeros(24)
        day[7:21] = 1
        others = round(month.requests * 0.12)
        local = calls.draw_times(rng, grid * day * (1 + 2 * is_open), month.requests + others, month.first)
        is_needle = rng.permutation(np.arange(len(local)) < month.requests)
        rows = _month_rows(rng, local, is_needle, first_year, city)
        rows["place"] = places.draw(rng, len(local), needles=True)
        rows["year"] = np.full(len(local), month.year)
        rows["note"] = rng.integers(0, len(NOTES), len(local))
        rows["odd"] = rng.random(len(local))
        months.append(rows)
    whole = {name: np.concatenate([rows[name] for rows in months]) for name in months[0]}
    if plan.is_calibrated:
        visits = (whole["year"] == figures.year) & (whole["needles"] >= 0)
        if visits.any():
            whole["needles"][visits] = _exactly(whole["needles"][visits], _needles_within(figures, plan))
    return _censored(whole, plan, city)


def _needles_within(figures: Calibration, plan: Plan) -> int:
    """The year's needles, or the part of them that fits a plan which does not hold the whole year's months."""
    held = sum(month.requests for month in plan.months if month.year == figures.year)
    return round(figures.needles * held / figures.needle_requests)


def _censored(whole: dict[str, np.ndarray], plan: Plan, city: City) -> dict[str, np.ndarray]:
    low, high = (
        int(each)
        for each in clock.to_utc(
            np.array([clock.seconds(plan.start), clock.seconds(plan.end) + clock.DAY]), city.timezone
        )
    )
    whole["number"] = np.arange(len(whole["reported"])) + 1
    keep = (whole["reported"] >= low) & (whole["reported"] < high)
    whole = {name: values[keep] for name, values in whole.items()}
    later = (whole["closed"] >= high) & (whole["closed"] != NONE)
    whole["closed"] = np.where(later, NONE, whole["closed"])
    whole["needles"] = np.where(later, -1, whole["needles"])
    whole["status"] = np.where(later, 0, whole["status"])
    whole["acknowledged"] = np.where(whole["acknowledged"] >= high, NONE, whole["acknowledged"])
    return whole


def write_requests(path: Path, rows: dict[str, np.ndarray], first_year: int, places: Places) -> None:
    """Write the export: UTF-8 with a byte-order mark, notes with line breaks, a repeated header, duplicates,
    a bad value or two, a line of totals at the foot."""
    texts = {
        name: [value or "" for value in clock.stamps(rows[name], "iso").to_pylist()]
        for name in ("reported", "acknowledged", "closed")
    }
    count = len(rows["number"])
    names = sorted(set(places.area) - {""})
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        out = csv.writer(file, lineterminator="\r\n")
        out.writerow(HEADER)
        for n in range(count):
            place, odd, year = rows["place"][n], rows["odd"][n], rows["year"][n]
            found = "" if rows["needles"][n] < 0 else str(rows["needles"][n])
            if year > first_year and odd < 0.004:
                found = "a bag full"
            area = places.area[place] if odd < 0.985 else names[int(odd * 1e6) % len(names)]
            kind = (
                ("Needle Pickup" if odd < 0.96 else "NEEDLE  PICKUP")
                if rows["needle"][n]
                else OTHER_TYPES[n % len(OTHER_TYPES)]
            )
            row = (
                f"SR-{rows['number'][n]:07d}",
                kind,
                texts["reported"][n] + "Z",
                texts["acknowledged"][n] and texts["acknowledged"][n] + "Z",
                texts["closed"][n] and texts["closed"][n] + "Z",
                CHANNELS[rows["channel"][n]],
                found,
                PLACES[places.kind[place]],
                f"{places.latitude[place]:.5f}",
                f"{places.longitude[place]:.5f}",
                area.replace(" ", "\u00a0") if odd > 0.98 else area,
                ("Open", "Closed", "Canceled")[rows["status"][n]],
                f"CANARY-NAME-{n % 9999:04d}",
                f"canary{n % 9999:04d}@example.org",
                f"CANARY-NARRATIVE {NOTES[rows['note'][n]]}".strip(),
            )
            out.writerow(row)
            if 0.5 < odd < 0.503:
                out.writerow(row)
            if n == count // 2 and count >= 100:
                out.writerow(HEADER)
        if count >= 100:
            out.writerow((f"Total: {count}", *[""] * (len(HEADER) - 1)))
