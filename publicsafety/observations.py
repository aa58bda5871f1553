"""The one shape of every answer: period, dimensions, numerator, denominator, value, n, interval, status, extras."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache, cached_property
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from publicsafety.audience import Audience
from publicsafety.filters import Filters
from publicsafety.metrics import Metric
from publicsafety.periods import floor, next_period, periods_between
from publicsafety.statistics import wilson_interval

ALL = "All"
STATUSES = {
    "": "",
    "c": "confidential: withheld to protect people",
    "p": "provisional: the period is not over, or more data may come",
    "r": "revised",
    "x": "not available",
    "z": "not applicable",
}
MEASURES = ("numerator", "denominator", "value", "n", "low", "high")
_ORDER = {"weekday": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}


@dataclass(frozen=True)
class Observations:
    """A metric's answer. Each of `rows` has period, the dimensions of `filters.by`, MEASURES, status and extras.

    `period` is the ISO date of its first day, or 'All'; a total over a dimension has the value 'All'; with `by` every
    total row is there. Numbers are plain: int for counts, float for the rest; a missing one is None and its status says
    why. Most figures need a row or two: a frame of them is made when it is asked for.
    """

    metric: Metric
    filters: Filters
    build_id: str
    as_of: date
    rows: tuple[dict[str, Any], ...]
    audience: Audience

    @property
    def frame(self) -> pd.DataFrame:
        """The rows as a frame, the asker's own to sort or add to: NA or NaN for missing numbers."""
        return self._frame.copy(deep=False)

    @cached_property
    def _frame(self) -> pd.DataFrame:
        return shape(self.metric, self.filters, self.rows)

    def records(self) -> list[dict[str, Any]]:
        """The rows, the asker's own to add to."""
        return [dict(row) for row in self.rows]

    def as_json(self) -> dict[str, Any]:
        """The document that `metric --json` prints."""
        asked = {"start": self.filters.start, "end": self.filters.end, "grain": self.filters.grain,
                 "by": list(self.filters.by),
                 "where": {name: list(values) for name, values in self.filters.where}}  # fmt: skip
        return {
            "metric": self.metric.name,
            "title": self.metric.title,
            "unit": self.metric.unit,
            "audience": str(self.audience),
            "build_id": self.build_id,
            "as_of": self.as_of.isoformat(),
            "filters": {key: value.isoformat() if isinstance(value, date) else value for key, value in asked.items()},
            "observations": self.records(),
        }

    def total(self) -> dict[str, Any] | None:
        """The row that is total over every dimension, the latest one when there are periods."""
        rows = [row for row in self.rows if all(row[name] == ALL for name in self.filters.by)]
        return dict(rows[-1]) if rows else None


@dataclass(frozen=True)
class Coverage:
    """What one export covers: for each month its status and whether it lies before the service began."""

    as_of: date
    months: Mapping[date, tuple[str, bool]] = field(default_factory=dict)

    def status(self, first: date, last: date) -> str:
        """'' when a day from first to last may have data, 'z' when all is before the service, else 'x' (a gap)."""
        statuses = {self._month(month)[0] for month in _months(first, min(last, self.as_of))}
        if "" in statuses:
            return ""
        return "z" if statuses == {"z"} else "x"

    def is_before_service(self, first: date, last: date) -> bool:
        return all(self._month(month)[1] for month in _months(first, min(last, self.as_of)))

    def first_month(self) -> date | None:
        return min((month for month, (status, _) in self.months.items() if status != "z"), default=None)

    def _month(self, month: date) -> tuple[str, bool]:
        if month in self.months:
            return self.months[month]
        before = bool(self.months) and month < min(self.months)
        return ("z" if before else "x"), before


def complete(
    metric: Metric,
    filters: Filters,
    rows: Iterable[Mapping[str, Any]],
    coverage: Coverage,
    fiscal_year_starts: int = 7,
) -> tuple[dict[str, Any], ...]:
    """The rows of Observations from a composed metric's rows: totals named, gaps told from zeros, intervals added.

    A period without rows is 0 for a count when the export covers it, missing with status 'x' in a gap and 'z' before
    the service began. A rate or median of nothing is missing, status 'z'.
    """
    by = filters.by
    present = {}
    for given in rows:
        row = dict(given)
        for name in by:
            if row.pop(f"all_{name}"):
                row[name] = ALL
        row["period"] = ALL if filters.grain == "all" else row["period"].isoformat()
        row.setdefault("denominator", None)
        if "n" not in row:  # n is what was counted
            row["n"] = row["denominator" if metric.kind in ("proportion", "ratio") else "numerator"]
        present[(row["period"], *(row[name] for name in by))] = row
    combinations = sorted({key[1:] for key in present} | {(ALL,) * len(by)}, key=lambda key: _sort_key(list(by), key))
    absent = cache(lambda span: (coverage.status(*span), coverage.is_before_service(*span)))
    found = [
        _row(
            metric,
            dict(zip(("period", *by), (period, *combination), strict=True)),
            present.get((period, *combination)),
            span[1] > coverage.as_of,
            lambda span=span: absent(span),  # type: ignore[misc]
        )
        for (period, span), combination in product(
            _spans(filters, present, coverage, fiscal_year_starts).items(), combinations
        )
    ]
    return plain(metric, filters, found)


