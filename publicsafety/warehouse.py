"""The engine seam: opens an audience's one database file, locked, and answers in observations.

Nothing else in the app knows that the engine is DuckDB. On leadership a metric is counted live; on council and public
it is looked up among published cells, never added up.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import pandas as pd

from publicsafety.audience import Audience
from publicsafety.catalogue import look_up
from publicsafety.city import DATA
from publicsafety.counted import compose_row_count, compose_rows
from publicsafety.filters import Filters
from publicsafety.metrics import Metric, Query, check_fits, compose, registry
from publicsafety.observations import Coverage, Observations, complete, plain
from publicsafety.parts import smaller
from publicsafety.remembered import forget, remembered
from publicsafety.shapes import Shape, compose_shape, shapes

Answer = TypeVar("Answer")
BUILD_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
TABLES = re.compile(r"(load|dim|map)_\w+|hot_spots|build_info|release_info|definitions|labels|tables|catalogue")
NOT_SHOWN = ["person_key", "worker_key", "latitude", "longitude"]  # of rows: who it was, and exactly where
# The database wall: no file but this one is read or written, and nothing can lift that afterwards.
LOCKED: dict[str, Any] = {
    "enable_external_access": "false",
    "autoload_known_extensions": "false",
    "autoinstall_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",
    "memory_limit": "2GB",
    "max_temp_directory_size": "0GB",
    "max_execution_time": "60000",
    "threads": str(min(4, os.cpu_count() or 1)),
    "lock_configuration": "true",
}


class WarehouseError(RuntimeError):
    """There is no answer; the text is a sentence that says why and what to do."""


@dataclass(frozen=True)
class Warehouse:
    """One audience's open database file. It stays readable when a newer build replaces it on the disk."""

    folder: Path
    audience: Audience
    build_id: str
    as_of: date
    fiscal_year_starts: int
    info: Mapping[str, str] = field(repr=False, compare=False)
    names: frozenset[str] = field(repr=False, compare=False)  # tables of the file
    _connection: duckdb.DuckDBPyConnection = field(repr=False, compare=False)

    def __hash__(self) -> int:
        return hash((self.folder, self.audience, self.build_id))


_lock = threading.Lock()
_served: dict[tuple[Path, Audience], tuple[tuple[int, ...], Warehouse]] = {}


def open(audience: Audience, folder: Path | None = None) -> Warehouse:
    """The audience's current build. Cheap to call for every question: one `stat` while the pointer has not moved.

    `folder` is `PUBLICSAFETY_WAREHOUSE`, or data/warehouse, unless named. Raises WarehouseError.
    """
    place = Path(folder or os.environ.get("PUBLICSAFETY_WAREHOUSE") or DATA / "warehouse").resolve()
    pointer = place / f"{audience}.current"
    try:
        state = pointer.stat()
        stamp: tuple[int, ...] = (state.st_ino, state.st_mtime_ns, state.st_size)
    except OSError:
        stamp = ()
    with _lock:
        served = _served.get((place, audience))
        if served and served[0] == stamp:
            return served[1]
        warehouse = _open_current(place, audience, pointer, served[1] if served else None)
        _served[place, audience] = (stamp, warehouse)
        if served and served[1] is not warehouse:
            forget()
        return warehouse


def open_build(audience: Audience, build_id: str, folder: Path | None = None) -> Warehouse:
    """An earlier build that is still on the disk, to make a past document again. Raises WarehouseError."""
    place = Path(folder or os.environ.get("PUBLICSAFETY_WAREHOUSE") or DATA / "warehouse").resolve()
    found = _try_open(place / f"{audience}.{build_id}.duckdb", audience) if BUILD_ID.fullmatch(build_id) else None
    if found is None:
        kept = ", ".join(sorted(path.name.split(".")[1] for path in place.glob(f"{audience}.*.duckdb"))) or "none"
        raise WarehouseError(
            f"There is no whole {audience} database of build {build_id[:64]} in {place}. Builds there: {kept}."
        )
    return found


def open_file(audience: Audience, path: Path) -> Warehouse:
    """A database file wherever it is and whatever its name, such as one that is not published yet. Raises WarehouseError."""
    found = _read(path, audience, "")
    if found is None:
        raise WarehouseError(f"{path.name} is not a whole {audience} database. Make it again.")
    return found


def close(warehouse: Warehouse) -> None:
    """Let go of a file that `open_file` opened; what was answered stays answered."""
    warehouse._connection.close()


def _open_current(place: Path, audience: Audience, pointer: Path, served: Warehouse | None) -> Warehouse:
    """The build that the pointer names; where that is damaged, what is served already, or the newest whole file."""
    try:
        named = pointer.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        named = ""
    if served and served.build_id == named:
        return served
    paths = [place / f"{audience}.{named}.duckdb"] if BUILD_ID.fullmatch(named) else []
    newest_first = sorted(place.glob(f"{audience}.*.duckdb"), key=_age, reverse=True)
    for path in [*paths, *(each for each in newest_first if each not in paths)]:
        warehouse = _try_open(path, audience)
        if warehouse:
            return warehouse
    if served:
        return served
    verb = "build" if audience is Audience.LEADERSHIP else "release"
    raise WarehouseError(
        f"There is no database for the {audience} audience in {place}. Run `python -m publicsafety {verb}` first."
    )


