"""A release that holds, and one leak planted into it at a time: every one must be caught, and nothing else."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb
import h3
import pytest

from publicsafety.pipeline.audit import AuditError, AuditReport, audit, published_numbers, text_leaks
from tests.audit.folders import (
    HIDDEN,
    NATURES,
    NO_POLICE,
    QUARTERS,
    TRUTH,
    Sheet,
    counted,
    rated,
    safe_sheets,
    write_release,
)

FIRST_HIDDEN = 2  # the row of the first quarter's notifications


def attacked(folder: Path, sheets: list[Sheet], **extra: object) -> AuditReport:
    """The audit of a release that was just written."""
    return audit(write_release(folder / "open", sheets, **extra))


def kinds(report: AuditReport) -> set[str]:
    """What sorts of leak were found."""
    return {one.kind for one in report.findings}


def test_a_release_that_holds_passes_with_its_narrowest_interval_reported(tmp_path: Path) -> None:
    """The control: without it every test below would pass on an attacker who always complains."""
    report = attacked(tmp_path, safe_sheets())
    assert report.passed, report.as_text()
    assert report.withheld == len(HIDDEN)
    assert report.narrowest == 10  # the first quarter hides 15 calls in two cells of at least one, and 12 in a column
    assert report.exact == 0


def test_a_withheld_number_left_in_the_csv_is_caught(tmp_path: Path) -> None:
    """Marked [c], and the number stands there all the same."""
    sheets = safe_sheets()
    sheets[0] = sheets[0].with_row(FIRST_HIDDEN, value="3")
    assert "withheld row with numbers" in kinds(attacked(tmp_path, sheets))


def test_one_number_more_gives_all_four_withheld_cells_back(tmp_path: Path) -> None:
    """Publishing one corner of the rectangle publishes the other three."""
    sheets = safe_sheets()
    sheets[0] = sheets[0].with_row(FIRST_HIDDEN + 1, **counted(QUARTERS[0], 12, nature="Other"))
    report = attacked(tmp_path, sheets)
    assert "withheld recovered" in kinds(report)
    assert {one.low for one in report.findings if one.kind == "withheld recovered"} == {3.0, 9.0, 4.0}


def test_a_percentage_beside_a_withheld_count_is_caught(tmp_path: Path) -> None:
    """A share of two thirds, of a handful of calls whose number is withheld."""
    row = {**rated(QUARTERS[0], None, None, nature="Notification"), "value": "0.6667", "status": ""}
    share = Sheet(
        "share_by_nature", "no_police_rate", "quarter", ("nature",), 5, (row,), kind="proportion",
        base="care_responses", parts=NO_POLICE,
    )  # fmt: skip
    assert "rate without its counts" in kinds(attacked(tmp_path, [*safe_sheets(), share]))
    column = replace(safe_sheets()[0].with_row(FIRST_HIDDEN, percent="4.3"))
    assert "withheld row with numbers" in kinds(attacked(tmp_path / "column", [column]))


def test_the_complement_of_a_published_rate_is_caught(tmp_path: Path) -> None:
    """68 of 70 without police publishes the two calls with police."""
    sheets = safe_sheets()
    sheets[2] = sheets[2].with_row(0, **rated(QUARTERS[0], 68, 70))
    report = attacked(tmp_path, sheets)
    assert "complement recovered" in kinds(report)
    assert any(one.low == 2 for one in report.findings)


def test_a_year_to_date_figure_is_caught(tmp_path: Path) -> None:
    """A year's figure before the year is over: the next one, minus this one, is what happened in between."""
    folder = write_release(tmp_path / "open", safe_sheets()[1:2], closed_until="2025-07-01")
    assert "unfinished period" in kinds(audit(folder))


