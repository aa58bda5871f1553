"""Are calls, stamps, labels and places joined as the definitions say?"""

import re
from pathlib import Path
from typing import Any

import duckdb
import pytest
from small_warehouse import build_small

from publicsafety.pipeline.statements import QUERIES, StatementError, queries_in_order, relations_read

ROOT = Path(__file__).resolve().parents[2]


def mart(tmp_path: Path, name: str, raw: dict[str, list[dict[str, Any]]], **others: Any) -> list[dict[str, Any]]:
    """The rows of a mart made from raw rows."""
    with duckdb.connect(str(build_small(tmp_path, raw, **others)), read_only=True) as con:
        relation = con.execute(f"select * from {name}")
        names = [column[0] for column in relation.description]
        return [dict(zip(names, row, strict=True)) for row in relation.fetchall()]


def documented() -> dict[str, set[str]]:
    """Columns by mart as docs/architecture.md states them; types beside the names are left out."""
    text = (ROOT / "docs" / "architecture.md").read_text().split("## Marts")[1].split("\n## ")[0]
    found: dict[str, set[str]] = {}
    for line in re.split(r"\n(?=`(?:fct|dim)_)|(?<=;) (?=`dim_)", text):
        named = re.match(r"`((?:fct|dim)_\w+)(?:\(([^)]*)\))?`(?! is not needed)", line)
        if named:
            listed = named[2] or ", ".join(re.findall(r"`([^`]+)`", re.sub(r"\([^)]*\)", "", line[named.end() :])))
            words = [part.split()[0].strip('"') for part in listed.split(",") if part.strip()]
            found[named[1]] = {word for word in words if re.fullmatch(r"\w+", word)}
    return found


@pytest.mark.parametrize("name", sorted(documented()))
def test_every_mart_of_the_documentation_exists_with_its_columns(name: str, tmp_path: Path) -> None:
    with duckdb.connect(str(build_small(tmp_path, {})), read_only=True) as con:
        have = {
            row[0]
            for row in con.execute("select column_name from duckdb_columns() where table_name = ?", [name]).fetchall()
        }
    columns = documented()[name]
    assert columns
    assert columns <= have


def unit(name: str, agency: str | None, **stamps: Any) -> dict[str, Any]:
    return {
        "incident_number": "1",
        "received_at": "2024-07-02 14:00",
        "nature": "WELFARE CK",
        "unit": name,
        "agency": agency,
        **stamps,
    }


def test_several_unit_rows_are_one_incident_with_the_stamps_of_the_first_arriving_care_unit(tmp_path: Path) -> None:
    rows = [
        unit("C2", "CARE", dispatched_at="2024-07-02 14:01", on_scene_at="2024-07-02 14:30"),
        unit("C1", "CARE", dispatched_at="2024-07-02 14:05", on_scene_at="2024-07-02 14:20"),
        unit("P1", "police", dispatched_at="2024-07-02 14:00", on_scene_at="2024-07-02 14:10"),
    ]
    (found,) = mart(tmp_path, "fct_calls", {"calls": rows})
    assert str(found["on_scene_at"]) == "2024-07-02 10:20:00"
    assert str(found["dispatched_at"]) == "2024-07-02 10:05:00"
    assert found["response_minutes"] == 20
    assert found["police_role"] == "co-response"


def test_when_no_care_unit_arrived_the_stamps_are_those_of_the_first_dispatched(tmp_path: Path) -> None:
    rows = [unit("C1", "CARE", dispatched_at="2024-07-02 14:05"), unit("C2", "CARE", dispatched_at="2024-07-02 14:01")]
    (found,) = mart(tmp_path, "fct_calls", {"calls": rows})
    assert str(found["dispatched_at"]) == "2024-07-02 10:01:00"
    assert (found["is_care_response"], found["is_care_arrival"], found["response_excluded"]) == (
        True,
        False,
        "missing stamp",
    )


