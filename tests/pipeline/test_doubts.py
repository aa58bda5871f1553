"""What is readable and still doubtful: cut-short exports, check sums, shifted clocks, lost zeros, passed-over sheets."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from publicsafety.pipeline.filenames import date_in
from tests.pipeline.loading import CAD, HEADER, NEEDLES, cad_file, cad_row, load

REFERRALS = """
title = "Referrals"
table = "referrals"
[recognise]
columns = ["Ref", "Partner"]
[fields.referral_number]
column = "Ref"
[fields.partner]
column = "Partner"
[fields.sent_at]
column = "Sent"
"""


def month_of_calls(rows: int, hour: int = 0, first: str = "25-") -> str:
    """A CAD export of October 2025 with `rows` calls spread over the month, most of them in the afternoon."""
    lines = [HEADER]
    for n in range(rows):
        stamp = f"2025-10-{1 + n * 31 // rows:02d} {(12 + n % 7 + hour) % 24:02d}:{n % 60:02d}:00"
        lines.append(cad_row(n, INC_NUM=f"{first}{n:05d}", CALL_RCVD=stamp, DISP="", ONSC=""))
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(("footer", "agrees"), [("Total,,,,,,,,,,", True), ("Total: 50,,,,,,,,,,", True), ("Total: 55,,,,,,,,,,", False), ("Total: 1,,", False)])  # fmt: skip
def test_a_total_row_is_a_check_sum(tmp_path: Path, footer: str, agrees: bool) -> None:
    loads = load(tmp_path, {"cad.csv": cad_file(50, footer)})
    assert [row[3] for row in loads.quarantine()] == ["footer"]
    assert ("the footer says" in loads.warnings()) is not agrees


def test_a_total_of_needles_is_compared_with_their_sum(tmp_path: Path) -> None:
    rows = ["Ticket,Reported,Needles,Status", *(f"N{n},2025-03-01 10:0{n},{n},Closed" for n in range(5))]
    right = load(tmp_path, {"a.csv": "\n".join([*rows, "Total,,10,"]) + "\n"}, {"needles": NEEDLES})
    (tmp_path / "wrong").mkdir()
    wrong = load(tmp_path / "wrong", {"a.csv": "\n".join([*rows, "Total,,1589,"]) + "\n"}, {"needles": NEEDLES})
    assert "the footer says" not in right.warnings()
    assert "the footer says 1,589, but Needles adds up to 10" in wrong.warnings()


def test_a_row_with_nothing_but_a_total_for_a_key_is_a_footer(tmp_path: Path) -> None:
    rows = ["Ref,Partner,Sent", *(f"R{n},First Step,2025-03-0{1 + n}" for n in range(5)), "Total: 5,,"]
    loads = load(tmp_path, {"referrals.csv": "\n".join(rows) + "\n"}, {"referrals": REFERRALS})
    assert loads.files["referrals.csv"].rows_loaded == 5
    assert [row[3] for row in loads.quarantine()] == ["footer"]


def test_a_shrunken_export_is_refused_until_it_is_confirmed(tmp_path: Path) -> None:
    files = {"cad_2025-11-01.csv": month_of_calls(400), "cad_2025-12-01.csv": month_of_calls(200)}
    loads = load(tmp_path, files)
    assert list(loads.files) == ["cad_2025-11-01.csv"]
    assert "200 rows of October 2025" in loads.refused["cad_2025-12-01.csv"]
    assert "--accept-shrunken" in loads.refused["cad_2025-12-01.csv"]
    confirmed = load(tmp_path, files, accept_shrunken=True)
    assert confirmed.refused == {}
    assert confirmed.result.digest != loads.result.digest


def test_a_slightly_shorter_export_or_one_of_another_district_is_no_shrunken_one(tmp_path: Path) -> None:
    loads = load(
        tmp_path,
        {
            "cad_2025-11-01.csv": month_of_calls(400),
            "cad_2025-11-02.csv": month_of_calls(390),
            "cad_2025-11-03.csv": month_of_calls(100, first="district-"),
        },
    )
    assert loads.refused == {}


@pytest.mark.parametrize(("hour", "warned"), [(0, False), (5, True), (-5, False), (-9, True)])
def test_calls_in_the_hours_of_another_zone_are_noticed(tmp_path: Path, hour: int, warned: bool) -> None:
    loads = load(tmp_path, {"cad.csv": month_of_calls(400, hour)})
    assert ("another zone" in loads.warnings()) is warned


def test_a_call_longer_than_a_day_is_loaded_with_a_warning(tmp_path: Path) -> None:
    mapping = NEEDLES.replace('"pickups"', '"calls"').replace("request_number", "incident_number").replace("reported_at", "received_at")  # fmt: skip
    mapping = mapping.replace("needles_found", "cleared_at").replace("fields.status", "fields.nature")
    mapping = mapping.replace('column = "Needles"', 'column = "Needles"\nformats = ["%Y-%m-%d %H:%M"]')
    rows = ["Ticket,Reported,Needles,Status", "1,2025-03-01 10:00,2025-03-01 11:00,A", "2,2025-03-01 10:00,2025-03-03 11:00,A"]  # fmt: skip
    loads = load(tmp_path, {"calls.csv": "\n".join(rows) + "\n"}, {"calls": mapping})
    found = loads.rows("select line, warning from load_warnings where warning like '%24 hours%'")
    assert [row[0] for row in found] == [3]
    assert loads.files["calls.csv"].rows_loaded == 2


def test_identifiers_that_lost_their_leading_zeros_are_noticed(tmp_path: Path) -> None:
    good = "\n".join([HEADER, *(cad_row(n, INC_NUM=f"{n:07d}") for n in range(20))]) + "\n"
    bad = "\n".join([HEADER, *(cad_row(n, INC_NUM=str(n + 20)) for n in range(20))]) + "\n"
    loads = load(tmp_path, {"cad_1.csv": good, "cad_2.csv": bad})
    found = loads.rows("select file from load_warnings where warning like '%leading zeros%'")
    assert found == [("cad_2.csv",)]


def test_sheets_that_no_mapping_names_are_listed_as_passed_over(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    rows = [line.split(",") for line in cad_file(10).splitlines()]
    for row in rows:
        book.active.append(row)
    other = book.create_sheet("Lookup values")
    other.append(["Code", "Meaning"])
    other.append(["A", "B"])
    (tmp_path / "exports").mkdir()
    book.save(tmp_path / "exports" / "cad.xlsx")
    loads = load(tmp_path, {})
    assert [each.rows_loaded for each in loads.result.files] == [10]
    assert loads.refused == {}
    assert "passed over" in loads.warnings()
    assert "Lookup values" in loads.warnings()


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("cad_2026-10_revised_2026-11-05.csv", "2026-11-05"),
        ("cad_2026-10.csv", "2026-10-31"),
        ("2024-01-01_to_2024-12-31.csv", "2024-12-31"),
        ("cad20261105.csv", "2026-11-05"),
        ("cad_2026-02-30.csv", "2026-02-28"),
        ("calls_2025.csv", None),
        ("case 12345678.csv", None),
    ],
)
def test_the_last_full_date_in_a_name_is_the_day_of_the_export(name: str, day: str | None) -> None:
    found = date_in(name)
    assert (found and found[:10]) == day


def test_a_stamp_after_the_export_lies_in_the_future_whatever_the_clock_says(tmp_path: Path) -> None:
    text = cad_file(30, cad_row(90, CALL_RCVD="2025-03-20 10:00:00", DISP="", ONSC=""))
    loads = load(tmp_path, {"cad_2025-03-07.csv": text})
    assert [row[3] for row in loads.quarantine()] == ["lies in the future"]
    (tmp_path / "undated").mkdir()
    undated = load(tmp_path / "undated", {"cad.csv": text})
    assert undated.quarantine() == []


@pytest.mark.parametrize(("alias", "notes"), [("", 1), ('aliases = ["CALL_TYPE"]', 0)])
def test_a_column_under_a_new_name_is_said(tmp_path: Path, alias: str, notes: int) -> None:
    mapping = CAD.replace('column = "NATURE"', f'column = "NATURE"\n{alias}')
    renamed = cad_file(30).replace("NATURE", "CALL_TYPE", 1)
    found = load(tmp_path, {"cad.csv": renamed}, {"cad": mapping}).files["cad.csv"].notes
    assert len(found) == notes
    assert not notes or '"NATURE" (nature); it does not know: CALL_TYPE.' in found[0]


def test_a_column_that_is_gone_without_a_new_one_is_not_mentioned(tmp_path: Path) -> None:
    mapping = CAD.replace("[columns]", '[fields.priority]\ncolumn = "PRI"\n[columns]')
    assert load(tmp_path, {"cad.csv": cad_file(30)}, {"cad": mapping}).files["cad.csv"].notes == []


def test_a_format_with_a_z_at_its_end_reads_stamps_with_a_z_at_theirs(tmp_path: Path) -> None:
    needles = "Ticket,Reported,Needles,Status\n1,2025-07-01T12:00:00Z,3,\n2,2025-07-02T12:00:00Z,4,\n"
    mapping = NEEDLES.replace('"%Y-%m-%d %H:%M"', '"%Y-%m-%dT%H:%M:%SZ"')
    assert load(tmp_path, {"needles.csv": needles}, {"needles": mapping}).files["needles.csv"].rows_loaded == 2