def test_a_quarter_that_the_year_and_the_others_give_away_is_caught(tmp_path: Path) -> None:
    """Three calls between two totals that are both safe: the quarter between them is in no table."""
    quarters = tuple(counted(period, 10) for period in QUARTERS[:3])
    first = Sheet("by_quarter", "transports", "quarter", (), 5, quarters)
    second = Sheet("by_year", "transports", "year", (), 5, (counted("2025-01-01", 33),))
    report = attacked(tmp_path, [*safe_sheets(), first, second])
    assert any(one.low == one.high == 3 for one in report.findings), report.as_text()


def test_a_hexagon_that_its_parent_gives_away_is_caught(tmp_path: Path) -> None:
    """Two neighbouring parents, in each one hexagon withheld: safe until the parents' totals are published as well."""
    parents = sorted(h3.grid_disk(h3.latlng_to_cell(42.37, -71.11, 8), 1))[:2]
    children = [child for parent in parents for child in sorted(h3.cell_to_children(parent, 9))]
    numbers = {child: 20 + i for i, child in enumerate(children)} | {children[3]: 4, children[9]: 8}
    rows = [counted("2025-01-01", None if n < 10 else n, h3=child) for child, n in numbers.items()]
    rows.append(counted("2025-01-01", sum(numbers.values()), h3="All"))
    fine = Sheet("reports_by_hexagon", "needle_reports", "year", ("h3",), 5, tuple(rows))
    assert attacked(tmp_path / "fine", [*safe_sheets(), fine]).passed
    totals = [sum(n for child, n in numbers.items() if h3.cell_to_parent(child, 8) == parent) for parent in parents]
    rows = [counted("2025-01-01", total, h3_8=parent) for parent, total in zip(parents, totals, strict=True)]
    coarse = Sheet("reports_by_parent", "needle_reports", "year", ("h3_8",), 5, tuple(rows))
    report = attacked(tmp_path / "both", [*safe_sheets(), fine, coarse])
    assert {one.low for one in report.findings if one.kind == "withheld recovered"} == {4, 8}, report.as_text()


def test_a_neighbourhood_that_its_part_of_the_city_gives_away_is_caught(tmp_path: Path) -> None:
    """The same with areas: everyone knows which neighbourhood lies where."""
    where = {"Port": "East", "Riverside": "East", "Highlands": "West", "Fields": "West"}
    numbers = {"Port": 4, "Riverside": 30, "Highlands": 9, "Fields": 22}
    rows = [counted("2025-01-01", None if n < 10 else n, area=area) for area, n in numbers.items()]
    rows.append(counted("2025-01-01", 65, area="All"))
    fine = Sheet("by_area", "follow_ups", "year", ("area",), 5, tuple(rows))
    groups = (counted("2025-01-01", 34, area_group="East"), counted("2025-01-01", 31, area_group="West"))
    coarse = Sheet("by_group", "follow_ups", "year", ("area_group",), 5, groups)
    assert attacked(tmp_path / "fine", [*safe_sheets(), fine], areas=where).passed
    report = attacked(tmp_path / "both", [*safe_sheets(), fine, coarse], areas=where)
    assert {one.low for one in report.findings if one.kind == "withheld recovered"} == {4, 9}, report.as_text()


def test_a_corrected_count_between_two_releases_is_caught(tmp_path: Path) -> None:
    """One late record changes a frozen figure by one; a declaration does not make one record many."""
    for status in ("", "r"):
        folder = write_release(tmp_path / f"open{status}", safe_sheets(), number=1)
        sheets = safe_sheets()
        sheets[4] = sheets[4].with_row(0, **counted("2025-01-01", 91, status, area="All"))
        sheets[4] = sheets[4].with_row(1, **counted("2025-01-01", 41, status, area="East"))
        assert "corrected count" in kinds(audit(write_release(folder, sheets, number=2)))


def test_a_declared_correction_of_many_records_passes(tmp_path: Path) -> None:
    """What it changes by at least the minimum cell may be seen to change."""
    folder = write_release(tmp_path / "open", safe_sheets(), number=1)
    sheets = safe_sheets()
    sheets[4] = sheets[4].with_row(0, **counted("2025-01-01", 98, "r", area="All"))
    sheets[4] = sheets[4].with_row(1, **counted("2025-01-01", 48, "r", area="East"))
    report = audit(write_release(folder, sheets, number=2))
    assert report.passed, report.as_text()


