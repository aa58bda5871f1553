"""The rows behind a figure are those that it counts: as many for every bar, cell and month, and none says who or where."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from sqlglot import exp

from publicsafety import metrics, warehouse
from publicsafety.audience import Audience
from publicsafety.counted import parts_of
from publicsafety.definitions import MetricError
from publicsafety.filters import FilterError, Filters
from publicsafety.findings.behind import narrowed
from publicsafety.metrics import Metric
from publicsafety.shapes import CHARTS, shapes
from publicsafety.warehouse import Warehouse

YEAR = Filters(date(2025, 7, 1), date(2026, 6, 30))
# The column of a chart that counts rows; the others measure something else, or count cases of which a row is a month.
COUNTED = ("value", "count", "sent", "reports")
MEASURED = ("time_on_task_by_hour", "staffed_by_hour", "police_sensitivity", "caseload")
NEVER = ("latitude", "longitude", "name", "birth", "phone", "email", "address", "narrative", "notes")


@pytest.fixture(scope="module")
def sample(sample_warehouse: Path) -> Warehouse:
    return warehouse.open(Audience.LEADERSHIP, sample_warehouse)


def counts_rows(metric: Metric) -> bool:
    """Whether the metric's value is the number of its rows, rather than a sum, a share or a number of people."""
    counted = next(each for each in metric.tree.expressions if each.alias_or_name == "numerator").unalias()
    return metric.kind == "count" and isinstance(counted, exp.Count) and isinstance(counted.this, exp.Star)


COUNTS = sorted(name for name, metric in metrics.registry().items() if counts_rows(metric))


@pytest.mark.parametrize("name", COUNTS)
def test_a_count_has_as_many_rows_behind_each_of_its_bars_as_it_says(name: str, sample: Warehouse) -> None:
    for dimension in metrics.registry()[name].dimensions:
        asked = Filters(YEAR.start, YEAR.end, by=(dimension,))
        for row in warehouse.run(sample, name, asked).records():
            picked = {} if row[dimension] == "All" else {dimension: row[dimension]}
            assert warehouse.row_count(sample, name, narrowed(asked, picked)) == row["value"], (dimension, picked)


@pytest.mark.parametrize("name", sorted(name for name, each in metrics.registry().items() if parts_of(each)))
def test_numerator_and_denominator_have_as_many_rows_behind_them_as_they_say(name: str, sample: Warehouse) -> None:
    metric = metrics.registry()[name]
    counts_people = metric.tree.find(exp.Distinct)  # of whom one has several rows
    for dimension in metric.dimensions[:2]:
        asked = Filters(YEAR.start, YEAR.end, by=(dimension,))
        for row in warehouse.run(sample, name, asked).records():
            bar = {} if row[dimension] == "All" else {dimension: row[dimension]}
            for part in parts_of(metric):
                many = warehouse.row_count(sample, name, narrowed(asked, bar | {"part": part}))
                assert many >= row[part] if counts_people else many == row[part], (bar, part)


def test_a_share_whose_denominator_is_all_its_rows_has_its_numerator_as_a_part_alone() -> None:
    parts = {name: parts_of(metrics.registry()[name]) for name in ("needs_met", "no_police_rate", "care_responses")}
    assert parts == {"needs_met": ("numerator",), "no_police_rate": ("numerator", "denominator"), "care_responses": ()}


@pytest.mark.parametrize("grain", ["month", "fiscal_year", "week"])
@pytest.mark.parametrize("name", COUNTS)
def test_a_count_has_as_many_rows_behind_each_period_as_it_says(name: str, grain: str, sample: Warehouse) -> None:
    asked = Filters(date(2026, 1, 15), date(2026, 6, 20), grain)
    for row in warehouse.run(sample, name, asked).records():
        assert warehouse.row_count(sample, name, narrowed(asked, {"period": row["period"]})) == (row["value"] or 0)


