"""ClickHouse inside the test process: a second engine behind the same seam, so that the seam is one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import chdb
import pyarrow as pa
from chdb.session import Session

# What ClickHouse does otherwise without a word: a total's dimension is '', an answer's alias hides a column, dates end
# in 2106, a join's missing side is 0.
LIKE_THE_STANDARD = {
    "group_by_use_nulls": 1,
    "prefer_column_name_to_alias": 1,
    "join_use_nulls": 1,
    "aggregate_functions_null_for_empty": 0,
    "enable_extended_results_for_datetime_functions": 1,
    "count_distinct_implementation": "'uniqExact'",
    "session_timezone": "'UTC'",
    "schema_inference_make_columns_nullable": 1,
}


class ClickHouse:
    dialect = "clickhouse"

    def __init__(self) -> None:
        self.session = Session()
        self.version = f"ClickHouse {chdb.engine_version}"
        for name, value in LIKE_THE_STANDARD.items():
            self.session.query(f"set {name} = {value}")

    def know(self, name: str, folder: Path) -> None:
        self.session.query(f"create or replace view {name} as select * from file('{folder}/*.parquet', Parquet)")

    def define(self, name: str, sql: str) -> None:
        self.session.query(f"create or replace view {name} as {sql}")

    def write(self, sql: str, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.session.query(f"insert into function file('{folder}/part.parquet', Parquet) {sql}")

    def ask(self, sql: str, parameters: Mapping[str, Any]) -> pa.Table:
        texts = {name: str(value) for name, value in parameters.items()}
        answer: pa.Table = self.session.query(sql, "ArrowTable", params=texts)
        return answer

    def close(self) -> None:
        self.session.close()
