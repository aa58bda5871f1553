"""Does an audience read its own database file and nothing else, whatever happens to the files on the disk?"""

import gc
import json
import threading
import weakref
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import duckdb
import pytest
from small_warehouse import build_small

from publicsafety import warehouse
from publicsafety.audience import Audience
from publicsafety.catalogue import look_up
from publicsafety.city import home_city
from publicsafety.filters import FilterError, Filters
from publicsafety.ui import state
from publicsafety.warehouse import Warehouse, WarehouseError

CALL = {"received_at": "2024-07-02 14:00", "dispatched_at": "2024-07-02 14:01", "on_scene_at": "2024-07-02 14:20", "source": "9-1-1",
        "nature": "WELFARE CK", "unit": "C1", "agency": "CARE"}  # fmt: skip


def calls(number: int) -> dict[str, list[dict[str, object]]]:
    return {"calls": [{"incident_number": str(i), **CALL} for i in range(number)]}


def count(folder: Path) -> int:
    return warehouse.run(warehouse.open(Audience.LEADERSHIP, folder), "calls_for_service", Filters()).records()[0][
        "value"
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    build_small(tmp_path, calls(3), build_id="first")
    return tmp_path


@pytest.fixture
def public(tmp_path: Path) -> Iterator[Warehouse]:
    """A public database with cells by month and nature; one of them is withheld."""
    path = tmp_path / "public.r1.duckdb"
    cells = [
        ("calls_for_service", "all", "All", {}, 100.0, ""),
        ("calls_for_service", "year", "2024-01-01", {}, 60.0, ""),
        ("calls_for_service", "month", "2024-07-01", {}, 20.0, ""),
        ("calls_for_service", "month", "2024-08-01", {}, 40.0, ""),
        ("calls_for_service", "all", "All", {"nature": "All"}, 100.0, ""),
        ("calls_for_service", "all", "All", {"nature": "Well-being check"}, 95.0, ""),
        ("calls_for_service", "all", "All", {"nature": "Notification"}, None, "c"),
        ("response_minutes", "all", "All", {}, 12.5, ""),
    ]
    with duckdb.connect(str(path)) as con:
        con.execute(
            "create table catalogue (table_id varchar, metric varchar, grain varchar, period varchar, dimensions varchar, numerator double, "
            "denominator double, value double, n double, low double, high double, status varchar)"
        )
        for metric, grain, period, dimensions, value, status in cells:
            con.execute("insert into catalogue values ('t', ?, ?, ?, ?, ?, null, ?, ?, null, null, ?)",
                        [metric, grain, period, json.dumps(dimensions), value, value, value, status])  # fmt: skip
        con.execute(
            "create table build_info as select * from (values ('as_of', '2024-12-31'), ('city', '{}')) as facts (key, value)"
        )
    (tmp_path / "public.current").write_text("r1\n")
    return warehouse.open(Audience.PUBLIC, tmp_path)


def test_a_new_build_is_served_without_a_restart(folder: Path) -> None:
    assert count(folder) == 3
    build_small(folder, calls(5), build_id="second")
    assert count(folder) == 5


def test_a_reader_of_the_old_build_goes_on_when_its_file_is_swept_away(folder: Path) -> None:
    old = warehouse.open(Audience.LEADERSHIP, folder)
    build_small(folder, calls(5), build_id="second")
    (folder / "leadership.first.duckdb").unlink()
    assert warehouse.run(old, "calls_for_service", Filters(by=("nature",))).total()["value"] == 3  # type: ignore[index]
    assert count(folder) == 5


@pytest.mark.parametrize("text", ["", "nonsense\n", "../../etc/passwd\n", "\x00\xff", "x" * 10_000])
def test_a_damaged_pointer_falls_back_to_the_newest_whole_file(folder: Path, text: str) -> None:
    (folder / "leadership.current").write_text(text, encoding="latin-1")
    assert count(folder) == 3


def test_a_missing_pointer_falls_back_to_the_newest_whole_file(folder: Path) -> None:
    (folder / "leadership.current").unlink()
    assert count(folder) == 3


def test_a_build_that_is_no_longer_served_is_let_go_with_all_that_was_asked_of_it(folder: Path) -> None:
    first = warehouse.open(Audience.LEADERSHIP, folder)
    warehouse.run(first, "calls_for_service", Filters())
    state.Reader(first.audience, first.build_id, first.as_of, home_city(), first).table("build_info")
    held = weakref.ref(first)
    del first
    build_small(folder, calls(5), build_id="second")
    assert warehouse.open(Audience.LEADERSHIP, folder).build_id == "second"
    gc.collect()
    assert held() is None


def test_a_file_that_differs_from_its_manifest_is_not_served(folder: Path) -> None:
    path = build_small(folder, calls(5), build_id="second")
    (folder / "leadership.second.json").write_text(json.dumps({"size": path.stat().st_size, "sha256": "0" * 64}))
    assert count(folder) == 3


@pytest.mark.parametrize("bytes_kept", [0, 10, 5000])
def test_a_truncated_file_is_not_served(folder: Path, bytes_kept: int) -> None:
    path = build_small(folder, calls(5), build_id="second")
    path.write_bytes(path.read_bytes()[:bytes_kept])
    assert count(folder) == 3


def test_a_damaged_build_does_not_take_away_what_is_served(folder: Path) -> None:
    assert count(folder) == 3
    (folder / "leadership.second.duckdb").write_bytes(b"not a database")
    (folder / "leadership.current").write_text("second\n")
    assert count(folder) == 3


def test_without_a_database_a_sentence_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(
        WarehouseError, match=r"no database for the public audience .* Run `python -m publicsafety release` first\."
    ):
        warehouse.open(Audience.PUBLIC, tmp_path)


def test_an_audience_never_opens_the_file_of_another(folder: Path) -> None:
    with pytest.raises(WarehouseError):
        warehouse.open(Audience.PUBLIC, folder)


ATTACKS = [
    "select * from read_csv('/etc/passwd')",
    "select * from read_text('/etc/hostname')",
    "select * from read_parquet('/tmp/x.parquet')",
    "select * from '/etc/passwd'",
    "select * from glob('/etc/*')",
    "copy fct_calls to '/tmp/stolen.csv'",
    "export database '/tmp/stolen'",
    "attach '/tmp/other.duckdb' as other",
    "install httpfs",
    "load httpfs",
    "set enable_external_access = true",
    "set lock_configuration = false",
    "reset enable_external_access",
    "set memory_limit = '100GB'",
    "set threads = 64",
    "pragma temp_directory = '/tmp'",
    "create table mine as select 1",
    "delete from fct_calls",
    "update fct_calls set nature = 'x'",
    "drop table fct_calls",
    "create macro m() as 1",
    "select * from pandas_frame_of_the_caller",
    "checkpoint",
    "call enable_logging(storage = 'file', storage_path = '/tmp/log')",
]


@pytest.mark.parametrize("sql", ATTACKS)
def test_the_connection_refuses_to_touch_any_file_or_setting(folder: Path, sql: str) -> None:
    pandas_frame_of_the_caller = duckdb.sql("select 1 as secret").df()
    assert len(pandas_frame_of_the_caller) == 1
    cursor = warehouse.open(Audience.LEADERSHIP, folder)._connection.cursor()
    if sql == "checkpoint":
        cursor.execute(sql)  # harmless on a file opened for reading: nothing to write
        return
    with pytest.raises(duckdb.Error):
        cursor.execute(sql).fetchall()


@pytest.mark.parametrize(
    "name",
    [
        "fct_calls",
        "sqlite_master",
        "load_files; drop table fct_calls",
        'dim_areas" union select 1 --',
        "",
        "dim_nothing",
    ],
)
def test_only_tables_of_reference_and_load_information_are_shown(folder: Path, name: str) -> None:
    with pytest.raises(WarehouseError, match="no table"):
        warehouse.table(warehouse.open(Audience.LEADERSHIP, folder), name)


def test_a_reference_table_is_shown_whole(folder: Path) -> None:
    assert warehouse.table(warehouse.open(Audience.LEADERSHIP, folder), "dim_events")["title"].tolist() == [
        "9-1-1 response begins"
    ]


def test_unknown_metrics_and_charts_are_refused_with_those_that_exist(folder: Path) -> None:
    opened = warehouse.open(Audience.LEADERSHIP, folder)
    with pytest.raises(WarehouseError, match="no metric 'x'. There are: active_cases"):
        warehouse.run(opened, "x", Filters())
    with pytest.raises(WarehouseError, match="no chart 'x'. There are: "):
        warehouse.chart(opened, "x", Filters())


def test_hostile_filter_values_find_nothing_and_change_nothing(folder: Path) -> None:
    opened = warehouse.open(Audience.LEADERSHIP, folder)
    for value in ("' or 1=1 --", "$start", "'; drop table fct_calls; --", "\x00", "x" * 100_000, "💥"):
        assert (
            warehouse.run(opened, "calls_for_service", Filters(where=(("nature", (value,)),))).records()[0]["value"]
            == 0
        )
    assert count(folder) == 3


def test_many_threads_get_their_own_right_answers(folder: Path) -> None:
    opened = warehouse.open(Audience.LEADERSHIP, folder)
    start = threading.Barrier(8)

    def ask(i: int) -> list[float]:
        start.wait()
        return [
            warehouse.run(
                opened,
                "calls_for_service",
                Filters(where=(("nature", ("Well-being check" if (i + j) % 2 else f"no {i} {j}",)),)),
            ).records()[0]["value"]
            for j in range(10)
        ]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(8)))
    assert answers == [[3.0 if (i + j) % 2 else 0.0 for j in range(10)] for i in range(8)]


