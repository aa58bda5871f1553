"""Every metric gives the same figures on ClickHouse as on DuckDB, from one SQL file."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from publicsafety.metrics import registry
from tests.opened import opened

from .clickhouse import ClickHouse
from .compared import answered, differences, expected, marts, questions, served


@pytest.fixture(scope="module")
def engine(sample_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouse]:
    clickhouse = ClickHouse()
    for name, folder in marts(sample_warehouse, tmp_path_factory.mktemp("marts")).items():
        clickhouse.know(name, folder)
    yield clickhouse
    clickhouse.close()


@pytest.fixture(scope="module")
def con(sample_warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with opened(served(sample_warehouse)) as connection:
        yield connection


@pytest.mark.parametrize("name", sorted(registry()))
def test_a_metric_is_the_same_on_clickhouse(name: str, engine: ClickHouse, con: duckdb.DuckDBPyConnection) -> None:
    metric = registry()[name]
    for filters in questions(metric):
        want = expected(con, metric, filters)
        assert want or filters.where, "a question without an answer compares nothing"
        assert differences(want, answered(engine, metric, filters)) == []


def test_a_figure_that_differs_is_seen() -> None:
    row = {"period": "2025-01-01", "numerator": 3, "value": 0.5}
    assert differences([row], [row | {"value": 0.5 + 1e-12}]) == []
    assert differences([row], [row | {"value": 0.5 + 1e-8}]) != []
    assert differences([row], [row | {"numerator": 4}]) != []
    assert differences([row], [row | {"value": None}]) != []
    assert differences([row], []) != []
