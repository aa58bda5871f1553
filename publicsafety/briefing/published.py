"""What was published? The cells of the catalogue by metric, period and category: looked up, never added up."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from publicsafety import metrics, prose
from publicsafety.briefing.core import BriefingError, Period
from publicsafety.findings import Source
from publicsafety.language import gettext as _
from publicsafety.language import later
from publicsafety.metrics import SAID, translated
from publicsafety.observations import ALL

Row = dict[str, Any]
GRAINS = ("year", "fiscal_year", "quarter", "month")  # the longest first; days and weeks are no period of a council
GRAIN_NAMES = {
    "year": later("years"),
    "fiscal_year": later("fiscal years"),
    "quarter": later("quarters"),
    "month": later("months"),
}


@dataclass(frozen=True)
class Published:
    """The released figures of one database, with the card of each metric as it stood at that release.

    Categories, titles and cards are in the language that was in use when they were read; the word All stays the mark of a total.
    """

    cells: tuple[Row, ...]
    cards: Mapping[str, Mapping[str, Any]]
    titles: Mapping[str, str]  # dimension → what it is called
    release: Mapping[str, str]

    @cached_property
    def _by_metric(self) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = {}
        for row in self.cells:
            found.setdefault(str(row["metric"]), []).append(row)
        return found

    def of(self, metric: str) -> list[Row]:
        """Every cell of a metric."""
        return self._by_metric.get(metric, [])

    def total(self, metric: str, period: Period) -> Row:
        """The figure of the whole period; a row with the status 'x' where none is published."""
        found = self._exact(metric, period, {})
        return found[0] if found else missing()

    def by(self, metric: str, dimension: str, period: Period) -> list[Row]:
        """One row for each category, with its name as `label`; none where the release has no such breakdown.

        A table of two dimensions answers with its printed totals over the other one.
        """
        found = self._exact(metric, period, {dimension: None})
        return [row | {"label": row["dimensions"][dimension]} for row in found if row["dimensions"][dimension] != ALL]

    def cross(self, metric: str, first: str, second: str, period: Period) -> list[Row]:
        """The rows of a table of two dimensions, totals included, with `first` and `second` as keys."""
        found = self._exact(metric, period, {first: None, second: None})
        return [row | {"first": row["dimensions"][first], "second": row["dimensions"][second]} for row in found]

    def series(self, metric: str, grain: str, last: date) -> list[Row]:
        """The totals of all periods of a grain that start by `last`, in order of time."""
        found = [
            row
            for row in self.of(metric)
            if row["grain"] == grain and not row["dimensions"] and row["period"] <= last.isoformat()
        ]
        return sorted(found, key=lambda row: str(row["period"]))

    def grains(self, metric: str) -> list[str]:
        """For which lengths of time a metric is published."""
        known = {row["grain"] for row in self.of(metric)}
        return [grain for grain in GRAINS if grain in known]

    def dimensions(self, metric: str, grain: str) -> set[str]:
        """By what a metric is split at a grain."""
        return {name for row in self.of(metric) if row["grain"] == grain for name in row["dimensions"]}

    def periods(self) -> list[Period]:
        """Every period that a briefing can be about, the longest first and the latest first among equals."""
        known = {(row["grain"], row["period"]) for row in self.cells if row["grain"] in GRAINS}
        found = [Period(grain, date.fromisoformat(first)) for grain, first in known]
        return sorted(found, key=lambda period: (GRAINS.index(period.grain), -period.start.toordinal()))

    def has(self, period: Period) -> bool:
        """Whether anything is published for a period."""
        return any(row["grain"] == period.grain and row["period"] == period.start.isoformat() for row in self.cells)

    def title(self, metric: str) -> str:
        """What a metric is called: by its card, or by its file where the release does not have it."""
        if metric in self.cards:
            return str(self.cards[metric]["title"])
        known = metrics.registry().get(metric)
        return known.title if known else metric.replace("_", " ").capitalize()

    def unit(self, metric: str) -> str:
        return str(self.cards[metric]["unit"]) if metric in self.cards else ""

    def kind(self, metric: str) -> str:
        return str(self.cards[metric]["kind"]) if metric in self.cards else "count"

    def _exact(self, metric: str, period: Period, wanted: Mapping[str, None]) -> list[Row]:
        """Cells of the table with the fewest dimensions that has those wanted; over the others its printed totals."""
        asked = (period.grain, period.start.isoformat())
        rows = [row for row in self.of(metric) if (row["grain"], row["period"]) == asked]
        shapes = sorted(
            {tuple(row["dimensions"]) for row in rows if set(wanted) <= set(row["dimensions"])},
            key=lambda names: (len(names), names),
        )
        if not shapes:
            return []
        others = set(shapes[0]) - set(wanted)
        return [
            row
            for row in rows
            if tuple(row["dimensions"]) == shapes[0] and all(row["dimensions"][name] == ALL for name in others)
        ]


def missing() -> Row:
    """The row of a figure that is not published."""
    return {"value": None, "numerator": None, "denominator": None, "n": None, "low": None, "high": None, "status": "x"}


def read(source: Source) -> Published:
    """The catalogue of a released database. Raises BriefingError for a database without one."""
    frame = source.table("catalogue")
    rows = frame.astype("object").where(frame.notna(), None).to_dict("records")
    cells = tuple(
        {str(key): value for key, value in row.items()} | {"dimensions": _categories(row["dimensions"])} for row in rows
    )
    if not cells:
        raise BriefingError(
            "The release has no figures yet, so there is nothing to brief. A quarter is released when it has been over for the policy's days."
        )
    cards = {str(row["metric"]): _card(row["card"]) for row in source.table("definitions").to_dict("records")}
    titles = {str(row["dimension"]): _(str(row["title"])) for row in source.table("labels").to_dict("records")}
    release = {str(row["key"]): str(row["value"]) for row in source.table("release_info").to_dict("records")}
    return Published(cells, cards, titles, release)


def _categories(text: str | None) -> dict[str, str]:
    """The dimensions of a cell, its categories in the language in use."""
    return {name: label if label == ALL else _(label) for name, label in json.loads(text or "{}").items()}


def _card(text: str) -> dict[str, Any]:
    """A metric's card, what it says to a reader in the language in use."""
    card = json.loads(text)
    return card | {part: translated(card[part]) for part in SAID if card.get(part)}


def choose(published: Published, start: date, end: date) -> Period:
    """The period of the release with exactly these days. Raises BriefingError, naming the periods there are."""
    if start > end:
        raise BriefingError(
            f"The period starts on {prose.day(start)} and ends before that, on {prose.day(end)}. Swap the two."
        )
    known = published.periods()
    for period in known:
        if (period.start, period.end) == (start, end):
            return period
    raise BriefingError(
        f"There is no published period from {prose.day(start)} to {prose.day(end)}. A briefing repeats released figures and adds nothing up. "
        f"Released: {'; '.join(_listed(known))}."
    )


def _listed(known: Iterable[Period]) -> list[str]:
    """The periods in words, the months as a range: "the years 2024 and 2025", "the months January 2024 to June 2026"."""
    said = []
    for grain in GRAINS:
        found = sorted((period for period in known if period.grain == grain), key=lambda period: period.start)
        if not found:
            continue
        names = [period.name for period in found]
        if grain == "month" and len(names) > 2:
            said.append(f"the months {names[0]} to {names[-1]}")
        else:
            said.append(
                f"the {GRAIN_NAMES[grain] if len(names) > 1 else GRAIN_NAMES[grain][:-1]} {prose.listing(names)}"
            )
    return said
