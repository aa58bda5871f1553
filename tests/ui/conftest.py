"""Pages without a browser: each audience's app against the sample, and every finding that a page drew."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from publicsafety.findings import Finding
from publicsafety.pages import PageFile, pages_for
from publicsafety.ui import finding as card
from publicsafety.ui import router, tiles

ROOT = Path(__file__).resolve().parents[2]
Open = Callable[..., AppTest]


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Finding]]:
    """Every finding that pages draw, as `cards` and as `tiles`, in order."""
    found: dict[str, list[Finding]] = {"cards": [], "tiles": []}
    draw_card, draw_tiles = card.show, tiles.show

    def keep_card(reader, drawn, *place):  # type: ignore[no-untyped-def]
        found["cards"].append(drawn.finding)
        draw_card(reader, drawn, *place)

    def keep_tiles(findings, key):  # type: ignore[no-untyped-def]
        found["tiles"].extend(findings)
        draw_tiles(findings, key)

    monkeypatch.setattr(card, "show", keep_card)
    monkeypatch.setattr(tiles, "show", keep_tiles)
    return found


def first(menu: dict[str, list[PageFile]], path: Path) -> dict[str, list[PageFile]]:
    """The same menu with one page in front, where the app opens; a page that is not in it is not put there."""
    every = [page for pages in menu.values() for page in pages]
    return {"": sorted(every, key=lambda page: page.path != path)}


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch, shown: dict[str, list[Finding]]) -> Open:
    """Open a page of an audience with an address's parameters: open_page(path, "public", folder, area=["Port"])."""

    def opened(page: Path | None, audience: str, warehouse: Path, **parameters: str | list[str]) -> AppTest:
        monkeypatch.setenv("PUBLICSAFETY_AUDIENCE", audience)
        monkeypatch.setenv("PUBLICSAFETY_WAREHOUSE", str(warehouse))
        monkeypatch.setenv("PUBLICSAFETY_OPEN", "1")
        monkeypatch.setenv("PUBLICSAFETY_AUDIT_LOG", str(warehouse / "visits.jsonl"))
        if page is not None:  # AppTest drops an address's parameters when it changes the page: make it the first one
            monkeypatch.setattr(router, "pages_for", lambda who: first(pages_for(who), page))
        app = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=300)
        for name, value in parameters.items():
            app.query_params[name] = value
        for found in shown.values():
            found.clear()
        return app.run()

    return opened
