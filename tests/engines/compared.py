"""The questions that every engine is asked, and what an equal answer is."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from publicsafety.filters import Filters
from publicsafety.metrics import Metric, compose
from publicsafety.pipeline.engine import Engine
from tests.opened import opened

RELATIVE = 1e-9  # of floats; everything else is equal or it is not


def served(warehouse: Path) -> Path:
    """The leadership database that is served."""
    return warehouse / f"leadership.{(warehouse / 'leadership.current').read_text().strip()}.duckdb"


def tables_that_differ(one: Path, other: Path) -> list[str]:
    """Tables of two databases whose columns, types or rows are not the same, to the last digit; the build's name aside."""
    with duckdb.connect() as con:
        con.execute(f"attach '{one}' as one (read_only); attach '{other}' as other (read_only)")
        tables = [
            dict(
                con.execute(
                    "select table_name, list(column_name || ' ' || data_type order by column_index) "
                    "from duckdb_columns() where database_name = $1 group by all",
                    [name],
                ).fetchall()
            )
            for name in ("one", "other")
        ]
        wrong = {name for name in tables[0].keys() | tables[1].keys() if tables[0].get(name) != tables[1].get(name)}
        for name in tables[0].keys() - wrong - {"build_info"}:
            for left, right in (("one", "other"), ("other", "one")):
                sql = f"select count(*) from (from {left}.main.{name} except all from {right}.main.{name})"
                if con.execute(sql).fetchall() != [(0,)]:
                    wrong.add(name)
    return sorted(wrong)


def parts_out_of_order(database: Path) -> list[str]:
    """The parts of fct_calls whose rows do not come as they come there."""
    wrong = []
    with opened(database) as con:
        for name, flag in (("part_care_calls", "is_care_response"), ("part_eligible_calls", "is_eligible")):
            wanted = con.execute(f"select incident_number from fct_calls where {flag} order by rowid").fetchall()
            if con.execute(f"select incident_number from {name} order by rowid").fetchall() != wanted:
                wrong.append(name)
    return wrong


def marts(warehouse: Path, folder: Path) -> dict[str, Path]:
    """Every mart of the served leadership database as a folder of Parquet files, by name."""
    found = {}
    with opened(served(warehouse)) as con:
        for (name,) in con.execute("select table_name from duckdb_tables() where table_name like 'fct_%'").fetchall():
            found[name] = folder / name
            found[name].mkdir(parents=True)
            con.execute(f"copy {name} to '{found[name]}/part.parquet' (format parquet)")
    return found


def questions(metric: Metric) -> Iterator[Filters]:
    """The whole; months within two years by up to two dimensions; fiscal years by the last one; two kept values."""
    yield Filters()
    years = {"start": date(2024, 9, 15), "end": date(2026, 2, 10)}
    yield Filters(**years, grain="month", by=metric.dimensions[:2])
    fiscal = "fiscal_year" if "fiscal_year" in metric.grains else metric.grains[-1]
    yield Filters(grain=fiscal, by=metric.dimensions[-1:])
    if "area" in metric.dimensions:
        yield Filters(
            grain="week" if "week" in metric.grains else "month", where=(("area", ("Riverside", "O'Hara; --")),)
        )
    if "need" in metric.dimensions:
        yield Filters(start=date(2025, 1, 1), by=("need",), where=(("need", ("Food", "Housing search")),))


def expected(con: duckdb.DuckDBPyConnection, metric: Metric, filters: Filters) -> list[dict[str, Any]]:
    query = compose(metric, filters)
    given = dict(query.parameters)
    return rows((con.sql(query.sql, params=given) if given else con.sql(query.sql)).to_arrow_table())


def answered(engine: Engine, metric: Metric, filters: Filters) -> list[dict[str, Any]]:
    query = compose(metric, filters, dialect=engine.dialect)
    return rows(engine.ask(query.sql, query.parameters))


def rows(table: pa.Table) -> list[dict[str, Any]]:
    """Rows in an order of their own: by period and dimensions."""

    def key(row: dict[str, Any]) -> str:
        return repr([row[name] for name in row if name.startswith("all_")]) + repr(
            [(str(row[name])) for name in row if f"all_{name}" in row or name == "period"]
        )

    return sorted(table.to_pylist(), key=key)


def differences(want: list[dict[str, Any]], got: list[dict[str, Any]]) -> list[str]:
    """What is not equal, in words; nothing when all is."""
    if len(want) != len(got):
        return [f"{len(got)} rows instead of {len(want)}"]
    found = []
    for row, other in zip(want, got, strict=True):
        if row.keys() != other.keys():
            return [f"columns {list(other)} instead of {list(row)}"]
        found += [
            f"{name}: {other[name]!r} instead of {row[name]!r} in {row}"
            for name in row
            if not _equal(row[name], other[name])
        ]
    return found


def _equal(want: Any, got: Any) -> bool:
    if want is None or got is None:
        return want is got
    if isinstance(want, float) or isinstance(got, float):
        return math.isclose(float(want), float(got), rel_tol=RELATIVE, abs_tol=1e-12)
    return str(want) == str(got) if isinstance(want, date) else bool(want == got)
