"""What is asked for: a period, a grain, dimensions to split by, values to keep. The same in URLs and queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from publicsafety import language
from publicsafety.city import City
from publicsafety.language import gettext as _
from publicsafety.language import later
from publicsafety.periods import day_words, period_words

GRAINS = ("day", "week", "month", "quarter", "year", "fiscal_year", "all")
DIMENSIONS = (
    "nature", "area", "source", "priority", "disposition", "police_role", "place_kind", "partner", "need",
    "unmet_reason", "hour", "weekday", "referral_source", "close_reason",
)  # fmt: skip
NAMES = {
    "nature": later("Nature"), "area": later("Area"), "source": later("Source"), "priority": later("Priority"), "disposition": later("Disposition"),
    "police_role": later("Police role"), "place_kind": later("Place kind"), "partner": later("Partner"), "need": later("Need"),
    "unmet_reason": later("Unmet reason"), "hour": later("Hour"), "weekday": later("Weekday"), "referral_source": later("Referral source"),
    "close_reason": later("Close reason"),
}  # fmt: skip
LONGEST_VALUE, MOST_VALUES = 200, 200  # an address comes from anyone
_RESERVED = ("start", "end", "grain", "by")


class FilterError(ValueError):
    """Filters that cannot be; the sentence says which part and what would do."""


@dataclass(frozen=True)
class Filters:
    """Start and end are local days, both included; None is open. `where` keeps rows with one of the values."""

    start: date | None = None
    end: date | None = None
    grain: str = "all"
    by: tuple[str, ...] = ()
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def __post_init__(self) -> None:
        if self.grain not in GRAINS:
            raise FilterError(f"There is no grain '{self.grain}'. Take one of: {', '.join(GRAINS)}.")
        if self.start and self.end and self.start > self.end:
            raise FilterError(f"The period starts on {self.start} and ends before that, on {self.end}. Swap the two.")
        if len(set(self.by)) != len(self.by):
            raise FilterError(f"A dimension is named twice: {', '.join(self.by)}.")
        names = [name for name, _ in self.where]
        if len(set(names)) != len(names):
            raise FilterError(f"A filter is named twice: {', '.join(names)}. Give its values together.")


def from_params(params: Mapping[str, Any]) -> Filters:
    """Filters from a URL's query or a command line; every value is text or a list of texts, and comes from anyone.

    Known keys: start, end (ISO dates), grain, by (comma-separated or repeated), and each dimension, repeated for
    several values. Other keys are not ours and are left alone. Raises FilterError.
    """
    where = []
    for name in DIMENSIONS:
        values = [text for text in _texts(params.get(name)) if text]
        if values:
            where.append((name, tuple(dict.fromkeys(values))))
    by = [part.strip() for text in _texts(params.get("by")) for part in text.split(",") if part.strip()]
    unknown = [name for name in by if name not in DIMENSIONS]
    if unknown:
        raise FilterError(f"There is no dimension '{unknown[0]}'. Take one of: {', '.join(DIMENSIONS)}.")
    grain = (_texts(params.get("grain")) or ["all"])[-1]
    return Filters(_day(params, "start"), _day(params, "end"), grain, tuple(dict.fromkeys(by)), tuple(where))


def to_params(filters: Filters) -> dict[str, str | list[str]]:
    """The query of a URL that says the same; what is not set is not there. `from_params` is its inverse."""
    params: dict[str, str | list[str]] = {}
    if filters.start:
        params["start"] = filters.start.isoformat()
    if filters.end:
        params["end"] = filters.end.isoformat()
    if filters.grain != "all":
        params["grain"] = filters.grain
    if filters.by:
        params["by"] = ",".join(filters.by)
    return params | {name: list(values) for name, values in filters.where}


def label(filters: Filters, city: City) -> str:
    """The filters in words: 'July 2024 to June 2025 · Area: Riverside · Source: 9-1-1 or referral'."""
    parts = [_period(filters, city)]
    parts += [f"{dimension_words(name)}: {_either(values)}" for name, values in filters.where]
    return " · ".join(parts)


def dimension_words(name: str) -> str:
    """A dimension's name in sentence case: 'Police role'."""
    return _(NAMES[name]) if name in NAMES else name.replace("_", " ").capitalize()


def _period(filters: Filters, city: City) -> str:
    if filters.start and filters.end:
        return period_words(filters.start, filters.end, city.fiscal_year_starts)
    if filters.start:
        return _("Since {day}").format(day=day_words(filters.start))
    if filters.end:
        return _("Until {day}").format(day=day_words(filters.end))
    return _("All dates")


def _either(values: Sequence[str]) -> str:
    return language.listing(map(_, values), "or")


def _texts(value: Any) -> list[str]:
    if value is None:
        return []
    texts = [str(value)] if isinstance(value, str) else [str(each) for each in value]
    if len(texts) > MOST_VALUES or any(len(each) > LONGEST_VALUE for each in texts):
        raise FilterError(f"A filter has at most {MOST_VALUES} values of {LONGEST_VALUE} letters each.")
    return texts


def _day(params: Mapping[str, Any], key: str) -> date | None:
    texts = [text for text in _texts(params.get(key)) if text]
    if not texts:
        return None
    try:
        return date.fromisoformat(texts[-1])
    except ValueError:
        raise FilterError(f"'{texts[-1][:40]}' is no date for {key}. Write it as 2025-07-01.") from None