def test_where_no_care_unit_went_the_stamps_are_the_calls_own_and_no_response_is_timed(tmp_path: Path) -> None:
    rows = [unit("P1", "police", dispatched_at="2024-07-02 14:05", on_scene_at="2024-07-02 14:09")]
    (found,) = mart(tmp_path, "fct_calls", {"calls": rows})
    assert str(found["on_scene_at"]) == "2024-07-02 10:09:00"
    assert (found["police_role"], found["response_minutes"], found["response_excluded"]) == (
        "police",
        None,
        "not applicable",
    )


def test_units_from_a_file_of_their_own_join_the_call(tmp_path: Path) -> None:
    raw = {
        "calls": [{"incident_number": "1", "received_at": "2024-07-02 14:00", "nature": "WELFARE CK"}],
        "unit_responses": [
            {
                "incident_number": "1",
                "unit": "C1",
                "agency": "CARE",
                "dispatched_at": "2024-07-02 14:02",
                "on_scene_at": "2024-07-02 14:12",
            }
        ],
    }
    (found,) = mart(tmp_path, "fct_calls", raw)
    assert (found["is_care_arrival"], found["police_role"], found["response_minutes"]) == (True, "none", 12)


def test_a_call_without_agencies_is_a_care_response_when_its_police_role_says_so(tmp_path: Path) -> None:
    base = {"received_at": "2024-07-02 14:00", "dispatched_at": "2024-07-02 14:02", "on_scene_at": "2024-07-02 14:12"}
    roles = [("1", "none"), ("2", "co-response"), ("3", "police"), ("4", None), ("5", "unknown")]
    rows = [{"incident_number": number, "police_role": role, **base} for number, role in roles]
    found = {
        row["incident_number"]: (row["is_care_response"], row["police_role"])
        for row in mart(tmp_path, "fct_calls", {"calls": rows})
    }
    assert found == {
        "1": (True, "none"),
        "2": (True, "co-response"),
        "3": (False, "police"),
        "4": (False, "unknown"),
        "5": (False, "unknown"),
    }


def test_text_is_never_null(tmp_path: Path) -> None:
    (found,) = mart(tmp_path, "fct_calls", {"calls": [{"incident_number": "1", "received_at": "2024-07-02 14:00"}]})
    for name in (
        "source",
        "nature",
        "nature_group",
        "final_nature",
        "priority",
        "disposition",
        "area",
        "area_group",
        "place_kind",
    ):
        assert found[name] == "Not recorded"
    assert (found["police_role"], found["eligibility"], found["unmet_reason"]) == (
        "unknown",
        "not triaged",
        "not applicable",
    )


def test_spellings_of_a_label_become_one(tmp_path: Path) -> None:
    labels = [
        "welfare ck",
        "Welfare  CK",
        "WELFARE CK",
        "Well-being check",
        "Odd/label",
        "odd or  label",
        "ODD OR LABEL",
    ]
    rows = [
        {"incident_number": str(i), "received_at": "2024-07-02 14:00", "nature": label}
        for i, label in enumerate(labels)
    ]
    found = mart(tmp_path, "fct_calls", {"calls": rows})
    assert [row["nature"] for row in found][:4] == ["Well-being check"] * 4
    assert len({row["nature"] for row in found}) == 2
    assert {row["nature_group"] for row in found} == {"Well-being", "Other"}


