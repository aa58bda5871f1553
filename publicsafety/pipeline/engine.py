"""The seam for another engine: the same SQL files, printed in its dialect, over Parquet; the marts come home as tables.

Reading, typing and merging of exports, placing and publishing stay with DuckDB. An engine is asked for two things only:
to know a folder of Parquet files by a name, and to write the answer of a SELECT as Parquet. What is served afterwards is
the usual database file, verified and published the usual way, so nothing behind the build knows who counted.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import duckdb
import pyarrow as pa
import sqlglot
from sqlglot import exp

from publicsafety.dialects import DialectError, Macro, in_dialect
from publicsafety.filters import Filters
from publicsafety.metrics import compose, registry
from publicsafety.pipeline.publish import SPILL
from publicsafety.pipeline.statements import QUERIES, queries_in_order, relations_read, statement

ENGINES = ("duckdb", "spark")
ROOM = 3  # times its Parquet, which an engine's inputs, shuffles and marts take on the disk


class EngineError(RuntimeError):
    """The marts could not be made on another engine; the message says why and what to do. Nothing was published."""


class Engine(Protocol):
    """What an engine must be able to do. Errors of its own leave it as EngineError."""

    @property
    def dialect(self) -> str:
        """The name under which `dialects.in_dialect` prints for it."""

    @property
    def version(self) -> str:
        """Name and version, for the build's record."""

    def know(self, name: str, folder: Path) -> None:
        """Make a folder of Parquet files readable as the relation `name`."""

    def define(self, name: str, sql: str) -> None:
        """Make a SELECT readable as the relation `name`, without running it."""

    def write(self, sql: str, folder: Path) -> None:
        """Run a SELECT and write its rows as Parquet files into `folder`."""

    def ask(self, sql: str, parameters: Mapping[str, Any]) -> pa.Table:
        """Run a SELECT with named parameters and return its rows."""

    def close(self) -> None:
        """Let go of memory, processes and connections."""


@dataclass(frozen=True)
class Elsewhere:
    """An open engine and the empty folder, seen by it and by this process, through which rows go there and back."""

    engine: Engine
    folder: Path


@contextmanager
def opened(name: str, warehouse: Path) -> Iterator[Elsewhere | None]:
    """The engine `name` for as long as the block lasts; None for DuckDB. Raises EngineError when it cannot run here.

    The folder lies in the warehouse unless PUBLICSAFETY_ENGINE_FOLDER names another; rows of calls do not stay in it.
    """
    if name == "duckdb":
        yield None
        return
    if name not in ENGINES:
        raise EngineError(f'There is no engine "{name}". There are: {", ".join(ENGINES)}.')
    from publicsafety.pipeline.engines.spark import Spark  # only who asks for it pays for it

    check_statements(Spark.dialect)
    base = Path(os.environ.get("PUBLICSAFETY_ENGINE_FOLDER") or warehouse / SPILL).resolve()
    folder = base / "publicsafety-engine"
    try:
        shutil.rmtree(folder, ignore_errors=True)  # what a killed build left
        (folder / "rows").mkdir(parents=True)
    except OSError as error:
        raise EngineError(
            f"{folder}: cannot be written ({error.strerror}). Name another folder in PUBLICSAFETY_ENGINE_FOLDER. Nothing was published."
        ) from None
    try:
        engine = Spark.start(folder / "scratch")
        try:
            yield Elsewhere(engine, folder / "rows")
        finally:
            engine.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def check_statements(dialect: str, queries: Path = QUERIES) -> None:
    """Print every view, mart and metric in the dialect before anything is run. Raises EngineError naming the file."""
    for path in [*queries_in_order(queries / "staging"), *queries_in_order(queries / "marts")]:
        _printed(path, dialect, [Macro("local_time", ("stamp",), exp.column("stamp"))])
    for metric in registry(queries / "metrics").values():
        try:
            compose(metric, Filters(grain=metric.grains[0], by=metric.dimensions[:1]), dialect=dialect)
        except DialectError as error:
            raise EngineError(f"{metric.path}: {error}. Nothing was published.") from None


