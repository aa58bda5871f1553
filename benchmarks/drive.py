"""A real browser at the product's page and at its peers': choose an area, and time until the page stands still.

The time runs from the act that sends the choice (the Enter key, the click, the selection) to the last change of the
page; a page stands still when nothing has changed for a while and its framework says that it is not busy.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.serve import FLOORS, Server

QUIET = 700  # milliseconds without a change: the page is done
RESTED = 3300  # longer than the rest after which charts out of sight are drawn (REST of ui/assets/plot.js)
PATIENCE = 180_000
# Every root of a shadow tree is watched too: Panel's pages live in them. What is said to screen readers alone is taken
# back seconds later and is no change of what is seen.
WATCH = """
(() => {
  window.lastChange = performance.now();
  const watch = new MutationObserver((changes) => {
    if (changes.some(({target}) => !target.parentElement?.closest('[data-live-announcer]'))) window.lastChange = performance.now();
  });
  const what = {subtree: true, childList: true, attributes: true, characterData: true};
  watch.observe(document, what);
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (options) {
    const root = attach.call(this, options);
    watch.observe(root, what);
    return root;
  };
})()
"""
STREAMLIT = ("ours", "streamlit", *FLOORS)
IDLE = {
    **dict.fromkeys(STREAMLIT, "document.querySelector('[data-test-script-state=notRunning]')"),
    "dash": "document.title !== 'Updating...'",
    "panel": "true",
}


@contextmanager
def browser() -> Iterator[Browser]:
    """Chromium: the one that CHROMIUM names, as tools/browser.sh finds it."""
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        yield made
        made.close()


def opened(chromium: Browser, key: str, server: Server) -> Page:
    """The server's page, drawn and at rest."""
    page = chromium.new_page(viewport={"width": 1280, "height": 900})
    page.add_init_script(WATCH)
    page.goto(server.url)
    drawn = "[data-testid=stMetricValue]" if key in FLOORS else ".js-plotly-plot .plot-container, .plot .main-svg"
    page.wait_for_selector(drawn, timeout=PATIENCE, state="attached")
    settle(page, key)
    return page


def settle(page: Page, key: str, quiet: int = QUIET) -> None:
    page.wait_for_function(
        f"() => performance.now() - window.lastChange > {quiet} && {IDLE[key]}", timeout=PATIENCE, polling=50
    )


def choose(page: Page, key: str, area: str) -> tuple[float, float, float | None]:
    """Filter by this area alone: milliseconds until the screen stands still, and until charts out of sight do too; and
    how long it took before that to take the last area away again, which shows all calls.
    """
    cleared = clear(page, key)
    seen = figures(page, key)
    started = _choose(page, key, area)
    _changed(page, key, seen)
    settle(page, key)
    screen = _last(page) - started
    if key == "ours":  # it draws what is out of sight once the reader's hand rests
        settle(page, key, RESTED)
    return screen, _last(page) - started, cleared


def _changed(page: Page, key: str, seen: list[str]) -> None:
    """Wait for other figures: a page that is still silent is not done."""
    end = time.monotonic() + PATIENCE / 1000
    while figures(page, key) in (seen, []):
        if time.monotonic() > end:
            raise SystemExit(f"{key}: the figures did not change.")
        page.wait_for_timeout(50)


def _last(page: Page) -> float:
    return float(page.evaluate("() => window.lastChange"))


def _now(page: Page) -> float:
    return float(page.evaluate("() => performance.now()"))


def _choose(page: Page, key: str, area: str) -> float:
    """Do it, and say when."""
    if key in STREAMLIT:
        box = page.get_by_role("combobox", name="Area").first
        box.focus()
        page.keyboard.type(area)
        settle(page, key)
        started = _now(page)
        page.keyboard.press("Enter")
        return started
    if key == "dash":
        page.locator("#area").click()
        option = page.locator(".dash-dropdown-option, .dash-options-list-option").filter(has_text=area).first
        option.wait_for()
        settle(page, key)
        started = _now(page)
        option.click()
        return started
    started = _now(page)
    page.locator("select").first.select_option(area)
    return started


def clear(page: Page, key: str) -> float | None:
    """Take the area away again: milliseconds until the screen stands still, none where there was nothing to take away."""
    seen = figures(page, key)
    if key in STREAMLIT:
        page.keyboard.press("Escape")
        area = page.locator("[data-testid=stMultiSelect]").filter(has_text="Area").first
        cleared = area.locator("button[aria-label='Clear all']:visible")
    elif key == "dash":
        cleared = page.locator("#area .dash-dropdown-clear")
    else:
        cleared = page.locator("select").first.locator("option:checked")
    if not cleared.count():
        return None
    started = _now(page)
    if key == "panel":
        page.locator("select").first.select_option([])
    else:
        cleared.first.click()
    _changed(page, key, seen)
    settle(page, key)
    taken = _last(page) - started
    if key != "panel":
        page.keyboard.press("Escape")  # the list of choices may stand open
        settle(page, key)
    return taken


def figures(page: Page, key: str) -> list[str]:
    """The four key figures that the page shows."""
    selector = {"dash": ".value", "panel": "h2"}.get(key, "[data-testid=stMetricValue]")
    return [text.strip() for text in page.locator(selector).all_inner_texts()][:4]


def months(page: Page) -> list[float]:
    """The values of the page's first chart, calls by month, as Plotly holds them."""
    return list(
        page.locator(".js-plotly-plot").first.evaluate("""plot => {
        const all = plot._fullData.filter(trace => trace.type === 'scatter' && trace.y && trace.y.length > 11);
        const longest = all.sort((a, b) => Math.max(...b.y) - Math.max(...a.y))[0];
        return longest ? Array.from(longest.y) : [];
    }""")
    )