def test_a_point_decides_the_area_and_the_text_is_the_fallback(tmp_path: Path) -> None:
    places = [
        {
            "latitude": 42.37,
            "longitude": -71.11,
            "area": "Riverside",
            "place_kind": "park",
            "h3_8": "a",
            "h3_9": "b",
            "is_outside": False,
        },
        {"latitude": 40.0, "longitude": -70.0, "is_outside": True},
    ]
    received = {"received_at": "2024-07-02 14:00"}
    rows = [
        {"incident_number": "1", "latitude": 42.37, "longitude": -71.11, "area": "Wrong", **received},
        {"incident_number": "2", "latitude": 40.0, "longitude": -70.0, "area": "Riverside", **received},
        {"incident_number": "3", "area": "RIVERSIDE", **received},
        {"incident_number": "4", "area": "Elsewhere", **received},
    ]
    found = mart(
        tmp_path,
        "fct_calls",
        {"calls": rows},
        places=places,
        areas=[{"area": "Riverside", "area_group": "South", "km2": 1.0}],
    )
    assert [(row["area"], row["area_group"], row["in_service_area"]) for row in found] == [
        ("Riverside", "South", True), ("Outside the city", "Not recorded", False), ("Riverside", "South", True), ("Not recorded", "Not recorded", True)
    ]  # fmt: skip
    assert [(row["exported_area"], row["point_area"]) for row in found] == [
        ("Wrong", "Riverside"), ("Riverside", "Outside the city"), ("Riverside", None), ("Elsewhere", None)
    ]  # fmt: skip


@pytest.mark.parametrize(("table", "key"), [("calls", "incident_number"), ("pickups", "request_number")])
def test_a_text_that_names_no_area_is_kept_only_where_the_layer_is_another_citys(
    tmp_path: Path, table: str, key: str
) -> None:
    when = "received_at" if table == "calls" else "reported_at"
    rows = [{key: str(n), when: "2024-07-02 14:00", "area": area} for n, area in enumerate(("N-01", "N-02"))]
    name, layer = f"fct_{table}", [{"area": "Riverside", "area_group": "South", "km2": 1.0}]
    (tmp_path / "other").mkdir()
    (tmp_path / "ours").mkdir()
    found = mart(tmp_path / "other", name, {table: rows}, areas=layer)
    assert [row["area"] for row in found] == ["N-01", "N-02"]
    known = {key: "3", when: "2024-07-02 15:00", "area": "riverside"}
    found = mart(tmp_path / "ours", name, {table: [*rows, known]}, areas=layer)
    assert [row["area"] for row in found] == ["Not recorded", "Not recorded", "Riverside"]


def test_spellings_of_a_source_of_reports_become_the_most_common_one(tmp_path: Path) -> None:
    sources = ["Phone", "PHONE ", "Phone", "Web", None]
    rows = [
        {"request_number": str(i), "reported_at": "2024-07-02 14:00", "source": source}
        for i, source in enumerate(sources)
    ]
    found = mart(tmp_path, "fct_pickups", {"pickups": rows})
    assert [row["source"] for row in found] == ["Phone", "Phone", "Phone", "Web", "Not recorded"]


def test_an_hour_skipped_in_spring_takes_nothing_from_elapsed_minutes(tmp_path: Path) -> None:
    rows = [{"incident_number": "1", "unit": "C1", "agency": "CARE", "received_at": "2025-03-09 06:50", "dispatched_at": "2025-03-09 06:51",
             "on_scene_at": "2025-03-09 07:10"}]  # fmt: skip
    (found,) = mart(tmp_path, "fct_calls", {"calls": rows})
    assert (str(found["received_at"]), str(found["on_scene_at"])) == ("2025-03-09 01:50:00", "2025-03-09 03:10:00")
    assert found["response_minutes"] == 20


def test_used_and_excluded_responses_are_all_responses(tmp_path: Path) -> None:
    from given_expect import read

    given = read(ROOT / "tests" / "metrics" / "response_minutes.md").given
    found = mart(tmp_path, "fct_calls", dict(given))
    for row in found:
        assert (row["response_minutes"] is None) == (row["response_excluded"] is not None)
        assert (row["time_on_task_minutes"] is None) == (row["time_on_task_excluded"] is not None)
    assert [row["response_excluded"] for row in found] == [
        None, None, None, "missing stamp", "negative", "midnight sentinel", "longer than bound", "not applicable", None
    ]  # fmt: skip


