"""The static edition in a browser: WCAG 2.1 AA and no sideways scrolling on a phone and a desk, and what a printer gets."""

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
WIDTHS = (360, 1280)


def as_they_open(site: Path) -> list[Path]:
    """Every page in every language as it opens, without those of single periods; and the one of a quarter."""
    pages = [path for path in sorted((site / "latest").rglob("*.html")) if not re.search(r"\d", path.stem)]
    return [site / "index.html", *pages, max((site / "latest" / "en").glob("call-volume-*-Q*.html"))]


def test_no_page_breaks_a_rule_of_wcag_and_none_scrolls_sideways(site: Path, browser: Browser) -> None:
    pages = as_they_open(site)
    assert len(pages) > 15
    page = browser.new_page(bypass_csp=True)  # axe is a script, and the pages allow none
    found = []
    for path in pages:
        page.goto(path.as_uri(), wait_until="load")
        page.wait_for_url(
            lambda address, path=path: path.name != "index.html" or not address.endswith("/site/index.html")
        )  # it leads on
        page.wait_for_load_state()
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            sideways = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            if sideways:
                found.append((path.name, width, f"{sideways} pixels wider than the screen"))
            for each in Axe().run(page, options=RULES).response["violations"]:
                found.append((path.name, width, f"{each['id']}: {each['nodes'][0]['html'][:120]}"))
    page.close()
    assert found == []


def test_a_page_is_whole_without_scripts_and_asks_for_nothing_but_its_style(site: Path, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    asked: list[str] = []
    problems: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: problems.append(message.text))
    page.goto((site / "latest" / "en" / "overview.html").as_uri())
    assert page.locator("svg").count() > 3
    assert page.locator("main h1").inner_text().startswith("Overview")
    context.close()
    assert problems == []
    assert {url.rpartition("/")[2] for url in asked} == {"overview.html", "style.css"}
    assert all(url.startswith("file:") for url in asked)


def test_the_printed_page_shows_its_tables_and_no_menu(site: Path, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 1000, "height": 1400})
    page.goto((site / "latest" / "en" / "call-volume.html").as_uri())
    page.emulate_media(media="print")
    assert not page.locator("nav.menu").is_visible()
    assert page.locator("h1").is_visible()
    hidden = page.locator("details table").first
    assert hidden.evaluate("element => element.getBoundingClientRect().height") > 20
    page.close()
