"""A tiny leadership database from rows given in a test: raw rows in, the real staging, marts and metrics on top."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import yaml

from publicsafety.pipeline.statements import create_statements

ROOT = Path(__file__).resolve().parents[1]
TYPES = {"string": "varchar", "integer": "bigint", "number": "double", "boolean": "boolean", "datetime": "timestamp"}
Rows = Iterable[Mapping[str, Any]]
REFERENCE = {
    "natures": (
        "label varchar, nature varchar, nature_group varchar, eligible boolean, sensitive boolean",
        [
            ("WELFARE CK", "Well-being check", "Well-being", True, False),
            ("Mental health crisis", "Mental-health crisis", "Mental health", True, True),
            ("Burglary", "Burglary", "Crime", False, False),
            ("Needle pickup", "Needle pickup", "Needle pickup", False, False),
        ],
    ),
    "dispositions": (
        "label varchar, disposition varchar, is_transport boolean, is_follow_up boolean",
        [("TRANSPORT", "Transported", True, False), ("FOLLOW UP", "Follow-up arranged", False, True)],
    ),
    "partners": (
        "label varchar, partner varchar, partner_group varchar, sensitive boolean",
        [("Sobering/Detox", "Sobering or detox", "Health", True), ("First Step", "First Step", "Outreach", False)],
    ),
    "needs": ("label varchar, need varchar", [("housing", "Housing search"), ("food", "Food")]),
    "events": ("date date, title varchar, kind varchar", [("2024-07-01", "9-1-1 response begins", "launch")]),
    "peers": (
        "city varchar, team varchar, metric varchar, figure varchar, starts date, ends date, counts varchar, differs varchar, source varchar, address varchar",
        [
            (
                "Elsewhere",
                "Team",
                "care_responses",
                "383 calls",
                "2021-02-16",
                "2021-08-15",
                "Calls.",
                "A pilot.",
                "Radio",
                "https://example.org/",
            )
        ],
    ),
}
SETTINGS = {
    "timezone": "America/New_York",
    "opens": "09:00",
    "closes": "21:00",
    "days": ["Mon", "Tue", "Wed", "Thu", "Fri"],
    "calls_since": "2024-07-01",
    "needle_pickups_since": "2024-02-01",
    "response_minutes_max": 240.0,
    "time_on_task_minutes_max": 720.0,
    "fiscal_year_starts": 7,
}
_AS_OF = [
    ("calls", "received_at"),
    ("pickups", "reported_at"),
    ("cases", "opened_at"),
    ("services", "served_at"),
    ("referrals", "sent_at"),
]


def build_small(folder: Path, raw: Mapping[str, Rows], *, build_id: str = "small", as_of: str | None = None,
                places: Rows = (), areas: Rows = ()) -> Path:  # fmt: skip
    """Write `<folder>/leadership.<build_id>.duckdb` from raw rows by table, point to it, and say where it is.

    Times are UTC as in `raw_*`; columns left out are null. `as_of` defaults to the latest stamp, as in a build.
    `places` are rows of dim_places, `areas` of dim_areas.
    """
    path = folder / f"leadership.{build_id}.duckdb"
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as con:
        load_raw(con, raw, as_of=as_of, places=places, areas=areas)
        for sql in create_statements():
            con.execute(sql)
        last = con.execute("select cast(as_of as varchar) from city_settings").fetchall()[0][0]
        con.execute("create table build_info (key varchar, value varchar)")
        city = json.dumps({"fiscal_year_starts": SETTINGS["fiscal_year_starts"]})
        con.executemany(
            "insert into build_info values (?, ?)",
            [("build_id", build_id), ("as_of", last), ("city", city), ("synthetic", "true")],
        )
        for (name,) in con.execute(
            "select table_name from duckdb_tables() where table_name similar to '(raw|ref)_.*|city_settings'"
        ).fetchall():
            con.execute(f"drop table {name}")
    (folder / "leadership.current").write_text(build_id + "\n")
    return path


def load_raw(
    con: duckdb.DuckDBPyConnection,
    raw: Mapping[str, Rows],
    *,
    as_of: str | None = None,
    places: Rows = (),
    areas: Rows = (),
) -> None:
    """Create what the marts read: raw tables by the schemas, reference tables, settings, places and areas."""
    con.execute("create or replace macro local_time(utc) as (utc at time zone 'UTC' at time zone 'America/New_York')")
    for schema_path in sorted((ROOT / "data" / "schemas").glob("*.yaml")):
        schema = yaml.safe_load(schema_path.read_text())
        columns = {field["name"]: TYPES[field["type"]] for field in schema["fields"]} | {
            "file": "varchar",
            "line": "bigint",
        }
        _table(
            con,
            f"raw_{schema['name']}",
            columns,
            [{"file": "given", "line": i + 2, **row} for i, row in enumerate(raw.get(schema["name"], ()))],
        )
    for name, (columns_text, rows) in REFERENCE.items():
        columns = dict(each.split() for each in columns_text.split(", "))
        _table(con, f"ref_{name}", columns, [dict(zip(columns, row, strict=True)) for row in rows])
    place_columns = {"latitude": "double", "longitude": "double", "area": "varchar", "park": "varchar", "place_kind": "varchar",
                     "h3_8": "varchar", "h3_9": "varchar", "is_outside": "boolean"}  # fmt: skip
    _table(con, "dim_places", place_columns, places)
    _table(con, "dim_areas", {"area": "varchar", "area_group": "varchar", "km2": "double"}, areas)
    stamps = " union all ".join(f"select max({stamp}) as stamp from raw_{table}" for table, stamp in _AS_OF)
    con.execute(
        f"""create or replace table city_settings as
        select $timezone as timezone, $opens::time as opens, $closes::time as closes, $days::varchar[] as days,
            $calls_since::date as calls_since, $needle_pickups_since::date as needle_pickups_since,
            $response_minutes_max as response_minutes_max, $time_on_task_minutes_max as time_on_task_minutes_max,
            $fiscal_year_starts::integer as fiscal_year_starts,
            coalesce($as_of::date, (select cast(local_time(max(stamp)) as date) from ({stamps})), date '2024-12-31') as as_of""",
        {**SETTINGS, "as_of": as_of},
    )


def _table(con: duckdb.DuckDBPyConnection, name: str, columns: Mapping[str, str], rows: Rows) -> None:
    con.execute(f"create or replace table {name} ({', '.join(f'{column} {kind}' for column, kind in columns.items())})")
    for row in rows:
        unknown = set(row) - set(columns)
        if unknown:
            raise ValueError(f"{name} has no column {', '.join(sorted(unknown))}")
        con.execute(f"insert into {name} ({', '.join(row)}) values ({', '.join('?' * len(row))})", list(row.values()))
