"""Every page of every audience, in every language it has, on a phone and on a desk: WCAG 2.1 AA, and nothing cut off."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from publicsafety import language
from publicsafety.audience import Audience
from tests.browser.pages import PATIENCE, RULES, WIDTHS, grown, opened, settled, stems, url_of

pytestmark = pytest.mark.browser

CUT_OFF = """() => [...document.querySelectorAll('[data-testid=stPlotlyChart]')].flatMap(chart => {
  const box = chart.getBoundingClientRect();
  return [...chart.querySelectorAll('svg text')].filter(text => {
    const { left, right, width } = text.getBoundingClientRect();
    return width && text.textContent.trim() && (left < box.left - 2 || right > box.right + 2);
  }).map(text => text.textContent);
})"""
FITS = """() => {
  const main = document.querySelector('[data-testid=stMain]');
  return main.scrollWidth === main.clientWidth;
}"""
OTHERS = [each.code for each in language.languages() if each.code != "en"]
PAGES = [
    *((audience, stem, "en") for audience in Audience for stem in stems(audience)),
    *((Audience.PUBLIC, stem, code) for stem in stems(Audience.PUBLIC) for code in OTHERS),
]


@pytest.mark.parametrize(("audience", "stem", "code"), PAGES)
def test_no_page_breaks_a_rule_of_wcag_scrolls_sideways_or_cuts_a_label(
    request: pytest.FixtureRequest, browser: Browser, audience: Audience, stem: str, code: str
) -> None:
    url = url_of(request.getfixturevalue(audience.value), stem, audience) + ("" if code == "en" else f"?lang={code}")
    page = opened(browser, url, WIDTHS[0])
    assert page.evaluate("document.documentElement.lang") == code
    open_all(page)
    for width in WIDTHS:  # one visit serves both
        grown(page, width)
        # Tables take their width a moment after the window has: what counts is that the page comes to rest within it.
        page.wait_for_function(FITS, timeout=PATIENCE)
        page.wait_for_function(f"({CUT_OFF})().length === 0", timeout=PATIENCE)
        found = Axe().run(page, options=RULES).response["violations"]
        assert [(width, each["id"], each["nodes"][0]["html"][:120]) for each in found] == []
    page.close()


def open_all(page: Page) -> None:
    """Open what is closed at first: every expander, the definition behind the first card that has one, the first and the last rows."""
    expanders = page.get_by_test_id("stExpander").locator("summary")
    for place in range(expanders.count()):
        expanders.nth(place).click()
    more = page.locator('[class*="st-key-more_"]').first.get_by_role("radio")
    if more.count() > 1:
        more.nth(1).click()
        expect(more.nth(1)).to_be_checked(timeout=PATIENCE)
    rows = page.get_by_role("radio", name="Rows", exact=True)
    for row in (rows.first, rows.last) if rows.count() else ():
        if not row.is_checked():
            row.click()
            expect(row).to_be_checked(timeout=PATIENCE)
    settled(page)
