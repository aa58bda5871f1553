"""What the browser tests share: the pages of an audience, how to open one, and when it is drawn."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import cache
from pathlib import Path

from playwright.sync_api import Browser, Page, TimeoutError, expect

from publicsafety.audience import Audience
from publicsafety.pages import pages_for

WIDTHS = (360, 1280)
PATIENCE = 60_000  # milliseconds until a page that is not drawn is taken for broken
# Chromium asks before the eleventh download of a page, and without a screen nobody answers: the next click is a new start.
CLICKS = (3_000, 20_000, PATIENCE)
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
LAST = ".st-key-foot"  # the last element of every page
CHARTS_DRAWN = (
    "[...document.querySelectorAll('[data-testid=stPlotlyChart]')].every(chart => chart.querySelector('svg'))"
)
Served = Callable[[Audience], str]


def stems(audience: Audience) -> list[str]:
    """The pages of an audience by the names in their addresses, the first first."""
    return [page.stem for pages in pages_for(audience).values() for page in pages]


@contextmanager
def serving(
    start: Callable[[str, Path], AbstractContextManager[str]], sample: Path, released: Path
) -> Iterator[Served]:
    """Servers that run until the block ends. Leadership has the sample as it was built, the others its release."""
    with ExitStack() as running:

        @cache
        def address(audience: Audience) -> str:
            return running.enter_context(start(audience, sample if audience == Audience.LEADERSHIP else released))

        yield address


def url_of(address: str, stem: str, audience: Audience = Audience.LEADERSHIP) -> str:
    """The first page answers at the root and, as Streamlit has it, only there."""
    return address if stem == stems(audience)[0] else f"{address}/{stem}"


def opened(browser: Browser, url: str, width: int = 1280, height: int = 900) -> Page:
    page = browser.new_page(viewport={"width": width, "height": height})
    page.set_default_timeout(PATIENCE)
    page.goto(url)
    settled(page)
    return page


def settled(page: Page) -> None:
    """Until the script has ended and its last element stands, with no placeholder left."""
    page.wait_for_selector(LAST, timeout=PATIENCE)
    page.wait_for_selector('[data-test-script-state="notRunning"]', state="attached", timeout=PATIENCE)
    page.wait_for_function("!document.querySelector('[data-testid=stSkeleton]')", timeout=PATIENCE)


def grown(page: Page, width: int) -> None:
    """Make the window so tall that all of the page is in view, and wait until its charts are drawn."""
    main = page.get_by_test_id("stMain")
    page.set_viewport_size({"width": width, "height": 900})
    height = int(main.evaluate("element => element.scrollHeight"))
    page.set_viewport_size({"width": width, "height": min(height + 40, 12_000)})
    settled(page)
    page.wait_for_function(CHARTS_DRAWN, timeout=PATIENCE)


def saved(page: Page, key: str) -> tuple[str, bytes]:
    """The name and the bytes of the file behind the download button in the container of that key."""
    for patience in CLICKS:
        try:
            with page.expect_download(timeout=patience) as started:
                page.locator(f".{key}").get_by_role("button").click()
            return started.value.suggested_filename, Path(started.value.path()).read_bytes()
        except TimeoutError:
            continue
    raise AssertionError(f"{key} gave no file, however often it was clicked")


def every(page: Page, selector: str, count: int | None = None) -> list[str]:
    """The keys of the containers that match, once there are as many as there must be (by default one a card)."""
    found = page.locator(selector)
    expect(found).to_have_count(count or page.locator('[class*="st-key-actions_"]').count(), timeout=PATIENCE)
    names = found.evaluate_all(
        "found => found.map(each => [...each.classList].find(name => name.startsWith('st-key-')))"
    )
    assert names
    assert len(set(names)) == len(names)
    return [str(name) for name in names]
