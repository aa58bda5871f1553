"""Is a zero a zero, a gap a gap, and a month in progress provisional?"""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from small_warehouse import build_small

from publicsafety import warehouse
from publicsafety.audience import Audience
from publicsafety.filters import Filters
from publicsafety.metrics import registry
from publicsafety.observations import MEASURES, STATUSES

CARE = {"source": "9-1-1", "nature": "WELFARE CK", "unit": "C1", "agency": "CARE"}


def call(number: int, received: str, **others: object) -> dict[str, object]:
    stamps = {
        "received_at": f"{received} 14:00",
        "dispatched_at": f"{received} 14:01",
        "on_scene_at": f"{received} 14:20",
    }
    return {"incident_number": str(number), **stamps, **CARE, **others}


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> warehouse.Warehouse:
    """Calls in July, September and October 2024 (as of October 20); none in August; police calls only in May and June."""
    police = {"agency": "police", "unit": "P1"}
    calls = [call(1, "2024-05-10", **police), call(2, "2024-06-10", **police), call(3, "2024-07-10"),
             call(4, "2024-09-10", source="referral"), call(5, "2024-10-20")]  # fmt: skip
    folder = tmp_path_factory.mktemp("observations")
    build_small(folder, {"calls": calls})
    return warehouse.open(Audience.LEADERSHIP, folder)


def by_month(opened: warehouse.Warehouse, metric: str, **others: object) -> dict[str, tuple[object, object]]:
    answer = warehouse.run(opened, metric, Filters(grain="month", **others)).records()  # type: ignore[arg-type]
    return {row["period"]: (row["value"], row["status"]) for row in answer}


def test_a_month_without_rows_is_a_gap_and_never_zero(opened: warehouse.Warehouse) -> None:
    assert by_month(opened, "care_responses")["2024-08-01"] == (None, "x")


def test_before_the_service_began_there_is_nothing_to_count(opened: warehouse.Warehouse) -> None:
    found = by_month(opened, "care_responses")
    assert found["2024-05-01"] == (None, "z")
    assert found["2024-06-01"] == (None, "z")


def test_what_was_counted_before_the_service_began_is_shown(opened: warehouse.Warehouse) -> None:
    assert by_month(opened, "calls_for_service")["2024-05-01"] == (1, "")


def test_a_covered_month_without_such_a_call_is_zero(opened: warehouse.Warehouse) -> None:
    assert by_month(opened, "care_responses", where=(("source", ("referral",)),))["2024-07-01"] == (0, "")


def test_a_rate_of_nothing_is_not_applicable(opened: warehouse.Warehouse) -> None:
    assert by_month(opened, "no_police_rate", where=(("source", ("referral",)),))["2024-07-01"] == (None, "z")


def test_the_month_in_progress_is_provisional(opened: warehouse.Warehouse) -> None:
    found = by_month(opened, "care_responses")
    assert found["2024-10-01"] == (1, "p")
    assert found["2024-09-01"] == (1, "")


def test_nothing_is_answered_after_the_as_of_day(opened: warehouse.Warehouse) -> None:
    assert max(by_month(opened, "care_responses", end=date(2025, 12, 31))) == "2024-10-01"


def test_a_day_without_calls_in_a_covered_month_is_zero(opened: warehouse.Warehouse) -> None:
    rows = warehouse.run(opened, "care_responses", Filters(date(2024, 10, 1), date(2024, 10, 31), "day")).records()
    assert len(rows) == 20
    assert [row["value"] for row in rows] == [0] * 19 + [1]
    assert {row["status"] for row in rows} == {""}


def test_a_week_belongs_to_its_monday(opened: warehouse.Warehouse) -> None:
    rows = warehouse.run(opened, "care_responses", Filters(date(2024, 10, 7), date(2024, 10, 20), "week")).records()
    assert [(row["period"], row["value"], row["status"]) for row in rows] == [
        ("2024-10-07", 0, ""),
        ("2024-10-14", 1, ""),
    ]


def test_an_export_that_was_never_loaded_is_not_available(opened: warehouse.Warehouse) -> None:
    row = warehouse.run(opened, "staffed_hours", Filters()).records()[0]
    assert (row["value"], row["status"]) == (None, "x")


@pytest.mark.parametrize("name", sorted(registry()))
def test_every_answer_has_the_one_shape(name: str, opened: warehouse.Warehouse) -> None:
    metric = registry()[name]
    grain = "month" if "month" in metric.grains else "all"
    answer = warehouse.run(opened, name, Filters(grain=grain, by=metric.dimensions[:2]))
    assert list(answer.frame.columns) == ["period", *metric.dimensions[:2], *MEASURES, "status", *metric.extras]
    assert set(answer.frame["status"]) <= set(STATUSES)
    assert not answer.frame.duplicated(["period", *metric.dimensions[:2]]).any()
    missing = answer.frame["value"].isna()
    assert (answer.frame.loc[missing, "status"] != "").all()


def test_every_total_row_of_two_dimensions_is_there(opened: warehouse.Warehouse) -> None:
    frame = warehouse.run(opened, "calls_for_service", Filters(by=("source", "nature"))).frame
    assert frame[(frame["source"] == "All") & (frame["nature"] == "All")]["value"].tolist() == [5]
    assert frame[(frame["source"] != "All") & (frame["nature"] != "All")]["value"].sum() == 5
    assert set(frame[frame["source"] == "All"]["nature"]) == {"All", "Well-being check"}


def test_a_filter_that_keeps_nothing_answers_with_a_zero_total(opened: warehouse.Warehouse) -> None:
    rows = warehouse.run(
        opened, "calls_for_service", Filters(by=("nature",), where=(("area", ("Nowhere",)),))
    ).records()
    assert [(row["nature"], row["value"]) for row in rows] == [("All", 0)]


def test_a_caller_cannot_change_what_the_next_caller_gets(opened: warehouse.Warehouse) -> None:
    first = warehouse.run(opened, "calls_for_service", Filters()).frame
    first["value"] = 99
    assert warehouse.run(opened, "calls_for_service", Filters()).frame["value"].tolist() == [5]


def test_the_printed_document_has_plain_numbers(opened: warehouse.Warehouse) -> None:
    document = warehouse.run(opened, "no_police_rate", Filters(grain="month")).as_json()
    assert document["observations"][0]["numerator"] is None
    found = [row for row in document["observations"] if row["status"] == ""]
    assert found
    assert type(found[0]["numerator"]) is int
    assert type(found[0]["value"]) is float
    assert not any(value is pd.NA for row in document["observations"] for value in row.values())


def test_the_order_is_by_period_then_weekday_from_monday_then_hour_totals_last(tmp_path: Path) -> None:
    days = ["2024-09-02", "2024-09-08", "2024-09-04"]
    build_small(tmp_path, {"calls": [call(i, day) for i, day in enumerate(days)]})
    frame = warehouse.run(
        warehouse.open(Audience.LEADERSHIP, tmp_path), "calls_for_service", Filters(by=("weekday",))
    ).frame
    assert frame["weekday"].tolist() == ["Mon", "Wed", "Sun", "All"]
