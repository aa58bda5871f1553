"""The published folder as an attacker downloads it: `datapackage.json`, one CSV per table, every earlier release."""

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from .definitions import Condition, Counted
from .published import TOTAL, Meaning, Never, Release, Row, Table

PACKAGE, MANIFEST = "datapackage.json", "manifest.json"
MONTHS = {"month": 1, "quarter": 3, "year": 12}
# The count columns of each kind of table, and the part of the definition that each is.
COLUMNS = {
    "count": {"value": "numerator"},
    "distinct": {"value": "numerator"},
    "proportion": {"numerator": "numerator", "denominator": "denominator"},
    "median": {"n": "numerator"},
}


class AuditError(ValueError):
    """A folder that cannot be audited; the text names the file, the line and what to do."""


@dataclass(frozen=True)
class Definition:
    """A metric's public definition: what its columns count, the day it counts by, its unit."""

    columns: Mapping[str, Counted]
    time: str
    unit: str


def read_releases(folder: Path, definitions: Mapping[str, Definition]) -> tuple[Release, ...]:
    """Every release there is, the oldest first. Raises AuditError when there is none or one cannot be read."""
    if not (folder / PACKAGE).is_file():
        raise AuditError(f"{folder / PACKAGE}: no release to audit; run `python -m publicsafety release` first")
    archive = folder / "releases"
    earlier = [one for one in archive.iterdir() if (one / PACKAGE).is_file()] if archive.is_dir() else []
    found = [read_release(one, definitions) for one in sorted(earlier, key=_order)]
    current = read_release(folder, definitions)
    return (*(one for one in found if one.number != current.number), current)


def _order(folder: Path) -> tuple[int, str]:
    digits = "".join(letter for letter in folder.name if letter.isdigit())
    return int(digits or 0), folder.name


def read_release(folder: Path, definitions: Mapping[str, Definition]) -> Release:
    """One release: the tables its package lists."""
    package = read_json(folder / PACKAGE)
    about = package.get("disclosure") or {}
    tables = (_table(folder, one, definitions) for one in package.get("resources", []) if one.get("disclosure"))
    hierarchies = tuple((one["child"], one["parent"], one["map"]) for one in about.get("hierarchies", []))
    number = str(about.get("release", folder.name))
    smallest = int((about.get("thresholds") or {}).get("events", 0))
    closed_until = _closed_until(folder, number)
    never = tuple(_never(one) for one in about.get("never", []))
    return Release(number, tuple(tables), str(folder), closed_until, hierarchies, never=never, smallest=smallest)


def _never(told: Mapping[str, Any]) -> Never:
    cells = tuple((name, frozenset(values)) for name, values in told["cells"].items())
    return Never(str(told["base"]), cells, str(told["because"]))


def _closed_until(folder: Path, number: str) -> date | None:
    """The first day after the last closed quarter, from the manifest; None where there is none."""
    for path in (folder / MANIFEST, *sorted(folder.glob(f"releases/*/{MANIFEST}"))):
        if path.is_file():
            manifest = read_json(path)
            if str(manifest.get("release")) == number and manifest.get("closed_until"):
                return _day(path, 1, str(manifest["closed_until"]))
    return None


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object, or an AuditError that names the file."""
    try:
        loaded = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise AuditError(f"{path}: not readable as JSON ({error}); publish the release again") from error
    if not isinstance(loaded, dict):
        raise AuditError(f"{path}: not a JSON object; publish the release again")
    return loaded


def _table(folder: Path, resource: Mapping[str, Any], definitions: Mapping[str, Definition]) -> Table:
    where = f"{folder / PACKAGE}: {resource.get('path')}"
    try:
        about, path = resource["disclosure"], folder / str(resource["path"])
        name, metric, grain, k = about["table"], about["metric"], str(about["grain"]), int(about["threshold"])
        dimensions = tuple(about["dimensions"])
        meaning = meaning_of(about, definitions)
    except (KeyError, TypeError, ValueError) as error:
        raise AuditError(f"{where}: `disclosure` is not as docs/release-format.md says ({error!r})") from error
    if grain not in MONTHS:
        raise AuditError(f"{where}: the grain is {grain!r}; use one of {sorted(MONTHS)}")
    return Table(name, metric, grain, dimensions, k, meaning, tuple(_rows(path, dimensions, grain)), str(path))


def meaning_of(about: Mapping[str, Any], definitions: Mapping[str, Definition]) -> Meaning:
    """What a table's columns count, from its `disclosure` and the public definition of its base."""
    base, kind = str(about.get("base") or about["metric"]), str(about["kind"])
    known = definitions.get(base, Definition({}, "time", ""))
    counted = known.columns.get("numerator", Counted(base, "rows", "", frozenset()))
    if about.get("counts") == "objects":
        counted = replace(counted, how="sum", key=counted.key or "objects")
    elif kind == "distinct":
        counted = replace(counted, how="distinct", key=counted.key or base)
    columns = {
        name: replace(counted, conditions=counted.conditions | _picked(about.get(part) or {}))
        for name, part in COLUMNS[kind].items()
    }
    named = frozenset(name for part in ("numerator", "denominator") for name in about.get(part) or {})
    return Meaning(kind, base, columns, known.time, known.unit if about.get("counts") != "people" else "people", named)


