"""The static edition of the sample's release, read once."""

from pathlib import Path

import pytest

from tests.edition import reading


@pytest.fixture(scope="session")
def site(released_warehouse: Path) -> Path:
    return released_warehouse / "open" / "site"


@pytest.fixture(scope="session")
def pages(site: Path) -> dict[str, reading.Page]:
    """Every page of the latest release, by its name below `latest`."""
    return reading.pages(site / "latest")
