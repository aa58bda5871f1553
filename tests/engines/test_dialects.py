"""What sqlglot translates into something else without a word is translated right, or refused."""

from pathlib import Path

import pytest
import sqlglot

from publicsafety.dialects import MACROS, DialectError, in_dialect, macro
from publicsafety.filters import Filters
from publicsafety.metrics import compose, registry


def said(sql: str, dialect: str) -> str:
    return " ".join(in_dialect(sqlglot.parse_one(sql, dialect="duckdb"), dialect).split())


@pytest.mark.parametrize(
    ("sql", "dialect", "becomes"),
    [
        ("select quantile_cont(x, 0.5) from t", "spark", "PERCENTILE(x, CAST('0.5' AS DOUBLE))"),
        ("select quantile_cont(x, 0.5) from t", "clickhouse", "quantileExactInclusive(0.5)(x)"),
        ("select extract(dow from x) from t", "spark", "DAYOFWEEK(x) - 1"),
        ("select x / 60000.0 from t", "spark", "CAST('60000.0' AS DOUBLE)"),
        ("select epoch_ms(x) from t", "spark", "UNIX_MILLIS(CAST(x AS TIMESTAMP))"),
        ("select cast(x as time) from t", "spark", "PMOD(UNIX_MICROS(CAST(x AS TIMESTAMP)), 86400000000)"),
        ("select x = time '09:30:00' from t", "spark", "x = 34200000000"),
        ("select x + to_seconds(case when epoch_ms(x) > 1.5 then 1 end) from t", "spark", "UNIX_MILLIS"),
        ("select cast(x as date) from t", "clickhouse", "Date32"),
        ("select a, b from t group by a, cube (b)", "clickhouse", "GROUPING SETS ( (a, b), (a) )"),
    ],
)
def test_what_would_change_its_meaning_is_rewritten(sql: str, dialect: str, becomes: str) -> None:
    assert becomes in said(sql, dialect)


def test_values_stay_parameters() -> None:
    query = compose(registry()["contacts"], Filters(where=(("area", ("x' or '1'='1",)),)), dialect="spark")
    assert ":area_0" in query.sql
    assert "1" not in query.sql.replace("area_0", "")
    assert query.parameters == {"area_0": "x' or '1'='1"}


def test_a_macro_takes_expressions_and_may_stand_in_another() -> None:
    twice = macro("create or replace macro twice(x) as (x + x)")
    tree = sqlglot.parse_one("select twice(twice(a - 1)) from t", dialect="duckdb")
    assert "".join(in_dialect(tree, "spark", [twice]).split()).count("a-1") == 4


def test_a_macro_without_words_for_an_engine_is_refused_with_the_file_to_write() -> None:
    with pytest.raises(DialectError, match=r"Write queries/macros/trino/kaplan_meier_median.sql"):
        compose(registry()["days_to_connection"], Filters(), dialect="trino")


def test_every_macro_has_words_for_the_engines_that_run() -> None:
    for dialect in ("spark", "clickhouse"):
        assert {each.name for each in (MACROS / dialect).glob("*.sql")} == {each.name for each in MACROS.glob("*.sql")}


def test_trino_prints_every_metric_that_needs_no_percentile_and_refuses_the_others() -> None:
    refused = set()
    for name, metric in registry().items():
        try:
            sql = compose(metric, Filters(grain=metric.grains[0], by=metric.dimensions[:2]), dialect="trino").sql
        except DialectError as error:
            refused.add(name)
            assert "no exact percentile" in str(error) or "macros/trino" in str(error)
        else:
            assert sqlglot.parse_one(sql, dialect="trino")
            assert "approx" not in sql.lower()
    assert refused == {name for name, metric in registry().items() if metric.kind == "median"} | {"contacts_per_case"}


def test_an_engine_nobody_knows_is_refused_by_name() -> None:
    with pytest.raises(DialectError, match="no engine that speaks 'cobol'"):
        in_dialect(sqlglot.parse_one("select 1"), "cobol")


def test_macros_of_an_engine_lie_in_its_folder(tmp_path: Path) -> None:
    from publicsafety.dialects import macros

    (tmp_path / "spark").mkdir()
    (tmp_path / "spark" / "half.sql").write_text("-- why\ncreate or replace macro half(x) as (x div 2);\n")
    assert [each.name for each in macros("spark", tmp_path)] == ["half"]
    assert macros("trino", tmp_path) == ()
