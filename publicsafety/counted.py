"""Which rows are behind a figure? Those that its own statement reads, narrowed alike: one definition for both."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlglot import exp

from publicsafety.dialects import in_dialect
from publicsafety.filters import Filters
from publicsafety.metrics import Metric, Query, check_fits, conditions
from publicsafety.shapes import Shape, check_shape_fits

Picked = dict[str, tuple[str, ...]]  # columns of a chart, and the values of them that are asked for


def compose_rows(about: Metric | Shape, filters: Filters, limit: int) -> Query:
    """The rows of its mart that a metric or a chart counts, latest first. A chart's filters may name its parts too."""
    tree, parameters = _counted(about, filters)
    latest = exp.column(about.time, table=about.mart).desc()
    return Query(in_dialect(tree.order_by(latest, copy=False).limit(limit, copy=False), "duckdb"), parameters)


def compose_row_count(about: Metric | Shape, filters: Filters) -> Query:
    """How many rows `compose_rows` has to list when nothing limits it."""
    tree, parameters = _counted(about, filters)
    tree.set("expressions", [exp.alias_(exp.Count(this=exp.Star()), "n")])
    return Query(in_dialect(tree, "duckdb"), parameters)


def _counted(about: Metric | Shape, filters: Filters) -> tuple[exp.Select, dict[str, Any]]:
    """All columns of the mart's rows for which the period, the filters and one of the statement's own conditions hold."""
    parts: Picked = {}
    if isinstance(about, Shape):
        check_shape_fits(about, filters)
        parts = {name: values for name, values in filters.where if name not in about.dimensions}
        filters = replace(filters, grain="all")
    else:
        check_fits(about, filters)
    kept = tuple((name, values) for name, values in filters.where if name not in parts)
    narrowed, parameters = conditions(about.mart, about.time, about.until, replace(filters, where=kept))
    reads = [_condition(select, parts) for select in about.tree.find_all(exp.Select) if _reads(select, about.mart)]
    tree = exp.select("*").from_(about.mart).where(*narrowed, exp.or_(*dict.fromkeys(reads)))
    parameters |= {f"{name}_{i}": value for name, values in parts.items() for i, value in enumerate(values)}
    named = {each.name for each in tree.find_all(exp.Parameter)}
    return tree, {name: value for name, value in parameters.items() if name in named}


def _reads(select: exp.Select, mart: str) -> bool:
    source = select.args.get("from_")
    return source is not None and isinstance(source.this, exp.Table) and source.this.name == mart


def _condition(select: exp.Select, parts: Picked) -> exp.Expr:
    """What must hold of a row that one SELECT reads and that stands in the chosen parts of its result.

    A column that a SELECT gives out as a text of its own ('sent' as stage) is one part: the rows are those that its
    `value` counts.
    """
    where = select.args.get("where")
    found: list[exp.Expr] = [where.this] if where else [exp.true()]
    made = {each.alias_or_name: each.unalias() for each in select.expressions}
    for name, values in parts.items():
        if isinstance(made[name], exp.Literal):
            found.append(made["value"].expression.this if made[name].name in values else exp.false())
        else:
            asked = [exp.Parameter(this=exp.var(f"{name}_{i}")) for i in range(len(values))]
            found.append(exp.cast(made[name].copy(), "varchar").isin(*asked))
    return exp.and_(*found)
