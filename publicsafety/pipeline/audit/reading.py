"""The published folder as an attacker downloads it: `datapackage.json`, one CSV per table, every earlier release."""

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from .published import TOTAL, Release, Row, Table

PACKAGE = "datapackage.json"
MONTHS = {"month": 1, "quarter": 3, "year": 12, "fiscal_year": 12}
DAYS = {"day": 1, "week": 7}
NOT_NUMBERS = ("status", "period", "period_end")


class AuditError(ValueError):
    """A folder that cannot be audited; the text names the file, the line and what to do."""


def read_releases(folder: Path) -> tuple[Release, ...]:
    """Every release there is, the oldest first. Raises AuditError when there is none or one cannot be read."""
    if not (folder / PACKAGE).is_file():
        raise AuditError(f"{folder / PACKAGE}: no release to audit; run `python -m publicsafety release` first")
    archive = folder / "releases"
    earlier = [one for one in archive.iterdir() if (one / PACKAGE).is_file()] if archive.is_dir() else []
    found = [read_release(one) for one in sorted(earlier, key=_order)]
    current = read_release(folder)
    return (*(one for one in found if one.number != current.number), current)


def _order(folder: Path) -> tuple[int, str]:
    digits = "".join(letter for letter in folder.name if letter.isdigit())
    return int(digits or 0), folder.name


def read_release(folder: Path) -> Release:
    """One release: the tables its package lists."""
    package = _package(folder / PACKAGE)
    tables = [_table(folder, one) for one in package.get("resources", []) if str(one.get("path", "")).endswith(".csv")]
    number = str(_own(package, "release") or package.get("version") or folder.name)
    return Release(
        number=number,
        tables=tuple(one for one in tables if one is not None),
        folder=str(folder),
        declared=frozenset(_own(package, "corrections") or ()),
        parents=_own(package, "parents"),
    )


def _package(path: Path) -> dict[str, Any]:
    try:
        loaded = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise AuditError(f"{path}: not readable as JSON ({error}); publish the release again") from error
    if not isinstance(loaded, dict):
        raise AuditError(f"{path}: not a data package; publish the release again")
    return loaded


def _own(described: Mapping[str, Any], name: str) -> Any:
    """A property of ours: at the top of a package or resource, or in the object we add to it."""
    return described.get(name, (described.get("publicsafety") or {}).get(name))


def _table(folder: Path, resource: Mapping[str, Any]) -> Table | None:
    metric = _own(resource, "metric")
    if not metric:
        return None
    path = folder / str(resource["path"])
    dimensions = tuple(_own(resource, "dimensions") or ())
    grain = str(_own(resource, "grain") or "all")
    start, end = (_day(path, 1, str(_own(resource, name))) for name in ("start", "end"))
    span = (start, end + timedelta(days=1))
    rows = tuple(_rows(path, dimensions, grain, span))
    return Table(
        str(resource["name"]), str(metric), grain, dimensions, int(_own(resource, "threshold") or 0), rows, str(path)
    )


def _rows(path: Path, dimensions: tuple[str, ...], grain: str, span: tuple[date, date]) -> list[Row]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise AuditError(
            f"{path}: the package lists this file and it is not there; publish the release again"
        ) from error
    reader = csv.DictReader(text.splitlines())
    rows = []
    for record in reader:
        line = reader.line_num
        missing = [name for name in ("period", "status", *dimensions) if record.get(name) is None]
        if missing:
            raise AuditError(f"{path}, line {line}: no column {missing[0]!r}; publish the release again")
        start, end = period_span(path, line, record["period"], grain, span)
        values = tuple((name, record[name]) for name in dimensions if record[name] != TOTAL)
        taken = {*dimensions, *NOT_NUMBERS}
        numbers = {name: text.strip() for name, text in record.items() if name not in taken and text is not None}
        rows.append(Row(line, start, end, record["period"], values, numbers, record["status"].strip()))
    return rows


def period_span(path: Path, line: int, text: str, grain: str, span: tuple[date, date]) -> tuple[date, date]:
    """First day and the day after the last of a row's period."""
    if text == TOTAL or grain == "all":
        return span
    start = _day(path, line, text)
    if grain in DAYS:
        return start, start + timedelta(days=DAYS[grain])
    months = start.year * 12 + start.month - 1 + MONTHS[grain]
    return start, date(months // 12, months % 12 + 1, start.day)


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
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    kept = [(number, text) for number, text in enumerate(lines, start=1) if text.strip() and not text.startswith("#")]
    reader = csv.DictReader(text for _, text in kept)
    for (number, _), record in zip(kept[1:], reader, strict=True):
        try:
            pairs = [one.split("=", 1) for one in (record["dimensions"] or "").split(";") if one.strip()]
            found.append(
                Fact(
                    record["metric"].strip(),
                    record["column"].strip() or "numerator",
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
