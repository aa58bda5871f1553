"""What a database states of itself: settings, table titles, definitions, the department's own events, other cities.

Everything that can be known from elsewhere is compared with it: from the package, the tables, the definitions and the
department's reference files. What cannot (the city's address) has a form.
"""

import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from publicsafety.city import DATA, City, Limits, MapSettings, Service
from publicsafety.metrics import registry
from publicsafety.periods import add_months, next_period

from .published import WITHHELD, Release
from .reading import PACKAGE, read_json
from .report import Finding
from .words import counts_in, digits_in

EVENTS, PEERS = DATA / "reference" / "events.csv", DATA / "reference" / "peers.csv"
INSIDE = {"map": MapSettings, "service": Service, "limits": Limits}
FREE = {"center", "zoom", "bounds", "targets", "fiscal_year_starts", *(each.name for each in fields(Limits))}
# Settings of the city that may have digits, and their form; all others are words.
FORMS = {
    "contact": r"[^\s@]+@[^\s@]+|\+?[\d ()./-]{5,24}",
    "website": r"https?://\S+",
    "open_data": r"https?://\S+",
    "tiles": r"https?://\S+",
    "logo": r"[\w./ -]+",
    "colour": r"#[0-9a-fA-F]{6}",
    "opens": r"\d{2}:\d{2}(?::\d{2})?",
    "closes": r"\d{2}:\d{2}(?::\d{2})?",
    "needle_pickups_since": r"\d{4}-\d{2}-\d{2}",
    "calls_since": r"\d{4}-\d{2}-\d{2}",
}
Rows = Mapping[str, Sequence[Mapping[str, Any]]]


def stated_findings(rows: Rows, path: Path, release: Release, is_served: bool) -> Iterator[Finding]:
    """Every statement of a database that is not the release's or the city's own.

    `is_served`: definitions are compared with those in use only there; an earlier build has those of its time.
    """
    package = read_json(Path(release.folder) / PACKAGE)
    yield from _settings("build_info", rows, _of_build(path, release), path)
    yield from _settings("release_info", rows, _of_release(release, package), path)
    yield from _tables(rows.get("tables", ()), release, package, path)
    yield from _definitions(rows.get("definitions", ()), release, is_served, path)
    for name, file in (("dim_events", EVENTS), ("dim_peers", PEERS)):
        known = _lines(file)
        for row in rows.get(name, ()):
            said = [str(value) for value in row.values() if value is not None]
            if not set(said) <= known and (row.get("date") is None or any(map(counts_in, set(said) - known))):
                says = f"{said} is in no line of {file.name}"
                yield Finding("row in a database", path.name, name, says)


def _lines(path: Path) -> set[str]:
    """The cells of a reference file."""
    if not path.is_file():
        return set()
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {cell.strip() for line in csv.reader(one for one in file if not one.startswith("#")) for cell in line}


def _of_build(path: Path, release: Release) -> dict[str, str]:
    audience, build_id = path.name.split(".")[:2]
    told = {"audience": audience, "build_id": build_id}
    return told | ({"as_of": _through(release).isoformat()} if release.closed_until else {})


def _through(release: Release) -> date:
    return (release.closed_until or date.max) - timedelta(days=1)


def _of_release(release: Release, package: Mapping[str, Any]) -> dict[str, str]:
    """What the package and the tables say, by the key under which the database repeats it."""
    rules, rows = package.get("disclosure") or {}, [row for table in release.tables for row in table.rows]
    least = rules.get("thresholds") or {}
    told = {
        "number": release.number,
        "description": str(package.get("description", "")),
        "license": "".join(str(one.get("name", "")) for one in package.get("licenses", [])),
        "lag_days": str(rules.get("lag_days")),
        "threshold_events": str(least.get("events")),
        "threshold_people": str(least.get("people")),
        "least_median": str(least.get("median")),
        "cells": str(len(rows)),
        "cells_withheld": str(sum(row.status == WITHHELD for row in rows)),
        "datapackage": (Path(release.folder) / PACKAGE).read_text(encoding="utf-8"),
    }
    if release.closed_until and rules.get("lag_days") is not None:
        due = add_months(release.closed_until, 3) + timedelta(days=int(rules["lag_days"]))
        told |= {"through": _through(release).isoformat(), "next_release": due.isoformat()}
    return told


