"""In which order the SQL files of a folder are run: every relation after the relations it reads."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import sqlglot
from sqlglot import exp

QUERIES = Path(__file__).resolve().parents[2] / "queries"


class StatementError(ValueError):
    """A SQL file that cannot be read or ordered; the text names the file and what to do."""


def statement(path: Path) -> str:
    """The one SELECT of a file, without a trailing semicolon."""
    return path.read_text(encoding="utf-8").strip().rstrip(";")


def relations_read(path: Path) -> frozenset[str]:
    """Names of the relations that a file reads, its own CTEs left out."""
    return _relations(path, statement(path))


@lru_cache(maxsize=256)
def _relations(path: Path, sql: str) -> frozenset[str]:
    try:
        trees = [tree for tree in sqlglot.parse(sql, dialect="duckdb") if tree is not None]
    except sqlglot.ParseError as error:
        raise StatementError(f"{path}: the SQL cannot be parsed. {str(error).splitlines()[0]}") from error
    if len(trees) != 1:
        raise StatementError(f"{path}: holds {len(trees)} statements; keep one SELECT in a file.")
    own = {cte.alias_or_name for cte in trees[0].find_all(exp.CTE)}
    return frozenset(table.name for table in trees[0].find_all(exp.Table) if table.name and table.name not in own)


def queries_in_order(folder: Path) -> list[Path]:
    """The SQL files of `folder` such that each comes after those of the folder that it reads.

    Ties are in the order of names, so that the order is the same on every machine.
    """
    paths = {path.stem: path for path in sorted(folder.glob("*.sql"))}
    needs: Mapping[str, set[str]] = {
        stem: {name for name in relations_read(path) if name in paths and name != stem} for stem, path in paths.items()
    }
    try:
        return [paths[stem] for stem in TopologicalSorter(needs).static_order()]
    except CycleError as error:
        raise StatementError(
            f"{folder}: the files read one another in a circle: {' -> '.join(error.args[1])}."
        ) from error


def create_statements(queries: Path = QUERIES, marts: bool = True) -> list[str]:
    """The statements that make macros, staging views and marts out of `raw_*`, `ref_*` and `city_settings`, in order.

    Macros and marts are created in the connection's current database; staging views are temporary, because they read
    raw rows that the finished database does not hold. Without `marts`, macros and views alone.
    """
    macros = [statement(path) for path in sorted((queries / "macros").glob("*.sql"))]
    views = [
        f"create or replace temp view {path.stem} as\n{statement(path)}"
        for path in queries_in_order(queries / "staging")
    ]
    tables = [
        f"create or replace table {path.stem} as\n{statement(path)}" for path in queries_in_order(queries / "marts")
    ]
    return macros + views + (tables if marts else [])