def test_service_hours_may_pass_midnight_and_leave_out_weekends(tmp_path: Path) -> None:
    received = ["2024-07-02 12:59", "2024-07-02 13:00", "2024-07-03 00:59", "2024-07-03 01:00", "2024-07-06 14:00"]
    rows = [{"incident_number": str(i), "received_at": each} for i, each in enumerate(received)]
    assert [row["in_service_hours"] for row in mart(tmp_path, "fct_calls", {"calls": rows})] == [
        False,
        True,
        True,
        False,
        False,
    ]


def test_eligible_calls_are_answered_or_have_one_reason(tmp_path: Path) -> None:
    from given_expect import read

    given = read(ROOT / "tests" / "metrics" / "unmet_calls.md").given
    for row in mart(tmp_path, "fct_calls", dict(given)):
        assert (row["unmet_reason"] == "not applicable") == (not row["is_eligible"])
        assert (row["unmet_reason"] == "answered") == row["is_answered"]


def test_a_case_is_one_row_for_each_month_in_which_it_was_open(tmp_path: Path) -> None:
    raw = {"cases": [{"case_number": "1", "opened_at": "2024-07-10 14:00", "closed_at": "2024-09-02 14:00"}]}
    found = [
        (str(row["active_from"]), str(row["active_until"]))
        for row in mart(tmp_path, "fct_case_months", raw, as_of="2024-12-31")
    ]
    assert found == [("2024-07-10", "2024-07-31"), ("2024-08-01", "2024-08-31"), ("2024-09-01", "2024-09-02")]


def test_stages_of_a_referral_imply_the_earlier_ones(tmp_path: Path) -> None:
    results = ["declined", "rejected", "no reply", "lost", "accepted", "connected", "completed", None]
    rows = [
        {"referral_number": str(i), "offered_at": "2024-07-02 14:00", "result": result}
        for i, result in enumerate(results)
    ]
    stages = ["is_offered", "is_sent", "is_accepted", "is_connected", "is_completed"]
    found = mart(tmp_path, "fct_referrals", {"referrals": rows}, as_of="2024-12-31")
    assert [sum(row[stage] for stage in stages) for row in found] == [1, 2, 2, 2, 3, 4, 5, 1]
    for row in found:
        reached = [row[stage] for stage in stages]
        assert reached == sorted(reached, reverse=True)


def test_a_stage_of_the_calendar_says_its_fiscal_year(tmp_path: Path) -> None:
    rows = {str(row["date"]): row for row in mart(tmp_path, "dim_calendar", {}, as_of="2024-08-01")}
    assert rows["2024-06-30"]["fiscal_year"] == 2024
    assert rows["2024-07-01"]["fiscal_year"] == 2025
    assert rows["2024-07-01"]["weekday"] == "Mon"


def test_files_are_ordered_so_that_each_comes_after_what_it_reads() -> None:
    for folder in ("staging", "marts"):
        names = [path.stem for path in queries_in_order(QUERIES / folder)]
        assert sorted(names) == sorted(path.stem for path in (QUERIES / folder).glob("*.sql"))
        for place, name in enumerate(names):
            later = set(names[place:])
            assert not relations_read(QUERIES / folder / f"{name}.sql") & later - {name}


def test_files_that_read_one_another_in_a_circle_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text("select * from b")
    (tmp_path / "b.sql").write_text("select * from a")
    with pytest.raises(StatementError, match="in a circle"):
        queries_in_order(tmp_path)


def test_staging_reads_one_raw_table_and_joins_nothing() -> None:
    for path in (QUERIES / "staging").glob("*.sql"):
        assert relations_read(path) == {f"raw_{path.stem.removeprefix('stg_')}"}


def test_the_same_rows_in_another_order_give_the_same_marts(tmp_path: Path) -> None:
    from given_expect import read

    given = {table: list(rows) for table, rows in read(ROOT / "tests" / "metrics" / "no_police_rate.md").given.items()}
    rows = [{"file": "f", "line": i, **row} for i, row in enumerate(given["calls"])]
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert mart(tmp_path / "a", "fct_calls", {"calls": rows}) == mart(
        tmp_path / "b", "fct_calls", {"calls": rows[::-1]}
    )
