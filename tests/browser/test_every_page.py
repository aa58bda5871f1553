"""Each page in a real browser, as leadership sees the sample: drawn whole, without an error, asking nobody else."""

import pytest
from playwright.sync_api import Browser, expect

from publicsafety.audience import Audience
from tests.browser.pages import PATIENCE, settled, stems, url_of

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("stem", stems(Audience.LEADERSHIP))
def test_the_page_is_drawn_without_an_error_and_asks_no_other_machine(
    leadership: str, browser: Browser, stem: str
) -> None:
    url = url_of(leadership, stem)
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
        lambda request: None if request.url.startswith((leadership, "data:", "blob:")) else wrong.append(request.url),
    )
    page.goto(url)
    expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=PATIENCE)
    settled(page)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    expect(page.get_by_text("synthetic", exact=False).first).to_be_visible()
    page.close()
    assert wrong == []
