"""The few answers that are no metric: hour by weekday, funnel, survival curve. One SQL file each."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import sqlglot
from sqlglot import exp

from publicsafety.definitions import MetricError, read_definition
from publicsafety.dialects import in_dialect
from publicsafety.filters import DIMENSIONS, Filters
from publicsafety.metrics import Query, check_dimensions, conditions
from publicsafety.parts import smaller

CHARTS = Path(__file__).resolve().parents[1] / "queries" / "charts"


@dataclass(frozen=True)
class Shape:
    """A chart's statement: the mart that filters narrow, the column that dates its rows, the dimensions that fit."""

    name: str
    title: str
    question: str
    mart: str
    time: str
    columns: tuple[str, ...]
    sql: str
    path: Path
    until: str = ""
    dimensions: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()


@cache
def shapes(folder: Path = CHARTS) -> dict[str, Shape]:
    """All charts by name, read once and checked. Raises MetricError."""
    found = {}
    for path in sorted(folder.glob("*.sql")):
        given, sql = read_definition(path, Shape)
        shape = Shape(name=path.stem, sql=sql, path=path, **given)
        try:
            tree = sqlglot.parse_one(sql, dialect="duckdb")
        except sqlglot.ParseError as error:
            raise MetricError(f"{path}: the SQL cannot be parsed. {str(error).splitlines()[0]}") from None
        if shape.mart not in {table.name for table in tree.find_all(exp.Table)}:
            raise MetricError(f"{path}: the SQL does not read '{shape.mart}', which its definition names as mart.")
        if not isinstance(tree, exp.Query):
            raise MetricError(f"{path}: the statement must be one SELECT.")
        if tuple(tree.named_selects) != shape.columns:
            raise MetricError(
                f"{path}: the select list is {', '.join(tree.named_selects)}; "
                f"the definition's columns are {', '.join(shape.columns)}."
            )
        unknown = set(shape.dimensions) - set(DIMENSIONS)
        if unknown:
            raise MetricError(
                f"{path}: the definition names the dimension '{min(unknown)}'. Take from: {', '.join(DIMENSIONS)}."
            )
        found[shape.name] = shape
    return found


def compose_shape(shape: Shape, filters: Filters, tables: Collection[str] = ()) -> Query:
    """The chart's statement, reading its mart, or what of it is enough, through the filters. `tables`: those that the
    database has. Grain and `by` do not apply. Raises FilterError."""
    check_dimensions(shape.name, shape.dimensions, (name for name, _ in filters.where))
    narrowed, parameters = conditions(
        shape.mart, shape.time, shape.until, Filters(filters.start, filters.end, where=filters.where)
    )
    tree = sqlglot.parse_one(smaller(shape.sql, shape.mart, tables), dialect="duckdb")
    for table in list(tree.find_all(exp.Table)):
        if narrowed and table.alias_or_name == shape.mart:
            rows = exp.select("*").from_(exp.to_table(table.name, alias=shape.mart)).where(*narrowed)
            table.replace(rows.subquery(shape.mart))
    return Query(in_dialect(tree, "duckdb"), parameters)
