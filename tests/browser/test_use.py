"""Using the pages: by phone, by keyboard, with a screen reader, through a link, and with what one takes away."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from publicsafety import warehouse
from publicsafety.audience import Audience
from publicsafety.filters import Filters
from publicsafety.pages import pages_for
from tests.trust import servers

pytestmark = pytest.mark.browser

STEMS = [page.stem for pages in pages_for(Audience.LEADERSHIP).values() for page in pages]
WIDTHS = (360, 1280)
PATIENCE = 60_000  # milliseconds
CHARTS_DRAWN = (
    "[...document.querySelectorAll('[data-testid=stPlotlyChart]')].every(chart => chart.querySelector('svg'))"
)
CUT_OFF = """() => [...document.querySelectorAll('[data-testid=stPlotlyChart]')].flatMap(chart => {
  const box = chart.getBoundingClientRect();
  return [...chart.querySelectorAll('svg text')].filter(text => {
    const { left, right, width } = text.getBoundingClientRect();
    return width && text.textContent.trim() && (left < box.left - 2 || right > box.right + 2);
  }).map(text => text.textContent);
})"""
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}


@pytest.fixture(scope="module")
def address(sample_warehouse: Path, browser: Browser) -> Iterator[str]:
    with servers.dashboard("leadership", sample_warehouse) as address:
        opened(browser, address).close()  # the very first visit of a server knows no page but the first
        yield address


def opened(browser: Browser, url: str, width: int = 1280) -> Page:
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.set_default_timeout(PATIENCE)
    page.goto(url)
    settled(page)
    return page


def settled(page: Page) -> None:
    """Until the script has ended and its last element stands."""
    page.wait_for_selector(".st-key-foot", timeout=PATIENCE)
    page.wait_for_selector('[data-test-script-state="notRunning"]', state="attached", timeout=PATIENCE)


def url_of(address: str, stem: str) -> str:
    return address if stem == STEMS[0] else f"{address}/{stem}"


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("stem", STEMS)
def test_no_page_breaks_a_rule_of_wcag_and_none_scrolls_sideways(
    address: str, browser: Browser, stem: str, width: int
) -> None:
    page = opened(browser, url_of(address, stem), width)
    main = page.get_by_test_id("stMain")
    height = main.evaluate("element => element.scrollHeight")
    page.set_viewport_size({"width": width, "height": min(int(height) + 40, 12_000)})
    page.wait_for_function("!document.querySelector('[data-testid=stSkeleton]')", timeout=PATIENCE)
    page.wait_for_function(CHARTS_DRAWN, timeout=PATIENCE)
    assert main.evaluate("element => element.scrollWidth - element.clientWidth") == 0
    assert page.evaluate(CUT_OFF) == []
    open_all(page)
    found = Axe().run(page, options=RULES).response["violations"]
    page.close()
    assert [(each["id"], each["nodes"][0]["html"][:120]) for each in found] == []


def open_all(page: Page) -> None:
    """Open what is closed at first: every expander, and the definition behind the first card."""
    for summary in page.get_by_test_id("stExpander").locator("summary").all():
        summary.click()
    definition = page.get_by_role("radio", name="Definition and query")
    if definition.count():
        definition.first.click()
        expect(page.get_by_test_id("stCode").first).to_be_visible(timeout=PATIENCE)
    settled(page)


@pytest.mark.parametrize("stem", [stem for stem in STEMS if stem not in ("definitions", "open_data", "briefing")])
def test_every_chart_says_in_words_what_it_shows(address: str, browser: Browser, stem: str) -> None:
    page = opened(browser, url_of(address, stem))
    charts = page.get_by_test_id("stPlotlyChart")
    for chart in charts.all():
        assert len(chart.get_attribute("aria-label") or "") > 20
    page.close()


def test_a_filter_is_in_the_address_and_the_address_brings_it_back(address: str, browser: Browser) -> None:
    page = opened(browser, f"{address}/call_volume")
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


def test_a_phone_has_one_filter_button_that_says_how_many_are_set(address: str, browser: Browser) -> None:
    page = opened(browser, f"{address}/call_volume?area=Riverside", 360)
    button = page.get_by_role("button", name="Filters · 1 set")
    expect(button).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".st-key-period")).to_be_hidden()
    button.click()
    expect(page.locator(".st-key-period")).to_be_visible(timeout=PATIENCE)
    page.close()


def test_the_keyboard_alone_opens_a_table(address: str, browser: Browser) -> None:
    page = opened(browser, f"{address}/outcomes")
    table = page.locator(".st-key-card_police_roles").get_by_role("radio", name="Table")
    table.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".st-key-card_police_roles").get_by_test_id("stDataFrame")).to_be_visible(timeout=PATIENCE)
    page.close()


def test_a_download_holds_the_figures_of_the_page(address: str, browser: Browser, sample_warehouse: Path) -> None:
    page = opened(browser, f"{address}/outcomes?period=All+dates")
    with page.expect_download(timeout=PATIENCE) as started:
        page.locator(".st-key-csv_police_roles").get_by_role("button").click()
    rows = list(csv.DictReader(io.StringIO(Path(started.value.path()).read_text(encoding="utf-8"))))
    page.close()
    opened_at = warehouse.open(Audience.LEADERSHIP, sample_warehouse)
    asked = Filters(end=opened_at.as_of, by=("police_role",))
    expected = warehouse.run(opened_at, "care_responses", asked).frame
    assert {row["police_role"]: int(float(row["value"])) for row in rows} == {
        str(row["police_role"]): int(row["value"]) for row in expected.to_dict("records")
    }


def test_the_definition_shows_the_query_that_ran(address: str, browser: Browser) -> None:
    page = opened(browser, f"{address}/outcomes")
    card = page.locator(".st-key-card_police_roles")
    card.get_by_role("radio", name="Definition and query").click()
    expect(card.get_by_text("fct_calls").first).to_be_visible(timeout=PATIENCE)
    page.close()


def test_the_map_counts_what_the_visitor_chose(address: str, browser: Browser) -> None:
    page = opened(browser, f"{address}/needle_pickups?view=Areas")
    expect(page.get_by_role("heading", name="Where do people report needles?")).to_be_visible(timeout=PATIENCE)
    page.get_by_role("radio", name="Needles", exact=True).click()
    expect(page.get_by_role("heading", name="Where were needles found?")).to_be_visible(timeout=PATIENCE)
    assert "count=Needles" in page.url
    page.close()