def test_a_correction_whose_withheld_cells_changed_by_one_record_together_is_caught(tmp_path: Path) -> None:
    """Seven records more, six of them in the East: the one left went to the North or the West, which hide nothing."""
    for name, in_the_east, is_caught in (("six", 46, True), ("none", 40, False)):
        folder = write_release(tmp_path / name, safe_sheets(), number=1)
        sheets = safe_sheets()
        changes = ((97, "r", "All"), (in_the_east, "r", "East"), (None, "", "North"), (None, "", "West"))
        for place, (n, status, area) in enumerate(changes):
            sheets[4] = sheets[4].with_row(place, **counted("2025-01-01", n, status, area=area))
        report = audit(write_release(folder, sheets, number=2))
        found = [one.says for one in report.findings if one.kind == "corrected count"]
        assert any("exactly +1" in says for says in found) == is_caught, report.as_text()
        assert report.passed != is_caught


def test_a_change_that_only_several_totals_give_away_together_is_caught(tmp_path: Path) -> None:
    """Six in the first row and nine in the second column: five of the nine are the second row's, so four are not."""
    hidden, steady = {"A1", "A2", "B2"}, {"A3", "B1", "B3"}
    folder = tmp_path / "open"
    for number, totals in ((1, {"A": 60, "B": 60, "2": 40}), (2, {"A": 66, "B": 65, "2": 49})):
        status = "r" if number == 2 else ""
        rows = [counted("2025-01-01", None, nature=cell[0], partner_group=cell[1]) for cell in sorted(hidden)]
        rows += [counted("2025-01-01", 20, nature=cell[0], partner_group=cell[1]) for cell in sorted(steady)]
        rows += [counted("2025-01-01", totals[one], status, nature=one, partner_group="All") for one in "AB"]
        rows.append(counted("2025-01-01", totals["2"], status, nature="All", partner_group="2"))
        write_release(
            folder, [Sheet("linked", "transports", "year", ("nature", "partner_group"), 5, tuple(rows))], number=number
        )
    says = [one.says for one in audit(folder).findings if one.kind == "corrected count"]
    assert {each.split()[3] for each in says} == {"+4", "+2"}


@pytest.mark.parametrize("damage", ["altered", "missing", "replaced"])
def test_an_archive_that_is_not_what_was_published_is_caught(tmp_path: Path, damage: str) -> None:
    """Others kept copies: what the archive forgets, they know."""
    folder = write_release(tmp_path / "open", safe_sheets(), number=1)
    write_release(folder, safe_sheets(), number=2)
    assert audit(folder).passed
    if damage == "missing":
        shutil.rmtree(folder / "releases" / "0001")
    else:
        path = folder / ("releases/0001" if damage == "altered" else ".") / "needles_by_area.csv"
        path.write_text(path.read_text(encoding="utf-8").replace("40", "41"), encoding="utf-8")
    assert kinds(audit(folder)) & {"altered release", "missing release"}


def test_a_cell_withheld_today_that_an_earlier_release_printed_is_caught(tmp_path: Path) -> None:
    """Releases are kept for ever, by others too."""
    sheets = safe_sheets()
    folder = write_release(tmp_path / "open", sheets, number=1)
    sheets[4] = sheets[4].with_row(1, **counted("2025-01-01", None, area="East"))
    sheets[4] = sheets[4].with_row(2, **counted("2025-01-01", None, area="North"))
    assert "published before" in kinds(audit(write_release(folder, sheets, number=2)))