def plain(metric: Metric, filters: Filters, rows: Iterable[Mapping[str, Any]]) -> tuple[dict[str, Any], ...]:
    """Rows with the keys of Observations in their order, and their numbers as plain ones."""
    names, wholes = _names(metric, filters), _wholes(metric)
    texts = {"period", *filters.by, "status"}
    return tuple(
        {name: row.get(name) if name in texts else _number(row.get(name), name in wholes) for name in names}
        for row in rows
    )


def shape(metric: Metric, filters: Filters, rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Rows of Observations as a frame: texts as they are, counts as whole numbers with NA, the rest as floats."""
    wholes = _wholes(metric)
    columns: dict[str, Any] = {}
    for name in _names(metric, filters):
        values = [row.get(name) for row in rows]
        if name in ("period", "status", *filters.by):
            columns[name] = pd.Series(values, dtype="object")
        else:
            numbers = np.array([math.nan if value is None else value for value in values], dtype="float64")
            columns[name] = _whole(numbers) if name in wholes else numbers
    return pd.DataFrame(columns)


def _names(metric: Metric, filters: Filters) -> tuple[str, ...]:
    return ("period", *filters.by, *MEASURES, "status", *metric.extras)


def _wholes(metric: Metric) -> set[str]:
    """The columns that count."""
    return {"numerator", "denominator", "n", *(extra for extra in metric.extras if extra.startswith("n_"))}


def _number(value: Any, is_whole: bool) -> int | float | None:
    """A plain number, None when it is missing; a count is an int unless it has a fraction."""
    if is_missing(value):
        return None
    return int(value) if is_whole and value % 1 == 0 else float(value)


def _whole(numbers: np.ndarray) -> Any:
    """Whole numbers with NA for missing ones; as they are when one has a fraction."""
    missing = np.isnan(numbers)
    if (numbers[~missing] % 1 != 0).any():
        return numbers
    return pd.arrays.IntegerArray(np.where(missing, 0, numbers).astype("int64"), missing)


def is_missing(value: Any) -> bool:
    """Whether a plain value is None, NA or not a number."""
    return value is None or value is pd.NA or value != value


def _row(
    metric: Metric,
    key: dict[str, Any],
    row: dict[str, Any] | None,
    is_provisional: bool,
    absent: Callable[[], tuple[str, bool]],
) -> dict[str, Any]:
    """One observation: the counted row, or what its absence means (`absent`: of the period, and whether the service had begun)."""
    is_empty = row is None or not any(
        row[name] for name in ("n", "numerator", "denominator") if not is_missing(row[name])
    )
    if is_empty and row and metric.kind == "count" and is_missing(row["value"]):
        return key | row | {"status": "x"}  # there are rows, and what is counted was not recorded in any
    if is_empty:
        status, is_before_service = absent()
        if status or is_before_service:
            return key | {"status": "z" if is_before_service else status}
    if row is None:
        is_count = metric.kind in ("count", "distinct")
        row = {"numerator": 0, "denominator": None if is_count else 0, "n": 0, "value": 0 if is_count else None}
        row |= {name: 0 for name in metric.extras if name.startswith("n_")}
    status = "p" if is_provisional else ""
    if is_missing(row["value"]) and not row["n"]:
        status = "z"  # a rate or median of nothing
    found = key | row | key | {"status": status}
    interval = (
        wilson_interval(float(row["numerator"]), float(row["denominator"]))
        if metric.kind == "proportion" and row["denominator"]
        else None
    )
    return found | {"low": interval[0] if interval else None, "high": interval[1] if interval else None}


def _spans(
    filters: Filters, present: Iterable[tuple[str, ...]], coverage: Coverage, fiscal_year_starts: int
) -> dict[str, tuple[date, date]]:
    """The periods to answer for, each with its first and last day (within the filters)."""
    periods = sorted({key[0] for key in present} - {ALL})
    start = filters.start or coverage.first_month() or coverage.as_of
    if filters.grain == "all":
        return {ALL: (start, filters.end or coverage.as_of)}
    if not filters.start and periods:
        start = min(start, date.fromisoformat(periods[0]))
    end = min(filters.end or coverage.as_of, max(coverage.as_of, start))
    found = {}
    for first in periods_between(start, end, filters.grain, fiscal_year_starts) if start <= end else []:
        last = next_period(first, filters.grain) - timedelta(days=1)
        found[first.isoformat()] = (max(first, start) if filters.start else first, min(last, filters.end or last))
    for period in periods:  # a row outside what was expected (a stamp after the as-of day) is shown, not dropped
        first = date.fromisoformat(period)
        found.setdefault(period, (first, next_period(first, filters.grain) - timedelta(days=1)))
    return dict(sorted(found.items()))


def _months(first: date, last: date) -> list[date]:
    return periods_between(first, last, "month") if first <= last else [floor(first, "month")]


def _sort_key(by: list[str], key: tuple[str, ...]) -> tuple[Any, ...]:
    """Hours as numbers, weekdays from Monday, the rest by name; totals last."""
    found: list[Any] = []
    for name, value in zip(by, key, strict=True):
        order = _ORDER.get(name, ())
        place = order.index(value) if value in order else int(value) if name == "hour" and value.isdigit() else 0
        found.append((value == ALL, place, value))
    return tuple(found)