def _settings(name: str, rows: Rows, wanted: Mapping[str, str], path: Path) -> Iterator[Finding]:
    for row in rows.get(name, ()):
        key, value = str(row.get("key")), str(row.get("value"))
        where = f"{name}.{key}"
        if key in wanted:
            if value != wanted[key]:
                says = (
                    "is not what the release says"
                    if len(value) > 80
                    else f"says {value!r}; the release says {wanted[key]!r}"
                )
                yield Finding("text in a database", path.name, where, says)
        elif (name, key) == ("build_info", "city"):
            yield from _city(value, path)
        elif (name, key) == ("build_info", "synthetic"):
            if value not in ("true", "false"):
                yield Finding("text in a database", path.name, where, f"says {value!r}, not true or false")
        elif (name, key) != ("release_info", "title"):
            yield Finding(
                "text in a database", path.name, where, f"{value[:80]!r} stands under a key that no release has"
            )
        elif counts_in(value):
            yield Finding("text in a database", path.name, where, f"{value!r} has a number")


def _city(text: str, path: Path) -> Iterator[Finding]:
    """The settings of the city: known keys, each with words, or with a number where a number belongs."""
    try:
        told = json.loads(text)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        yield Finding("text in a database", path.name, "build_info.city", f"{text[-80:]!r} is no set of settings")
        return
    for kind, part in ((City, told), *((kind, told.get(name) or {}) for name, kind in INSIDE.items())):
        for key, value in part.items():
            where = f"build_info.city.{key}"
            if key not in {each.name for each in fields(kind)}:
                yield Finding("text in a database", path.name, where, "is no setting of a city")
            elif key in FREE or key in INSIDE or value is None:
                continue
            elif not all(_fits(key, one) for one in (value if isinstance(value, list) else [value])):
                yield Finding("text in a database", path.name, where, f"{value!r} has a number, or not the form of one")


def _fits(key: str, value: Any) -> bool:
    text = str(value)
    return not text or (re.fullmatch(FORMS[key], text) is not None if key in FORMS else not digits_in(text))


def _tables(
    rows: Sequence[Mapping[str, Any]], release: Release, package: Mapping[str, Any], path: Path
) -> Iterator[Finding]:
    tables = {table.name: table for table in release.tables}
    resources = {str(one["disclosure"]["table"]): one for one in package.get("resources", []) if one.get("disclosure")}
    for row in rows:
        name = str(row["table_id"])
        if name not in tables:
            yield Finding("row in a database", path.name, f"tables.{name}", "is no published table")
            continue
        table, told = tables[name], resources[name]
        periods = sorted(one.start for one in table.rows)
        last = next_period(periods[-1], table.grain) - timedelta(days=1) if periods else None
        wanted = {
            "metric": table.metric, "grain": table.grain, "dimensions": list(table.dimensions),
            "threshold": table.threshold, "title": told.get("title"), "start": periods[0] if periods else None, "end": last,
        }  # fmt: skip
        for column, value in wanted.items():
            if row.get(column) != value:
                says = f"{column} is {row.get(column)!r}, where the release has {value!r}"
                yield Finding("text in a database", path.name, f"tables.{name}", says)
        if str(row.get("note") or "") not in str(told.get("description", "")):
            yield Finding(
                "text in a database", path.name, f"tables.{name}", f"the note {row['note']!r} is not published"
            )


def _definitions(rows: Sequence[Mapping[str, Any]], release: Release, is_served: bool, path: Path) -> Iterator[Finding]:
    """The card of every published metric, as its definition in use reads."""
    published, known = {table.metric for table in release.tables}, registry()
    for row in rows:
        name = str(row["metric"])
        if name not in published or name not in known:
            yield Finding("row in a database", path.name, f"definitions.{name}", "is no published metric")
        elif is_served:
            told = {each.name: getattr(known[name], each.name) for each in fields(known[name]) if each.name != "path"}
            if json.loads(str(row["card"])) != json.loads(json.dumps(told, default=str)):
                says = "is not the definition in use; if it was changed since, release again"
                yield Finding("text in a database", path.name, f"definitions.{name}", says)
