"""The SQL files are written for DuckDB. How are they printed for another engine, meaning the same?

sqlglot translates names and punctuation. What is here is what it leaves wrong *without a word*: a percentile that
becomes approximate, a week that begins on another day, a division that becomes a decimal, a time of day that becomes
a time stamp. Each rewrite is for one engine; tests/engines runs every mart and metric on both and compares.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import time
from itertools import combinations
from pathlib import Path

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, SqlglotError

MACROS = Path(__file__).resolve().parents[1] / "queries" / "macros"
DIALECTS = ("spark", "clickhouse", "trino")


class DialectError(ValueError):
    """A statement cannot be said in an engine's SQL; the sentence names what and what to do."""


@dataclass(frozen=True)
class Macro:
    """A name that stands for an expression of its parameters, as `create macro` makes one in DuckDB."""

    name: str
    parameters: tuple[str, ...]
    body: exp.Expr

    def of(self, arguments: Iterable[exp.Expr]) -> exp.Expr:
        """The body with the arguments in place of the parameters."""
        given = dict(zip(self.parameters, arguments, strict=True))

        def put(node: exp.Expr) -> exp.Expr:
            is_parameter = isinstance(node, exp.Column) and not node.table and node.name in given
            return exp.paren(given[node.name].copy()) if is_parameter else node

        return exp.paren(self.body.copy().transform(put))


def macro(sql: str, dialect: str = "duckdb") -> Macro:
    """Read `create or replace macro name(parameters) as (expression)`; the expression is in `dialect`."""
    head, _, body = sql.partition(" as ")
    name, _, parameters = head.rsplit(" macro ", 1)[1].rstrip(" )").partition("(")
    return Macro(name, tuple(each.strip() for each in parameters.split(",")), sqlglot.parse_one(body, dialect=dialect))


def macros(dialect: str, folder: Path = MACROS) -> tuple[Macro, ...]:
    """The macros of queries/macros in an engine's own words: the files of the folder `<dialect>` there."""
    return tuple(_macro(path, dialect) for path in sorted((folder / dialect).glob("*.sql")))


def _macro(path: Path, dialect: str) -> Macro:
    lines = path.read_text(encoding="utf-8").strip().rstrip(";").splitlines()
    return macro("\n".join(line for line in lines if not line.startswith("--")), dialect)


def in_dialect(tree: exp.Expr, dialect: str, known: Iterable[Macro] = ()) -> str:
    """The statement as an engine's text; DuckDB's is as written. Raises DialectError, a sentence."""
    if dialect == "duckdb":
        return tree.sql(dialect="duckdb", pretty=True)
    if dialect not in DIALECTS:
        raise DialectError(f"There is no engine that speaks '{dialect}'. There are: duckdb, {', '.join(DIALECTS)}.")
    named = {each.name: each for each in (*macros(dialect), *known)}

    def expanded(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Anonymous):
            return node
        name = node.name.lower()
        if name in named:
            return named[name].of(each.transform(expanded) for each in node.expressions)
        if (MACROS / f"{name}.sql").exists():
            raise DialectError(
                f"it uses {name}, which has no words for {dialect}. Write queries/macros/{dialect}/{name}.sql"
            )
        return node

    try:
        made = tree.copy().transform(expanded)
        for rewrite in REWRITES[dialect]:
            made = _rewritten(made, rewrite)
        return made.sql(dialect=dialect, pretty=True, comments=False, unsupported_level=ErrorLevel.RAISE)
    except SqlglotError as error:
        raise DialectError(
            f"it cannot be said in the SQL of {dialect} ({str(error).splitlines()[0]}). Keep to the portable subset (queries/README.md)"
        ) from error


def _rewritten(tree: exp.Expr, rewrite: Callable[[exp.Expr], exp.Expr]) -> exp.Expr:
    """Every node rewritten, from the leaves up: sqlglot's own `transform` does not look into what it has replaced."""
    for node in reversed(list(tree.walk())):
        new = rewrite(node)
        if new is not node:
            if node is tree:
                return new
            node.replace(new)
    return tree


def _call(name: str, *arguments: exp.Expr | int) -> exp.Anonymous:
    listed = [exp.Literal.number(each) if isinstance(each, int) else each for each in arguments]
    return exp.Anonymous(this=name, expressions=listed)


