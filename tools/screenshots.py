"""A picture of every page at a phone's and a desk's width: python -m tools.screenshots [FOLDER] [--audience A].

`make screenshots` runs it. Serves the warehouse on a free port and drives the browser that CHROMIUM names.
"""

import argparse
import os
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from publicsafety.audience import Audience
from publicsafety.pages import pages_for
from tests.trust import servers

ROOT = Path(__file__).resolve().parent.parent
WIDTHS = (360, 1280)
TALLEST = 12_000  # pixels; a page is drawn whole up to here
PATIENCE = 60_000  # milliseconds


def main() -> int:
    """Write FOLDER/<page>-<width>.png for every page of the audience."""
    parser = argparse.ArgumentParser(description="A picture of every page at both widths.")
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT / "docs" / "pictures")
    parser.add_argument("--audience", type=Audience, choices=list(Audience), default=Audience.LEADERSHIP)
    parser.add_argument("--warehouse", type=Path, default=ROOT / "data" / "warehouse")
    parser.add_argument("--language", help="the pages in this language (es), where the audience has a choice")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    department = {name: os.environ[name] for name in ("PUBLICSAFETY_DATA",) if name in os.environ}
    with servers.dashboard(arguments.audience, arguments.warehouse.resolve(), **department) as address:
        picture_all(address, arguments.audience, arguments.folder, arguments.language)
    return 0


def picture_all(address: str, audience: Audience, folder: Path, language: str | None = None) -> None:
    """Open every page at every width and save it whole."""
    stems = [page.stem for pages in pages_for(audience).values() for page in pages]
    asked = f"?lang={language}" if language else ""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"))
        for width in WIDTHS:
            for place, stem in enumerate(stems):
                page = browser.new_page(viewport={"width": width, "height": 900})
                page.goto(f"{address if place == 0 else f'{address}/{stem}'}{asked}")
                path = folder / f"{stem}{'-' + language if language else ''}-{width}.png"
                whole(page, width)
                page.screenshot(path=path)
                print(path)
                page.close()
        browser.close()


def whole(page: Page, width: int) -> None:
    """Wait until all is drawn, and make the window as tall as the page."""
    page.wait_for_selector(".st-key-foot, [data-testid=stException]", timeout=PATIENCE)
    page.wait_for_selector('[data-test-script-state="notRunning"]', state="attached", timeout=PATIENCE)
    for _ in range(2):  # charts that come into view, and tables, make the page longer
        page.wait_for_timeout(800)
        height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
        page.set_viewport_size({"width": width, "height": min(int(height) + 40, TALLEST)})
        page.wait_for_function("!document.querySelector('[data-testid=stSkeleton]')", timeout=PATIENCE)
    page.wait_for_timeout(1500)


if __name__ == "__main__":
    sys.exit(main())
