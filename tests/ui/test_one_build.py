"""A page is of one build: the one at its foot, however many are published while it is made."""

import re
import shutil
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from publicsafety import warehouse
from publicsafety.audience import Audience
from publicsafety.findings import Finding
from tests.ui.conftest import ROOT, Open


@pytest.mark.parametrize("page", ["public/20_call_volume.py", "leadership/10_kpis.py"])
def test_all_figures_of_a_page_are_of_the_build_at_its_foot_even_when_builds_swap_meanwhile(
    page: str, open_page: Open, shown: dict[str, list[Finding]], sample_warehouse: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    folder = shutil.copytree(sample_warehouse, tmp_path / "w")
    published, number = warehouse.open(Audience.LEADERSHIP, folder), count()

    def swapped(*_: Any) -> warehouse.Warehouse:
        """Every look finds a newer build."""
        return replace(published, build_id=f"build{next(number)}")

    monkeypatch.setattr(warehouse, "open", swapped)
    app = open_page(ROOT / "pages" / page, "leadership", folder)
    assert not app.exception
    builds = {each.build_id for group in shown.values() for each in group}
    assert len(builds) == 1
    foot = next(text.value for text in app.text if re.search(r"Build \w+", text.value))
    assert f"Build {builds.pop()}" in foot