def _is_time_of_day(node: exp.Expr | None) -> bool:
    return isinstance(node, exp.Cast) and node.to.is_type(exp.DataType.Type.TIME)


def microseconds(text: str) -> int:
    """'09:30' as microseconds since midnight, as an engine without times of day holds one."""
    at = time.fromisoformat(text)
    return (at.hour * 3600 + at.minute * 60 + at.second) * 1_000_000 + at.microsecond


def _spark(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.PercentileCont):  # plainly translated it would be approximate
        return _call("percentile", node.this, node.expression)
    if isinstance(node, exp.Literal) and not node.is_string and "." in node.name:  # else a decimal of few digits
        return exp.cast(exp.Literal.string(node.name), "double")
    if isinstance(node, exp.Extract) and node.name.upper() == "DOW":  # Sunday is 0, not 1
        return exp.paren(exp.Sub(this=_call("dayofweek", node.expression), expression=exp.Literal.number(1)))
    if isinstance(node, exp.UnixToTime) and node.args.get("scale") is not None:  # DuckDB's epoch_ms of a time stamp
        return _call("unix_millis", _instant(node.this))
    if isinstance(node, exp.TimeToUnix):
        seconds = exp.cast(_call("unix_micros", _instant(node.this)), "double")
        return exp.paren(exp.Div(this=seconds, expression=exp.cast(exp.Literal.number(1_000_000), "double")))
    if isinstance(node, exp.Anonymous) and node.name.lower() == "to_seconds":
        return _call("make_dt_interval", 0, 0, 0, *node.expressions)
    if _is_time_of_day(node):  # Spark has no time of day
        if isinstance(node.this, exp.Literal):
            return exp.Literal.number(microseconds(node.this.name))
        return _call("pmod", _call("unix_micros", _instant(node.this)), 86_400_000_000)
    return _named_parameter(node)


def _instant(stamp: exp.Expr) -> exp.Expr:
    """A local time stamp as an instant: sessions run in UTC, so that the digits stay as they are."""
    return exp.cast(stamp.copy(), exp.DataType.build("timestamp", dialect="spark"))


def _named_parameter(node: exp.Expr) -> exp.Expr:
    return exp.Placeholder(this=node.name) if isinstance(node, exp.Parameter) else node


def _clickhouse(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.PercentileCont):  # `quantile` samples
        return exp.ParameterizedAgg(
            this="quantileExactInclusive", expressions=[node.expression.copy()], params=[node.this.copy()]
        )
    if isinstance(node, exp.DataType) and node.is_type(exp.DataType.Type.DATE):  # Date begins in 1970, without a word
        return exp.DataType.build("Nullable(Date32)", dialect="clickhouse")
    if isinstance(node, (exp.Parameter, exp.Placeholder)):
        return exp.Placeholder(this=node.name, kind="String")
    return node


def _grouping_sets(node: exp.Expr) -> exp.Expr:
    """`group by period, cube (a, b)` written out, for engines that take one of them alone."""
    if not isinstance(node, exp.Group):
        return node
    plain = [each for each in node.expressions if not isinstance(each, exp.Cube)]
    cubes = [*(each for each in node.expressions if isinstance(each, exp.Cube)), *(node.args.get("cube") or ())]
    by = [column for cube in cubes for column in cube.expressions]
    if not by:
        return node
    sets = [
        exp.Tuple(expressions=[each.copy() for each in (*plain, *kept)])
        for size in range(len(by), -1, -1)
        for kept in combinations(by, size)
    ]
    return exp.Group(grouping_sets=[exp.GroupingSets(expressions=sets)])


def _trino(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Select):  # Trino does not know a column of the same select list
        known: dict[str, exp.Expr] = {}
        for each in node.expressions:
            for column in [each, *each.find_all(exp.Column)]:
                if isinstance(column, exp.Column) and not column.table and column.name in known:
                    column.replace(exp.paren(known[column.name].copy()))
            if isinstance(each, exp.Alias):
                known[each.alias] = each.this
        return node
    if isinstance(node, exp.PercentileCont):  # sqlglot would take approx_percentile, without a word
        raise DialectError("Trino has no exact percentile; count this one on DuckDB or Spark")
    return _named_parameter(node)


REWRITES: dict[str, tuple[Callable[[exp.Expr], exp.Expr], ...]] = {
    "spark": (_spark,),
    "clickhouse": (_grouping_sets, _clickhouse),
    "trino": (_trino,),
}
