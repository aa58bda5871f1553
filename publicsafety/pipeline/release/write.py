"""The public and council database files: the catalogue, definitions, labels and boundaries, and nothing else."""

import json
from collections.abc import Sequence
from dataclasses import fields
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from publicsafety.metrics import Metric
from publicsafety.periods import next_period
from publicsafety.pipeline.release.catalogue import Published
from publicsafety.pipeline.release.opendata import Edition, next_release
from publicsafety.pipeline.release.policy import Policy

CREATE = """
create table catalogue (table_id varchar, metric varchar, grain varchar, period varchar, dimensions varchar,
    numerator bigint, denominator bigint, value double, n bigint, low double, high double, status varchar);
create table tables (table_id varchar, metric varchar, title varchar, grain varchar, dimensions varchar[],
    start date, "end" date, threshold integer, note varchar);
create table definitions (metric varchar, card varchar);
create table labels (dimension varchar, title varchar, label varchar, parent varchar);
create table map_areas (area varchar, geojson varchar);
create table map_hexagons (h3 varchar, geojson varchar);
create table map_city (geojson varchar);
create table dim_events (date date, title varchar, kind varchar);
create table dim_peers (city varchar, team varchar, metric varchar, figure varchar, starts date, ends date, counts varchar,
    differs varchar, source varchar, address varchar);
create table build_info (key varchar, value varchar);
create table release_info (key varchar, value varchar);
"""


def write_database(
    path: Path,
    source: duckdb.DuckDBPyConnection,
    policy: Policy,
    edition: Edition,
    tables: Sequence[Published],
    audience: str,
    build_id: str,
    package: bytes = b"",
) -> dict[str, int]:
    """Write one audience's database from nothing; rows of each table. No private file is ever attached to it.

    `package` is the release's datapackage.json, which the open-data page offers as it is.
    """
    told = _release_info(policy, edition, tables) | ({"datapackage": package.decode()} if package else {})
    rows: dict[str, list[tuple[Any, ...]]] = {
        "catalogue": [each for published in tables for each in _catalogue(published)],
        "tables": [_table(published) for published in tables],
        "definitions": [
            (name, card(policy.metrics[name])) for name in sorted({published.table.metric for published in tables})
        ],
        "labels": _labels(policy, edition, tables),
        "map_areas": _areas(source),
        "map_hexagons": _hexagons(source, policy, tables),
        "map_city": source.cursor().execute("select geojson from map_city").fetchall(),
        "dim_events": _events(source, edition),
        "dim_peers": _peers(source),
        "build_info": sorted(_build_info(edition, audience, build_id).items()),
        "release_info": sorted(told.items()),
    }
    path.unlink(missing_ok=True)
    con = duckdb.connect(str(path))
    try:
        con.execute(CREATE)
        for name, content in rows.items():
            columns = [told[0] for told in con.execute(f'select * from "{name}" limit 0').description]
            con.register("frame_in", pd.DataFrame(content, columns=columns, dtype=object))
            con.execute(f'insert into "{name}" select * from frame_in')
            con.unregister("frame_in")
        con.execute("checkpoint")
    finally:
        con.close()
    return {name: len(content) for name, content in rows.items()}


def _events(source: duckdb.DuckDBPyConnection, edition: Edition) -> list[tuple[Any, ...]]:
    """Launches and changes of hours up to the released period, which the department has announced itself."""
    known = source.cursor().execute("select count(*) from duckdb_tables() where table_name = 'dim_events'").fetchall()
    if not known[0][0]:
        return []
    return (
        source.cursor()
        .execute("select date, title, kind from dim_events where date <= $1 order by all", [edition.through])
        .fetchall()
    )