def make_marts(
    elsewhere: Elsewhere, con: duckdb.DuckDBPyConnection, local_time: str, say: Callable[[str], None]
) -> None:
    """Create every mart in the connection's current database from what the engine made of `raw_*`, `ref_*` and settings.

    `local_time` is DuckDB's SQL for the local time of a column `stamp`.
    """
    engine, work = elsewhere.engine, elsewhere.folder
    known = [Macro("local_time", ("stamp",), sqlglot.parse_one(local_time, dialect="duckdb"))]
    for name in _inputs(con):
        say(f"Handing over {name}")
        _hand_over(con, name, work / name)
    _check_room(work)
    for name in _inputs(con):
        engine.know(name, work / name)
    for path in queries_in_order(QUERIES / "staging"):
        engine.define(path.stem, _printed(path, engine.dialect, known))
    for path in queries_in_order(QUERIES / "marts"):
        say(f"{engine.version} makes {path.stem}")
        engine.write(_printed(path, engine.dialect, known), work / path.stem)
        engine.know(path.stem, work / path.stem)
        _bring_home(con, path, work / path.stem)


def _printed(path: Path, dialect: str, known: Iterable[Macro]) -> str:
    """A file's SELECT in the dialect. Without its order: rows are sorted when they come home."""
    tree = sqlglot.parse_one(statement(path), dialect="duckdb")
    tree.set("order", None)
    try:
        return in_dialect(tree, dialect, known)
    except DialectError as error:
        raise EngineError(f"{path}: {error}. Nothing was published.") from None


def _inputs(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Everything that staging and marts read and that is no mart."""
    names = con.execute(
        "select distinct table_name from information_schema.tables where table_schema = 'main' and "
        "(table_name similar to '(raw|ref)_.*' or table_name in ('city_settings', 'dim_places', 'dim_areas')) order by 1"
    ).fetchall()
    return [name for (name,) in names]


def _hand_over(con: duckdb.DuckDBPyConnection, name: str, folder: Path) -> None:
    """Write a table as Parquet. A time of day, which few engines know, goes as microseconds since midnight."""
    described = con.execute(f"describe {name}").fetchall()
    times = ", ".join(f'epoch_us("{column}") as "{column}"' for column, kind, *_ in described if kind == "TIME")
    con.execute(
        f"copy (select * {f'replace ({times})' if times else ''} from {name}) "
        f"to '{_quoted(folder)}' (format parquet, per_thread_output true)"
    )


def _check_room(work: Path) -> None:
    size = sum(each.stat().st_size for each in work.rglob("*.parquet"))
    free = shutil.disk_usage(work).free
    if free < ROOM * size:
        raise EngineError(
            f"{work}: has {free / 2**30:.1f} GiB free, and the engine may need {ROOM * size / 2**30:.1f} GiB for its own "
            "files. Free space, or name a larger folder in PUBLICSAFETY_ENGINE_FOLDER. Nothing was published."
        )


def _bring_home(con: duckdb.DuckDBPyConnection, path: Path, folder: Path) -> None:
    """Create the mart from the engine's Parquet, with the columns, types and order that DuckDB would give it.

    DuckDB makes the table from the same file without a row: the types are the file's, whoever counts.
    """
    con.execute(f"create or replace table {path.stem} as select * from ({statement(path)}) limit 0")
    columns = con.execute(f"describe {path.stem}").fetchall()
    given = {name: kind for name, kind, *_ in con.execute(f"describe from '{_quoted(folder)}/*.parquet'").fetchall()}
    missing = sorted(given.keys() ^ {name for name, *_ in columns})
    if missing:
        raise EngineError(f"{path}: the engine's answer differs in column {missing[0]}. Nothing was published.")
    listed = ", ".join(
        f"""cast("{name}" {"at time zone 'UTC'" if given[name].endswith("TIME ZONE") else ""} as {kind}) as "{name}\""""
        for name, kind, *_ in columns
    )
    order = _order_of(path)
    by = "order by " + ", ".join(f'"{each.this.name}"' for each in order.expressions) if order else ""
    con.execute(f"insert into {path.stem} select * from (select {listed} from '{_quoted(folder)}/*.parquet') {by}")


def _order_of(path: Path) -> exp.Order | None:
    """How a mart is sorted. Rows taken whole from another mart stay in its order, as DuckDB leaves them."""
    tree = sqlglot.parse_one(statement(path), dialect="duckdb")
    if isinstance(order := tree.args.get("order"), exp.Order):
        return order
    source = path.with_name(f"{min(relations_read(path))}.sql")
    return _order_of(source) if tree.is_star and source.exists() else None


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