def _age(path: Path) -> tuple[int, str]:
    try:
        return path.stat().st_mtime_ns, path.name
    except OSError:
        return 0, path.name


def _try_open(path: Path, audience: Audience) -> Warehouse | None:
    """Open a file that is what its manifest says; None when it is missing, damaged or no database of ours."""
    build_id = path.name.removeprefix(f"{audience}.").removesuffix(".duckdb")
    if not BUILD_ID.fullmatch(build_id) or not _is_whole(path):
        return None
    return _read(path, audience, build_id)


def _read(path: Path, audience: Audience, build_id: str) -> Warehouse | None:
    """Open a database file; without a build id it is the one that the file names."""
    try:
        connection = duckdb.connect(str(path), read_only=True, config=LOCKED)
        names = frozenset(
            name for (name,) in connection.cursor().execute("select table_name from duckdb_tables()").fetchall()
        )
        info = dict(connection.cursor().execute("select key, value from build_info").fetchall())
        city = json.loads(info.get("city") or "{}")
        return Warehouse(
            path.parent,
            audience,
            build_id or info["build_id"],
            date.fromisoformat(info["as_of"]),
            int(city.get("fiscal_year_starts", 7)),
            info,
            names,
            connection,
        )
    except (duckdb.Error, KeyError, ValueError, TypeError):
        return None


def _is_whole(path: Path) -> bool:
    """Whether the file has the size and digest of its manifest; a file without a manifest is taken as it is."""
    try:
        manifest = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return path.is_file()
    except (OSError, ValueError):
        return False
    try:
        if path.stat().st_size != manifest["size"]:
            return False
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == manifest["sha256"]
    except (OSError, KeyError, TypeError):
        return False


def run(warehouse: Warehouse, metric_name: str, filters: Filters) -> Observations:
    """A metric's observations. Raises WarehouseError for an unknown metric, FilterError for filters that do not fit."""
    metric = _metric(metric_name)
    check_fits(metric, filters)
    if warehouse.audience is Audience.LEADERSHIP:
        return _counted(warehouse, metric, filters)
    return _looked_up(warehouse, metric, filters)


@remembered(512)
def _counted(warehouse: Warehouse, metric: Metric, filters: Filters) -> Observations:
    counted = _of_area(warehouse, metric, filters)
    if counted is None:
        counted = _rows(warehouse, _composed(warehouse, metric, filters))
    rows = complete(metric, filters, counted, coverage(warehouse, metric.table), warehouse.fiscal_year_starts)
    return Observations(metric, filters, warehouse.build_id, warehouse.as_of, rows, warehouse.audience)


def _of_area(warehouse: Warehouse, metric: Metric, filters: Filters) -> list[dict[str, Any]] | None:
    """What the statement of a filter on one area gives, taken from that of all areas; None where that would be much to ask.

    Who looks at one area looks at the next, and of a small statement DuckDB's planning takes longer than its rows.
    """
    others = tuple(name for name in filters.by if name != "area")
    is_much = (len(others) > 1 and others != ("weekday", "hour")) or filters.grain in ("day", "week")
    match filters.where:
        case (("area", (area,)),) if not is_much:
            rows = _by_area(warehouse, metric, replace(filters, by=(*others, "area"), where=())).get(area)
            if rows is None or "area" not in filters.by:
                return rows
            # Of one area alone the total is what the area has.
            return [
                row | named for named in ({"area": area, "all_area": 0}, {"area": None, "all_area": 1}) for row in rows
            ]
    return None


