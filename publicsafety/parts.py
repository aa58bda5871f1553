"""Which smaller table gives the same answer? On millions of calls most questions need few of them.

Two kinds stand beside a mart, made by files of `queries/marts` and found by their names:

* `part_*`: a copy of the rows for which a flag holds. A statement that asks for the flag reads the copy.
* `day_*`: how many rows there are (`calls`) of each day and of each value of a few columns, of all rows or of those for
  which a flag holds. A statement that only counts rows, by these columns and by nothing finer than a day, adds them up.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import sqlglot
from sqlglot import exp

from publicsafety.dialects import in_dialect

MARTS = Path(__file__).resolve().parents[1] / "queries" / "marts"
WHOLE_DAYS = ("DAY", "WEEK", "MONTH", "QUARTER", "YEAR")
COUNT = "calls"  # the column of a `day_*` table that says how many rows it stands for


@dataclass(frozen=True)
class Part:
    """A `part_*` table: the rows of a mart for which a flag holds."""

    name: str
    mart: str
    flags: frozenset[str]  # each of them is true of no row that the part lacks


@dataclass(frozen=True)
class Days:
    """A `day_*` table: counted rows of a mart by day and by the other columns."""

    name: str
    mart: str
    day: str  # the column that is cut to its day
    columns: frozenset[str]
    flags: frozenset[str]  # as of a part; empty for a table of all rows


# Nobody arrives who was not dispatched.
IMPLIED = {"is_care_response": ("is_care_arrival",)}


def smaller(sql: str, mart: str, tables: Collection[str]) -> str:
    """A composed statement on the smallest table of `tables` that gives the same answer; as it is when there is none."""
    here = frozenset(name for name in tables if name.startswith(("part_", "day_")))
    return _smaller(sql, mart, here) if here else sql


@lru_cache(maxsize=1024)
def _smaller(sql: str, mart: str, tables: frozenset[str]) -> str:
    tree = sqlglot.parse_one(sql, dialect="duckdb")
    flags = _flags(tree, mart)
    for days in _days():
        fits = days.name in tables and days.mart == mart and (not days.flags or flags & days.flags)
        if fits and (counted := _counted(tree, days)):
            return in_dialect(counted, "duckdb")
    part = next((part for part in _parts() if part.name in tables and part.mart == mart and flags & part.flags), None)
    if part is None:
        return sql
    for table in [table for table in tree.find_all(exp.Table) if table.name == mart]:
        table.replace(exp.to_table(part.name, alias=table.alias or mart))
    return in_dialect(tree, "duckdb")


@cache
def _parts(folder: Path = MARTS) -> tuple[Part, ...]:
    """Every `part_*` file: select * from <mart> where <flag>."""
    return tuple(Part(path.stem, _mart(tree), _kept(tree)) for path, tree in _read(folder, "part_*.sql"))


@cache
def _days(folder: Path = MARTS) -> tuple[Days, ...]:
    """Every `day_*` file, those of fewest columns first: they have the fewest rows."""
    found = []
    for path, tree in _read(folder, "day_*.sql"):
        day = next(each.alias for each in tree.expressions if each.find(exp.TimestampTrunc, exp.DateTrunc))
        found.append(Days(path.stem, _mart(tree), day, frozenset(tree.named_selects) - {COUNT}, _kept(tree)))
    return tuple(sorted(found, key=lambda days: (len(days.columns), days.name)))


def _read(folder: Path, names: str) -> list[tuple[Path, exp.Select]]:
    return [(path, sqlglot.parse_one(path.read_text("utf-8"), dialect="duckdb")) for path in sorted(folder.glob(names))]  # type: ignore[misc]


def _kept(tree: exp.Select) -> frozenset[str]:
    """The flag of a table's rows and those that imply it; empty when it has all rows."""
    where = tree.args.get("where")
    return frozenset((where.this.name, *IMPLIED.get(where.this.name, ()))) if where else frozenset()


def _mart(tree: exp.Expr) -> str:
    return next(tree.find_all(exp.Table)).name


def _flags(tree: exp.Expr, mart: str) -> frozenset[str]:
    """The columns that must be true of every row that a statement reads from the mart."""
    asked = []
    for select in tree.find_all(exp.Select):
        where = select.args.get("where")
        if where is not None and mart in {table.alias_or_name for table in _sources(select)}:
            asked.append({each.name for each in _all_of(where.this) if isinstance(each, exp.Column)})
    return frozenset.intersection(*map(frozenset, asked)) if asked else frozenset()


def _sources(select: exp.Select) -> list[exp.Expr]:
    """What a SELECT reads: the tables and subqueries of its FROM and its joins."""
    reads = [select.args.get("from_"), *select.args.get("joins", ())]
    return [each.this for each in reads if each is not None]


def _all_of(condition: exp.Expr) -> list[exp.Expr]:
    """The conditions that AND joins, however they are bracketed."""
    bare = condition.unnest()
    return [*_all_of(bare.left), *_all_of(bare.right)] if isinstance(bare, exp.And) else [bare]


def _counted(tree: exp.Expr, days: Days) -> exp.Expr | None:
    """The statement that adds up days; None when it asks for more than a count by columns that they have."""
    if not isinstance(tree, exp.Select) or len(list(tree.find_all(exp.Table))) != 1:
        return None
    own = set(tree.named_selects)  # DuckDB lets a column be named further on in the same SELECT
    columns = {column.name for column in tree.find_all(exp.Column) if column.table or column.name not in own}
    if not columns <= days.columns or not _by_whole_days(tree, days.day):
        return None
    if any(not _is_count(each) for each in tree.find_all(exp.AggFunc) if not isinstance(each, exp.Grouping)):
        return None
    found = tree.copy()
    for each in [each for each in found.find_all(exp.AggFunc) if _is_count(each)]:
        whole = each.parent if isinstance(each.parent, exp.Filter) else each
        added: exp.Expr = exp.Sum(this=exp.column(COUNT))
        if isinstance(whole, exp.Filter):
            added = exp.Filter(this=added, expression=whole.expression.copy())
        whole.replace(exp.cast(exp.Coalesce(this=added, expressions=[exp.Literal.number(0)]), "bigint"))
    (table,) = found.find_all(exp.Table)
    table.replace(exp.to_table(days.name, alias=days.mart))
    return found


def _is_count(function: exp.Expr) -> bool:
    return isinstance(function, exp.Count) and isinstance(function.this, exp.Star)


def _by_whole_days(tree: exp.Expr, day: str) -> bool:
    """Whether the time is only compared with days, cut to days or more, or asked whether it is there."""
    for column in tree.find_all(exp.Column):
        if column.name != day:
            continue
        asks = column.parent
        if isinstance(asks, exp.Sub) and asks.expression.find(exp.Interval):  # a fiscal year: months are taken off
            asks = asks.parent
        if isinstance(asks, exp.TimestampTrunc | exp.DateTrunc):
            fits = asks.text("unit").upper() in WHOLE_DAYS
        elif isinstance(asks, exp.GTE | exp.LT):
            fits = isinstance(asks.expression, exp.Cast) and asks.expression.is_type("date")
        else:
            fits = isinstance(asks, exp.Is)
        if not fits:
            return False
    return True
