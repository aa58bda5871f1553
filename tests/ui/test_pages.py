"""Every page for every audience that may open it: it runs, it says something, and its figures are those of `metric`."""

import shutil
from collections import Counter
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pytest
import streamlit as st

from publicsafety import metrics, prose, warehouse
from publicsafety.audience import Audience
from publicsafety.filters import Filters
from publicsafety.findings import Finding
from publicsafety.pages import PageFile, page_files, pages_for
from publicsafety.ui import behind, state
from tests.ui.conftest import Open

PAGES = page_files()
EVERY = [(page, audience) for page in PAGES for audience in Audience if audience.may_open(page.least)]
VIEWS = {
    "as it opens": {},
    "one month of one area": {
        "period": "Custom dates",
        "start": "2026-05-01",
        "end": "2026-05-31",
        "area": ["Riverside"],
    },
    "a fiscal year compared with the period before": {"period": "Fiscal year", "compare": "The period before"},
    "before there was any data": {"period": "Custom dates", "start": "2001-01-01", "end": "2001-12-31"},
}


def name(value: object) -> str:
    return value.stem if isinstance(value, PageFile) else str(value)


@pytest.mark.parametrize(("page", "audience"), EVERY, ids=name)
def test_a_page_opens_for_everyone_who_may_open_it(
    page: PageFile, audience: Audience, released_warehouse: Path, open_page: Open
) -> None:
    app = open_page(page.path, audience, released_warehouse)
    assert not app.exception
    assert [each.value for each in app.title] == [page.title]


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_figure_on_a_page_is_what_metric_prints_for_the_same_filters(
    page: PageFile, view: str, sample_warehouse: Path, open_page: Open, shown: dict[str, list[Finding]]
) -> None:
    app = open_page(page.path, "leadership", sample_warehouse, **VIEWS[view])
    assert not app.exception
    opened = warehouse.open(Audience.LEADERSHIP, sample_warehouse)
    for finding in [*shown["cards"], *shown["tiles"]]:
        for each in finding.observations:
            again = warehouse.run(opened, each.metric.name, each.filters)
            pd.testing.assert_frame_equal(each.frame, again.frame)
    drawn = [each.value for each in app.metric]
    for finding in shown["tiles"]:
        assert finding.metric
        row = warehouse.run(opened, finding.metric.name, finding.filters).total()
        if row["value"] is not None:
            assert prose.measure(row["value"], finding.metric.unit) in drawn


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_card_has_a_sentence_and_every_chart_a_table(
    page: PageFile, sample_warehouse: Path, open_page: Open, shown: dict[str, list[Finding]]
) -> None:
    open_page(page.path, "leadership", sample_warehouse)
    for finding in [*shown["cards"], *shown["tiles"]]:
        assert finding.sentence.endswith((".", "?", "!"))
        assert finding.question.strip()
        assert not (finding.drawing and finding.frame.empty)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_no_sentence_stands_twice_on_a_page(page: PageFile, sample_warehouse: Path, open_page: Open) -> None:
    said = [
        each.value for each in open_page(page.path, "leadership", sample_warehouse).text if each.value.endswith(".")
    ]
    assert not [each for each, times in Counter(said).items() if times > 1]


@pytest.mark.parametrize("stem", ["overview", "call_volume", "outcomes", "needle_pickups", "referrals"])
def test_no_sentence_stands_twice_on_a_public_page(stem: str, released_warehouse: Path, open_page: Open) -> None:
    page = next(page for page in PAGES if page.stem == stem)
    said = [each.value for each in open_page(page.path, "public", released_warehouse).text if each.value.endswith(".")]
    assert not [each for each, times in Counter(said).items() if times > 1]


@pytest.mark.parametrize("page", [page for page in PAGES if page.stem in ("kpis", "call_volume", "outcomes")], ids=name)
def test_an_address_full_of_nonsense_opens_the_page_as_if_it_were_empty(
    page: PageFile, sample_warehouse: Path, open_page: Open
) -> None:
    nonsense = {
        "period": "'; drop table fct_calls; --",
        "area": ["<script>alert(1)</script>", "Nowhere", "x" * 20_000],
        "nature": ["../../etc/passwd", "{{7*7}}"],
        "compare": "\x00",
        "unheard_of": "1",
    }
    plain = open_page(page.path, "leadership", sample_warehouse)
    odd = open_page(page.path, "leadership", sample_warehouse, **nonsense)
    assert not odd.exception
    assert [each.value for each in odd.metric] == [each.value for each in plain.metric]
    assert not any("<script>" in each.value for each in [*odd.text, *odd.markdown, *odd.caption])


def test_a_definition_says_on_which_files_how_many_rows_and_which_day_its_figure_rests(
    sample_warehouse: Path, open_page: Open
) -> None:
    page = next(page for page in PAGES if page.stem == "definitions")
    app = open_page(page.path, "leadership", sample_warehouse, metric=metrics.registry()["response_minutes"].title)
    opened = warehouse.open(Audience.LEADERSHIP, sample_warehouse)
    row = warehouse.run(opened, "response_minutes", Filters(None, opened.as_of)).total()
    said = next(each.value for each in app.markdown if "**Figure**" in each.value).replace("\\", "")
    assert row
    assert f"n = {prose.count(row['n'])}; {prose.count(row['n_excluded'])} left out" in said
    assert prose.day(opened.as_of) in said
    files = warehouse.table(opened, "load_files")
    assert str(files.loc[files["table"] == "calls", "file"].iloc[-1]) in said


