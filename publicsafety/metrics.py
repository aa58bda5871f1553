"""How is each figure counted? One SQL file a metric: its meaning in a TOML comment on top, one plain aggregate below.

The aggregate is parsed once. `compose` adds period, dimensions and filters to its syntax tree; values are always bound
as named parameters and never become text of a statement.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any

import sqlglot
from sqlglot import exp

from publicsafety.definitions import MetricError, fail, read_definition
from publicsafety.dialects import in_dialect
from publicsafety.filters import DIMENSIONS, GRAINS, FilterError, Filters
from publicsafety.language import ENGLISH, code, gettext

METRICS = Path(__file__).resolve().parents[1] / "queries" / "metrics"
KINDS = ("count", "distinct", "proportion", "ratio", "median")
BETTER = ("up", "down", "neither")
# Which canonical export a mart's rows come from: its coverage says whether an empty month is a zero or a gap.
TABLE_OF_MART = {
    "fct_calls": "calls", "fct_contacts": "calls", "fct_unit_responses": "calls", "fct_pickups": "pickups",
    "fct_cases": "cases", "fct_case_months": "cases", "fct_services": "services", "fct_needs": "services",
    "fct_referrals": "referrals", "fct_shifts": "roster",
}  # fmt: skip
# A stage of a call or referral, and the columns of the marts that say a row has reached it. A metric whose SQL uses
# such a column must declare the stage: mixing *dispatched* and *arrived* once made one rate range from 2% to 20%.
STAGES: dict[str, tuple[str, ...]] = {
    "received": (),
    "eligible": ("is_eligible",),
    "dispatched": ("is_care_response",),
    "arrived": ("is_care_arrival", "is_answered"),
    "offered": ("is_offered",),
    "sent": ("is_sent",),
    "accepted": ("is_accepted",),
    "connected": ("is_connected",),
    "completed": ("is_completed",),
    "closed": ("is_closed_loop",),
    "identified": (),
    "met": ("is_met",),
}
_NEVER_DECLARED = {"fct_contacts": "arrived", "fct_needs": "identified"}  # the mart itself is at that stage
_MEASURES = ("numerator", "denominator", "value", "n")


@dataclass(frozen=True)
class Metric:
    """A metric's definition (the card behind each number) and its statement without the header."""

    name: str
    title: str
    question: str
    unit: str
    kind: str
    time: str
    numerator: str
    includes: tuple[str, ...]
    excludes: tuple[str, ...]
    steward: str
    reviewed: date
    version: int
    sql: str
    path: Path
    better: str = "neither"
    denominator: str = ""
    until: str = ""
    grains: tuple[str, ...] = GRAINS
    dimensions: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()
    stage: tuple[tuple[str, str], ...] = ()
    related: tuple[str, ...] = ()
    gpl_metric_id: str = ""
    rests_on: tuple[str, ...] = ()  # exports beside the mart's own without which the figure would be a false zero
    settles: int = 0  # days after a period's end before its figure can be judged: outcomes take their time

    @cached_property
    def tree(self) -> exp.Select:
        """The parsed statement. Copy it before changing it."""
        tree = sqlglot.parse_one(self.sql, dialect="duckdb")
        if not isinstance(tree, exp.Select):
            raise MetricError(f"{self.path}: the statement must be one SELECT.")
        return tree

    @cached_property
    def mart(self) -> str:
        """The one relation that the metric reads."""
        return next(self.tree.find_all(exp.Table)).name

    @cached_property
    def table(self) -> str:
        """The canonical export behind it, as `dim_coverage` names it."""
        return TABLE_OF_MART[self.mart]

    @cached_property
    def extras(self) -> tuple[str, ...]:
        """Columns beyond numerator, denominator, value and n, such as p90 or n_excluded."""
        return tuple(name for name in self.tree.named_selects if name not in _MEASURES)


@dataclass(frozen=True)
class Query:
    """A statement ready to run, with exactly the named parameters that it uses."""

    sql: str
    parameters: Mapping[str, Any]


# What a metric's header says to a reader, rather than to the machine.
SAID = ("title", "question", "numerator", "denominator", "includes", "excludes", "caveats")


def registry(folder: Path = METRICS) -> dict[str, Metric]:
    """All metrics by name in the language in use, read once and checked. Raises MetricError."""
    return _registry(folder, code())


