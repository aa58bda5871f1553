"""Using the pages: by phone, by keyboard, with a screen reader, through a link, and with what one takes away."""

import csv
import io
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, expect

from publicsafety import warehouse
from publicsafety.audience import Audience
from publicsafety.filters import Filters
from tests.browser.pages import PATIENCE, opened, saved, settled, stems, url_of

pytestmark = pytest.mark.browser

SAID = "[...document.querySelectorAll('[data-testid=stPlotlyChart]')].every(chart => chart.ariaLabel?.length > 20)"


@pytest.mark.parametrize(
    "stem",
    [
        stem
        for stem in stems(Audience.LEADERSHIP)
        if stem not in ("definitions", "open_data", "look_closer", "briefing", "peers")
    ],
)
def test_every_chart_says_in_words_what_it_shows(leadership: str, browser: Browser, stem: str) -> None:
    page = opened(browser, url_of(leadership, stem))
    charts = page.get_by_test_id("stPlotlyChart")
    expect(charts.first).to_be_attached(timeout=PATIENCE)
    page.wait_for_function(SAID, timeout=PATIENCE)
    page.close()


def test_a_filter_is_in_the_address_and_the_address_brings_it_back(leadership: str, browser: Browser) -> None:
    page = opened(browser, f"{leadership}/call_volume")
    tile = page.get_by_test_id("stMetricValue").first
    expect(tile).to_have_text(re.compile(r"\d"), timeout=PATIENCE)
    whole = tile.inner_text()
    page.locator(".st-key-area").get_by_role("combobox").click()
    page.keyboard.type("Riverside")  # a long list is drawn as far as it is in view
    page.get_by_role("option", name="Riverside", exact=True).click()
    page.wait_for_url("**area=Riverside**", timeout=PATIENCE)
    expect(tile).not_to_have_text(whole, timeout=PATIENCE)
    settled(page)
    figure = tile.inner_text()
    again = opened(browser, page.url)
    expect(again.get_by_test_id("stMetricValue").first).to_have_text(figure, timeout=PATIENCE)
    assert parse_qs(urlsplit(again.url).query)["area"] == ["Riverside"]
    page.close()
    again.close()


def test_a_phone_has_one_filter_button_that_says_how_many_are_set(leadership: str, browser: Browser) -> None:
    page = opened(browser, f"{leadership}/call_volume?area=Riverside", 360)
    button = page.get_by_role("button", name="Filters · 1 set")
    expect(button).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".st-key-period")).to_be_hidden()
    button.click()
    expect(page.locator(".st-key-period")).to_be_visible(timeout=PATIENCE)
    page.close()


def test_the_keyboard_alone_opens_a_table(leadership: str, browser: Browser) -> None:
    page = opened(browser, f"{leadership}/outcomes")
    table = page.locator(".st-key-card_police_roles").get_by_role("radio", name="Table")
    table.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".st-key-card_police_roles").get_by_test_id("stDataFrame")).to_be_visible(timeout=PATIENCE)
    page.close()


def test_a_download_holds_the_figures_of_the_page(leadership: str, browser: Browser, sample_warehouse: Path) -> None:
    page = opened(browser, f"{leadership}/outcomes?period=All+dates")
    _, data = saved(page, "st-key-csv_police_roles")
    rows = list(csv.DictReader(io.StringIO(data.decode())))
    page.close()
    opened_at = warehouse.open(Audience.LEADERSHIP, sample_warehouse)
    asked = Filters(end=opened_at.as_of, by=("police_role",))
    expected = warehouse.run(opened_at, "care_responses", asked).frame
    assert {row["police_role"]: int(float(row["value"])) for row in rows} == {
        str(row["police_role"]): int(row["value"]) for row in expected.to_dict("records")
    }


def test_one_stage_of_the_funnel_is_followed_to_its_rows_and_they_leave_through_one_button(
    leadership: str, browser: Browser
) -> None:
    page = opened(browser, f"{leadership}/referrals?period=All+dates")
    card = page.locator(".st-key-card_referral_funnel")
    card.get_by_role("radio", name="Rows").click()
    card.get_by_role("combobox").click()
    page.get_by_role("option", name="accepted", exact=True).click()
    said = card.get_by_text(re.compile("behind “Referrals by stage”, accepted"))
    expect(said).to_be_visible(timeout=PATIENCE)
    whole = int(said.inner_text().split(" rows")[0].split(" of ")[-1].replace(",", ""))
    card.get_by_test_id("stDataFrame").hover()
    expect(card.get_by_role("button", name=re.compile("Search"))).to_have_count(1, timeout=PATIENCE)
    expect(card.get_by_role("button", name=re.compile("Download as CSV"))).to_have_count(0)
    name, data = saved(page, "st-key-csv_rows_referral_funnel")
    rows = list(csv.DictReader(io.StringIO(data.decode())))
    page.close()
    assert name == "referral_funnel_rows.csv"
    assert (len(rows), {row["is_accepted"] for row in rows}) == (whole, {"True"})


def test_how_the_stages_are_split_is_in_the_address(leadership: str, browser: Browser) -> None:
    page = opened(browser, f"{leadership}/referrals")
    page.locator(".st-key-stages").get_by_role("radio", name="Need").click()
    page.wait_for_url("**stages=Need**", timeout=PATIENCE)
    expect(page.get_by_role("heading", name="Stages by need")).to_be_visible(timeout=PATIENCE)
    again = opened(browser, page.url)
    expect(again.get_by_role("heading", name="Stages by need")).to_be_visible(timeout=PATIENCE)
    page.close()
    again.close()


def test_the_definition_shows_the_query_that_ran(leadership: str, browser: Browser) -> None:
    page = opened(browser, f"{leadership}/outcomes")
    card = page.locator(".st-key-card_police_roles")
    card.get_by_role("radio", name="Definition and query").click()
    expect(card.get_by_text("fct_calls").first).to_be_visible(timeout=PATIENCE)
    page.close()


def test_the_map_counts_what_the_visitor_chose(leadership: str, browser: Browser) -> None:
    page = opened(browser, f"{leadership}/needle_pickups?view=Areas")
    expect(page.get_by_role("heading", name="Where do people report needles?")).to_be_visible(timeout=PATIENCE)
    page.get_by_role("radio", name="Needles", exact=True).click()
    expect(page.get_by_role("heading", name="Where were needles found?")).to_be_visible(timeout=PATIENCE)
    assert "count=Needles" in page.url
    page.close()


def test_a_wide_table_of_a_worked_example_does_not_scroll_the_page_sideways(leadership: str, browser: Browser) -> None:
    page = opened(browser, f"{leadership}/definitions?metric=Response+time", 360)
    page.get_by_text("Show the example").click()
    settled(page)
    expect(page.locator(".st-key-card_example").get_by_test_id("stDataFrame").first).to_be_visible()
    main = page.get_by_test_id("stMain")
    assert main.evaluate("main => main.scrollWidth") == main.evaluate("main => main.clientWidth")
    page.close()
