"""An area's figures, taken from the answer for all areas, are those that its own statement gives."""

from datetime import date
from pathlib import Path

import pytest

from publicsafety import metrics, warehouse
from publicsafety.audience import Audience
from publicsafety.filters import Filters
from publicsafety.observations import complete
from publicsafety.warehouse import Warehouse

YEAR = (date(2025, 7, 1), date(2026, 6, 30))
OF_AN_AREA = sorted(name for name, metric in metrics.registry().items() if "area" in metric.dimensions)
PAIRS = (("weekday", "hour"), ("area", "nature"))
NOWHERE = "No such area"


@pytest.fixture(scope="module")
def sample(sample_warehouse: Path) -> Warehouse:
    return warehouse.open(Audience.LEADERSHIP, sample_warehouse)


def areas(sample: Warehouse, name: str) -> list[str]:
    """The areas with rows, those of fewest first."""
    rows = warehouse.run(sample, name, Filters(by=("area",))).rows
    return [row["area"] for row in sorted(rows, key=lambda row: row["n"] or 0) if row["area"] not in (None, "All")]


@pytest.mark.parametrize("name", OF_AN_AREA)
def test_the_figures_of_one_area_are_those_of_its_own_statement(sample: Warehouse, name: str) -> None:
    metric = metrics.registry()[name]
    known = areas(sample, name)
    for area in (known[0], known[-1], NOWHERE):
        where = (("area", (area,)),)
        asked = [Filters(where=where), Filters(*YEAR, where=where), Filters(end=YEAR[1], grain="month", where=where)]
        asked += [Filters(*YEAR, grain=grain, where=where) for grain in metric.grains if grain not in ("all", "month")]
        asked += [Filters(*YEAR, by=(other,), where=where) for other in metric.dimensions]
        asked += [Filters(end=YEAR[1], grain="month", by=("area",), where=where)]
        asked += [Filters(*YEAR, by=pair, where=where) for pair in PAIRS if set(pair) <= set(metric.dimensions)]
        for filters in asked:
            counted = warehouse._rows(sample, warehouse.statement(sample, name, filters))
            covered = warehouse.coverage(sample, metric.table)
            wanted = complete(metric, filters, counted, covered, sample.fiscal_year_starts)
            assert warehouse.run(sample, name, filters).rows == wanted, filters


def test_the_next_area_asks_the_database_nothing(sample: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    *_, one, other = areas(sample, "care_responses")
    asked = [Filters(*YEAR, by=by, where=(("area", (area,)),)) for area in (one, other) for by in ((), ("area",))]
    warehouse.run(sample, "care_responses", asked[0])
    monkeypatch.setattr(warehouse, "_ask", lambda *_: pytest.fail("the database was asked again"))
    for filters in asked:
        warehouse.run(sample, "care_responses", filters)
