"""What is loaded and still worth a look: clocks set back, stamps out of order, points that cannot be."""

from __future__ import annotations

import duckdb

from publicsafety.pipeline import zones
from publicsafety.pipeline.columns import Column, Setting
from publicsafety.pipeline.readers.grid import Loaded

MOST_WARNINGS = 1000  # rows of one kind of warning per file that are listed one by one
ORDERED = {
    "calls": (("received_at", "dispatched_at"), ("dispatched_at", "on_scene_at"), ("on_scene_at", "cleared_at"),
              ("received_at", "on_scene_at"), ("received_at", "cleared_at")),
    "unit_responses": (("dispatched_at", "on_scene_at"), ("on_scene_at", "cleared_at"), ("received_at", "dispatched_at")),
    "pickups": (("reported_at", "closed_at"),),
    "referrals": (("sent_at", "connected_at"), ("sent_at", "completed_at")),
}  # fmt: skip


def warn_of(
    con: duckdb.DuckDBPyConnection, columns: list[Column], years: tuple[int, int], loaded: Loaded, setting: Setting
) -> None:
    """Fill `warnings`: folds, stamps out of order, doubtful points. Points that cannot be are blanked, the row stays."""
    names = {column.field.name: column for column in columns}
    zone = setting.source.zone or setting.zone
    checks: list[tuple[str, str, str]] = []
    for column in columns:
        if column.field.type == "datetime":
            fold = zones.fold_sql(f"p.{column.out}", zone, *years)
            if fold != "false":
                checks.append(
                    (
                        f"({fold})",
                        column.field.name,
                        f"happened twice as clocks in {zone} were set back; the earlier is taken",
                    )
                )
    for before, after in ORDERED.get(setting.schema.name, ()):
        if before in names and after in names and names[before].has_utc == names[after].has_utc:
            prefix = "utc " if names[before].has_utc else ""
            checks.append(
                (
                    f'p."{prefix}{after}" < p."{prefix}{before}"',
                    after,
                    f"lies before {before}; no duration is made of it",
                )
            )
            if setting.schema.name in ("calls", "unit_responses"):
                long = f'p."{prefix}{after}" - p."{prefix}{before}" > interval 1 day'
                checks.append((long, after, f"lies more than 24 hours after {before}"))
    blanks: list[str] = []
    if "latitude" in names and "longitude" in names:
        points, blank = _point_checks(setting)
        checks += points
        blanks = blank
    if checks:
        counts = con.execute(
            f"select {', '.join(f'count(*) filter (where {sql})' for sql, *_ in checks)} from parsed as p"
        ).fetchall()[0]
        for (sql, name, text), n in zip(checks, counts, strict=True):
            if n:
                _add_warnings(con, names[name], sql, text, n)
    for sql in blanks:
        con.execute(f"update parsed as p set latitude = null, longitude = null where {sql}")
    line = (
        "(select n.line from lines as n where n.rowid = w.line)"
        if loaded.has_lines
        else f"w.line + {loaded.first_line}"
    )
    con.execute(f"update warnings as w set line = {line} where line is not null")
    for number, text in setting.footer_warnings:
        con.execute("insert into warnings values (?, null, null, ?)", [number, text])


def _add_warnings(con: duckdb.DuckDBPyConnection, column: Column, sql: str, text: str, n: int) -> None:
    con.execute(
        f"insert into warnings select p.r, $field, t.{column.raw}, $text from parsed as p join text as t on t.rowid = p.r "
        f"where {sql} order by p.r limit {MOST_WARNINGS}",
        {"field": column.field.name, "text": text},
    )
    if n > MOST_WARNINGS:
        con.execute("insert into warnings values (null, $field, null, $text)",
                    {"field": column.field.name, "text": f"{n:,} rows in all: {text}"})  # fmt: skip


def _point_checks(setting: Setting) -> tuple[list[tuple[str, str, str]], list[str]]:
    """Warnings about points, and the conditions under which a point is blanked. A point outside the city stays."""
    lat, lon = "p.latitude", "p.longitude"
    origin = f"({lat} = 0 and {lon} = 0)"
    swapped = f"((abs({lat}) > 90 and abs({lat}) <= 180 and abs({lon}) <= 90)"
    far = f"((abs({lat}) > 90 or abs({lon}) > 180)"
    if setting.bounds:
        south, west, north, east = setting.bounds
        swapped += f" or ({lon} between {south} and {north} and {lat} between {west} and {east})"
    swapped += ")"
    far += f" and not {swapped})"
    checks = [
        (swapped, "latitude", "latitude and longitude seem exchanged; the point is left blank, the row is loaded"),
        (origin, "latitude", "the point (0, 0) stands for no point; left blank, the row is loaded"),
        (
            far,
            "latitude",
            "is no latitude in degrees (projected feet or metres?); the point is left blank, the row is loaded",
        ),
    ]
    blanks = [sql for sql, *_ in checks]
    if setting.bounds:
        south, west, north, east = setting.bounds
        outside = f"not ({lat} between {south} and {north} and {lon} between {west} and {east})"
        wrong = " or ".join(blanks)
        checks.append(
            (
                f"({outside} and not ({wrong}))",
                "latitude",
                "the point lies outside the bounds of the city file; the row is loaded",
            )
        )
    return checks, blanks