def _peers(source: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    """What other cities have published of themselves; a build that came before the table has none."""
    known = source.cursor().execute("select count(*) from duckdb_tables() where table_name = 'dim_peers'").fetchall()
    if not known[0][0]:
        return []
    return source.cursor().execute("select * from dim_peers order by all").fetchall()


def _catalogue(published: Published) -> list[tuple[Any, ...]]:
    table = published.table
    found = []
    for row in published.rows:
        named = json.dumps(dict(zip(table.dimensions, row.dimensions, strict=True)), ensure_ascii=False)
        found.append(
            (
                table.id,
                table.metric,
                table.grain,
                row.period,
                named,
                row.numerator,
                row.denominator,
                row.value,
                row.n,
                row.low,
                row.high,
                row.status,
            )
        )
    return sorted(found, key=lambda entry: (entry[3], entry[4]))


def _table(published: Published) -> tuple[Any, ...]:
    table = published.table
    periods = sorted({row.period for row in published.rows})
    start = date.fromisoformat(periods[0]) if periods else None
    end = last_day(date.fromisoformat(periods[-1]), table.grain) if periods else None
    return (
        table.id,
        table.metric,
        table.title,
        table.grain,
        list(table.dimensions),
        start,
        end,
        published.threshold,
        published.note,
    )


def last_day(first: date, grain: str) -> date:
    return next_period(first, grain) - timedelta(days=1)


def card(metric: Metric) -> str:
    """A metric's definition as JSON: the card behind each number."""
    told = {each.name: getattr(metric, each.name) for each in fields(metric) if each.name != "path"}
    return json.dumps(told, default=str, ensure_ascii=False)


def _labels(policy: Policy, edition: Edition, tables: Sequence[Published]) -> list[tuple[Any, ...]]:
    """Every published category, its dimension's title, and the category of the parent dimension it adds up to."""
    parents = {
        (entry["child"], label): parent for entry in edition.hierarchies for label, parent in entry["map"].items()
    }
    found = set()
    for published in tables:
        for place, name in enumerate(published.table.dimensions):
            for label in {row.dimensions[place] for row in published.rows} - {"All"}:
                found.add((name, policy.dimensions[name].title, label, parents.get((name, label), "")))
    return sorted(found)


def _used(tables: Sequence[Published], policy: Policy, columns: tuple[str, ...]) -> list[str]:
    found = set()
    for published in tables:
        for place, name in enumerate(published.table.dimensions):
            if policy.dimensions[name].column in columns:
                found |= {row.dimensions[place] for row in published.rows}
    return sorted(found)


def _areas(source: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    return source.cursor().execute("select area, geojson from map_areas order by area").fetchall()


def _hexagons(source: duckdb.DuckDBPyConnection, policy: Policy, tables: Sequence[Published]) -> list[tuple[Any, ...]]:
    """Only the hexagons that a table shows: the others would say where something happened."""
    shown = _used(tables, policy, ("h3_8", "h3_9"))
    return (
        source.cursor()
        .execute("select h3, geojson from map_hexagons where h3 in (select unnest($1::varchar[])) order by h3", [shown])
        .fetchall()
    )


def _build_info(edition: Edition, audience: str, build_id: str) -> dict[str, str]:
    city = json.dumps(edition.city, ensure_ascii=False)
    return {
        "build_id": build_id,
        "audience": audience,
        "as_of": edition.through.isoformat(),
        "city": city,
        "synthetic": str(edition.synthetic).lower(),
    }


def _release_info(policy: Policy, edition: Edition, tables: Sequence[Published]) -> dict[str, str]:
    rows = [row for published in tables for row in published.rows]
    return {
        "number": str(edition.number),
        "through": edition.through.isoformat(),
        "next_release": next_release(edition, policy.rules.lag_days).isoformat(),
        "title": policy.title,
        "description": policy.description,
        "license": policy.license,
        "threshold_events": str(policy.rules.events),
        "threshold_people": str(policy.rules.people),
        "least_median": str(policy.rules.median),
        "lag_days": str(policy.rules.lag_days),
        "cells": str(len(rows)),
        "cells_withheld": str(sum(row.status == "c" for row in rows)),
    }
