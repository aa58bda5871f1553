"""Labels that no mapping explains: what is said of them, and that they never count as what they may not be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from publicsafety.pipeline import unexplained
from tests.pipeline.loading import CAD, HEADER, NEEDLES, cad_file, cad_row, load
from tests.small_warehouse import build_small

CALL = {
    "incident_number": "1",
    "received_at": "2024-07-02 14:00",
    "dispatched_at": "2024-07-02 14:02",
    "on_scene_at": "2024-07-02 14:12",
}


def found(folder: Path, sql: str, raw: dict[str, list[dict[str, Any]]]) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(build_small(folder, raw)), read_only=True) as con:
        return con.execute(sql).fetchall()


def test_a_label_that_no_mapping_explains_is_named_with_what_becomes_of_its_rows(tmp_path: Path) -> None:
    rows = [cad_row(90, SRC="Carrier pigeon"), cad_row(91, SRC="Carrier pigeon"), cad_row(92, SRC="Telegraph")]
    loads = load(tmp_path, {"cad.csv": cad_file(30, *rows)}, {"cad": CAD})
    assert unexplained.warnings(loads.con) == [
        'cad.csv: no mapping says what these labels of source mean: "Carrier pigeon" (2), "Telegraph" (1); '
        "each is kept as a label of its own. Say it under [fields.source.values] in data/sources/cad.toml and build again."
    ]


def test_labels_that_are_all_explained_are_not_mentioned(tmp_path: Path) -> None:
    assert unexplained.warnings(load(tmp_path, {"cad.csv": cad_file(30)}, {"cad": CAD}).con) == []


def test_a_label_of_rows_that_were_set_aside_is_not_mentioned(tmp_path: Path) -> None:
    loads = load(tmp_path, {"cad.csv": cad_file(30, HEADER)}, {"cad": CAD})
    assert [row[3] for row in loads.quarantine()] == ["repeated header"]
    assert unexplained.warnings(loads.con) == []


def test_a_police_role_that_no_mapping_explains_is_unknown_and_never_no_police(tmp_path: Path) -> None:
    rows = [{**CALL, "police_role": "Other (new): 10-33"}]
    assert found(tmp_path, "select police_role, is_care_response from fct_calls", {"calls": rows}) == [
        ("unknown", False)
    ]


def test_a_crew_whose_agency_no_mapping_explains_may_be_police(tmp_path: Path) -> None:
    rows = [
        {**CALL, "unit": "C1", "agency": "CARE"},
        {**CALL, "unit": "X1", "agency": "Other (new): ALPHA"},
    ]
    assert found(tmp_path, "select police_role, is_care_response from fct_calls", {"calls": rows}) == [
        ("unknown", True)
    ]


def test_a_status_that_no_mapping_explains_does_not_take_the_visit_away(tmp_path: Path) -> None:
    base = {"reported_at": "2024-07-02 14:00", "kind": "needle", "status": "Other (new): Answer provided"}
    rows = [
        {"request_number": "1", "closed_at": "2024-07-02 15:00", **base},
        {"request_number": "2", **base},
    ]
    sql = "select request_number, is_pickup from fct_pickups order by all"
    assert found(tmp_path, sql, {"pickups": rows}) == [("1", True), ("2", False)]


def test_evidence_that_no_mapping_explains_vouches_for_no_connection(tmp_path: Path) -> None:
    base = {"partner": "First Step", "sent_at": "2024-07-02 14:00", "connected_at": "2024-07-09 14:00"}
    rows = [
        {"referral_number": "1", "evidence": "partner-confirmed", **base},
        {"referral_number": "2", "evidence": "Other (new): not confirmed", **base},
    ]
    sql = "select referral_number, is_closed_loop from fct_referrals order by all"
    assert found(tmp_path, sql, {"referrals": rows}) == [("1", True), ("2", False)]


@pytest.mark.parametrize(
    ("stamps", "local"),
    [
        ([f"2025-03-0{n}T00:00:00Z" for n in range(1, 8)], "2025-03-01 05:00:00"),
        ([f"2025-03-0{n}T00:00:00+00:00" for n in range(1, 8)], "2025-03-01 05:00:00"),
        ([f"2025-03-0{n}T0{n}:00:00Z" for n in range(1, 8)], "2025-03-01 01:00:00"),
    ],
)
def test_a_column_of_midnights_in_utc_holds_days_and_any_other_holds_moments(
    tmp_path: Path, stamps: list[str], local: str
) -> None:
    mapping = NEEDLES.replace('formats = ["%Y-%m-%d %H:%M", "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M"]', "")
    text = "\n".join(
        ["Ticket,Reported,Needles,Status", *(f"N{n},{stamp},{n},Closed" for n, stamp in enumerate(stamps))]
    )
    loads = load(tmp_path, {"needles.csv": text + "\n"}, {"needles": mapping})
    first = loads.rows("select reported_at from raw_pickups order by 1 limit 1")
    assert [str(row[0]) for row in first] == [local]
    assert ("taken as days" in loads.warnings()) is ("T00:00:00" in stamps[0])


def test_a_time_of_day_in_four_digits_joins_its_date(tmp_path: Path) -> None:
    mapping = CAD.replace('column = "CALL_RCVD"', 'column = "CALL_RCVD"\ntime_column = "CALL_TIME"')
    mapping = mapping.replace('"%m/%d/%Y %H:%M"', '"%Y-%m-%d %H:%M"')
    times = {1: "1405", 2: "5", 3: "0930"}
    lines = [f"{HEADER},CALL_TIME"]
    lines += [cad_row(n, CALL_RCVD=f"2025-03-0{n}", DISP="", ONSC="") + f",{time}" for n, time in times.items()]
    loads = load(tmp_path, {"cad.csv": "\n".join(lines) + "\n"}, {"cad": mapping})
    assert [str(row[0]) for row in loads.rows("select received_at from raw_calls order by 1")] == [
        "2025-03-01 19:05:00",
        "2025-03-02 05:05:00",
        "2025-03-03 14:30:00",
    ]


def test_a_label_that_no_list_has_is_named_and_has_no_canonical_label(tmp_path: Path) -> None:
    rows = [cad_row(90, NATURE="Drone sighting"), cad_row(91, NATURE="drone sighting")]
    con = load(tmp_path, {"cad.csv": cad_file(30, *rows)}, {"cad": CAD}).con
    con.execute("create table ref_natures (label varchar, nature varchar)")
    assert len(unexplained.unlisted(con)) == 1  # the list is empty, so nothing is known
    known = con.execute(
        "select distinct label from load_labels where \"column\" = 'nature' and lower(label) <> 'drone sighting'"
    ).fetchall()
    con.executemany("insert into ref_natures values (upper(?), 'Noise')", known)
    con.execute("update load_labels set canonical = label where canonical is null")
    (said,) = unexplained.unlisted(con)
    assert said.startswith("cad.csv: reference/natures.csv has no line for these labels: ")
    assert '"Drone sighting" (1)' in said
    assert said.endswith("Add a line for each and build again.")
    marked = con.execute("select lower(label) from load_labels where canonical is null").fetchall()
    assert {label for (label,) in marked} == {"drone sighting"}