@cache
def _registry(folder: Path, language: str) -> dict[str, Metric]:
    if language != ENGLISH:
        return {
            name: replace(metric, **{part: translated(getattr(metric, part)) for part in SAID})
            for name, metric in _registry(folder, ENGLISH).items()
        }
    found = {path.stem: read_metric(path) for path in sorted(folder.glob("*.sql"))}
    for metric in found.values():
        for name in metric.related:
            if name not in found:
                fail(metric.path, "related", f"names '{name}', and there is no metric of that name.")
    return found


def translated(text: Any) -> Any:
    """A text of a definition, or a list of such, in the language in use."""
    return type(text)(map(gettext, text)) if isinstance(text, list | tuple) else gettext(text)


def read_metric(path: Path) -> Metric:
    """Read and check one file. Raises MetricError."""
    given, sql = read_definition(path, Metric)
    metric = Metric(name=path.stem, sql=sql, path=path, **given)
    _check(metric)
    return metric


def _check(metric: Metric) -> None:
    """Every rule a metric file must keep; the first broken one raises MetricError."""
    choices: tuple[tuple[str, str, tuple[str, ...]], ...] = (
        ("kind", metric.kind, KINDS),
        ("better", metric.better, BETTER),
    )
    for key, value, known in choices:
        if value not in known:
            fail(metric.path, key, f"= '{value}' is unknown. Take one of: {', '.join(known)}.")
    lists = (
        ("grains", metric.grains, set(GRAINS)),
        ("dimensions", metric.dimensions, set(DIMENSIONS)),
        ("rests_on", metric.rests_on, set(TABLE_OF_MART.values())),
    )
    for key, values, allowed in lists:
        for value in sorted(set(values) - allowed):
            fail(metric.path, key, f"names '{value}'. Take from: {', '.join(sorted(allowed))}.")
    try:
        tree = metric.tree
    except sqlglot.ParseError as error:
        raise MetricError(f"{metric.path}: the SQL cannot be parsed. {str(error).splitlines()[0]}") from None
    tables = list(tree.find_all(exp.Table))
    if len(tables) != 1 or tables[0].name not in TABLE_OF_MART:
        raise MetricError(f"{metric.path}: a metric reads exactly one mart, one of {', '.join(TABLE_OF_MART)}.")
    if any(tree.args.get(part) for part in ("group", "having", "order", "limit", "with_", "distinct")) or tree.find(
        exp.Subquery
    ):
        raise MetricError(
            f"{metric.path}: keep to select … from … where …; grouping and order are added when it is asked."
        )
    for name in ("numerator", "value") + (("denominator",) if metric.kind in ("proportion", "ratio") else ()):
        if name not in tree.named_selects:
            raise MetricError(f"{metric.path}: the select list has no column '{name}'. Add one.")
    if metric.kind in ("proportion", "ratio") and not metric.denominator:
        fail(metric.path, "kind", f"= '{metric.kind}' needs `denominator`, in words.")
    _check_stages(metric)


def _check_stages(metric: Metric) -> None:
    """A proportion names the stage of both its parts, and uses no column of a stage that it does not name."""
    declared = dict(metric.stage)
    if metric.kind == "proportion" and set(declared) != {"numerator", "denominator"}:
        raise MetricError(f"{metric.path} line 1: a proportion says at which stage numerator and denominator are, "
                          'such as stage = { numerator = "arrived", denominator = "eligible" }.')  # fmt: skip
    for stage in declared.values():
        if stage not in STAGES:
            fail(metric.path, "stage", f"names '{stage}'. Take from: {', '.join(STAGES)}.")
    if metric.kind != "proportion":
        return
    used = {column.name for column in metric.tree.find_all(exp.Column)}
    for stage, columns in STAGES.items():
        if (
            stage in declared.values()
            and columns
            and not used & set(columns)
            and _NEVER_DECLARED.get(metric.mart) != stage
        ):
            fail(metric.path, "stage", f"names '{stage}', and the SQL uses none of {', '.join(columns)}.")
        if stage not in declared.values() and used & set(columns):
            fail(
                metric.path,
                "stage",
                f"does not name '{stage}', and the SQL uses {', '.join(sorted(used & set(columns)))}.",
            )


def compose(metric: Metric, filters: Filters, fiscal_year_starts: int = 7, dialect: str = "duckdb") -> Query:
    """The metric's statement with period, dimensions, totals and filters, and its parameters.

    Columns: `period` (unless the grain is all), for each dimension its name and `all_<name>` (1 on a row that is a
    total over it), then the metric's own. Raises FilterError when the metric has no such dimension or grain.
    """
    check_fits(metric, filters)
    return Query(_statement(metric, form(filters), fiscal_year_starts, dialect), parameters(filters))


