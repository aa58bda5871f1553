"""Which published cells answer a question? Released numbers are looked up, never added up."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from publicsafety.filters import Filters
from publicsafety.observations import ALL
from publicsafety.periods import floor, next_period

Cell = dict[str, Any]
_GRAINS_OF_A_SPAN = ("year", "fiscal_year", "quarter", "month", "week", "day")


def look_up(cells: Iterable[Cell], filters: Filters, fiscal_year_starts: int = 7) -> list[Cell]:
    """The rows that answer `filters`, from a metric's published cells (with `dimensions` as a dict).

    A filter of one value takes that value's cells; one of several values would have to be added up, so it only picks
    among the rows of its own dimension. A span of dates is answered for all time, or when it is one whole published
    period. Everything else is one row with the status 'x'.
    """
    kept = dict(filters.where)
    if any(len(values) > 1 for name, values in filters.where if name not in filters.by):
        return [_not_available(filters)]
    grain, wanted = _span(filters, fiscal_year_starts)
    dimensions = {*filters.by, *kept}
    found = []
    for cell in cells:
        if cell["grain"] != grain or set(cell["dimensions"]) != dimensions or (wanted and cell["period"] != wanted):
            continue
        if any(cell["dimensions"][name] not in values for name, values in kept.items()) or not _inside(
            cell["period"], filters
        ):
            continue
        row = {name: cell["dimensions"][name] for name in filters.by} | {
            key: value for key, value in cell.items() if key not in ("dimensions", "grain")
        }
        found.append(row | {"period": ALL} if wanted else row)
    return found or [_not_available(filters)]


def _span(filters: Filters, fiscal_year_starts: int) -> tuple[str, str]:
    """The grain to look under and, for dates without a grain, the one period that is that span ('' for any)."""
    if filters.grain != "all" or not (filters.start or filters.end):
        return filters.grain, ""
    if filters.start and filters.end:
        for grain in _GRAINS_OF_A_SPAN:
            if (
                floor(filters.start, grain, fiscal_year_starts) == filters.start
                and next_period(filters.start, grain) - timedelta(days=1) == filters.end
            ):
                return grain, filters.start.isoformat()
    return "all", f"{filters.start} to {filters.end}"  # no published cell has such a period


def _inside(period: str, filters: Filters) -> bool:
    """Whether a published period lies within the dates asked for; its last part may lie after the end."""
    if period == ALL or filters.grain == "all":
        return True
    first = date.fromisoformat(period)
    return (not filters.start or first >= filters.start) and (not filters.end or first <= filters.end)


def _not_available(filters: Filters) -> Cell:
    return {"period": ALL, **dict.fromkeys(filters.by, ALL), "status": "x"}
