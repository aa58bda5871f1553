"""What is answered from a smaller table is what the whole mart says."""

from datetime import date
from pathlib import Path

import pytest

from publicsafety.filters import Filters
from publicsafety.metrics import compose, registry
from publicsafety.parts import smaller
from publicsafety.shapes import compose_shape, shapes
from tests.engines.compared import parts_out_of_order
from tests.opened import opened

CALLS = sorted(name for name, metric in registry().items() if metric.mart == "fct_calls")
YEAR = (date(2025, 1, 1), date(2025, 12, 31))
AREAS = (("area", ("Riverside", "Cambridgeport")),)
TABLES = ("part_care_calls", "part_eligible_calls", *(
    f"day_{calls}_by_{name}" for calls in ("care_calls", "eligible_calls") for name in ("area", "nature")), *(
    f"day_calls_by_{name}" for name in ("area", "hour", "nature", "nature_and_priority", "nature_and_source", "police_role", "priority", "source")
))  # fmt: skip


def database(warehouse: Path) -> Path:
    return warehouse / f"leadership.{(warehouse / 'leadership.current').read_text().strip()}.duckdb"


def read(name: str, filters: Filters, tables: tuple[str, ...] = TABLES) -> str:
    """What a metric reads."""
    sql = smaller(compose(registry()[name], filters).sql, "fct_calls", tables)
    return next(line for line in sql.splitlines() if line.startswith("FROM ")).removeprefix("FROM ")


@pytest.mark.parametrize("name", CALLS)
def test_a_metric_says_the_same_from_a_smaller_table_by_every_dimension_and_grain(
    sample_warehouse: Path, name: str
) -> None:
    metric = registry()[name]
    asked = [Filters(), Filters(*YEAR, where=AREAS)]
    asked += [Filters(*YEAR, grain=grain, where=AREAS) for grain in metric.grains if grain != "all"]
    asked += [Filters(*YEAR, by=(dimension,), where=AREAS) for dimension in metric.dimensions]
    asked += [Filters(grain="month", by=metric.dimensions[:2]), Filters(*YEAR, by=("weekday", "hour"))]
    with opened(database(sample_warehouse)) as con:
        tables = {table for (table,) in con.execute("select table_name from duckdb_tables()").fetchall()}
        assert tables >= set(TABLES)
        for filters in asked:
            query = compose(metric, filters)
            said = [
                con.execute(f"{sql} order by all", dict(query.parameters)).fetchall()
                for sql in (query.sql, smaller(query.sql, metric.mart, tables))
            ]
            assert said[0] == said[1], filters


def test_a_part_is_in_the_order_of_all_calls(sample_warehouse: Path) -> None:
    assert parts_out_of_order(database(sample_warehouse)) == []


@pytest.mark.parametrize("name", sorted(name for name, shape in shapes().items() if shape.mart == "fct_calls"))
def test_a_chart_says_the_same_from_a_smaller_table(sample_warehouse: Path, name: str) -> None:
    with opened(database(sample_warehouse)) as con:
        for filters in (Filters(), Filters(*YEAR, where=AREAS if "area" in shapes()[name].dimensions else ())):
            said = [
                con.execute(query.sql, dict(query.parameters)).fetchall()
                for query in (compose_shape(shapes()[name], filters), compose_shape(shapes()[name], filters, TABLES))
            ]
            assert said[0] == said[1]


def test_metrics_about_the_team_read_the_calls_of_the_team_alone() -> None:
    assert read("care_responses", Filters(by=("source",))) == "part_care_calls AS fct_calls"
    assert read("police_backup_rate", Filters(*YEAR, by=("nature",))) == "part_care_calls AS fct_calls"
    assert read("unmet_calls", Filters(by=("place_kind",))) == "part_eligible_calls AS fct_calls"
    assert read("care_responses", Filters(), ()) == "fct_calls"


def test_counts_of_the_team_and_of_eligible_calls_are_added_up_from_days_of_their_own() -> None:
    assert read("care_responses", Filters(grain="month", where=AREAS)) == "day_care_calls_by_area AS fct_calls"
    assert read("care_responses", Filters(*YEAR, by=("nature",))) == "day_care_calls_by_nature AS fct_calls"
    assert read("unmet_calls", Filters(by=("unmet_reason",))) == "day_eligible_calls_by_area AS fct_calls"
    assert (
        read("eligible_calls_answered", Filters(*YEAR, by=("nature",))) == "day_eligible_calls_by_nature AS fct_calls"
    )


def test_days_of_some_calls_never_answer_for_all_of_them() -> None:
    for condition in ("is_eligible or is_answered", "not is_eligible", "is_answered"):
        sql = f"select count(*) as numerator from fct_calls where {condition}"
        assert smaller(sql, "fct_calls", TABLES) == sql
    counted = "select count(*) filter (where is_eligible) as numerator from fct_calls"
    assert smaller(counted, "fct_calls", TABLES) == counted


def test_a_chart_about_the_team_reads_the_calls_of_the_team_alone() -> None:
    assert "part_care_calls" in compose_shape(shapes()["response_histogram"], Filters(*YEAR), TABLES).sql
    assert "part_care_calls" not in compose_shape(shapes()["call_hexagons"], Filters(*YEAR), TABLES).sql


@pytest.mark.parametrize(
    ("filters", "table"),
    [
        (Filters(*YEAR, where=AREAS, grain="fiscal_year"), "day_calls_by_area AS fct_calls"),
        (Filters(*YEAR, by=("source",)), "day_calls_by_source AS fct_calls"),
        (Filters(*YEAR, by=("weekday", "hour"), where=AREAS), "day_calls_by_hour AS fct_calls"),
        (
            Filters(*YEAR, by=("source",), where=(("nature", ("Mental health",)),)),
            "day_calls_by_nature_and_source AS fct_calls",
        ),
        (Filters(*YEAR, by=("source",), where=(("priority", ("1",)),)), "fct_calls"),
        (Filters(*YEAR, by=("disposition",)), "fct_calls"),
    ],
    ids=["an area", "by source", "by hour", "two at once", "two that no table has together", "one that no table has"],
)
def test_calls_are_added_up_from_days_where_a_table_has_what_is_asked_for(filters: Filters, table: str) -> None:
    assert read("calls_for_service", filters) == table


def test_what_is_more_than_a_count_by_days_is_never_added_up() -> None:
    for sql in (
        "select count(distinct area) as numerator from fct_calls",
        "select max(hour) as numerator from fct_calls",
        "select count(*) as numerator from fct_calls where received_at > timestamp '2025-01-01 12:00'",
        "select count(*) as numerator from fct_calls where extract(hour from received_at) = 3",
        "select count(*) as numerator from fct_calls where date_trunc('hour', received_at) = $start",
        "select count(area) as numerator from fct_calls",
    ):
        assert smaller(sql, "fct_calls", TABLES) == sql
