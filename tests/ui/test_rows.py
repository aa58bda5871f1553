"""Down to the rows: of a card, of one bar of it, of a key figure; what is said of them, and the file that holds them."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from publicsafety import metrics, prose, warehouse
from publicsafety.audience import Audience
from publicsafety.filters import Filters
from publicsafety.findings import Finding
from publicsafety.findings.behind import behind, has_rows, narrowed
from publicsafety.pages import page_files
from publicsafety.shapes import shapes
from publicsafety.ui import access
from publicsafety.ui import behind as rows
from publicsafety.ui.state import _reader
from tests.queries.test_rows import COUNTS
from tests.ui.conftest import Open

PAGES = {page.stem: page for page in page_files()}
WITHOUT = ("briefing", "definitions", "open_data", "peers")  # pages without figures of single records
FIGURES = [stem for stem in PAGES if stem not in WITHOUT]
Downloads = dict[str, Callable[[], Any]]


@pytest.fixture
def downloads(monkeypatch: pytest.MonkeyPatch) -> Downloads:
    """What each download button of the latest run gives when it is clicked, by the key that the audit log gets."""
    kept: Downloads = {}
    guarded = access.guarded

    def keep(make: Callable[[], Any], key: str, build_id: str) -> Callable[[], Any]:
        kept[key] = guarded(make, key, build_id)
        return kept[key]

    monkeypatch.setattr(access, "guarded", keep)
    return kept


def said(app: AppTest) -> str:
    """The one line above a list of rows."""
    (line,) = [each.value for each in app.text if "No person key" in each.value or "No row is behind" in each.value]
    return line


def listed(app: AppTest) -> pd.DataFrame:
    """The one list of rows that is open: each row says from which file it came."""
    (frame,) = [each.value for each in app.dataframe if "file" in each.value]
    return frame


@pytest.mark.parametrize("stem", FIGURES)
def test_every_figure_of_single_records_can_be_followed_to_its_rows(
    stem: str, sample_warehouse: Path, open_page: Open, shown: dict[str, list[Finding]]
) -> None:
    app = open_page(PAGES[stem].path, "leadership", sample_warehouse)
    keys = [button.key for button in app.button_group]
    for found in shown["cards"]:
        has_none = stem == "data_quality" and not found.shape
        assert has_rows(found) is not has_none, found.key
        assert ("Rows" in app.get_by_key(f"more_{found.key}").options) is not has_none
    walls = [key for key in keys if str(key).startswith("open_tiles_")]
    reader = _reader(warehouse.open(Audience.LEADERSHIP, sample_warehouse))
    figures = {each.name for each in behind(reader, *shown["tiles"])}
    assert bool(walls) is bool(shown["tiles"])
    assert {found.metric.name for found in shown["tiles"] if found.metric} == figures


@pytest.mark.parametrize("stem", FIGURES)
def test_every_bar_and_month_of_a_page_has_as_many_rows_behind_it_as_it_shows(
    stem: str, sample_warehouse: Path, open_page: Open, shown: dict[str, list[Finding]]
) -> None:
    open_page(PAGES[stem].path, "leadership", sample_warehouse)
    reader = _reader(warehouse.open(Audience.LEADERSHIP, sample_warehouse))
    for found in [*shown["cards"], *shown["tiles"]]:
        frames = {(each.metric.name, each.filters): each.frame for each in found.observations}
        for about in behind(reader, found):
            frame = frames.get((about.name, about.filters))
            if frame is None or about.name not in COUNTS:
                continue
            for choice in about.choices:
                others = [name for name in (*about.filters.by, "period") if name != choice.name]
                is_total = pd.DataFrame({name: frame[name] == "All" for name in others}).all(axis=1)
                for value in choice.values:
                    drawn = frame.loc[(frame[choice.name] == value) & is_total, "value"]
                    if len(drawn):  # a month of a series by area has no total over months
                        assert (
                            reader.row_count(about.name, narrowed(about.filters, {choice.name: value})) == drawn.iloc[0]
                        )


def test_a_reader_follows_one_bar_to_its_rows(sample_warehouse: Path, open_page: Open) -> None:
    key = "calls_for_service_by_area"
    app = open_page(PAGES["call_volume"].path, "leadership", sample_warehouse)
    app.get_by_key(f"more_{key}").select("Rows").run()
    app.selectbox(key=f"pick_{key}_calls_for_service_area").select("Riverside").run()
    opened = warehouse.open(Audience.LEADERSHIP, sample_warehouse)
    asked = warehouse.run(opened, "calls_for_service", Filters(*year(opened), by=("area",))).records()
    drawn = next(row["value"] for row in asked if row["area"] == "Riverside")
    assert said(app).startswith(f"{prose.count(drawn, 'rows')} behind “Calls for service”, Riverside.")
    assert set(listed(app)["area"]) == {"Riverside"}
    assert len(listed(app)) == drawn <= 1000


def year(opened: warehouse.Warehouse) -> tuple[Any, Any]:
    """The last twelve months, which a page opens with."""
    return opened.as_of.replace(year=opened.as_of.year - 1, month=7, day=1), opened.as_of


def test_a_reader_follows_one_month_of_a_series_to_its_rows(sample_warehouse: Path, open_page: Open) -> None:
    key = "care_responses_by_month"
    app = open_page(PAGES["kpis"].path, "leadership", sample_warehouse)
    app.get_by_key(f"more_{key}").select("Rows").run()
    app.selectbox(key=f"pick_{key}_care_responses_period").select("2026-05-01").run()
    opened = warehouse.open(Audience.LEADERSHIP, sample_warehouse)
    month = Filters(pd.Timestamp("2026-05-01").date(), pd.Timestamp("2026-05-31").date())
    whole = warehouse.run(opened, "care_responses", month).records()[0]["value"]
    assert said(app).startswith(f"{prose.count(whole, 'rows')} behind “Responses of the team”, May 2026.")
    assert set(listed(app)["received_at"].dt.strftime("%Y-%m")) == {"2026-05"}


def test_a_reader_follows_one_stage_of_the_funnel_to_its_rows(sample_warehouse: Path, open_page: Open) -> None:
    app = open_page(PAGES["referrals"].path, "leadership", sample_warehouse)
    app.get_by_key("more_referral_funnel").select("Rows").run()
    app.selectbox(key="pick_referral_funnel_referral_funnel_stage").select("accepted").run()
    opened = warehouse.open(Audience.LEADERSHIP, sample_warehouse)
    stages = warehouse.chart(opened, "referral_funnel", Filters(*year(opened))).set_index("stage")["value"]
    assert said(app).startswith(f"{stages['accepted']} rows behind “{shapes()['referral_funnel'].title}”, accepted.")
    assert listed(app)["is_accepted"].all()


def test_a_reader_follows_a_key_figure_to_its_rows(
    sample_warehouse: Path, open_page: Open, shown: dict[str, list[Finding]]
) -> None:
    app = open_page(PAGES["call_volume"].path, "leadership", sample_warehouse)
    every = tuple(shown["tiles"])  # each rerun adds to them
    tiles = [found for found in every if found.metric and found.metric.name in COUNTS]
    app.get_by_key("open_tiles_calls_for_service").select("Rows").run()
    assert len(tiles) == 3
    for place, found in enumerate(every):
        app.selectbox(key="of_tiles_calls_for_service").select_index(place).run()
        assert found.metric
        assert f"behind “{found.metric.title}”" in said(app)
        if found in tiles:
            assert f"{prose.count(app.metric[place].value.replace(',', ''), 'rows')} behind" in said(app)


def test_a_reader_follows_the_n_of_a_share_to_its_rows(
    sample_warehouse: Path, open_page: Open, shown: dict[str, list[Finding]]
) -> None:
    app = open_page(PAGES["outcomes"].path, "leadership", sample_warehouse)
    tile = shown["tiles"][0]
    app.get_by_key("open_tiles_no_police_rate").select("Rows").run()
    row = tile.observations[0].total()
    assert row
    for part, words in (("numerator", "Counted (numerator)"), ("denominator", "Out of (denominator)")):
        app.selectbox(key="pick_tiles_no_police_rate_no_police_rate_part").select(part).run()
        many = prose.count(row[part], "rows")
        assert said(app).startswith(f"{many} behind “Calls handled without police”, {words}.")
        assert tile.options["detail"].startswith(prose.of(row["numerator"], row["denominator"]))
    assert "none" in set(listed(app)["police_role"])


def test_a_wall_of_tiles_is_silent_about_rows_where_there_are_none(released_warehouse: Path, open_page: Open) -> None:
    app = open_page(PAGES["overview"].path, "public", released_warehouse)
    assert not [each for each in app.button_group if str(each.key).startswith("open_tiles_")]


def test_the_file_of_rows_holds_all_of_them_with_the_columns_of_the_table_and_is_written_down(
    sample_warehouse: Path, open_page: Open, downloads: Downloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "SHOWN", 10)
    key = "calls_for_service_by_area"
    app = open_page(PAGES["call_volume"].path, "leadership", sample_warehouse)
    app.get_by_key(f"more_{key}").select("Rows").run()
    app.selectbox(key=f"pick_{key}_calls_for_service_area").select("Riverside").run()
    assert len(listed(app)) == 10
    table = list(csv.reader(io.StringIO(downloads["rows calls_for_service Riverside"]().decode())))
    whole = int(said(app).split(" of ")[1].split(" ")[0].replace(",", ""))
    assert table[0] == list(listed(app))
    assert len(table) - 1 == whole > 10
    assert {row[table[0].index("area")] for row in table[1:]} == {"Riverside"}
    line = json.loads((sample_warehouse / "visits.jsonl").read_text().splitlines()[-1])
    assert (line["page"], line["download"]) == ("call_volume", "rows calls_for_service Riverside")


def test_a_file_of_rows_has_an_end_and_says_of_how_many_it_holds_the_latest(
    sample_warehouse: Path, open_page: Open, downloads: Downloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "MOST", 5)
    app = open_page(PAGES["referrals"].path, "leadership", sample_warehouse)
    app.get_by_key("more_referral_flow").select("Rows").run()
    label = app.get_by_key("csv_rows_referral_flow").proto.label
    assert label.startswith("CSV of the latest 5 of ")
    assert len(downloads["rows referral_flow"]().decode().splitlines()) == 6


def test_a_label_in_a_file_of_rows_is_no_formula_for_a_spreadsheet(
    sample_warehouse: Path, open_page: Open, downloads: Downloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted = pd.DataFrame({"nature": ["=1+1", " @SUM(A1)", "Welfare check"]})
    monkeypatch.setattr(warehouse, "rows", lambda *_: planted)
    app = open_page(PAGES["overview"].path, "leadership", sample_warehouse)
    app.get_by_key("more_care_responses_by_nature").select("Rows").run()
    made = downloads["rows care_responses"]().decode().splitlines()
    assert made == ["nature", "'=1+1", "' @SUM(A1)", "Welfare check"]


def test_the_stages_are_split_as_the_address_says(
    sample_warehouse: Path, open_page: Open, shown: dict[str, list[Finding]]
) -> None:
    for name, question in (("Partner", "partner"), ("Need", "need"), ("Month sent", "month sent")):
        app = open_page(PAGES["referrals"].path, "leadership", sample_warehouse, stages=name)
        assert not app.exception
        (found,) = [each for each in shown["cards"] if each.key == "referral_stages"]
        assert found.question.endswith(f"by {question}")
        assert {each.metric.name for each in found.observations} <= set(metrics.registry())


def test_a_released_page_has_no_choice_of_a_split(released_warehouse: Path, open_page: Open) -> None:
    app = open_page(PAGES["referrals"].path, "public", released_warehouse, stages="Need")
    assert not app.exception
    assert "stages" not in [each.key for each in app.button_group]
