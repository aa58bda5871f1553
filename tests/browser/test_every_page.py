"""Each page in a real browser, as leadership sees the sample: drawn whole, without an error, asking nobody else."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from publicsafety.audience import Audience
from publicsafety.pages import pages_for
from tests.trust import servers

pytestmark = pytest.mark.browser

STEMS = [page.stem for pages in pages_for(Audience.LEADERSHIP).values() for page in pages]
PATIENCE = 60_000  # milliseconds until a page that is not drawn is taken for broken


@pytest.fixture(scope="module")
def address(sample_warehouse: Path) -> Iterator[str]:
    with servers.dashboard("leadership", sample_warehouse) as address:
        yield address


@pytest.mark.parametrize("stem", STEMS)
def test_the_page_is_drawn_without_an_error_and_asks_no_other_machine(
    address: str, browser: Browser, stem: str
) -> None:
    # The first page answers at the root and, as Streamlit has it, only there.
    url = address if stem == STEMS[0] else f"{address}/{stem}"
    page = browser.new_page()
    wrong: list[str] = []
    # A deep link makes Streamlit's client look for its server below the page's own address first, and then at the root.
    looked_for = f"{url}/_stcore/"
    page.on(
        "console",
        lambda said: (
            wrong.append(f"{said.text} {said.location['url']}")
            if said.type == "error" and not said.location["url"].startswith(looked_for)
            else None
        ),
    )
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("requestfailed", lambda request: wrong.append(f"failed: {request.url}"))
    page.on(
        "request",
        lambda request: None if request.url.startswith((address, "data:", "blob:")) else wrong.append(request.url),
    )
    page.goto(url)
    expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=PATIENCE)
    expect(page.locator('[data-test-script-state="notRunning"]')).to_be_attached(timeout=PATIENCE)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    expect(page.get_by_text("synthetic", exact=False).first).to_be_visible()
    page.close()
    assert wrong == []