def test_two_releases_that_hide_different_cells_of_one_table_are_caught(tmp_path: Path) -> None:
    """Each is safe alone; the cell that one shows is the key to the other."""
    whole = [counted("2025-01-01", 60, partner_group="All")]
    first = [(None, "Food"), (None, "Health"), (30, "Housing")]
    second = [(None, "Food"), (26, "Health"), (None, "Housing")]
    folder = tmp_path / "open"
    for number, parts in ((1, first), (2, second)):
        rows = (*whole, *(counted("2025-01-01", n, partner_group=name) for n, name in parts))
        write_release(folder, [Sheet("referrals", "transports", "year", ("partner_group",), 5, rows)], number=number)
    report = audit(folder)
    assert any(one.kind == "withheld recovered" and one.low == 4 for one in report.findings), report.as_text()


def test_rows_sorted_by_the_hidden_number_are_caught(tmp_path: Path) -> None:
    """A withheld row between 24 and 12 in a sorted table is a number between 12 and 24."""
    sheets = safe_sheets()
    rows = list(sheets[0].rows)
    rows[1:5] = [rows[1], rows[4], rows[3], rows[2]]
    quarter = [counted(QUARTERS[2], n, nature=name) for n, name in ((35, "Mental health"), (22, "Well-being"))]
    rest = [counted(QUARTERS[2], 14, nature="Other"), counted(QUARTERS[2], None, nature="Notification")]
    rows[11:15] = [*quarter, *rest]
    sheets[0] = replace(sheets[0], rows=tuple(rows))
    assert "sort order" in kinds(attacked(tmp_path, sheets))


def test_a_mark_that_tells_primary_from_complementary_is_caught(tmp_path: Path) -> None:
    """One mark for every withheld cell: '<5' names the small one of the two."""
    sheets = safe_sheets()
    sheets[0] = sheets[0].with_row(FIRST_HIDDEN, value="<5")
    assert "mark" in kinds(attacked(tmp_path, sheets))
    sheets[0] = safe_sheets()[0].with_row(FIRST_HIDDEN, status="c1")
    assert "mark" in kinds(attacked(tmp_path, sheets))


def test_a_count_below_the_minimum_cell_is_caught(tmp_path: Path) -> None:
    """The plainest leak of all, and a threshold set too low does not hide it."""
    sheets = safe_sheets()
    sheets[4] = sheets[4].with_row(3, **counted("2025-01-01", 2, area="West"))
    assert "below the minimum cell" in kinds(attacked(tmp_path, sheets))
    assert "minimum cell" in kinds(attacked(tmp_path / "low", [replace(safe_sheets()[3], threshold=5)]))


def test_a_colour_scale_with_the_bounds_of_the_data_is_caught(tmp_path: Path) -> None:
    """A schema that says the smallest value is 3 says which value is withheld."""
    folder = write_release(tmp_path / "open", safe_sheets())
    _edit(folder, lambda resource: resource.update(schema={"fields": [
        {"name": name} for name in ("period", "nature", "status")
    ] + [{"name": "value", "constraints": {"minimum": 3, "maximum": 40}}]}))  # fmt: skip
    assert "scale" in kinds(audit(folder))


def test_the_size_and_hash_of_the_table_before_suppression_are_caught(tmp_path: Path) -> None:
    """A file's size tells the digits that were taken out."""
    folder = write_release(tmp_path / "open", safe_sheets())
    size = (folder / "responses_by_quarter_and_nature.csv").stat().st_size
    _edit(folder, lambda resource: resource.update(bytes=size + 5, hash="sha256:" + "0" * 64))
    assert {"file size", "file hash"} <= kinds(audit(folder))