def test_the_public_gets_published_cells_as_they_are(public: Warehouse) -> None:
    rows = warehouse.run(public, "calls_for_service", Filters(by=("nature",))).records()
    assert {row["nature"]: (row["value"], row["status"]) for row in rows} == {
        "All": (100, ""), "Well-being check": (95, ""), "Notification": (None, "c")
    }  # fmt: skip


def test_a_withheld_cell_has_no_number_and_a_letter(public: Warehouse) -> None:
    row = warehouse.run(public, "calls_for_service", Filters(where=(("nature", ("Notification",)),))).records()[0]
    assert (row["value"], row["numerator"], row["n"], row["status"]) == (None, None, None, "c")


@pytest.mark.parametrize(
    "filters",
    [
        Filters(by=("area",)),
        Filters(by=("nature", "area")),
        Filters(grain="week"),
        Filters(start=date(2024, 7, 1), end=date(2024, 8, 15)),
        Filters(start=date(2024, 7, 1)),
        Filters(where=(("nature", ("Well-being check", "Notification")),)),
        Filters(where=(("area", ("Riverside",)),)),
    ],
)
def test_what_was_not_published_is_not_available_and_never_added_up(public: Warehouse, filters: Filters) -> None:
    rows = warehouse.run(public, "calls_for_service", filters).records()
    assert [(row["value"], row["status"]) for row in rows] == [(None, "x")]


