"""The released database files against the published tables: the same cells, the same numbers, and nothing besides.

What may be in a database is a list: schemas, tables, columns. Small tables are read in `stated` and `shapes`, the files
beside a database in `beside`.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb

from .beside import beside_findings
from .published import TOTAL, WITHHELD, Release, number
from .report import Finding
from .shapes import shape_findings
from .stated import stated_findings

AUDIENCES = ("public", "council")
NUMBERS = ("numerator", "denominator", "value", "n", "low", "high")
COLUMNS = {
    "catalogue": {"table_id", "metric", "grain", "period", "dimensions", "status", *NUMBERS},
    "tables": {"table_id", "metric", "title", "grain", "dimensions", "start", "end", "threshold", "note"},
    "definitions": {"metric", "card"},
    "labels": {"dimension", "title", "label", "parent"},
    "map_areas": {"area", "geojson"},
    "map_hexagons": {"h3", "geojson"},
    "map_city": {"geojson"},
    "dim_events": {"date", "title", "kind"},
    "dim_peers": {
        *("city", "team", "metric", "figure", "starts", "ends", "counts", "differs", "source", "address"),
    },
    "build_info": {"key", "value"},
    "release_info": {"key", "value"},
}
# What else can carry a number in a file of this engine: each is empty in a released database.
ELSEWHERE = {
    "view": "select schema_name || '.' || view_name from duckdb_views() where not internal",
    "macro": "select schema_name || '.' || function_name from duckdb_functions() where not internal",
    "sequence": "select schema_name || '.' || sequence_name from duckdb_sequences()",
    "type": "select schema_name || '.' || type_name from duckdb_types() where not internal",
    "index": "select schema_name || '.' || index_name from duckdb_indexes()",
    "constraint": "select table_name || ': ' || constraint_text from duckdb_constraints()",
    "comment": "select table_name from duckdb_tables() where comment is not null or cardinality(tags) > 0 union all "
    "select table_name || '.' || column_name from duckdb_columns() where comment is not null and not internal",
    "default": "select table_name || '.' || column_name from duckdb_columns() "
    "where column_default is not null and not internal",
}
Key = tuple[str, str, str, str, frozenset[tuple[str, str]]]
Cells = dict[Key, tuple[str, set[float]]]


def database_findings(warehouse: Path, releases: Sequence[Release]) -> list[Finding]:
    """Every table, number and file of the public and council databases that the releases do not publish.

    Builds that are still kept are read as well, each against the release that it names.
    """
    found: list[Finding] = []
    for audience in AUDIENCES:
        current = served(warehouse, audience)
        for path in sorted({*warehouse.glob(f"{audience}.*.duckdb"), *([current] if current else [])}):
            try:
                found += _database(path, releases, path == current)
            except (duckdb.Error, ValueError, TypeError, KeyError) as error:
                says = f"it cannot be read as a released database ({str(error).splitlines()[0]})"
                found.append(Finding("unreadable database", path.name, "", says))
        found += beside_findings(warehouse, audience)
    return found


def served(warehouse: Path, audience: str) -> Path | None:
    """The database file that an audience's pointer names, whether it is there or not; None where there is no pointer."""
    pointer = warehouse / f"{audience}.current"
    if not pointer.is_file():
        return None
    return warehouse / f"{audience}.{pointer.read_text(encoding='utf-8', errors='replace').strip()}.duckdb"


def _database(path: Path, releases: Sequence[Release], is_served: bool) -> Iterator[Finding]:
    with duckdb.connect(str(path), read_only=True) as connection:
        cursor = connection.cursor()
        names = [
            one[0]
            for one in cursor.execute("select table_name from duckdb_tables() where schema_name = 'main'").fetchall()
        ]
        release = releases[-1] if is_served else _release_of(cursor, names, releases)
        yield from _structure(cursor, path)
        rows = {name: _rows(cursor, name) for name in names if name in COLUMNS}
        yield from _catalogue(rows.get("catalogue", []), path, release)
        yield from stated_findings(rows, path, release, is_served)
        yield from shape_findings(rows, path, release)


