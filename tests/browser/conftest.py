"""A dashboard for each audience in a real browser: started once, and visited once before anything is asked of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from publicsafety.audience import Audience
from tests.browser import pages
from tests.trust import servers


@pytest.fixture(scope="session")
def served(sample_warehouse: Path, released_warehouse: Path) -> Iterator[pages.Served]:
    """Gives the address of an audience's dashboard; a server is started when it is first asked for, and kept."""
    with pages.serving(servers.dashboard, sample_warehouse, released_warehouse) as served:
        yield served


@pytest.fixture(scope="module")
def leadership(served: pages.Served, browser: Browser) -> str:
    return visited(served, Audience.LEADERSHIP, browser)


@pytest.fixture(scope="module")
def council(served: pages.Served, browser: Browser) -> str:
    return visited(served, Audience.COUNCIL, browser)


@pytest.fixture(scope="module")
def public(served: pages.Served, browser: Browser) -> str:
    return visited(served, Audience.PUBLIC, browser)


def visited(served: pages.Served, audience: Audience, browser: Browser) -> str:
    """The very first visit of a server knows no page but the first."""
    address = served(audience)
    pages.opened(browser, address).close()
    return address