@remembered(64)
def _by_area(warehouse: Warehouse, metric: Metric, filters: Filters) -> dict[str, list[dict[str, Any]]]:
    """A composed metric's rows of each area, without their area."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in _rows(warehouse, _composed(warehouse, metric, filters)):
        area, is_total = row.pop("area"), row.pop("all_area")
        if not is_total:
            found.setdefault(area, []).append(row)
    return found


def _composed(warehouse: Warehouse, metric: Metric, filters: Filters) -> Query:
    query = compose(metric, filters, warehouse.fiscal_year_starts)
    return replace(query, sql=smaller(query.sql, metric.mart, warehouse.names))


def statement(warehouse: Warehouse, name: str, filters: Filters) -> Query:
    """The statement that gives the answer of `run` or `chart` for a metric's or a chart's name, leadership only.

    Raises WarehouseError and FilterError.
    """
    if name in shapes():
        return compose_shape(shapes()[name], filters, warehouse.names)
    return _composed(warehouse, _metric(name), filters)


@remembered(512)
def _looked_up(warehouse: Warehouse, metric: Metric, filters: Filters) -> Observations:
    cells = look_up(_cells(warehouse, metric.name), filters, warehouse.fiscal_year_starts)
    extras = {"median": "value"} if metric.kind == "median" and "median" in metric.extras else {}
    given = [cell | {extra: cell.get(column) for extra, column in extras.items()} for cell in cells]
    rows = plain(metric, filters, given)
    return Observations(metric, filters, warehouse.build_id, warehouse.as_of, rows, warehouse.audience)


@remembered(128)
def _cells(warehouse: Warehouse, metric_name: str) -> tuple[dict[str, Any], ...]:
    """Every published cell of a metric."""
    columns = "grain, period, dimensions, numerator, denominator, value, n, low, high, status"
    frame = _frame(warehouse, Query(f"select {columns} from catalogue where metric = $metric", {"metric": metric_name}))
    return tuple(
        {str(name): cell for name, cell in row.items()} | {"dimensions": json.loads(row["dimensions"] or "{}")}
        for row in frame.astype("object").where(frame.notna(), None).to_dict("records")
    )


@remembered(64)
def coverage(warehouse: Warehouse, table_name: str) -> Coverage:
    """Which months an export covers."""
    query = Query(
        'select month, status, is_before_service from dim_coverage where "table" = $table_name',
        {"table_name": table_name},
    )
    rows = _frame(warehouse, query).itertuples(index=False, name=None)
    return Coverage(
        warehouse.as_of, {pd.Timestamp(month).date(): (status, bool(before)) for month, status, before in rows}
    )


def chart(warehouse: Warehouse, name: str, filters: Filters) -> pd.DataFrame:
    """The rows of queries/charts/<name>.sql, leadership only. Raises WarehouseError and FilterError."""
    charts = shapes()
    if name not in charts:
        raise WarehouseError(f"There is no chart '{name}'. There are: {', '.join(charts)}.")
    if warehouse.audience is not Audience.LEADERSHIP:
        raise WarehouseError("This chart is drawn from single records, which this database does not hold.")
    return _frame(warehouse, compose_shape(charts[name], filters, warehouse.names))


def rows(warehouse: Warehouse, name: str, filters: Filters, limit: int = 1000) -> pd.DataFrame:
    """The latest rows behind a metric or a chart, leadership only: no person key and no exact point.

    Raises WarehouseError and FilterError.
    """
    if warehouse.audience is not Audience.LEADERSHIP:
        raise WarehouseError("This database does not hold single records.")
    return _frame(warehouse, compose_rows(_counts(name), filters, limit)).drop(columns=NOT_SHOWN, errors="ignore")


def row_count(warehouse: Warehouse, name: str, filters: Filters) -> int:
    """How many rows are behind a metric or a chart, however many `rows` lists; leadership only.

    Raises WarehouseError and FilterError.
    """
    if warehouse.audience is not Audience.LEADERSHIP:
        raise WarehouseError("This database does not hold single records.")
    return int(_rows(warehouse, compose_row_count(_counts(name), filters))[0]["n"])


def _counts(name: str) -> Metric | Shape:
    return shapes()[name] if name in shapes() else _metric(name)


def table(warehouse: Warehouse, name: str) -> pd.DataFrame:
    """A whole table of reference, load or release information. Raises WarehouseError for any other name."""
    if name not in warehouse.names or not TABLES.fullmatch(name):
        known = sorted(each for each in warehouse.names if TABLES.fullmatch(each))
        raise WarehouseError(f"There is no table '{name}' to show. There are: {', '.join(known)}.")
    return _frame(warehouse, Query(f'select * from "{name}"', {}))


def _metric(name: str) -> Metric:
    known = registry()
    if name not in known:
        raise WarehouseError(f"There is no metric '{name}'. There are: {', '.join(known)}.")
    return known[name]


def _frame(warehouse: Warehouse, query: Query) -> pd.DataFrame:
    """The answer of one statement as a frame. Raises WarehouseError."""
    return _ask(warehouse, query, lambda cursor: cursor.df())


def _rows(warehouse: Warehouse, query: Query) -> list[dict[str, Any]]:
    """The answer of one statement as plain rows: for few of them quicker than a frame. Raises WarehouseError."""

    def read(cursor: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    return _ask(warehouse, query, read)


def _ask(warehouse: Warehouse, query: Query, read: Callable[[duckdb.DuckDBPyConnection], Answer]) -> Answer:
    """Run one statement on a cursor of its own: connections are not safe between threads, cursors are."""
    cursor = warehouse._connection.cursor()
    try:
        return read(cursor.execute(query.sql, dict(query.parameters) or None))
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise WarehouseError(
            f"The database of build {warehouse.build_id} could not answer: {reason}. "
            "Build again; what was served stays."
        ) from error
    finally:
        cursor.close()
