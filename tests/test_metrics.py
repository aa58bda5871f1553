"""Is each figure what its definition says? Small raw rows in, observations out; and every file keeps the contract."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest
import sqlglot
from given_expect import Example, Expectation, read
from small_warehouse import build_small, load_raw

from publicsafety import warehouse
from publicsafety.audience import Audience
from publicsafety.city import load_city
from publicsafety.dialects import in_dialect
from publicsafety.filters import DIMENSIONS, FilterError, Filters
from publicsafety.metrics import METRICS, MetricError, compose, read_metric, registry
from publicsafety.pipeline.statements import create_statements

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = sorted((ROOT / "tests" / "metrics").glob("*.md"))
CONTRACT = [
    "calls_for_service",
    "care_responses",
    "no_police_rate",
    "police_backup_rate",
    "eligible_calls_answered",
    "unmet_calls",
    "response_minutes",
    "time_on_task_minutes",
    "people_served",
    "repeat_contacts",
    "needle_reports",
    "needle_pickups",
    "needles_removed",
    "active_cases",
    "needs_met",
    "referrals_sent",
    "referral_acceptance_rate",
    "referral_connection_rate",
    "referral_closed_loop_rate",
    "days_to_connection",
]
Built = dict[str, tuple[Example, warehouse.Warehouse]]
CONTRACT_DIMENSIONS = [
    "nature",
    "area",
    "source",
    "priority",
    "disposition",
    "police_role",
    "place_kind",
    "partner",
    "need",
    "unmet_reason",
    "hour",
    "weekday",
]


@pytest.fixture(scope="module")
def empty() -> Iterator[duckdb.DuckDBPyConnection]:
    """The real marts on empty raw tables."""
    with duckdb.connect() as con:
        load_raw(con, {})
        for sql in create_statements():
            con.execute(sql)
        yield con


@pytest.fixture(scope="module")
def columns(empty: duckdb.DuckDBPyConnection) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for table, column in empty.execute("select table_name, column_name from duckdb_columns()").fetchall():
        found.setdefault(table, set()).add(column)
    return found


@pytest.fixture(scope="module")
def built() -> Built:
    """Databases made so far, by metric: several expectations ask one database."""
    return {}


def cases() -> list[tuple[Path, Expectation]]:
    return [(path, expectation) for path in EXAMPLES for expectation in read(path).expected]


@pytest.mark.parametrize(
    ("path", "expectation"), [pytest.param(path, each, id=f"{path.stem}: {each.title}") for path, each in cases()]
)
def test_small_raw_rows_give_the_expected_observations(
    path: Path, expectation: Expectation, built: Built, tmp_path_factory: pytest.TempPathFactory
) -> None:
    if path.stem not in built:
        example, folder = read(path), tmp_path_factory.mktemp(path.stem)
        build_small(folder, example.given, as_of=example.as_of)
        built[path.stem] = example, warehouse.open(Audience.LEADERSHIP, folder)
    example, opened = built[path.stem]
    answer = warehouse.run(opened, example.metric, expectation.filters).records()
    names = list(expectation.rows[0])
    assert [{name: row[name] for name in names} for row in answer] == [
        {name: expected_cell(row[name], answer[0].get(name), name) for name in names} for row in expectation.rows
    ]


def expected_cell(text: str | None, sample: object, name: str) -> object:
    """A cell as the value it must equal; fractions such as 2/3 are exact, decimals approximate."""
    if name in ("period", "status") or name in DIMENSIONS:
        return text or ""
    if text is None:
        return None
    number = int(text.split("/")[0]) / int(text.split("/")[1]) if "/" in text else float(text)
    return pytest.approx(number, abs=5e-4 if "." in text else 1e-12)


def test_every_metric_has_a_given_and_expect_table() -> None:
    assert {path.stem for path in EXAMPLES} == set(registry())


def test_every_metric_of_the_contract_exists() -> None:
    assert not set(CONTRACT) - set(registry())


def test_response_minutes_has_median_p90_and_the_count_left_out() -> None:
    assert set(registry()["response_minutes"].extras) >= {"median", "p90", "n_excluded"}


def test_every_dimension_of_the_contract_splits_some_metric() -> None:
    assert not set(CONTRACT_DIMENSIONS) - {name for metric in registry().values() for name in metric.dimensions}


@pytest.mark.parametrize("name", sorted(registry()))
def test_a_metric_names_only_columns_that_its_mart_has(name: str, columns: dict[str, set[str]]) -> None:
    metric = registry()[name]
    used = {metric.time, metric.until or metric.time, *metric.dimensions}
    assert used <= columns[metric.mart]


@pytest.mark.parametrize("name", sorted(registry()))
def test_a_metric_file_runs_by_itself_as_it_is(name: str, empty: duckdb.DuckDBPyConnection) -> None:
    assert len(empty.execute(registry()[name].path.read_text()).fetchall()) == 1


@pytest.mark.parametrize("name", sorted(registry()))
def test_a_metric_says_what_it_counts_in_full_sentences_of_its_card(name: str) -> None:
    metric = registry()[name]
    assert metric.question.endswith("?")
    assert metric.numerator
    assert metric.includes
    assert metric.steward
    assert metric.version >= 1


@pytest.mark.parametrize("name", sorted(registry()))
def test_a_metrics_card_names_no_city_and_no_team(name: str) -> None:
    """It is published as it stands, whatever city it is."""
    header = registry()[name].path.read_text().split("*/")[0]
    city = load_city(ROOT / "data" / "city.toml")
    assert not re.search(rf"\bCARE\b|{city.name}|{city.state}|{city.team}|{city.department}", header)


@pytest.mark.parametrize("name", sorted(name for name, metric in registry().items() if metric.kind == "proportion"))
def test_a_rate_names_the_stage_of_both_its_parts(name: str) -> None:
    metric = registry()[name]
    assert set(dict(metric.stage)) == {"numerator", "denominator"}
    assert metric.denominator


@pytest.mark.parametrize("name", sorted(registry()))
def test_a_metric_keeps_to_sql_that_other_engines_read(name: str) -> None:
    assert not re.search(
        r"\b(isodow|pivot|asof|bool_or|generate_series|approx_quantile|strftime)\b", registry()[name].sql
    )


@pytest.mark.parametrize("name", sorted(registry()))
def test_values_of_filters_never_become_text_of_a_statement(name: str) -> None:
    metric = registry()[name]
    evil = "'; drop table fct_calls; --"
    query = compose(
        metric,
        Filters(date(2024, 1, 1), date(2024, 12, 31), where=tuple((each, (evil, "x")) for each in metric.dimensions)),
    )
    assert "drop table" not in query.sql
    named = set(re.findall(r"\$(\w+)", query.sql))
    assert named == set(query.parameters)


def test_division_by_nothing_is_guarded_in_every_file() -> None:
    for folder in ("metrics", "charts"):
        for path in sorted((ROOT / "queries" / folder).glob("*.sql")):
            tree = sqlglot.parse_one(path.read_text(), dialect="duckdb")
            for division in tree.find_all(sqlglot.exp.Div):
                below = division.expression.unnest()
                assert isinstance(below, (sqlglot.exp.Nullif, sqlglot.exp.Literal)), f"{path.name}: {division.sql()}"


GOOD = (METRICS / "no_police_rate.sql").read_text()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text.replace("title ", "tittle "), "line 2: tittle is not known"),
        (lambda text: re.sub(r"steward.*\n", "", text), "'steward' is missing"),
        (lambda text: text.replace('["nature",', '["nature", "colour",'), "names 'colour'"),
        (
            lambda text: text.replace('kind        = "proportion"', 'kind        = "share"'),
            "line 5: kind = 'share' is unknown",
        ),
        (lambda text: re.sub(r"stage .*\n", "", text), "at which stage"),
        (lambda text: text.replace("where is_care_response", "where is_care_arrival"), "uses none of is_care_response"),
        (
            lambda text: text.replace("where is_care_response", "where is_care_response and is_care_arrival"),
            "does not name 'arrived'",
        ),
        (lambda text: text.replace("version     = 1", 'version     = "one"'), "not of the right form"),
        (lambda text: text.replace("from fct_calls", "from fct_calls, fct_cases"), "exactly one mart"),
        (lambda text: text.replace("from fct_calls", "from raw_calls"), "exactly one mart"),
        (lambda text: text + "group by nature\n", "grouping and order are added"),
        (lambda text: text.replace(" as value", " as result"), "no column 'value'"),
        (lambda text: text.replace("*/", ""), "definition is missing"),
        (lambda text: text.replace("title       =", "title"), "not valid TOML"),
    ],
)
def test_a_metric_file_with_a_mistake_is_refused_with_its_name_and_what_to_do(
    change, message: str, tmp_path: Path
) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "no_police_rate.sql"
    path.write_text(change(GOOD))
    assert path.read_text() != GOOD
    with pytest.raises(MetricError) as raised:
        read_metric(path)
    assert message in str(raised.value)
    assert str(path) in str(raised.value)


def test_a_related_metric_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    (tmp_path / "no_police_rate.sql").write_text(GOOD)
    with pytest.raises(MetricError, match="no metric of that name"):
        registry(tmp_path)


def test_a_dimension_that_does_not_fit_is_refused_with_those_that_do() -> None:
    with pytest.raises(FilterError, match=r"needles_removed has no dimension 'nature'. It has: source, area"):
        compose(registry()["needles_removed"], Filters(by=("nature",)))


def test_a_grain_that_does_not_fit_is_refused_with_those_that_do() -> None:
    with pytest.raises(FilterError, match=r"active_cases has no grain 'day'. It has: month"):
        compose(registry()["active_cases"], Filters(grain="day"))


def test_percentiles_stay_exact_on_an_engine_whose_plain_translation_is_approximate() -> None:
    sql = in_dialect(registry()["response_minutes"].tree, "spark").lower()
    assert "percentile(response_minutes, cast('0.9' as double))" in sql
    assert "approx" not in sql
