"""The few answers that are no metric: hour by weekday, funnel, survival curve. One SQL file each."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path

import sqlglot
from sqlglot import exp

from publicsafety.definitions import MetricError, fail, read_definition
from publicsafety.dialects import in_dialect
from publicsafety.filters import DIMENSIONS, Filters
from publicsafety.metrics import Query, check_dimensions, conditions, form, parameters
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
    parts: tuple[str, ...] = ()  # columns of the answer by whose values its rows can be told apart

    @cached_property
    def tree(self) -> exp.Query:
        """The parsed statement. Copy it before changing it."""
        tree = sqlglot.parse_one(self.sql, dialect="duckdb")
        if not isinstance(tree, exp.Query):
            raise MetricError(f"{self.path}: the statement must be one SELECT.")
        return tree


@cache
def shapes(folder: Path = CHARTS) -> dict[str, Shape]:
    """All charts by name, read once and checked. Raises MetricError."""
    found = {}
    for path in sorted(folder.glob("*.sql")):
        given, sql = read_definition(path, Shape)
        shape = Shape(name=path.stem, sql=sql, path=path, **given)
        try:
            tree = shape.tree
        except sqlglot.ParseError as error:
            raise MetricError(f"{path}: the SQL cannot be parsed. {str(error).splitlines()[0]}") from None
        if shape.mart not in {table.name for table in tree.find_all(exp.Table)}:
            raise MetricError(f"{path}: the SQL does not read '{shape.mart}', which its definition names as mart.")
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
        _check_parts(shape)
        found[shape.name] = shape
    return found


def _check_parts(shape: Shape) -> None:
    """A part is a column of the answer that every SELECT on the mart gives out, so that it says which rows are meant."""
    found = [each for each in shape.tree.find_all(exp.Select) if reads(each, shape.mart)]
    for name in shape.parts:
        if name not in shape.columns or any(name not in each.named_selects for each in found):
            fail(
                shape.path, "parts", f"names '{name}', which is no column that each SELECT from {shape.mart} gives out."
            )


def reads(select: exp.Select, mart: str) -> bool:
    """Whether a SELECT reads a mart itself, and not through another one."""
    source = select.args.get("from_")
    return source is not None and isinstance(source.this, exp.Table) and source.this.name == mart


def check_shape_fits(shape: Shape, filters: Filters) -> None:
    """Raise FilterError when a chart has neither such a dimension nor such a part."""
    known = tuple(dict.fromkeys((*shape.dimensions, *shape.parts)))
    check_dimensions(shape.name, known, (name for name, _ in filters.where))


def compose_shape(shape: Shape, filters: Filters, tables: Collection[str] = ()) -> Query:
    """The chart's statement, reading its mart, or what of it is enough, through the filters. `tables`: those that the
    database has. Grain and `by` do not apply. Raises FilterError."""
    check_dimensions(shape.name, shape.dimensions, (name for name, _ in filters.where))
    asked = Filters(filters.start, filters.end, where=filters.where)
    return Query(_statement(shape, form(asked), frozenset(tables)), parameters(asked))


@lru_cache(maxsize=256)
def _statement(shape: Shape, filters: Filters, tables: frozenset[str]) -> str:
    """The text of a composed chart; of the filters only their form counts."""
    narrowed = conditions(shape.mart, shape.time, shape.until, filters)
    tree = sqlglot.parse_one(smaller(shape.sql, shape.mart, tables), dialect="duckdb")
    for table in list(tree.find_all(exp.Table)):
        if narrowed and table.alias_or_name == shape.mart:
            rows = exp.select("*").from_(exp.to_table(table.name, alias=shape.mart)).where(*narrowed)
            table.replace(rows.subquery(shape.mart))
    return in_dialect(tree, "duckdb")
