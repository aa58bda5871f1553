"""What a briefing says, and what it refuses to say, from council databases small enough to check by eye."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from publicsafety.__main__ import main
from publicsafety.audience import Audience
from publicsafety.briefing import Briefing, BriefingError, brief, open_database
from publicsafety.briefing.core import printed
from publicsafety.briefing.words import CAUSAL
from publicsafety.released import ReleasedDatabase
from publicsafety.warehouse import WarehouseError
from tests.briefing.town import count, rate, split, write, year

Say = Callable[[Briefing], str]


def said(briefing: Briefing) -> str:
    """Every sentence that is made by a rule."""
    return "\n".join(
        [*briefing.summary, *(found.sentence for found in (*briefing.findings, *briefing.tiles, briefing.revisions))]
    )


@pytest.fixture(scope="module")
def sample(released_warehouse: Path) -> ReleasedDatabase:
    return open_database(released_warehouse)


def test_the_story_of_2024_is_told_with_its_denominators(sample: ReleasedDatabase) -> None:
    summary = " ".join(brief(sample, *year()).summary)
    assert "196 calls in 2024" in summary
    assert "184 of the 196 calls" in summary
    assert "93.9%" in summary
    assert "1,589 needles were removed" in summary
    assert "153 people" in summary
    assert "60 cases open on at least one day in 2024" in summary


@pytest.mark.parametrize("kind", ["year", "quarter", "month"])
def test_no_sentence_of_any_period_names_a_cause(sample: ReleasedDatabase, kind: str) -> None:
    from publicsafety.briefing import periods

    for period in [each for each in periods(sample) if each.grain == kind][:4]:
        text = said(brief(sample, period.start, period.end)).lower()
        assert [word for word in CAUSAL if re.search(rf"\b{re.escape(word)}\b", text)] == []


def test_the_briefing_cannot_be_made_from_the_leadership_database(sample: ReleasedDatabase) -> None:
    with pytest.raises(BriefingError, match="council database"):
        brief(replace(sample, audience=Audience.LEADERSHIP), *year())


def test_the_page_and_the_command_line_open_no_database_but_the_councils(
    tmp_path: Path, sample_warehouse: Path
) -> None:
    with pytest.raises(WarehouseError, match="council"):
        open_database(sample_warehouse)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (date(2023, 1, 1), date(2023, 12, 31)),
        (date(2024, 7, 1), date(2025, 6, 30)),
        (date(2024, 1, 1), date(2024, 12, 30)),
        (date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_a_period_that_is_not_released_is_refused_and_the_released_ones_are_named(
    sample: ReleasedDatabase, start: date, end: date
) -> None:
    with pytest.raises(BriefingError, match="no published period") as refused:
        brief(sample, start, end)
    assert "the years 2024 and 2025" in str(refused.value)
    assert "July to September 2024" in str(refused.value)


def test_a_period_that_ends_before_it_starts_is_refused(sample: ReleasedDatabase) -> None:
    with pytest.raises(BriefingError, match="Swap the two"):
        brief(sample, date(2024, 12, 31), date(2024, 1, 1))


def test_figures_that_a_short_period_does_not_have_are_said_to_be_published_for_longer_ones(
    sample: ReleasedDatabase,
) -> None:
    key = brief(sample, date(2025, 7, 1), date(2025, 9, 30)).findings[0]
    assert any("People served" in caveat and "published for longer" in caveat for caveat in key.caveats)


def test_a_withheld_headline_is_said_to_be_withheld_and_no_number_stands_in_for_it(tmp_path: Path) -> None:
    source = write(
        tmp_path, [count("care_responses", 120), count("people_served", None), rate("no_police_rate", None, None)]
    )
    briefing = brief(source, *year())
    assert any("People served in 2024: withheld" in sentence for sentence in briefing.summary)
    rows = {row[0].text: row for row in printed(briefing.findings[0]).rows}
    assert rows["People served"][1].text == "[c]"
    assert rows["People served"][1].number is None


def test_a_briefing_in_which_everything_is_withheld_still_stands(tmp_path: Path) -> None:
    cells = [
        count("care_responses", None),
        count("needles_removed", None),
        rate("no_police_rate", None, None),
        *split("care_responses", "nature", {"A": None, "B": None}),
    ]
    cells[-1] = replace(cells[-1], value=None, status="c")
    briefing = brief(write(tmp_path, cells), *year())
    assert all("withheld" in sentence for sentence in briefing.summary)
    assert not any(found.drawing for found in briefing.findings)


def test_no_largest_category_is_named_where_a_withheld_one_is_passed_over_in_silence(tmp_path: Path) -> None:
    source = write(
        tmp_path,
        [
            count("care_responses", 40),
            *split("care_responses", "nature", {"Mental health": 30, "Other calls": None, "Welfare": 8}),
        ],
    )
    found = next(each for each in brief(source, *year()).findings if each.key == "care_responses_by_nature")
    assert "The largest number that is shown" in found.sentence
    assert "1 figure is withheld" in found.sentence


def test_one_of_anything_is_said_in_the_singular(tmp_path: Path) -> None:
    cells = [
        count("care_responses", 1),
        count("needles_removed", 1),
        count("referrals_sent", 1),
        count("people_served", 1),
        count("active_cases", 1),
        rate("no_police_rate", 1, 1),
    ]
    text = said(brief(write(tmp_path, cells), *year()))
    assert "1 call in 2024" in text
    assert "1 needle was removed" in text
    assert "1 person" in text
    assert "1 case open" in text
    assert not re.search(r"\b1 (calls|needles|people|cases|referrals)\b", text)


def test_one_partner_only_is_all_of_them(tmp_path: Path) -> None:
    source = write(tmp_path, [count("referrals_sent", 12), *split("referrals_sent", "partner", {"Shelter": 12})])
    found = next(each for each in brief(source, *year()).findings if each.key == "referrals_sent_by_partner")
    assert found.sentence == "All 12 referrals in 2024: Shelter."


def test_a_level_pair_is_said_to_be_level(tmp_path: Path) -> None:
    source = write(tmp_path, [count("care_responses", 20), *split("care_responses", "nature", {"A": 10, "B": 10})])
    found = next(each for each in brief(source, *year()).findings if each.key == "care_responses_by_nature")
    assert found.sentence == "A and B are level in 2024, with 10 calls each of 20."


def test_years_of_which_one_is_not_whole_are_not_compared(sample: ReleasedDatabase) -> None:
    briefing = brief(sample, *year(2025))
    rows = {row[0].text: [cell.text for cell in row] for row in printed(briefing.findings[0]).rows}
    assert rows["Responses of the team"][-1] == "not alike: 9-1-1 response began on 1 July 2024"
    assert not any("%)" in row[-1] for row in rows.values())


def test_a_change_is_called_one_only_where_an_interval_bears_it(tmp_path: Path) -> None:
    cells = [count("care_responses", 400, "2024-01-01"), count("care_responses", 410, "2025-01-01"), count("referrals_sent", 20, "2024-01-01"), count("referrals_sent", 60, "2025-01-01"),
             rate("no_police_rate", 300, 400, "2024-01-01"), rate("no_police_rate", 380, 410, "2025-01-01")]  # fmt: skip
    rows = {
        row[0].text: [cell.text for cell in row]
        for row in printed(brief(write(tmp_path, cells), *year(2025)).findings[0]).rows
    }
    assert rows["Responses of the team"][-1] == "+10 (+2.5%); no sign of change"
    assert rows["Referrals sent"][-1] == "+40; more than in 2024"  # 20 is too few for a % change
    assert rows["Calls handled without police"][-1] == "+17.7 points; higher than in 2024"


def test_needles_have_no_direction_because_one_visit_may_find_hundreds(tmp_path: Path) -> None:
    cells = [count("needles_removed", 1000, "2024-01-01"), count("needles_removed", 2000, "2025-01-01")]
    rows = {
        row[0].text: [cell.text for cell in row]
        for row in printed(brief(write(tmp_path, cells), *year(2025)).findings[0]).rows
    }
    assert rows["Needles removed"][-1] == "+1,000 (+100.0%)"


def test_a_revised_figure_is_marked_and_listed_with_why(tmp_path: Path) -> None:
    briefing = brief(
        write(tmp_path, [replace(count("care_responses", 130), status="r"), count("needles_removed", 900)]), *year()
    )
    assert "(revised since it was first published)" in briefing.summary[0]
    assert briefing.revisions.sentence.startswith("1 figure has changed since first published")
    assert [cell.text for cell in printed(briefing.revisions).rows[0]][:4] == [
        "Responses of the team",
        "2024",
        "All",
        "130 calls",
    ]


def test_without_a_revision_the_note_says_that_there_is_none(sample: ReleasedDatabase) -> None:
    assert "No figure of this release differs" in brief(sample, *year()).revisions.sentence


def test_the_four_police_figures_stand_side_by_side_each_with_its_own_denominator(sample: ReleasedDatabase) -> None:
    found = next(each for each in brief(sample, *year()).findings if each.key == "police_kpis")
    rows = [[cell.text for cell in row] for row in printed(found).rows]
    assert rows[0][1:3] == ["93.9%", "184 of 196; 95% interval 89.6–96.5%"]
    assert len(rows) == 4
    assert all(re.match(r"[\d,]+ of [\d,]+; 95% interval ", row[2]) for row in rows)
    whole = [int(re.search(r"of ([\d,]+);", row[2])[1].replace(",", "")) for row in rows]  # type: ignore[index]
    assert len(set(whole)) == 4


def test_a_police_figure_that_is_not_released_is_said_to_be_missing(tmp_path: Path) -> None:
    source = write(tmp_path, [rate("no_police_rate", 184, 196)])
    found = next(each for each in brief(source, *year()).findings if each.key == "police_kpis")
    rows = [[cell.text for cell in row] for row in printed(found).rows]
    assert [row[1] for row in rows[1:]] == ["[x]"] * 3
    assert "not in the release" in rows[1][2]


def test_unmet_demand_is_told_by_reason_and_the_reasons_add_up(sample: ReleasedDatabase) -> None:
    found = next(each for each in brief(sample, *year()).findings if each.key == "unmet_calls_by_unmet_reason")
    rows = {row[0].text: row[1].number for row in printed(found).rows}
    assert rows["Outside service hours"] == found.drawn_frame.iloc[0]["value"]
    assert sum(value for label, value in rows.items() if label != "All") == rows["All"]


def test_cases_opened_and_closed_and_needs_met_stand_beside_the_active_ones(sample: ReleasedDatabase) -> None:
    found = next(each for each in brief(sample, *year()).findings if each.key == "people_and_cases")
    rows = {row[0].text: row[1].text for row in printed(found).rows}
    assert rows["Active cases"] == rows["Cases opened"] == "60"
    assert {"Cases closed", "Needs met"} <= set(rows)


def test_areas_are_a_map_where_the_release_has_needles_by_area(tmp_path: Path) -> None:
    source = write(tmp_path, [count("needle_reports", 30), *split("needle_reports", "area", {"Port": 20, "Hill": 10})])
    found = next(each for each in brief(source, *year()).findings if each.key == "needle_reports_map")
    assert found.drawing == "map_areas"
    assert "the most shown in one area is 20 reports" in found.sentence


def test_a_catalogue_without_cells_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(BriefingError, match="no figures yet"):
        brief(write(tmp_path, []), *year())


def test_a_past_briefing_is_made_again_from_its_build(tmp_path: Path) -> None:
    first = brief(write(tmp_path, [count("care_responses", 120)], "first"), *year())
    write(tmp_path, [count("care_responses", 130)], "second")
    again = brief(open_database(tmp_path, "first"), *year())
    assert again.summary == first.summary
    assert "130 calls" in brief(open_database(tmp_path), *year()).summary[0]
    with pytest.raises(WarehouseError, match="Builds there: first, second"):
        open_database(tmp_path, "third")


def test_the_command_line_refuses_what_is_no_briefing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, [count("care_responses", 120)])
    asked = ["brief", "--start", "2024-01-01", "--end", "2024-12-31", "--warehouse", str(tmp_path), "--out"]
    assert main([*asked, str(tmp_path / "b.docx")]) == 2
    assert ".pptx, .pdf, .md" in capsys.readouterr().err
    assert main([*asked, str(tmp_path / "missing" / "b.md")]) == 2
    assert "there is no folder" in capsys.readouterr().err
    asked[4] = "2024-11-30"
    assert main([*asked, str(tmp_path / "b.md")]) == 1
    assert "Released: the year 2024" in capsys.readouterr().err


def test_the_command_line_says_what_it_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, [count("care_responses", 120)])
    out = tmp_path / "b.md"
    assert (
        main(
            [
                "brief",
                "--start",
                "2024-01-01",
                "--end",
                "2024-12-31",
                "--warehouse",
                str(tmp_path),
                "--out",
                str(out),
                "--json",
            ]
        )
        == 0
    )
    document = json.loads(capsys.readouterr().out)
    assert document["build_id"] == "town1"
    assert "120 calls" in document["summary"][0]
    assert out.read_text().startswith("# Community Safety briefing, 2024")
