"""The released database files against the published tables: the same cells, the same numbers, and nothing besides."""

import json
from collections.abc import Iterator
from pathlib import Path

import duckdb

from .published import TOTAL, WITHHELD, Release, number
from .report import Finding
from .texts import catalogue_numbers, text_leaks

AUDIENCES = ("public", "council")
TABLES = {
    *("catalogue", "tables", "definitions", "labels", "build_info", "release_info"),
    *("map_areas", "map_hexagons", "map_city", "map_parks", "dim_events", "dim_peers"),
}
COLUMNS = {
    *("table_id", "metric", "grain", "period", "dimensions", "status"),
    *("numerator", "denominator", "value", "n", "low", "high"),
}
SETTINGS = {
    *("license", "city", "build_id", "as_of", "through", "next_release", "number", "cells", "cells_withheld"),
    *("lag_days", "least_median", "threshold_events", "threshold_people"),
}
NUMBERS = ("numerator", "denominator", "value", "n", "low", "high")
Key = tuple[str, str, str, frozenset[tuple[str, str]]]


def database_findings(warehouse: Path, release: Release) -> list[Finding]:
    """Every table and number in the public and council databases that the release does not publish."""
    found: list[Finding] = []
    for audience in AUDIENCES:
        pointer = warehouse / f"{audience}.current"
        if pointer.is_file():
            path = warehouse / f"{audience}.{pointer.read_text(encoding='utf-8').strip()}.duckdb"
            try:
                found += _database(path, release)
            except duckdb.Error as error:
                says = f"{pointer.name} names it and it cannot be read ({str(error).splitlines()[0]})"
                found.append(Finding("unreadable database", path.name, "", says))
    return found


def _database(path: Path, release: Release) -> Iterator[Finding]:
    with duckdb.connect(str(path), read_only=True) as connection:
        names = [
            row[0] for row in connection.cursor().execute("select table_name from information_schema.tables").fetchall()
        ]
        for name in names:
            if name not in TABLES:
                yield Finding(
                    "table in a database", path.name, name, "is in a released database and no part of the release"
                )
        if "catalogue" in names:
            yield from _catalogue(connection, path, release)
        yield from _places(connection, path, release, names)
        yield from _words(connection, path, release, names)


def _catalogue(connection: duckdb.DuckDBPyConnection, path: Path, release: Release) -> Iterator[Finding]:
    published = _published(release)
    cursor = connection.cursor().execute("select * from catalogue")
    columns = [one[0] for one in cursor.description or ()]
    for name in set(columns) - COLUMNS:
        yield Finding("column in a database", path.name, f"catalogue.{name}", "is no part of the release")
    for values in cursor.fetchall():
        row = dict(zip(columns, values, strict=True))
        dimensions = json.loads(row["dimensions"] or "{}")
        chosen = frozenset((name, value) for name, value in dimensions.items() if value != TOTAL)
        key = (row["metric"], row["grain"], str(row["period"]), chosen)
        cell = f"{row['metric']}, {row['period']}, {dimensions}"
        given = {name: float(row[name]) for name in columns if name in NUMBERS and row[name] is not None}
        if row["status"] == WITHHELD and given:
            yield Finding("withheld row with numbers", path.name, cell, f"the database holds {given}")
        elif key not in published:
            yield Finding("row in a database", path.name, cell, "is in the database and in no published table")
        else:
            for name, value in given.items():
                if not any(abs(value - other) < 1e-6 for other in published[key]):
                    yield Finding(
                        "number in a database", path.name, cell, f"{name} = {value:g} is in no published table"
                    )


def _published(release: Release) -> dict[Key, set[float]]:
    found: dict[Key, set[float]] = {}
    for table in release.tables:
        for row in table.rows:
            key = (table.metric, table.grain, row.period, frozenset(row.dimensions))
            found.setdefault(key, set()).update(
                shown for text in row.numbers.values() if (shown := number(text)) is not None
            )
    return found


def _places(connection: duckdb.DuckDBPyConnection, path: Path, release: Release, names: list[str]) -> Iterator[Finding]:
    """Hexagons and categories that no row shows: a shape without a number says that somebody was there."""
    shown = {value for table in release.tables for row in table.rows for _, value in row.dimensions}
    dimensions = {name for table in release.tables for name in table.dimensions}
    if "map_hexagons" in names:
        for (cell,) in connection.cursor().execute("select h3 from map_hexagons order by all").fetchall():
            if cell not in shown:
                yield Finding("shape in a database", path.name, str(cell), "is a hexagon that no published row names")
    if "labels" in names:
        for dimension, label in (
            connection.cursor().execute("select dimension, label from labels order by all").fetchall()
        ):
            if dimension in dimensions and label not in shown:
                yield Finding("label in a database", path.name, f"{dimension} = {label}", "is in no published row")


def _words(connection: duckdb.DuckDBPyConnection, path: Path, release: Release, names: list[str]) -> Iterator[Finding]:
    """Numbers in what the database says about itself: how many rows were loaded, what was suppressed and why."""
    numbers = catalogue_numbers([release])
    allowed = {str(table.threshold) for table in release.tables} | {release.number}
    for name in ("build_info", "release_info"):
        if name in names:
            for key, value in connection.cursor().execute(f"select key, value from {name} order by all").fetchall():
                if key == "datapackage":
                    if value != (Path(release.folder) / "datapackage.json").read_text(encoding="utf-8"):
                        says = "is not the datapackage.json of the release"
                        yield Finding("text in a database", path.name, f"{name}.{key}", says)
                elif key not in SETTINGS:
                    for leak in text_leaks(str(value), numbers, allowed):
                        says = f"{leak.number!r} is in no published table (… {leak.around} …)"
                        yield Finding("number in a database", path.name, f"{name}.{key}", says)