def _edit(folder: Path, change: Callable[[dict[str, object]], None]) -> None:
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    change(package["resources"][0])
    (folder / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")


def test_a_build_log_left_in_the_folder_is_caught(tmp_path: Path) -> None:
    """Whatever the package does not list is nobody's decision to publish."""
    folder = write_release(tmp_path / "open", safe_sheets())
    (folder / "release.log").write_text("suppressed notification 2025-01-01 n=3\n", encoding="utf-8")
    assert "file not in the package" in kinds(audit(folder))


def test_a_description_that_names_a_withheld_number_is_caught(tmp_path: Path) -> None:
    """Words are searched like numbers."""
    folder = write_release(tmp_path / "open", safe_sheets(), description="Only 3 notifications in the first quarter.")
    assert "number in a text" in kinds(audit(folder))


@pytest.mark.parametrize(
    "text",
    [
        "Notification: 3 calls (4.3%)",  # hover
        "Bar chart of calls by kind. Mental health 31, well-being 24, other 12, notification 3.",  # alternative text
        "Deliveries of notifications were rare, with three calls in the quarter.",  # briefing sentence
        "Colour scale from 3 to 40 calls",
        "Notification: <5",
        "rows: 70, suppressed: 2, smallest: 3",  # build log
    ],
)
def test_a_withheld_number_in_any_rendered_text_is_caught(tmp_path: Path, text: str) -> None:
    """Hover text, alternative text, briefings, logs: one scanner for all of them."""
    numbers = published_numbers(write_release(tmp_path / "open", safe_sheets()))
    assert text_leaks(text, numbers)


@pytest.mark.parametrize(
    "text",
    [
        "70 responses from January to March 2025, as of 2026-01-15; 63 of 70 (90.0%) without police.",
        "The team answered 9-1-1 calls from 09:00 to 21:00. Minimum cell: 5. See https://example.org/a/17?x=3",
        "Mental health 31, well-being 24; the others are withheld [c].",
        "Counts of 1 to 4 calls are withheld. Area 2/MIT: 40 pickups, 95% interval, 17th of May, under 60 minutes.",
    ],
)
def test_texts_with_published_numbers_alone_are_clean(tmp_path: Path, text: str) -> None:
    """Dates, times, the emergency number and published figures are no leaks."""
    numbers = published_numbers(write_release(tmp_path / "open", safe_sheets()))
    assert text_leaks(text, numbers, allowed=["5", "Area 2/MIT", "Counts of 1 to 4 calls"]) == []


def test_a_number_in_a_database_that_no_table_publishes_is_caught(tmp_path: Path) -> None:
    """The page reads the database, so the database is published too."""
    folder = write_release(tmp_path / "open", safe_sheets())
    warehouse = tmp_path / "warehouse"
    warehouse.mkdir()
    (warehouse / "public.current").write_text("1\n", encoding="utf-8")
    with duckdb.connect(str(warehouse / "public.1.duckdb")) as connection:
        connection.execute("create table catalogue (table_id varchar, metric varchar, grain varchar, period varchar, "
                           "dimensions varchar, numerator double, denominator double, value double, n double, "
                           "low double, high double, status varchar)")  # fmt: skip
        connection.execute("insert into catalogue values ('responses_by_quarter_and_nature', 'care_responses', 'quarter', '2025-01-01', "
                           """'{"nature": "Mental health"}', 31, null, 31, 31, null, null, '')""")  # fmt: skip
    assert audit(folder, warehouse).passed
    with duckdb.connect(str(warehouse / "public.1.duckdb")) as connection:
        connection.execute("insert into catalogue values ('responses_by_quarter_and_nature', 'care_responses', 'quarter', '2025-01-01', "
                           """'{"nature": "Notification"}', 3, null, 3, 3, null, null, 'c')""")  # fmt: skip
        connection.execute("create table load_files as select 1 as n")
        connection.execute("create table map_hexagons as select '892a306620fffff' as h3, '{}' as geojson")
        connection.execute("create table labels as select 'nature' as dimension, 'Domestic violence' as label")
        connection.execute(
            "create table release_info as select 'log' as key, 'suppressed 2 cells, smallest 3' as value"
        )
    expected = {"withheld row with numbers", "table in a database", "shape in a database", "label in a database"}
    assert expected | {"text in a database"} == kinds(audit(folder, warehouse))


def test_outside_facts_can_open_what_the_release_alone_keeps_shut(tmp_path: Path) -> None:
    """A count in the council's minutes is one equation more."""
    folder = write_release(tmp_path / "open", safe_sheets())
    facts = tmp_path / "outside-facts.csv"
    header = "metric,column,start,end,dimensions,low,high,source\n"
    row = "care_responses,value,2025-01-01,2025-03-31,nature=Other,12,12,council minutes\n"
    facts.write_text("# a comment\n" + header + row, encoding="utf-8")
    report = audit(folder, outside_facts=facts)
    assert any(one.mode == "outsider with outside facts" and one.low == 3 for one in report.findings)
    assert audit(folder, outside_facts=Path("data/reference/outside-facts.csv")).passed


def test_somebody_who_is_told_which_cells_are_small_finds_none_of_them_exactly(tmp_path: Path) -> None:
    """In the control he does not; two cells that hide eight calls, both of them small, can only be four and four."""
    hidden = [(period, n) for q, period in enumerate(QUARTERS) for n in (1, 2) if (q, n) in HIDDEN and TRUTH[q][n] < 5]
    small = [("responses_by_quarter_and_nature", period, (("nature", NATURES[n]),)) for period, n in hidden]
    report = audit(write_release(tmp_path / "open", safe_sheets()), primaries=small)
    assert report.passed, report.as_text()
    assert "told which cells are primary" in {mode.name for mode in report.modes}
    rows = (counted("2025-01-01", None, source="Phone"), counted("2025-01-01", None, source="Walk-in"),
            counted("2025-01-01", 8, source="All"))  # fmt: skip
    sheet = Sheet("by_source", "follow_ups", "year", ("source",), 5, rows)
    told = [("by_source", "2025-01-01", (("source", name),)) for name in ("Phone", "Walk-in")]
    assert audit(write_release(tmp_path / "untold", [sheet])).passed
    report = audit(write_release(tmp_path / "told", [sheet]), primaries=told)
    assert {one.low for one in report.findings if one.mode.startswith("told") and one.low == one.high} == {4}


def test_a_withheld_zero_is_caught_by_the_promise_that_withheld_cells_hold_records(tmp_path: Path) -> None:
    """Two shown cells make up the total: the third is nothing, and the mark says it is something."""
    rows = (counted("2025-01-01", 20, source="All"), counted("2025-01-01", 12, source="Phone"),
            counted("2025-01-01", 8, source="Radio"), counted("2025-01-01", None, source="Walk-in"))  # fmt: skip
    report = attacked(tmp_path, [Sheet("by_source", "follow_ups", "year", ("source",), 5, rows)])
    assert {"contradiction", "withheld recovered"} <= kinds(report)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("datapackage.json", "{", "not readable as JSON"),
        ("datapackage.json", '{"resources": [{"path": "a.csv", "disclosure": {"table": "a"}}]}', "release-format"),
        ("needles_by_area.csv", "period,value,status\n2025-01-01,90,\n", "no column 'area'"),
        ("needles_by_area.csv", "period,area,value,status\n2025-13-01,All,90,\n", "line 2: '2025-13-01' is no date"),
    ],
)
def test_a_folder_that_cannot_be_read_is_a_sentence_and_no_pass(
    tmp_path: Path, name: str, content: str, says: str
) -> None:
    """The file, the line and what is wrong with it."""
    folder = write_release(tmp_path / "open", safe_sheets())
    (folder / name).write_text(content, encoding="utf-8")
    with pytest.raises(AuditError, match=says):
        audit(folder)


def test_a_folder_without_a_release_is_a_sentence(tmp_path: Path) -> None:
    """Nothing to audit is no pass either."""
    with pytest.raises(AuditError, match="no release to audit"):
        audit(tmp_path)


def test_no_quarter_of_the_control_is_what_the_tests_say_it_is_not() -> None:
    """The hidden cells of the control are small ones and their partners, as the tests above assume."""
    assert {TRUTH[q][n] for q, n in HIDDEN} == {3, 12, 9, 4}
    assert NATURES[1] == "Notification"
