"""The filter bar: its state is the address, a reset forgets it, and only values that the data has are taken."""

from pathlib import Path

import pytest

from publicsafety import warehouse
from publicsafety.audience import Audience
from publicsafety.filters import Filters
from publicsafety.pages import page_files
from publicsafety.periods import PRESETS
from tests.ui.conftest import Open

VOLUME = next(page.path for page in page_files() if page.stem == "call_volume")


def calls(folder: Path, filters: Filters) -> str:
    row = warehouse.run(warehouse.open(Audience.LEADERSHIP, folder), "calls_for_service", filters).total()
    return f"{row['value']:,.0f}"


def test_an_area_in_the_address_narrows_every_figure_to_it(sample_warehouse: Path, open_page: Open) -> None:
    app = open_page(VOLUME, "leadership", sample_warehouse, period="All dates", area=["Riverside"])
    as_of = warehouse.open(Audience.LEADERSHIP, sample_warehouse).as_of
    asked = Filters(end=as_of, where=(("area", ("Riverside",)),))
    assert app.metric[0].value == calls(sample_warehouse, asked)


def test_reset_forgets_what_was_chosen(sample_warehouse: Path, open_page: Open) -> None:
    app = open_page(VOLUME, "leadership", sample_warehouse)
    before = app.metric[0].value
    app.multiselect(key="source").set_value(["9-1-1"]).run()
    assert app.metric[0].value != before
    app.button(key="reset").click().run()
    assert app.multiselect(key="source").value == []
    assert app.metric[0].value == before


@pytest.mark.parametrize("code", [name for name in PRESETS if name != "custom"])
def test_every_preset_opens(sample_warehouse: Path, open_page: Open, code: str) -> None:
    app = open_page(VOLUME, "leadership", sample_warehouse, period=PRESETS[code])
    assert not app.exception
    assert app.selectbox(key="period").value == code


def test_dates_in_the_wrong_order_are_put_right(sample_warehouse: Path, open_page: Open) -> None:
    app = open_page(VOLUME, "leadership", sample_warehouse, period="Custom dates", start="2026-03-31", end="2026-03-01")
    assert not app.exception
    assert any("in March 2026" in each.value for each in app.text)


def test_the_address_of_the_view_is_offered_to_copy(sample_warehouse: Path, open_page: Open) -> None:
    app = open_page(VOLUME, "leadership", sample_warehouse, area=["Riverside"])
    assert any("area=Riverside" in each.value for each in app.code)


def test_an_empty_period_names_what_there_was_instead(sample_warehouse: Path, open_page: Open) -> None:
    needles = next(page.path for page in page_files() if page.stem == "needle_pickups")
    app = open_page(
        needles, "leadership", sample_warehouse, period="Custom dates", start="2001-01-01", end="2001-01-31"
    )
    assert not app.exception
    assert app.text[0].value.startswith("Needles removed: ")


def test_a_released_database_offers_its_published_periods_and_no_other_filter(
    released_warehouse: Path, open_page: Open
) -> None:
    app = open_page(None, "public", released_warehouse)
    assert len(app.selectbox) == 1
    assert not app.multiselect