@lru_cache(maxsize=1024)
def _statement(metric: Metric, filters: Filters, fiscal_year_starts: int, dialect: str) -> str:
    """The text of a composed metric; of the filters only their form counts."""
    tree = metric.tree.copy()
    for condition in conditions(metric.mart, metric.time, metric.until, filters):
        tree = tree.where(condition, copy=False)
    columns: list[exp.Expr] = []
    groups: list[exp.Expr] = []
    if filters.grain != "all":
        period = period_expression(metric, filters.grain, fiscal_year_starts)
        columns.append(exp.alias_(period, "period"))
        groups.append(period.copy())
    for name in filters.by:
        column = exp.column(name, table=metric.mart)
        columns.append(exp.alias_(exp.cast(column, "varchar"), name))
        columns.append(exp.alias_(exp.func("grouping", column.copy(), dialect="duckdb"), f"all_{name}"))
    tree.set("expressions", columns + tree.expressions)
    if groups or filters.by:
        cube = (
            [exp.Cube(expressions=[exp.column(name, table=metric.mart) for name in filters.by])] if filters.by else []
        )
        tree.set("group", exp.Group(expressions=groups, cube=cube))
    return in_dialect(tree, dialect)


def period_expression(metric: Metric, grain: str, fiscal_year_starts: int = 7) -> exp.Expr:
    """The first day of the period of the grain that a row belongs to."""
    column = f"{metric.mart}.{metric.time}"
    months = fiscal_year_starts - 1
    if grain == "fiscal_year" and months:
        sql = f"date_trunc('year', {column} - interval '{months} month') + interval '{months} month'"
    else:
        sql = f"date_trunc('{'year' if grain == 'fiscal_year' else grain}', {column})"
    return exp.cast(sqlglot.parse_one(sql, dialect="duckdb"), "date")


def check_fits(metric: Metric, filters: Filters) -> None:
    """Raise FilterError when the metric has no such dimension or grain; the sentence lists those it has."""
    check_dimensions(metric.name, metric.dimensions, (*filters.by, *(name for name, _ in filters.where)))
    if filters.grain not in metric.grains:
        raise FilterError(f"{metric.name} has no grain '{filters.grain}'. It has: {', '.join(metric.grains)}.")


def check_dimensions(name: str, has: Sequence[str], wanted: Iterable[str]) -> None:
    """Raise FilterError, listing what there is, when one of the wanted dimensions is not there."""
    for each in wanted:
        if each not in has:
            raise FilterError(
                f"{name} has no dimension '{each}'. " + (f"It has: {', '.join(has)}." if has else "It has none.")
            )


def conditions(mart: str, time: str, until: str, filters: Filters) -> list[exp.Expr]:
    """Conditions of the period and the kept values on a mart's columns; `parameters` has the values that they name.

    A row belongs to a period when its time does, or, with `until`, when it lasted into it.
    """
    found: list[exp.Expr] = []
    if filters.start:
        found.append(exp.GTE(this=exp.column(until or time, table=mart), expression=_day("start")))
    if filters.end:
        found.append(exp.LT(this=exp.column(time, table=mart), expression=_day("before")))
    for name, values in filters.where:
        names = [f"{name}_{i}" for i in range(len(values))]
        found.append(
            exp.cast(exp.column(name, table=mart), "varchar").isin(
                *[exp.Parameter(this=exp.var(each)) for each in names]
            )
        )
    if filters.grain != "all":  # a row without the stamp belongs to no period
        found.append(exp.Not(this=exp.Is(this=exp.column(time, table=mart), expression=exp.null())))
    return found


def form(filters: Filters) -> Filters:
    """The filters without their values: a statement says where values go and not what they are, so that its text is made
    once for questions of one form."""
    return replace(
        filters,
        start=filters.start and date.min,
        end=filters.end and date.min,
        where=tuple((name, ("",) * len(values)) for name, values in filters.where),
    )


def parameters(filters: Filters) -> dict[str, Any]:
    """The values that `conditions` names, by those names."""
    found: dict[str, Any] = {f"{name}_{i}": value for name, values in filters.where for i, value in enumerate(values)}
    if filters.start:
        found["start"] = filters.start
    if filters.end:
        found["before"] = filters.end + timedelta(days=1)
    return found


def _day(name: str) -> exp.Expr:
    return exp.cast(exp.Parameter(this=exp.var(name)), "date")
