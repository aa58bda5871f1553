"""The finding, the scope that it answers for, and where its numbers come from."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Protocol

import pandas as pd

from publicsafety import metrics, prose, shapes
from publicsafety.audience import Audience
from publicsafety.city import City
from publicsafety.filters import Filters
from publicsafety.language import gettext as _
from publicsafety.metrics import Metric
from publicsafety.observations import ALL, Observations
from publicsafety.remembered import remembered
from publicsafety.rows import Row, Rows, framed

MATURE = 60  # days after sending from which a referral is judged (is_mature of queries/marts/fct_referrals.sql)
EXPORTS = {
    "calls": "call", "pickups": "needle", "cases": "case", "services": "service", "referrals": "referral", "roster": "roster",
}  # fmt: skip


class Source(Protocol):
    """Who answers: one audience's database, as the page or the document writer opened it."""

    @property
    def audience(self) -> Audience: ...

    @property
    def build_id(self) -> str: ...

    @property
    def as_of(self) -> date: ...

    @property
    def city(self) -> City: ...

    def __hash__(self) -> int: ...

    def run(self, metric: str, filters: Filters) -> Observations: ...

    def chart(self, name: str, filters: Filters) -> pd.DataFrame: ...

    def table(self, name: str) -> pd.DataFrame: ...

    def has(self, table: str) -> bool: ...

    def earlier(self) -> "Source | None": ...

    def manifests(self) -> tuple[dict[str, Any], dict[str, Any]]: ...


@dataclass(frozen=True)
class Scope:
    """What the visitor asked for: a period and values of dimensions, and what it is compared with."""

    filters: Filters
    comparison: Filters | None = None
    comparison_name: str = ""

    def on(self, metric: str, by: tuple[str, ...] = (), grain: str = "all", **changes: Any) -> Filters:
        """The filters for one metric: only those dimensions that the metric has, the rest dropped."""
        return fitting(metrics.registry()[metric], replace(self.filters, by=by, grain=grain, **changes))

    def on_chart(self, name: str) -> Filters:
        """The filters for one file of queries/charts, without the dimensions that it does not have."""
        known = shapes.shapes()[name].dimensions
        return replace(self.filters, where=tuple((key, values) for key, values in self.filters.where if key in known))

    def before(self, metric: str, by: tuple[str, ...] = (), grain: str = "all") -> Filters | None:
        """The same for the comparison period; None when nothing is compared."""
        if self.comparison is None:
            return None
        return fitting(
            metrics.registry()[metric], replace(self.comparison, by=by, grain=grain, where=self.filters.where)
        )

    def unused(self, metric: str) -> list[str]:
        """The dimensions that the visitor filtered by and the metric does not have."""
        return [name for name, _ in self.filters.where if name not in metrics.registry()[metric].dimensions]

    @property
    def within(self) -> str:
        """The period as the end of a sentence: "in October 2026"."""
        return prose.within(self.filters.start, self.filters.end)


def mature(filters: Filters, as_of: date) -> Filters | None:
    """The part of a period whose referrals have had their time; None when none has."""
    last = min(filters.end or as_of, as_of - timedelta(days=MATURE))
    return None if filters.start and filters.start > last else replace(filters, end=last)


def fitting(metric: Metric, filters: Filters) -> Filters:
    """The filters without the dimensions that a metric does not have (a needle has no nature)."""
    return replace(
        filters,
        by=tuple(name for name in filters.by if name in metric.dimensions),
        where=tuple((name, values) for name, values in filters.where if name in metric.dimensions),
    )


@dataclass(frozen=True)
class Finding:
    """One question, answered. `table` is what is shown as a table and written as CSV (of observations all of them, and the
    first of `observations` where it is None); `drawn` is what the chart draws.

    `drawing` names a function of charts.DRAWINGS or maps.DRAWINGS; empty when the words and the table say it all.
    """

    key: str
    question: str
    sentence: str
    table: Rows | Observations | None
    filters: Filters
    as_of: date
    build_id: str
    audience: Audience
    metric: Metric | None = None
    observations: tuple[Observations, ...] = ()
    drawing: str = ""
    drawn: Rows | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    caveats: tuple[str, ...] = ()
    n: str = ""
    shape: str = ""  # the file of queries/charts behind it, when it is no metric

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The figures as a table."""
        table = self.observations[0] if self.table is None else self.table
        return table.frame if isinstance(table, Observations) else framed(table)

    @cached_property
    def is_unavailable(self) -> bool:
        """Whether its data is not in this database at all, such as a table that was not released."""
        return bool(self.observations) and all(row["status"] == "x" for each in self.observations for row in each.rows)

    @cached_property
    def drawn_frame(self) -> pd.DataFrame:
        """What the chart draws, as a frame; an empty one where it draws nothing."""
        return pd.DataFrame() if self.drawn is None else framed(self.drawn)

    @property
    def alt(self) -> str:
        """What a chart says to someone who cannot see it: the question and its answer."""
        return f"{self.question} {self.sentence}"


def finding(
    source: Source,
    key: str,
    question: str,
    sentence: str,
    observations: Observations,
    scope: Scope | None = None,
    **more: Any,
) -> Finding:
    """A finding about one metric, with the metric's caveats and those of the filters that do not fit it."""
    metric = observations.metric
    caveats = [prose.plain_caveat(each) for each in (*more.pop("caveats", ()), *metric.caveats)]
    unused = scope.unused(metric.name) if scope else []
    if unused:
        caveats.insert(
            0,
            _("The filter on {names} does not apply to this figure: the data behind it has no {names}.").format(
                names=prose.listing(unused)
            ),
        )
    return Finding(
        key=key,
        question=question,
        sentence=prose.sentence(sentence),
        table=more.pop("frame", None),
        filters=observations.filters,
        as_of=observations.as_of,
        build_id=observations.build_id,
        audience=observations.audience,
        metric=metric,
        observations=(observations, *more.pop("others", ())),
        caveats=tuple(dict.fromkeys(caveats)),
        **more,
    )