@pytest.mark.parametrize("audience", [Audience.LEADERSHIP, Audience.PUBLIC])
def test_a_related_figure_leads_to_its_own_definition(
    audience: Audience, released_warehouse: Path, open_page: Open
) -> None:
    page = next(page for page in PAGES if page.stem == "definitions")
    app = open_page(page.path, audience, released_warehouse, metric=metrics.registry()["no_police_rate"].title)
    app.button(key="related_police_backup_rate").click().run()
    assert app.selectbox(key="metric").value == "police_backup_rate"
    assert metrics.registry()["police_backup_rate"].question in [each.value for each in app.header]


def test_a_list_of_rows_says_of_how_many_it_is_the_latest(
    sample_warehouse: Path, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(behind, "SHOWN", 10)
    page = next(page for page in PAGES if page.stem == "call_volume")
    app = open_page(page.path, "leadership", sample_warehouse)
    opened = warehouse.open(Audience.LEADERSHIP, sample_warehouse)
    app.get_by_key("more_calls_for_service_by_source").select("Rows").run()
    shown = next(each.value for each in app.text if "behind “Calls for service”" in each.value)
    filters = Filters(date(2025, 7, 1), date(2026, 6, 30))
    whole = warehouse.run(opened, "calls_for_service", filters).total()
    assert whole
    assert shown.startswith(f"The latest 10 of {prose.count(whole['value'])} rows")


def test_the_explorer_narrows_a_figure_of_referrals_to_a_partner(
    sample_warehouse: Path, open_page: Open, shown: dict[str, list[Finding]]
) -> None:
    page = next(page for page in PAGES if page.stem == "explorer")
    opened = warehouse.open(Audience.LEADERSHIP, sample_warehouse)
    found = warehouse.run(opened, "referrals_sent", Filters(None, opened.as_of, by=("partner",))).frame
    partner = next(name for name in found["partner"] if name != "All")
    figure = {"metric": metrics.registry()["referrals_sent"].title}
    open_page(page.path, "leadership", sample_warehouse, partner=[partner], **figure)
    assert shown["cards"][0].filters.where == (("partner", (partner,)),)


def test_no_audience_sees_a_page_of_a_higher_one_in_its_menu() -> None:
    for audience in Audience:
        for pages in pages_for(audience).values():
            assert all(audience.may_open(page.least) for page in pages)
    assert "kpis" not in {page.stem for pages in pages_for(Audience.COUNCIL).values() for page in pages}


def test_no_page_lies_directly_in_the_pages_folder_where_streamlit_would_serve_it_to_anyone() -> None:
    assert list((Path(__file__).resolve().parents[2] / "pages").glob("*.py")) == []


def test_the_sample_is_called_synthetic_on_every_page(sample_warehouse: Path, open_page: Open) -> None:
    for page in PAGES:
        app = open_page(page.path, "leadership", sample_warehouse)
        assert any("Synthetic sample" in each.value for each in app.markdown), page.stem


def test_a_page_without_its_export_says_so_once_and_draws_no_zeros(
    sample_warehouse: Path, tmp_path: Path, open_page: Open, shown: dict[str, list[Finding]]
) -> None:
    pointer = (sample_warehouse / "leadership.current").read_text().strip()
    database = tmp_path / "leadership.0123456789ab.duckdb"
    shutil.copy(sample_warehouse / f"leadership.{pointer}.duckdb", database)
    with duckdb.connect(str(database)) as connection:
        for mart in ("fct_pickups", "fct_referrals"):
            connection.execute(f"delete from {mart}")
        connection.execute("""update dim_coverage set n = 0, status = 'x' where "table" in ('pickups', 'referrals')""")
    pages = {page.stem: page for page in PAGES}
    app = open_page(pages["needle_pickups"].path, "leadership", tmp_path)
    assert not app.exception
    said = [each.value for each in app.text]
    assert said.count("No needle export was loaded.") == 1
    assert "No needle export was loaded; see Data quality." in said
    assert not shown["cards"]
    assert not shown["tiles"]
    app = open_page(pages["kpis"].path, "leadership", tmp_path)
    assert not app.exception
    assert {each.metric.table for each in shown["tiles"] if each.metric} == {"calls", "cases", "services"}


def test_a_grey_shape_holds_a_cards_place_on_a_page_just_opened_and_never_after_a_choice(
    sample_warehouse: Path, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    shapes: list[int] = []
    draw = st.skeleton

    def counted(height: int) -> object:
        shapes.append(height)
        return draw(height)

    monkeypatch.setattr(st, "skeleton", counted)
    monkeypatch.setattr(state, "is_remembered", lambda *_, **__: False)  # what an earlier test asked for would be there
    path = next(page.path for page in PAGES if page.stem == "call_volume")
    app = open_page(path, "leadership", sample_warehouse)
    assert len(shapes) > 3
    shapes.clear()
    app.multiselect(key="area").set_value(["Riverside"]).run()
    assert not app.exception
    assert not shapes
    assert [each.value for each in app.header]