def _release_of(cursor: duckdb.DuckDBPyConnection, names: Sequence[str], releases: Sequence[Release]) -> Release:
    """The release that an earlier build names; the latest where it names none that was published."""
    told = _rows(cursor, "release_info") if "release_info" in names else []
    stated = {str(row.get("value")) for row in told if row.get("key") == "number"}
    return next((one for one in releases if one.number in stated), releases[-1])


def _rows(cursor: duckdb.DuckDBPyConnection, name: str) -> list[dict[str, Any]]:
    answer = cursor.execute(f'select * from main."{name}"')
    columns = [one[0] for one in answer.description or ()]
    return [dict(zip(columns, line, strict=True)) for line in answer.fetchall()]


def _structure(cursor: duckdb.DuckDBPyConnection, path: Path) -> Iterator[Finding]:
    """Schemas, tables and columns that are on no list, and everything beside tables."""
    told = "select schema_name, table_name, column_name from duckdb_columns() where not internal order by all"
    views = {one for (one,) in cursor.execute(ELSEWHERE["view"]).fetchall()}
    for schema, table, column in cursor.execute(told).fetchall():
        where = table if schema == "main" else f"{schema}.{table}"
        if f"{schema}.{table}" in views:
            continue
        if schema != "main" or table not in COLUMNS:
            yield Finding(
                "table in a database", path.name, where, "is in a released database and no part of the release"
            )
        elif column not in COLUMNS[table]:
            yield Finding("column in a database", path.name, f"{table}.{column}", "is no part of the release")
    for kind, question in ELSEWHERE.items():
        for (name,) in cursor.execute(question).fetchall():
            says = f"is a {kind} in a released database and no part of the release"
            yield Finding("table in a database", path.name, str(name), says)


def _catalogue(rows: Sequence[dict[str, Any]], path: Path, release: Release) -> Iterator[Finding]:
    published = _published(release)
    before: dict[str, tuple[str, str]] = {}
    for row in rows:
        dimensions = json.loads(row["dimensions"] or "{}")
        chosen = frozenset((name, value) for name, value in dimensions.items() if value != TOTAL)
        key = (str(row["table_id"]), str(row["metric"]), str(row["grain"]), str(row["period"]), chosen)
        cell = f"{row['metric']}, {row['period']}, {dimensions}"
        given = {name: float(row[name]) for name in NUMBERS if row.get(name) is not None}
        place = (str(row["period"]), str(row["dimensions"]))
        if place < before.get(key[0], place):
            says = (
                "does not stand where its period and categories put it: an order of its own can follow hidden numbers"
            )
            yield Finding("sort order", path.name, cell, says)
        before[key[0]] = place
        if row["status"] == WITHHELD and given:
            yield Finding("withheld row with numbers", path.name, cell, f"the database holds {given}")
        elif key not in published:
            yield Finding("row in a database", path.name, cell, "is in the database and in no published table")
        else:
            yield from _differences(row, given, published[key], path, cell)


def _differences(
    row: dict[str, Any], given: dict[str, float], published: tuple[str, set[float]], path: Path, cell: str
) -> Iterator[Finding]:
    status, numbers = published
    if (row["status"] or "") != status:
        says = f"has the status {row['status']!r} and is published with {status!r}"
        yield Finding("mark", path.name, cell, says)
    for name, value in given.items():
        if not any(abs(value - other) < 1e-6 for other in numbers):
            yield Finding("number in a database", path.name, cell, f"{name} = {value:g} is in no published table")


def _published(release: Release) -> Cells:
    found: Cells = {}
    for table in release.tables:
        for row in table.rows:
            key = (table.name, table.metric, table.grain, row.period, frozenset(row.dimensions))
            shown = {one for text in row.numbers.values() if (one := number(text)) is not None}
            found[key] = (row.status, shown)
    return found
