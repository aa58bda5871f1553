"""Which rows are behind a figure? Those that its own statement reads, narrowed alike: one definition for both."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlglot import exp

from publicsafety.dialects import in_dialect
from publicsafety.filters import Filters
from publicsafety.metrics import Metric, Query, check_dimensions, check_fits, conditions, parameters
from publicsafety.shapes import Shape, check_shape_fits, reads

PART, PARTS = "part", ("numerator", "denominator")  # of a metric
Picked = dict[str, tuple[str, ...]]  # columns of a chart, or PART, and the values of them that are asked for


def compose_rows(about: Metric | Shape, filters: Filters, limit: int) -> Query:
    """The rows of its mart that a metric or a chart counts, latest first.

    The filters may name parts too: columns of a chart (`Shape.parts`), or `part` of a metric (`PARTS`). Raises FilterError.
    """
    tree, values = _counted(about, filters)
    latest = exp.column(about.time, table=about.mart).desc()
    return Query(in_dialect(tree.order_by(latest, copy=False).limit(limit, copy=False), "duckdb"), values)


def compose_row_count(about: Metric | Shape, filters: Filters) -> Query:
    """How many rows `compose_rows` has to list when nothing limits it."""
    tree, values = _counted(about, filters)
    tree.set("expressions", [exp.alias_(exp.Count(this=exp.Star()), "n")])
    return Query(in_dialect(tree, "duckdb"), values)


def parts_of(metric: Metric) -> tuple[str, ...]:
    """Which of numerator and denominator count only some of a metric's rows, so that they are rows of their own."""
    made = _made(metric.tree)
    return tuple(name for name in PARTS if name in made and (found := _counted_by(made[name])) and found != exp.true())


def _counted(about: Metric | Shape, filters: Filters) -> tuple[exp.Select, dict[str, Any]]:
    """All columns of the mart's rows for which the period, the filters and one of the statement's own conditions hold."""
    parts = {name: values for name, values in filters.where if name not in about.dimensions}
    kept = replace(filters, where=tuple(each for each in filters.where if each[0] not in parts))
    if isinstance(about, Shape):
        check_shape_fits(about, filters)
        kept = replace(kept, grain="all")
    else:
        check_dimensions(about.name, (*about.dimensions, PART), parts)
        check_fits(about, kept)
    narrowed = conditions(about.mart, about.time, about.until, kept)
    counted = [_condition(select, parts) for select in about.tree.find_all(exp.Select) if reads(select, about.mart)]
    tree = exp.select("*").from_(about.mart).where(*narrowed, exp.or_(*dict.fromkeys(counted)))
    named = {each.name for each in tree.find_all(exp.Parameter)}
    return tree, {name: value for name, value in parameters(filters).items() if name in named}


def _made(select: exp.Select) -> dict[str, exp.Expr]:
    """What a SELECT gives out, by name."""
    return {each.alias_or_name: each.unalias() for each in select.expressions}


def _condition(select: exp.Select, parts: Picked) -> exp.Expr:
    """What must hold of a row that one SELECT reads and that stands in the chosen parts of its result.

    The part of a metric is what its numerator or denominator counts. A column that a chart's SELECT gives out as a text
    of its own ('sent' as stage) is one part: the rows are those that its `value` counts.
    """
    where, made = select.args.get("where"), _made(select)
    found: list[exp.Expr] = [where.this] if where else [exp.true()]
    for name, values in parts.items():
        if name == PART:
            counted = [_counted_by(made[value]) for value in values if value in made]
            found.append(exp.or_(exp.false(), *[each for each in counted if each]))
        elif isinstance(made[name], exp.Literal):
            found.append((_counted_by(made["value"]) if made[name].name in values else None) or exp.false())
        else:
            asked = [exp.Parameter(this=exp.var(f"{name}_{i}")) for i in range(len(values))]
            found.append(exp.cast(made[name].copy(), "varchar").isin(*asked))
    return exp.and_(*found)


def _counted_by(aggregate: exp.Expr) -> exp.Expr | None:
    """What must hold of a row that an aggregate counts; nothing for one that does not count."""
    if isinstance(aggregate, exp.Filter):
        inner = _counted_by(aggregate.this)
        return inner and exp.and_(aggregate.expression.this, *([] if inner == exp.true() else [inner]))
    if not isinstance(aggregate, exp.Count):
        return None
    counted = aggregate.this.expressions[0] if isinstance(aggregate.this, exp.Distinct) else aggregate.this
    return (
        exp.true()
        if isinstance(counted, exp.Star)
        else exp.Not(this=exp.Is(this=counted.copy(), expression=exp.null()))
    )
