"""Charts in a real browser: changed in place by a filter, drawn when they are looked at, their library loaded once."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.pages import PATIENCE, settled

pytestmark = pytest.mark.browser


@pytest.fixture
def page(browser: Browser, leadership: str) -> Iterator[Page]:
    """The call volume page, drawn; what went wrong on it is in `page.wrong`, what it asked for in `page.asked`."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.asked, page.wrong = [], []  # type: ignore[attr-defined]
    page.on("request", lambda request: page.asked.append(request.url))  # type: ignore[attr-defined]
    page.on("pageerror", lambda error: page.wrong.append(str(error)))  # type: ignore[attr-defined]
    page.goto(f"{leadership}/call_volume")
    settled(page)
    yield page
    page.close()


def choose(page: Page, area: str) -> None:
    page.locator(".st-key-area").get_by_role("combobox").click()
    page.keyboard.type(area)  # a long list is drawn as far as it is in view
    page.get_by_role("option", name=area, exact=True).click()
    page.keyboard.press("Escape")  # while the list of choices is open the rest of the page is inert
    page.wait_for_url(f"**area={area}**", timeout=PATIENCE)
    settled(page)


def test_a_filter_changes_the_chart_that_is_there_and_its_words(page: Page) -> None:
    chart = page.get_by_test_id("stPlotlyChart").first
    expect(chart.locator(".main-svg").first).to_be_attached(timeout=PATIENCE)
    said = chart.get_attribute("aria-label")
    chart.evaluate("element => { element.isTheSame = true; element.before = JSON.stringify(element.data) }")
    choose(page, "Riverside")
    expect(chart).not_to_have_attribute("aria-label", said or "", timeout=PATIENCE)
    page.wait_for_function(
        "element => element.isTheSame && JSON.stringify(element.data) !== element.before",
        arg=chart.element_handle(),
        timeout=PATIENCE,
    )
    assert page.wrong == []  # type: ignore[attr-defined]


def test_a_chart_out_of_sight_keeps_its_place_and_is_drawn_by_the_time_it_is_looked_at(page: Page) -> None:
    last = page.get_by_test_id("stPlotlyChart").last
    height = last.evaluate("element => element.getBoundingClientRect().height")
    assert height > 50
    last.scroll_into_view_if_needed()
    expect(last.locator(".main-svg").first).to_be_attached(timeout=PATIENCE)
    assert last.evaluate("element => element.getBoundingClientRect().height") == height


def test_every_chart_is_drawn_before_the_page_is_printed(page: Page) -> None:
    expect(page.locator(".main-svg").first).to_be_attached(timeout=PATIENCE)
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    drawn, all_charts = page.locator(".js-plotly-plot"), page.get_by_test_id("stPlotlyChart")
    expect(drawn).to_have_count(all_charts.count(), timeout=PATIENCE)


def test_the_chart_library_is_loaded_once_and_from_this_server(page: Page, leadership: str) -> None:
    expect(page.locator(".main-svg").first).to_be_attached(timeout=PATIENCE)
    choose(page, "Riverside")
    page.get_by_role("link", name="Outcomes").click()
    page.wait_for_url("**/outcomes**", timeout=PATIENCE)
    settled(page)
    expect(page.locator(".main-svg").first).to_be_attached(timeout=PATIENCE)
    libraries = [url for url in page.asked if "plotly" in url.lower() and url.endswith(".js")]  # type: ignore[attr-defined]
    assert len(libraries) == 1
    assert libraries[0].startswith(leadership)


def test_without_the_chart_library_a_card_says_so_and_keeps_its_table(browser: Browser, leadership: str) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.route("**/plotly.min.js", lambda route: route.abort())
    page.goto(f"{leadership}/call_volume")
    settled(page)
    chart = page.get_by_test_id("stPlotlyChart").first
    expect(chart).to_contain_text("could not be drawn", timeout=PATIENCE)
    expect(page.get_by_role("radio", name="Table").first).to_be_attached()
    page.close()