def test_a_span_that_is_one_published_period_is_looked_up_as_that_period(public: Warehouse) -> None:
    rows = warehouse.run(public, "calls_for_service", Filters(date(2024, 7, 1), date(2024, 7, 31))).records()
    assert [(row["period"], row["value"]) for row in rows] == [("All", 20)]


def test_published_months_are_cut_to_the_dates_asked_for(public: Warehouse) -> None:
    rows = warehouse.run(public, "calls_for_service", Filters(date(2024, 8, 1), date(2024, 12, 31), "month")).records()
    assert [(row["period"], row["value"]) for row in rows] == [("2024-08-01", 40)]


def test_a_published_median_is_found_under_its_own_name(public: Warehouse) -> None:
    assert warehouse.run(public, "response_minutes", Filters()).records()[0]["median"] == 12.5


def test_the_public_gets_no_chart_of_single_records(public: Warehouse) -> None:
    with pytest.raises(WarehouseError, match="single records"):
        warehouse.chart(public, "time_on_task_by_hour", Filters())


def test_a_dimension_that_a_metric_lacks_is_refused_for_the_public_too(public: Warehouse) -> None:
    with pytest.raises(FilterError, match="has no dimension 'partner'"):
        warehouse.run(public, "calls_for_service", Filters(by=("partner",)))


def test_a_filter_on_the_dimension_shown_picks_among_its_published_rows() -> None:
    cells = [
        {"grain": "all", "period": "All", "dimensions": {"nature": name}, "value": 1.0, "status": ""}
        for name in ("a", "b", "c", "All")
    ]
    found = look_up(cells, Filters(by=("nature",), where=(("nature", ("a", "c")),)))
    assert [row["nature"] for row in found] == ["a", "c"]
