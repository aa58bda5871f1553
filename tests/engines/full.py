"""Every table and every metric of two warehouses: python -m tests.engines.full DUCKDB_WAREHOUSE SPARK_WAREHOUSE.

The second was made by `build --engine spark` from the same exports. Takes minutes: all questions go to Spark and to
ClickHouse, over the marts of the first. Exit status 1 when anything differs.
"""

import sys
import tempfile
import time
from pathlib import Path

from publicsafety.metrics import registry
from publicsafety.pipeline.engine import Engine
from publicsafety.pipeline.engines.spark import Spark
from tests.opened import opened

from .clickhouse import ClickHouse
from .compared import answered, differences, expected, marts, questions, served, tables_that_differ


def main(by_duckdb: Path, by_spark: Path) -> int:
    wrong = tables_that_differ(served(by_duckdb), served(by_spark))
    print(f"Tables that differ: {', '.join(wrong) or 'none'}", flush=True)
    with tempfile.TemporaryDirectory() as folder, opened(served(by_duckdb)) as con:
        exported = marts(by_duckdb, Path(folder) / "marts")
        engines: list[Engine] = [ClickHouse(), Spark.start(Path(folder) / "spark")]
        for engine in engines:
            for name, files in exported.items():
                engine.know(name, files)
            asked, took, there = 0, 0.0, 0.0
            for metric in registry().values():
                for filters in questions(metric):
                    asked += 1
                    start = time.perf_counter()
                    want = expected(con, metric, filters)
                    middle = time.perf_counter()
                    found = differences(want, answered(engine, metric, filters))
                    took, there = took + middle - start, there + time.perf_counter() - middle
                    wrong += found
                    for text in found[:1]:
                        print(f"{engine.version}: {metric.name}, {filters}: {len(found)} differences, such as {text}")
            print(f"{engine.version}: {asked} questions in {there:.0f} s; DuckDB {took:.0f} s", flush=True)
            engine.close()
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
