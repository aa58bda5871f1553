"""A link that asks for what a page does not have: one quiet sentence, never another view without a word."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from publicsafety.findings import Finding
from publicsafety.pages import page_files
from publicsafety.ui import links
from tests.ui.conftest import Open

PAGES = {page.stem: page.path for page in page_files()}


def notes(app: AppTest) -> list[str]:
    """The sentences about the link, as they are read and not as Markdown has them."""
    said = [each.value.replace("\\", "") for each in app.caption]
    return [each for each in said if each.startswith(("The link asked", "El enlace"))]


@pytest.mark.parametrize(
    ("stem", "parameter", "value", "instead"),
    [
        ("needle_pickups", "view", "satellite", "hexagons"),
        ("needle_pickups", "count", "syringes", "reports"),
        ("call_volume", "by", "fortnight", "month"),
        ("call_volume", "area", "Atlantis", "all areas"),
        ("call_volume", "period", "Last 5 months", "last 12 months"),
        ("call_volume", "compare", "1999", "the year before"),
        ("explorer", "metric", "nonsense", "Responses of the team"),
        ("explorer", "grain", "fortnight", "all of the period"),
        ("explorer", "split", "shoe size", "no breakdown"),
        ("definitions", "metric", "nonsense", "Active cases"),
        ("data_quality", "table", "nonsense", "calls"),
    ],
)
def test_a_value_that_a_page_does_not_have_is_said_once_with_what_is_shown_instead(
    stem: str, parameter: str, value: str, instead: str, sample_warehouse: Path, open_page: Open
) -> None:
    app = open_page(PAGES[stem], "leadership", sample_warehouse, **{parameter: value})
    assert not app.exception
    assert notes(app) == [f"The link asked for “{value}”, which this page does not have; showing {instead}."]


def test_the_sentence_goes_when_the_visitor_chooses_something(sample_warehouse: Path, open_page: Open) -> None:
    app = open_page(PAGES["call_volume"], "leadership", sample_warehouse, period="Last 5 months")
    assert len(notes(app.run())) == 1  # a rerun alone does not take it away
    assert not notes(app.selectbox(key="period").set_value("all").run())


def test_a_link_that_names_a_view_as_the_program_does_is_understood(
    sample_warehouse: Path, open_page: Open, shown: dict[str, list[Finding]]
) -> None:
    app = open_page(PAGES["needle_pickups"], "leadership", sample_warehouse, view="points")
    assert not notes(app)
    assert any(each.key == "needle_points_reports" for each in shown["cards"])
    app = open_page(PAGES["explorer"], "leadership", sample_warehouse, metric="people_served", grain="month")
    assert not notes(app)
    assert any(each.key == "people_served_by_month" for each in shown["cards"])


def test_a_figure_that_is_not_counted_by_day_says_so(sample_warehouse: Path, open_page: Open) -> None:
    app = open_page(PAGES["explorer"], "leadership", sample_warehouse, metric="active_cases", grain="day")
    assert any("Active cases is not counted by day" in each.value for each in app.text)


@pytest.mark.parametrize(
    ("parameter", "value", "said"),
    [
        ("view", "points", "The link asked for “points”, which this page does not have."),
        ("period", "Last week", "The link asked for “Last week”, which this page does not have; showing 2025."),
    ],
)
def test_the_public_page_says_it_too(
    parameter: str, value: str, said: str, released_warehouse: Path, open_page: Open
) -> None:
    app = open_page(PAGES["needle_pickups"], "public", released_warehouse, **{parameter: value})
    assert notes(app) == [said]


def test_it_is_said_in_the_language_of_the_page(released_warehouse: Path, open_page: Open) -> None:
    app = open_page(PAGES["needle_pickups"], "public", released_warehouse, view="points", lang="es")
    assert [each.split("“")[0] for each in notes(app)] == ["El enlace pedía "]


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "**bold** [x](http://evil.example)",
        ":red[hm] $x$ `code`",
        "\u202eabc\x00",
        "x" * 20_000,
    ],
)
def test_an_address_is_repeated_in_at_most_forty_plain_characters(
    hostile: str, sample_warehouse: Path, open_page: Open
) -> None:
    app = open_page(PAGES["call_volume"], "leadership", sample_warehouse, area=hostile)
    (said,) = notes(app)
    asked = said.split("“")[1].split("”")[0]
    assert 0 < len(asked) <= links.LONGEST
    assert all(each.isalnum() or each in " -.'’…" for each in asked)


def test_an_address_without_a_readable_character_is_not_repeated(sample_warehouse: Path, open_page: Open) -> None:
    app = open_page(PAGES["call_volume"], "leadership", sample_warehouse, area="<<>>")
    assert notes(app) == ["The link asked for something, which this page does not have; showing all areas."]
