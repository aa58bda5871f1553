"""Synthetic exports of a crisis-response team, shaped like real ones: the same bytes for the same arguments and seed.

Nothing in them is about a real call or person. The first year shows a department's published figures exactly.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from publicsafety.city import City, load_city
from publicsafety.pipeline import reference
from publicsafety.pipeline.sample import cad, cases, needles, people, referrals, roster
from publicsafety.pipeline.sample.calibration import FIRST_YEAR, Calibration
from publicsafety.pipeline.sample.calls import OUTREACH, RESPONSE, Incidents, calls_of
from publicsafety.pipeline.sample.places import Places, load_places
from publicsafety.pipeline.sample.plan import FEWEST, MOST, Plan, check, last_complete_month, make_plan

__all__ = ["FEWEST", "FIRST_YEAR", "MOST", "Calibration", "check", "write"]

Progress = Callable[[str], None]


def _labels(path: Path) -> list[tuple[str, ...]]:
    """The canonical labels of a reference table in order, each with its other spellings."""
    found: dict[str, list[str]] = {}
    _, *rows = reference.rows(path)
    for _, row in rows:
        found.setdefault(row[1], []).append(row[0])
    return [tuple(spellings) for spellings in found.values()]


def _months(
    seed: int, plan: Plan, figures: Calibration, city: City, places: Places
) -> Iterator[tuple[date, Incidents, np.ndarray, cad.Rows]]:
    """Month by month: its first day, the incidents, their numbers, and the rows of their units."""
    exact = people.first_year(np.random.Generator(np.random.PCG64([seed, 1])), figures) if plan.is_calibrated else None
    used = known = numbered = 0
    for month, total in zip(plan.months, plan.totals, strict=True):
        rng = np.random.Generator(np.random.PCG64([seed, 2, month.year, month.month]))
        if exact and month.year == figures.year:
            found = people.part(exact, used, used + month.responses)
            used += month.responses
        else:
            found = people.later(rng, month.responses, known, plan.scale)
        within = max(plan.start, month.first), min(plan.end, month.last)
        incidents = calls_of(rng, month, found, known, city, places, within, total)
        known = max(known, int(found.person.max(initial=-1)) + 1)
        numbered = 0 if month.month == 1 else numbered
        number = month.year % 100 * 100_000_000 + numbered + 1 + np.arange(len(incidents.received))
        numbered += len(incidents.received)
        rows = cad.with_faults(rng, cad.unit_rows(rng, incidents))
        yield month.first, incidents, number, rows


def _write_cad(
    folder: Path, plan: Plan, figures: Calibration, city: City, places: Places, seed: int, progress: Progress
) -> tuple[list[Path], cases.Contact]:
    """Write the CAD export and the corrected one of its last month; gather the contacts with people known by key."""
    paths = [folder / f"cad_{plan.end}.csv", folder / f"cad_revised_{plan.end + timedelta(days=5)}.csv"]
    texts = cad.point_texts(places)
    options = pacsv.WriteOptions(include_header=False)
    moments, persons, numbers = [], [], []
    with paths[0].open("wb") as out:
        out.write((",".join(cad.COLUMNS) + "\n").encode())
        for first, incidents, number, rows in _months(seed, plan, figures, city, places):
            progress(f"Writing the calls of {first:%B %Y}")
            rng = np.random.Generator(np.random.PCG64([seed, 9, first.year, first.month]))
            table = cad.table(rng, incidents, number, rows, city.timezone, texts)
            pacsv.write_csv(table, out, options)
            met = np.isin(incidents.kind, (RESPONSE, OUTREACH)) & incidents.arrived & (incidents.person >= 0)
            moments.append(incidents.received[met])
            persons.append(incidents.person[met])
            numbers.append(number[met])
    with paths[1].open("wb") as out:
        out.write((",".join(cad.COLUMNS) + "\n").encode())
        pacsv.write_csv(_revised(table), out, options)
    return paths, cases.Contact(np.concatenate(moments), np.concatenate(persons), np.concatenate(numbers))


def _revised(table: pa.Table) -> pa.Table:
    """The last month again as corrected later: some outcomes of other agencies' calls are filled in differently."""
    changed = np.arange(table.num_rows) % 40 == 0
    theirs = np.array([role == "PD" for role in table["POL_ROLE"].to_pylist()])
    ended = np.where(changed & theirs, "Report taken", np.array(table["DISPO"].to_pylist(), dtype=object))
    return table.set_column(table.column_names.index("DISPO"), "DISPO", pa.array(ended, pa.string()))


def _stamp(path: Path, day: date) -> None:
    """Give a file the time at which its export would have been made."""
    moment = datetime.combine(day, time(6), UTC).timestamp()
    os.utime(path, (moment, moment))


def write(
    out: Path,
    calls: int | None = None,
    start: date | None = None,
    end: date | None = None,
    seed: int = 1,
    progress: Progress | None = None,
    *,
    city: City | None = None,
    areas: Path | None = None,
    figures: Calibration = FIRST_YEAR,
) -> list[Path]:
    """Write the exports of a period into a folder and say which files they are. Raises ValueError, a plain sentence."""
    city, say = city or load_city(), progress or (lambda text: None)
    start, end = start or date(figures.year, 1, 1), end or last_complete_month(date.today())
    check(calls, start, end)
    plan = make_plan(figures, city, calls, start, end, seed)
    out.mkdir(parents=True, exist_ok=True)
    layout = np.random.Generator(np.random.PCG64([seed, 0]))
    bounds = city.map.bounds or (
        city.map.center[0] - 0.05,
        city.map.center[1] - 0.05,
        city.map.center[0] + 0.05,
        city.map.center[1] + 0.05,
    )
    places = load_places(
        layout,
        areas or reference.REFERENCE / "areas.geojson",
        reference.REFERENCE / "parks.geojson",
        city.map.center,
        bounds,
    )
    partners = _labels(reference.path_of("partners"))
    needs = [spellings[0] for spellings in _labels(reference.path_of("needs"))]
    paths, contacts = _write_cad(out, plan, figures, city, places, seed, say)
    say("Writing the needle pickups")
    paths.append(out / f"needles_311_{end}.csv")
    needles.write_requests(paths[-1], needles.requests(seed, plan, figures, city, places), figures.year, places)
    say("Writing cases, referrals and the roster")
    opened = cases.open_cases(seed, plan, figures, city, contacts, needs)
    paths.append(out / f"case_management_{end}.xlsx")
    cases.write_workbook(paths[-1], opened, end)
    paths.append(out / f"referrals_{end}.csv")
    made = referrals.referrals(
        seed, end, contacts, opened, min(len(partners), 12), len(needs), figures.year, city.timezone
    )
    referrals.write_referrals(paths[-1], made, partners, needs)
    paths.append(out / f"roster_{end}.csv")
    roster.write_roster(paths[-1], roster.shifts(plan, city, figures.year))
    for path in paths:
        _stamp(path, end + timedelta(days=6 if "revised" in path.name else 1))
    return paths