def test_a_cell_of_two_dimensions_has_as_many_rows_as_it_says(sample: Warehouse) -> None:
    asked = Filters(YEAR.start, YEAR.end, by=("weekday", "hour"))
    for row in warehouse.run(sample, "calls_for_service", asked).records():
        picked = {name: row[name] for name in asked.by if row[name] != "All"}
        assert warehouse.row_count(sample, "calls_for_service", narrowed(asked, picked)) == row["value"]


def test_one_bar_of_a_filtered_figure_has_the_rows_of_that_bar_alone(sample: Warehouse) -> None:
    areas = ("Riverside", "The Port")
    asked = Filters(YEAR.start, YEAR.end, by=("area",), where=(("area", areas), ("weekday", ("Mon",))))
    found = {row["area"]: row["value"] for row in warehouse.run(sample, "calls_for_service", asked).records()}
    riverside = narrowed(asked, {"area": "Riverside"})
    assert dict(riverside.where) == {"area": ("Riverside",), "weekday": ("Mon",)}
    assert warehouse.row_count(sample, "calls_for_service", riverside) == found["Riverside"] < found["All"]


@pytest.mark.parametrize("name", sorted(name for name in shapes() if name not in MEASURED))
def test_a_chart_has_as_many_rows_behind_each_of_its_parts_as_it_draws(name: str, sample: Warehouse) -> None:
    frame = warehouse.chart(sample, name, YEAR)
    counted = next((column for column in COUNTED if column in frame), None)
    for part in shapes()[name].parts:
        assert counted, f"{name} has parts, and no column that counts rows"
        for value, drawn in frame.groupby(part)[counted].sum().items():
            text = value.date().isoformat() if isinstance(value, pd.Timestamp) else str(value)
            asked = Filters(YEAR.start, YEAR.end, where=((part, (text,)),))
            assert warehouse.row_count(sample, name, asked) == drawn, (part, text)


@pytest.mark.parametrize("name", sorted({*metrics.registry(), *shapes()}))
def test_no_row_behind_a_figure_says_who_it_was_or_exactly_where(name: str, sample: Warehouse) -> None:
    columns = [str(each) for each in warehouse.rows(sample, name, Filters(), 1)]
    assert columns
    assert not [each for each in columns if each.endswith("_key") or any(word in each for word in NEVER)]


@pytest.mark.parametrize("name", sorted({*metrics.registry(), *shapes()}))
def test_rows_are_the_latest_and_no_more_than_asked_for(name: str, sample: Warehouse) -> None:
    about = shapes()[name] if name in shapes() else metrics.registry()[name]
    few, many = warehouse.rows(sample, name, YEAR, 3), warehouse.row_count(sample, name, YEAR)
    every = warehouse.rows(sample, name, YEAR, many + 1)
    assert (len(few), len(every)) == (min(3, many), many)
    assert few[about.time].tolist() == every[about.time].nlargest(3).tolist()


def test_the_rows_of_a_chart_refuse_a_part_that_it_does_not_have(sample: Warehouse) -> None:
    with pytest.raises(FilterError, match="referral_funnel has no dimension 'area'. It has: partner, need, stage"):
        warehouse.rows(sample, "referral_funnel", Filters(where=(("area", ("x",)),)))
    assert warehouse.row_count(sample, "referral_funnel", Filters(where=(("stage", ("'; drop table x --",)),))) == 0


def test_the_public_gets_no_rows_of_a_chart(released_warehouse: Path) -> None:
    public = warehouse.open(Audience.PUBLIC, released_warehouse)
    with pytest.raises(warehouse.WarehouseError, match="does not hold single records"):
        warehouse.rows(public, "referral_funnel", Filters())


def test_a_chart_whose_part_is_no_column_of_its_statement_is_refused(tmp_path: Path) -> None:
    text = (CHARTS / "referral_drop_off.sql").read_text()
    (tmp_path / "referral_drop_off.sql").write_text(text.replace('parts      = ["drop_off"]', 'parts = ["partner"]'))
    with pytest.raises(MetricError, match="line 7: parts names 'partner'"):
        shapes(tmp_path)
