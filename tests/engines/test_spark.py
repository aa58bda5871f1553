"""A build by Spark is the build by DuckDB: every table, and every metric asked of Spark itself."""

import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from publicsafety.metrics import registry
from publicsafety.pipeline.build import build
from publicsafety.pipeline.engine import EngineError
from publicsafety.pipeline.engines.spark import Spark, check_java
from tests.opened import opened

from .compared import answered, differences, expected, marts, parts_out_of_order, questions, served, tables_that_differ


def missing() -> str:
    if not find_spec("pyspark"):
        return "PySpark is not installed; `make test` installs it where there is Java"
    try:
        check_java()
    except EngineError as error:
        return str(error)
    return ""


pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())


@pytest.fixture(scope="module", autouse=True)
def settings_for_small_data() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_CONF_DIR", str(Path(__file__).parent))
        patch.setenv("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1")
        yield


def test_a_build_by_spark_has_every_row_of_the_build_by_duckdb(
    sample_exports: Path, sample_warehouse: Path, tmp_path: Path
) -> None:
    result = build([sample_exports], tmp_path / "w", engine="spark")
    assert result.build_id
    assert result.build_id != served(sample_warehouse).name.split(".")[1], "the id says that another engine made it"
    assert tables_that_differ(served(sample_warehouse), served(tmp_path / "w")) == []
    assert parts_out_of_order(served(tmp_path / "w")) == []
    assert not list((tmp_path / "w" / ".spill").glob("*")), "rows of calls stay nowhere"


@pytest.fixture(scope="module")
def engine(sample_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Spark]:
    spark = Spark.start(tmp_path_factory.mktemp("spark"))
    for name, folder in marts(sample_warehouse, tmp_path_factory.mktemp("marts")).items():
        spark.know(name, folder)
    yield spark
    spark.close()


def test_every_metric_is_the_same_on_spark(engine: Spark, sample_warehouse: Path) -> None:
    """One question a metric, in turn; `python -m tests.engines.full` asks all."""
    with opened(served(sample_warehouse)) as con:
        for turn, metric in enumerate(registry().values()):
            asked = list(questions(metric))
            filters = asked[turn % len(asked)]
            assert differences(expected(con, metric, filters), answered(engine, metric, filters)) == [], metric.name


def test_a_statement_that_spark_cannot_run_is_a_sentence(engine: Spark, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="Spark: made could not be made .*a build without --engine spark still works"):
        engine.write("select no_such_function(1)", tmp_path / "made")
    with pytest.raises(EngineError, match="PUBLICSAFETY_ENGINE_FOLDER"):
        engine.know("gone", tmp_path / "gone")
    shutil.rmtree(tmp_path / "made", ignore_errors=True)
