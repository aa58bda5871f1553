"""Council databases of invented towns, written table by table as docs/release-format.md describes them."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from publicsafety.briefing import open_database
from publicsafety.metrics import registry
from publicsafety.released import ReleasedDatabase
from publicsafety.statistics import wilson_interval

CITY: dict[str, Any] = {
    "name": "Testville", "department": "Department of Care", "team": "Care Team", "timezone": "America/New_York", "product": "Community Safety",
    "map": {"center": [42.37, -71.11], "zoom": 12, "tiles": "", "bounds": None}, "fiscal_year_starts": 7, "contact": "care@example.org", "website": "", "state": "",
    "language": "en", "service": {"days": ["Mon", "Tue"], "opens": "09:00:00", "closes": "21:00:00", "needle_pickups_since": None, "calls_since": None},
    "limits": {"quarantine_share": 0.05, "response_minutes_max": 240, "time_on_task_minutes_max": 720}, "targets": {},
}  # fmt: skip
TABLES = """
create table catalogue (table_id varchar, metric varchar, grain varchar, period varchar, dimensions varchar,
    numerator bigint, denominator bigint, value double, n bigint, low double, high double, status varchar);
create table definitions (metric varchar, card varchar);
create table labels (dimension varchar, title varchar, label varchar, parent varchar);
create table map_areas (area varchar, geojson varchar);
create table map_hexagons (h3 varchar, geojson varchar);
create table map_city (geojson varchar);
create table build_info (key varchar, value varchar);
create table release_info (key varchar, value varchar);
"""


@dataclass(frozen=True)
class Cell:
    """One cell of the catalogue, by the parts that matter."""

    metric: str
    period: str
    value: float | None = None
    grain: str = "year"
    dimensions: tuple[tuple[str, str], ...] = ()
    of: int | None = None
    status: str = ""
    n: int | None = None


def count(metric: str, value: int | None, period: str = "2024-01-01", **more: Any) -> Cell:
    return Cell(metric, period, value, **({"status": "c"} if value is None else {}), **more)


def rate(metric: str, numerator: int | None, of: int | None, period: str = "2024-01-01", **more: Any) -> Cell:
    return Cell(metric, period, numerator, of=of, **({"status": "c"} if numerator is None else {}), **more)


def split(
    metric: str, dimension: str, values: Mapping[str, int | None], period: str = "2024-01-01", grain: str = "year"
) -> list[Cell]:
    """A table by one dimension: its categories and their total."""
    total = sum(value or 0 for value in values.values())
    rows = [
        count(metric, value, period, grain=grain, dimensions=((dimension, label),)) for label, value in values.items()
    ]
    return [*rows, count(metric, total, period, grain=grain, dimensions=((dimension, "All"),))]


def write(folder: Path, cells: Iterable[Cell], build_id: str = "town1", **settings: Any) -> ReleasedDatabase:
    """A council database with these cells, opened as the briefing opens it. `settings` change the city."""
    cells = list(cells)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"council.{build_id}.duckdb"
    path.unlink(missing_ok=True)
    metrics = registry()
    city = json.loads(json.dumps(CITY)) | settings
    square = json.dumps(
        {
            "type": "Polygon",
            "coordinates": [[[-71.2, 42.3], [-71.0, 42.3], [-71.0, 42.4], [-71.2, 42.4], [-71.2, 42.3]]],
        }
    )
    labels = sorted(
        {(name, label) for cell in cells for name, label in cell.dimensions}
        - {(name, "All") for cell in cells for name, _ in cell.dimensions}
    )
    with duckdb.connect(str(path)) as con:
        con.execute(TABLES)
        _insert(con, "catalogue", [_row(cell) for cell in cells])
        _insert(con, "definitions", [(name, _card(metrics[name])) for name in sorted({cell.metric for cell in cells})])
        _insert(con, "labels", [(name, name.replace("_", " ").capitalize(), label, "") for name, label in labels])
        _insert(con, "map_areas", [(label, square) for name, label in labels if name == "area"])
        _insert(con, "map_hexagons", [(label, square) for name, label in labels if name == "h3"])
        _insert(con, "map_city", [(square,)])
        _insert(
            con,
            "build_info",
            [
                ("build_id", build_id),
                ("as_of", "2026-06-30"),
                ("audience", "council"),
                ("city", json.dumps(city)),
                ("synthetic", "false"),
            ],
        )
        _insert(
            con,
            "release_info",
            [
                ("number", "3"),
                ("through", "2026-06-30"),
                ("title", "Figures"),
                ("threshold_events", "5"),
                ("threshold_people", "11"),
                ("lag_days", "30"),
            ],
        )
    (folder / "council.current").write_text(build_id)
    return open_database(folder)


def year(value: int = 2024) -> tuple[date, date]:
    return date(value, 1, 1), date(value, 12, 31)


def _card(metric: Any) -> str:
    from publicsafety.pipeline.release.write import card

    return card(metric)


def _row(cell: Cell) -> tuple[Any, ...]:
    table = f"{cell.metric}_by_{cell.grain}" + "".join(f"_and_{name}" for name, _ in cell.dimensions)
    key = (table, cell.metric, cell.grain, cell.period, json.dumps(dict(cell.dimensions), ensure_ascii=False))
    if cell.value is None:
        return (*key, None, None, None, None, None, None, cell.status)
    if cell.of is not None:
        low, high = wilson_interval(cell.value, cell.of) or (None, None)
        return (*key, int(cell.value), cell.of, cell.value / cell.of, cell.of, low, high, cell.status)
    return (
        *key,
        None if cell.n else int(cell.value),
        None,
        cell.value,
        cell.n or int(cell.value),
        None,
        None,
        cell.status,
    )


def _insert(con: duckdb.DuckDBPyConnection, table: str, rows: list[tuple[Any, ...]]) -> None:
    if rows:
        con.executemany(f"insert into {table} values ({', '.join('?' * len(rows[0]))})", rows)
