"""The finding, the scope that it answers for, and where its numbers come from."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import pandas as pd

from publicsafety import metrics, prose, shapes
from publicsafety.audience import Audience
from publicsafety.city import City
from publicsafety.filters import Filters
from publicsafety.language import gettext as _
from publicsafety.metrics import Metric
from publicsafety.observations import Observations
from publicsafety.remembered import remembered

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
    """One question, answered. `frame` is what the table shows and the CSV writes; `drawn` is what the chart draws.

    `drawing` names a function of charts.DRAWINGS or maps.DRAWINGS; empty when the words and the table say it all.
    """

    key: str
    question: str
    sentence: str
    frame: pd.DataFrame
    filters: Filters
    as_of: date
    build_id: str
    audience: Audience
    metric: Metric | None = None
    observations: tuple[Observations, ...] = ()
    drawing: str = ""
    drawn: pd.DataFrame | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    caveats: tuple[str, ...] = ()
    n: str = ""
    shape: str = ""  # the file of queries/charts behind it, when it is no metric

    @property
    def is_empty(self) -> bool:
        return self.frame.empty

    @cached_property
    def is_unavailable(self) -> bool:
        """Whether its data is not in this database at all, such as a table that was not released."""
        frames = [each.frame for each in self.observations]
        return bool(frames) and all(bool((frame["status"] == "x").all()) for frame in frames)

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
        frame=more.pop("frame", observations.frame),
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
        key=key, question=question, sentence=prose.sentence(sentence), frame=frame, filters=more.pop("filters", scope.filters),
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
    if not source.has("dim_coverage"):
        return [], 0
    rows = source.table("dim_coverage")
    rows = rows[(rows["table"] == table) & (rows["status"] != "z")]
    first, last = (filters.start or date.min).replace(day=1), min(filters.end or source.as_of, source.as_of)
    asked = sorted(
        (month.date(), status)
        for month, status in zip(rows["month"], rows["status"], strict=True)
        if first <= month.date() <= last
    )
    return [prose.period_name(day.isoformat(), "month") for day, status in asked if status == "x"], len(asked)


def total(observations: Observations) -> dict[str, Any]:
    """The row of the whole: no dimension, all of the period. An empty one when there is none."""
    frame, places = observations.frame, np.flatnonzero(_whole(observations))
    return (
        {str(name): column.array[places[0]] for name, column in frame.items()}
        if len(places)
        else {"value": None, "status": "x"}
    )


def parts(observations: Observations, dimension: str) -> pd.DataFrame:
    """The rows of one dimension without their total, largest first, with the dimension's values as `label`."""
    frame = observations.frame
    places = np.flatnonzero((frame[dimension].to_numpy() != "All") & _whole(observations, dimension))
    values = frame["value"].to_numpy(dtype="float64", na_value=np.nan)[places]
    # One pass for all columns: a page asks this some twenty times.
    found = frame.iloc[places[np.argsort(-values, kind="stable")]]
    found.columns = ["label" if name == dimension else name for name in found.columns]
    found.index = pd.RangeIndex(len(found))
    return found


def matched(rows: pd.DataFrame, others: pd.DataFrame, name: str = "value") -> Any:
    """A column of `others` for each label of `rows`, missing where they have none."""
    return others.set_index("label")[name].reindex(rows["label"]).array


def _whole(observations: Observations, besides: str = "") -> np.ndarray:
    """Which rows are totals over every dimension but one, and over the periods where there is such a total."""
    frame = observations.frame
    found = np.ones(len(frame), dtype=bool)
    for name in observations.filters.by:
        if name != besides:
            found &= frame[name].to_numpy() == "All"
    over_all = found & (frame["period"].to_numpy() == "All")
    # With a dimension set aside, its own total alone does not make the periods' total one of its rows.
    kept = over_all if not besides else over_all & (frame[besides].to_numpy() != "All")
    return over_all if kept.any() else found


def periods(observations: Observations) -> pd.DataFrame:
    """The rows of a series in order of time, without the total over all periods."""
    frame = observations.frame
    names = frame["period"].to_numpy()
    kept = names != "All"
    for name in observations.filters.by:
        kept &= frame[name].to_numpy() == "All"
    places = np.flatnonzero(kept)
    found = frame.iloc[places[np.argsort(names[places], kind="stable")]]
    found.index = pd.RangeIndex(len(found))
    return found
