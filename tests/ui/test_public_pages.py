"""The public edition of the pages: what a released database says, and nothing that it does not hold."""

import json
import shutil
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from publicsafety import language, palette, warehouse
from publicsafety.audience import Audience
from publicsafety.filters import Filters
from publicsafety.findings import Finding, Scope, about, contents, outcomes, published
from publicsafety.pages import PageFile, page_files
from publicsafety.pipeline.audit import published_numbers, text_leaks
from publicsafety.ui import open_data, state
from tests.ui.conftest import Open

PAGES = [page for page in page_files() if page.least is Audience.PUBLIC]
WITH_FIGURES = [page for page in PAGES if page.stem in contents.PAGES and contents.PAGES[page.stem].tiles]
Shown = dict[str, list[Finding]]


def stem(page: object) -> str:
    return page.stem if isinstance(page, PageFile) else str(page)


def page_named(name: str) -> PageFile:
    return next(page for page in PAGES if page.stem == name)


@pytest.fixture
def reader(released_warehouse: Path) -> state.Reader:
    opened = warehouse.open(Audience.PUBLIC, released_warehouse)
    return state._reader(opened)


@pytest.fixture
def published_alone(released_warehouse: Path, tmp_path: Path) -> Path:
    """A folder in which only the public database is."""
    for path in released_warehouse.glob("public.*"):
        shutil.copy(path, tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", PAGES, ids=stem)
def test_a_public_page_works_when_only_the_public_database_is_on_the_disk(
    page: PageFile, published_alone: Path, open_page: Open
) -> None:
    app = open_page(page.path, "public", published_alone)
    assert not app.exception
    assert [each.value for each in app.title] == [page.title]


@pytest.mark.parametrize("page", PAGES, ids=stem)
def test_every_public_page_states_dates_next_update_area_hours_and_who_to_ask(
    page: PageFile, published_alone: Path, open_page: Open, reader: state.Reader
) -> None:
    app = open_page(page.path, "public", published_alone)
    said = " ".join(each.value for each in app.markdown).replace("\\", "")
    for wanted in ("as of", "Next update: from", "Service area:", "Hours of the", "Who to ask:"):
        assert wanted in said
    assert reader.city.contact in said


@pytest.mark.parametrize("page", WITH_FIGURES, ids=stem)
def test_every_card_of_a_public_page_has_words_and_a_figure_of_the_release(
    page: PageFile, published_alone: Path, open_page: Open, shown: Shown
) -> None:
    open_page(page.path, "public", published_alone)
    assert len(shown["cards"]) >= 3
    assert shown["tiles"]
    for found in [*shown["cards"], *shown["tiles"]]:
        assert found.sentence
        assert not found.is_unavailable
        assert "None" not in found.frame.astype(str).to_numpy().ravel().tolist()
        assert "limits" not in found.options or found.options["limits"] is None


@pytest.mark.parametrize("page", WITH_FIGURES, ids=stem)
def test_a_chart_of_a_public_page_is_drawn_from_published_numbers_alone(
    page: PageFile, released_warehouse: Path, published_alone: Path, open_page: Open, shown: Shown
) -> None:
    numbers = published_numbers(released_warehouse / "open")
    open_page(page.path, "public", published_alone)
    drawn = [found for found in shown["cards"] if found.drawing]
    assert drawn
    for found in drawn:
        assert found.drawn is not None
        measures = [name for name in ("value", "low", "high", "before") if name in found.drawn_frame]
        for value in found.drawn_frame[measures].to_numpy().ravel():
            assert pd.isna(value) or Decimal(str(float(value))).normalize() in numbers or value == 0, found.key
        assert text_leaks(found.sentence, numbers, ["withheld"]) == [] or "The map shows" in found.sentence


def test_a_finding_that_needs_single_records_is_left_out_of_a_public_page(
    published_alone: Path, open_page: Open, shown: Shown
) -> None:
    open_page(page_named("outcomes").path, "public", published_alone)
    assert "police_sensitivity" not in {found.key for found in shown["cards"]}
    assert not published.fits(outcomes.sensitivity)
    assert published.fits(published.breakdown)


def test_the_needle_page_has_the_hexagons_of_a_year_and_says_so_when_a_period_has_none(
    published_alone: Path, open_page: Open, shown: Shown, reader: state.Reader
) -> None:
    periods = published.periods(reader, ("needle_reports",))
    year, month = (next(each for each in periods if each.grain == grain) for grain in ("year", "month"))
    found = published.hexagons(reader, Scope(Filters(year.start, year.end)))
    assert found.drawing == "map_hexagons"
    assert published.hexagons(reader, Scope(Filters(month.start, month.end))).drawing == ""
    open_page(page_named("needle_pickups").path, "public", published_alone)
    assert "map_hexagons" in {each.drawing for each in shown["cards"]}


def test_the_period_list_offers_years_quarters_and_months_of_the_catalogue(
    published_alone: Path, open_page: Open, reader: state.Reader
) -> None:
    app = open_page(page_named("call_volume").path, "public", published_alone)
    offered = published.periods(reader, contents.PAGES["call_volume"].figures)
    assert {each.grain for each in offered} == {"year", "quarter", "month"}
    assert len(app.selectbox[0].options) == len(offered)
    quarter = next(option for option in app.selectbox[0].options if option.startswith("Q"))
    app.selectbox[0].select(quarter).run()
    assert not app.exception
    assert "The figures of this page are not published." not in app.text[0].value


def test_police_have_their_colour_on_a_public_page_too(reader: state.Reader) -> None:
    whole = contents.scope(reader, published.periods(reader)[0])
    made = state.drawn(reader, published.breakdown, whole, "care_responses", "police_role", "Who went?")
    (bars,) = [trace for trace in json.loads(made.figure.figure)["data"] if trace["type"] == "bar"][:1]
    fills = dict(zip(bars["customdata"], bars["marker"]["color"], strict=True))
    assert fills["No police"] == palette.colour("care")
    assert fills["Police involved"] == palette.colour("police")


def test_a_withheld_value_is_said_in_words_and_is_a_gap_in_the_line(reader: state.Reader) -> None:
    cells = reader.table("catalogue")
    hidden = cells[(cells["status"] == "c") & (cells["grain"] == "quarter") & (cells["metric"] == "care_responses")]
    assert len(hidden), "the sample's release withholds something by quarter and kind of call"
    last = published.periods(reader, ("care_responses",))[0]
    found = published.categories_over_time(
        reader, Scope(Filters(last.start, last.end)), "care_responses", "nature", "?"
    )
    assert found.drawn is not None
    assert found.drawn_frame["value"].isna().any()
    assert any("withheld" in caveat for caveat in found.caveats)
    assert "[c]" in found.frame.astype(str).to_numpy().ravel().tolist()


def test_every_downloaded_table_is_the_file_of_the_release_byte_for_byte(
    reader: state.Reader, released_warehouse: Path
) -> None:
    for name in reader.table("tables").dropna(subset=["start"])["table_id"]:
        assert open_data.written(reader, name) == (released_warehouse / "open" / f"{name}.csv").read_bytes(), name


def test_the_downloaded_data_package_is_the_file_of_the_release_byte_for_byte(
    reader: state.Reader, released_warehouse: Path
) -> None:
    assert open_data.described(reader) == (released_warehouse / "open" / "datapackage.json").read_bytes()


def test_every_letter_that_can_stand_in_a_table_is_explained_below_the_page(reader: state.Reader) -> None:
    letters = {"[c]", "[x]"} if published.leaves_out(reader) else {"[c]"}
    assert {each.split()[0] for each in about.about(reader) if each.startswith("[")} == letters
    with language.use("es"):
        assert {each.split()[0] for each in about.about(reader) if each.startswith("[")} == letters


def test_a_release_in_which_every_figure_has_every_period_leaves_nothing_out(
    reader: state.Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answers(*cells: tuple[str, str, str]) -> bool:
        rows = tuple({"metric": m, "grain": "year", "period": p, "status": s} for m, p, s in cells)
        monkeypatch.setattr(published, "figures", lambda source: replace(known, cells=rows))
        return published.leaves_out(reader)

    known = published.figures(reader)
    assert not answers(("calls", "2024", ""), ("needles", "2024", "c"))
    assert answers(("calls", "2024", ""), ("needles", "2024", "x"))
    assert answers(("calls", "2024", ""), ("calls", "2025", ""), ("needles", "2024", ""))


def test_how_we_protect_gives_the_thresholds_of_the_release_that_is_open(reader: state.Reader) -> None:
    release = reader.table("release_info").set_index("key")["value"]
    said = " ".join(about.protect_words(reader))
    assert f"or {release['threshold_events']} or more" in said
    assert f"or {release['threshold_people']} or more" in said