def shaped(
    source: Source, key: str, question: str, sentence: str, frame: pd.DataFrame, scope: Scope, **more: Any
) -> Finding:
    """A finding about a shape that is no metric (a funnel, a survival curve, a load report)."""
    return Finding(
        key=key, question=question, sentence=prose.sentence(sentence), table=frame, filters=more.pop("filters", scope.filters),
        as_of=source.as_of, build_id=source.build_id, audience=source.audience, **more,
    )  # fmt: skip


@remembered(256)
def not_covered(source: Source, table: str, start: date | None, end: date | None) -> str:
    """Why a canonical table has no row from start to end; empty where it has, or where nobody knows."""
    if not source.has("dim_coverage"):
        return ""
    rows = source.table("dim_coverage")
    rows = rows[rows["table"] == table]
    if (rows["n"] == 0).all():
        return f"No {EXPORTS[table]} export was loaded"
    first, last = (start or date.min).replace(day=1), end or date.max
    asked = [
        status for month, status in zip(rows["month"], rows["status"], strict=True) if first <= month.date() <= last
    ]
    is_missing = bool(asked) and set(asked) == {"x"}
    return f"No {EXPORTS[table]} export covers {prose.span(start, end)}" if is_missing else ""


def months_without(source: Source, table: str, filters: Filters) -> tuple[list[str], int]:
    """The months of a period that no export covers, and how many months the period has with data around it."""
    first, last = (filters.start or date.min).replace(day=1), min(filters.end or source.as_of, source.as_of)
    asked = [status for month, status in _months_of(source, table) if first <= month <= last]
    without = [month for month, status in _months_of(source, table) if status == "x" and first <= month <= last]
    return [prose.period_name(month.isoformat(), "month") for month in without], len(asked)


@remembered(64)
def _months_of(source: Source, table: str) -> tuple[tuple[date, str], ...]:
    """Each month since an export began and its status, in order."""
    if not source.has("dim_coverage"):
        return ()
    rows = source.table("dim_coverage")
    rows = rows[(rows["table"] == table) & (rows["status"] != "z")]
    return tuple(sorted((month.date(), status) for month, status in zip(rows["month"], rows["status"], strict=True)))


def total(observations: Observations) -> Row:
    """The row of the whole: no dimension, all of the period. An empty one when there is none."""
    rows = _whole(observations)
    return dict(rows[0]) if rows else {"value": None, "status": "x"}


def parts(observations: Observations, dimension: str) -> list[Row]:
    """The rows of one dimension without their total, largest first, with the dimension's values as `label`."""
    found = [
        {"label" if name == dimension else name: value for name, value in row.items()}
        for row in _whole(observations, dimension)
        if row[dimension] != ALL
    ]
    return by_size(found)


def by_size(rows: Sequence[Row], measure: str = "value") -> list[Row]:
    """Rows with the largest first, those without a figure last."""
    return sorted(rows, key=lambda row: -math.inf if row[measure] is None else row[measure], reverse=True)


def known_rows(rows: Iterable[Row]) -> list[Row]:
    """Those with a figure."""
    return [row for row in rows if prose.known(row["value"])]


def _whole(observations: Observations, besides: str = "") -> list[Row]:
    """The rows that are totals over every dimension but one, and over the periods where there is such a total."""
    over = [name for name in observations.filters.by if name != besides]
    found = [row for row in observations.rows if all(row[name] == ALL for name in over)]
    over_all = [row for row in found if row["period"] == ALL]
    # With a dimension set aside, its own total alone does not make the periods' total one of its rows.
    return over_all if any(not besides or row[besides] != ALL for row in over_all) else found


def periods(observations: Observations) -> list[Row]:
    """The rows of a series in order of time, without the total over all periods."""
    by = observations.filters.by
    kept = [row for row in observations.rows if row["period"] != ALL and all(row[name] == ALL for name in by)]
    return sorted(kept, key=lambda row: str(row["period"]))
