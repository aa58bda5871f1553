"""Which days does a period hold? Presets, the period before, the same period a year before, and words for them."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

from publicsafety import language
from publicsafety.language import gettext as _
from publicsafety.language import later

PRESETS = {
    "this_month": later("This month"),
    "last_month": later("Last month"),
    "this_quarter": later("This quarter"),
    "year_to_date": later("Year to date"),
    "calendar_year": later("Calendar year"),
    "fiscal_year": later("Fiscal year"),
    "last_12_months": later("Last 12 months"),
    "all": later("All dates"),
    "custom": later("Custom dates"),
}
MONTHS = {"month": 1, "quarter": 3, "year": 12, "fiscal_year": 12}


@dataclass(frozen=True)
class Period:
    """First and last day, both included; None is open."""

    start: date | None
    end: date | None


def preset(name: str, as_of: date, fiscal_year_starts: int = 7) -> Period:
    """The days of a preset, seen from the as-of day. Month, quarter and years in progress end on the as-of day.

    `custom` and `all` are open at both ends. Raises KeyError for a name that is not in PRESETS.
    """
    month = as_of.replace(day=1)
    match name:
        case "this_month":
            return Period(month, as_of)
        case "last_month":
            return Period(add_months(month, -1), month - timedelta(days=1))
        case "this_quarter":
            return Period(floor(as_of, "quarter"), as_of)
        case "year_to_date" | "calendar_year":
            return Period(
                as_of.replace(month=1, day=1), as_of if name == "year_to_date" else as_of.replace(month=12, day=31)
            )
        case "fiscal_year":
            start = floor(as_of, "fiscal_year", fiscal_year_starts)
            return Period(start, add_months(start, 12) - timedelta(days=1))
        case "last_12_months":
            # Whole months: the month in progress would make the latest twelve look smaller than they are.
            last = as_of if as_of == month_end(as_of) else month - timedelta(days=1)
            return Period(add_months(last.replace(day=1), -11), last)
        case "all" | "custom":
            return Period(None, None)
    raise KeyError(name)


def previous(start: date, end: date) -> Period:
    """The period of the same length just before: whole months before whole months, else as many days."""
    months = _whole_months(start, end)
    if months:
        return Period(add_months(start, -months), start - timedelta(days=1))
    return Period(start - (end - start) - timedelta(days=1), start - timedelta(days=1))


def year_before(start: date, end: date) -> Period:
    """The same days a year earlier; the end of February stays the end of February."""
    last = month_end(add_months(end.replace(day=1), -12)) if end == month_end(end) else add_months(end, -12)
    return Period(add_months(start, -12), last)


def floor(day: date, grain: str, fiscal_year_starts: int = 7) -> date:
    """The first day of the day's week (Monday), month, quarter, year or fiscal year."""
    match grain:
        case "day":
            return day
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case "quarter":
            return date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
        case "year":
            return date(day.year, 1, 1)
        case "fiscal_year":
            return date(day.year if day.month >= fiscal_year_starts else day.year - 1, fiscal_year_starts, 1)
    raise ValueError(f"There is no grain '{grain}'.")


def next_period(first: date, grain: str) -> date:
    """The first day of the period after the one that starts on `first`."""
    if grain in MONTHS:
        return add_months(first, MONTHS[grain])
    return first + timedelta(days=7 if grain == "week" else 1)


def periods_between(start: date, end: date, grain: str, fiscal_year_starts: int = 7) -> list[date]:
    """The first days of all periods that hold a day from `start` to `end`."""
    found = [floor(start, grain, fiscal_year_starts)]
    while (after := next_period(found[-1], grain)) <= end:
        found.append(after)
    return found


def add_months(day: date, months: int) -> date:
    """The same day of another month, or that month's last day when it has none such."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def month_end(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def day_words(day: date) -> str:
    return language.american_day(day)


def period_words(start: date, end: date, fiscal_year_starts: int = 7) -> str:
    """In words: '2025', 'Fiscal year 2026', 'July 2024', 'July 2024 to May 2025', 'May 3, 2025 to May 9, 2025'."""
    months = _whole_months(start, end)
    if months == 12 and start.month == 1:
        return str(start.year)
    if months == 12 and start.month == fiscal_year_starts:
        return _("Fiscal year {year}").format(year=end.year)
    if months == 1:
        return language.month(start)
    name = language.month if months else day_words
    if start == end:
        return name(start)
    return _("{first} to {last}").format(first=name(start), last=name(end))


def _whole_months(start: date, end: date) -> int:
    """How many whole months from `start` to `end`; 0 when they are not whole."""
    if start.day != 1 or end != month_end(end):
        return 0
    return (end.year - start.year) * 12 + end.month - start.month + 1