def _picked(categories: Mapping[str, list[str]]) -> frozenset[Condition]:
    return frozenset(Condition(name, frozenset(values)) for name, values in categories.items())


def _rows(path: Path, dimensions: tuple[str, ...], grain: str) -> list[Row]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise AuditError(f"{path}: the package lists this file and it is not there; publish again") from error
    except UnicodeDecodeError as error:
        raise AuditError(f"{path}: not UTF-8 ({error}); publish the release again") from error
    reader = csv.DictReader(io.StringIO(text, newline=""))
    rows = []
    for record in reader:
        line = reader.line_num
        missing = [name for name in ("period", "status", *dimensions) if record.get(name) is None]
        if missing:
            raise AuditError(f"{path}, line {line}: no column {missing[0]!r}; publish the release again")
        start = _day(path, line, record["period"])
        months = start.year * 12 + start.month - 1 + MONTHS[grain]
        end = date(months // 12, months % 12 + 1, 1)
        values = tuple((name, _plain(record[name])) for name in dimensions if record[name] != TOTAL)
        taken = {*dimensions, "period", "status"}
        numbers = {name: text.strip() for name, text in record.items() if name not in taken and text is not None}
        rows.append(Row(line, start, end, record["period"], values, numbers, record["status"].strip()))
    return rows


def _plain(text: str) -> str:
    """A category as it was before its first letter was kept from being a spreadsheet formula."""
    return text[1:] if text[:1] == "'" and text[1:2] in ("=", "+", "-", "@", "\t", "\r") else text


def _day(path: Path, line: int, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise AuditError(f"{path}, line {line}: {text!r} is no date; publish the release again") from error


@dataclass(frozen=True)
class Fact:
    """One row of the outside facts: what anyone can know of a metric from somewhere else."""

    metric: str
    column: str
    start: date
    end: date
    dimensions: tuple[tuple[str, str], ...]
    low: float
    high: float
    source: str


def read_outside_facts(path: Path) -> tuple[Fact, ...]:
    """`data/reference/outside-facts.csv`; lines that begin with # are comments."""
    found = []
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise AuditError(f"{path}: the outside facts cannot be read ({error})") from error
    kept = [(number, text) for number, text in enumerate(lines, start=1) if text.strip() and not text.startswith("#")]
    reader = csv.DictReader(text for _, text in kept)
    for (number, _), record in zip(kept[1:], reader, strict=True):
        try:
            pairs = [one.split("=", 1) for one in (record["dimensions"] or "").split(";") if one.strip()]
            found.append(
                Fact(
                    record["metric"].strip(),
                    record["column"].strip() or "value",
                    date.fromisoformat(record["start"].strip()),
                    date.fromisoformat(record["end"].strip()) + timedelta(days=1),
                    tuple((name.strip(), value.strip()) for name, value in pairs),
                    float(record["low"]),
                    float(record["high"] or "inf"),
                    record["source"].strip(),
                )
            )
        except (KeyError, ValueError, AttributeError) as error:
            raise AuditError(
                f"{path}, line {number}: not an outside fact ({error}); see the example at the top of the file"
            ) from error
    return tuple(found)
