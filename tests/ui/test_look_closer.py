"""A resident looks at one neighborhood or one kind of call: the released cells as they are, and nothing added up."""

import csv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from publicsafety import language, warehouse
from publicsafety.audience import Audience
from publicsafety.findings import closer, contents, published
from publicsafety.pages import page_files
from publicsafety.released import ReleasedDatabase, source_of
from publicsafety.site.closer import file_names
from tests.ui.conftest import Open

PAGE = next(page for page in page_files() if page.stem == "look_closer")


@pytest.fixture
def source(released_warehouse: Path) -> ReleasedDatabase:
    return source_of(warehouse.open(Audience.PUBLIC, released_warehouse))


def every(source: ReleasedDatabase) -> Iterator[tuple[str, str]]:
    yield from ((dimension, name) for dimension, names in closer.values(source).items() for name in names)


def test_every_released_neighborhood_and_kind_of_call_can_be_looked_at(source: ReleasedDatabase) -> None:
    known = closer.values(source)
    released = {row["dimensions"] for row in source.table("catalogue").to_dict("records")}
    assert {"area", "area_group", "nature"} <= set(known)
    for dimension, name in every(source):
        assert any(f'"{dimension}": "{name}"' in each for each in released)
        assert closer.asks(source, dimension, name)
        assert closer.answer(source, closer.scope(source), dimension, name)


def test_each_figure_of_a_category_is_the_released_cell_withheld_ones_as_such(
    source: ReleasedDatabase, released_warehouse: Path
) -> None:
    """One table followed from its CSV: responses by part of the city and kind of call."""
    path = released_warehouse / "open" / "responses_by_part_of_city_and_nature.csv"
    rows = list(csv.DictReader(path.open(encoding="utf-8")))
    checked = withheld = 0
    for row in rows:
        if row["area_group"] == "All":
            continue
        found = closer.split(source, closer.scope(source), "care_responses", "area_group", row["area_group"], "nature")
        laid = found.frame.set_index(found.frame.columns[0]).astype(str)
        shown = laid.loc[row["nature"], row["period"][:4]]
        assert shown == (f"{int(row['value']):,}" if row["value"] else "[c]")
        checked, withheld = checked + 1, withheld + (not row["value"])
    assert checked > 20
    assert withheld > 0


def test_every_category_has_a_picture_a_table_and_a_sentence_for_each_of_its_figures(source: ReleasedDatabase) -> None:
    asked, seen = closer.scope(source), 0
    for dimension, name in every(source):
        for ask in closer.asks(source, dimension, name):
            found = contents.find(source, asked, *ask)
            assert found is not None
            assert found.sentence
            assert len(found.frame)
            assert bool(found.drawing) == any(str(cell) not in ("[c]", "0") for cell in _own(found.frame))
            seen += 1
    assert seen > 25


def _own(frame: pd.DataFrame) -> Iterator[object]:
    """The cells of the category: in a series the second column, in a split the latest year without its total."""
    return iter(frame.iloc[:, 1] if frame.columns[-1] == "All" else frame.iloc[:-1, -1])


def test_a_figure_that_is_withheld_is_said_to_be_withheld(
    source: ReleasedDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = published.figures(source)
    hidden = {"value": None, "status": "c"}
    cells = tuple(row | hidden if row["dimensions"] == {"area": "Riverside"} else row for row in told.cells)
    monkeypatch.setattr(published, "figures", lambda _source: replace(told, cells=cells))
    said = closer.answer(source, closer.scope(source), "area", "Riverside")
    assert said.count("withheld") == 2
    (found, _other) = (
        contents.find(source, closer.scope(source), *ask) for ask in closer.asks(source, "area", "Riverside")
    )
    assert found is not None
    assert found.drawing == ""
    assert set(found.frame["Riverside"]) == {"[c]"}


def test_a_category_has_one_name_in_every_language_and_its_own_words_in_each(source: ReleasedDatabase) -> None:
    english = closer.values(source)
    with language.use("es"):
        assert closer.values(source) == english
        said = closer.answer(source, closer.scope(source), "nature", "Mental health")
        found = contents.find(source, closer.scope(source), *closer.asks(source, "nature", "Mental health")[0])
    assert said.startswith("Respuestas del equipo: ")
    assert found is not None
    assert found.sentence.startswith("Salud mental: ")


def test_files_of_categories_have_plain_names_and_no_two_the_same() -> None:
    named = dict(file_names("area", ("Área 2/MIT", "Area 2 MIT", "Сенной", "Riverside")))
    assert named["Riverside"] == "look-closer-area-riverside"
    assert named["Área 2/MIT"] == "look-closer-area-area-2-mit"
    assert len(set(named.values())) == 4
    assert all(name.isascii() for name in named.values())


@pytest.mark.parametrize("audience", list(Audience))
def test_the_page_shows_the_same_released_figures_to_everybody(
    audience: Audience, open_page: Open, released_warehouse: Path, source: ReleasedDatabase
) -> None:
    app = open_page(PAGE.path, audience.value, released_warehouse)
    assert not app.exception
    first = next(iter(closer.values(source)["area"]))
    assert closer.answer(source, closer.scope(source), "area", first) in [each.value for each in app.text]
    app.selectbox(key="look").select("nature").run()
    app.selectbox(key="one_nature").select("Quality of life").run()
    assert not app.exception
    wanted = closer.answer(source, closer.scope(source), "nature", "Quality of life")
    assert wanted in [each.value for each in app.text]


def test_a_link_may_name_a_category_as_the_data_does_and_hears_when_there_is_none(
    open_page: Open, released_warehouse: Path
) -> None:
    app = open_page(PAGE.path, "public", released_warehouse, look="nature", one_nature="Quality of life")
    assert app.selectbox(key="look").value == "nature"
    assert app.selectbox(key="one_nature").value == "Quality of life"
    app = open_page(PAGE.path, "public", released_warehouse, one_area="Atlantis")
    assert not app.exception
    assert any("The link asked for “Atlantis”" in each.value for each in app.caption)


@pytest.mark.parametrize("audience", list(Audience))
def test_who_sees_single_records_elsewhere_is_told_that_these_figures_are_the_released_ones(
    audience: Audience, open_page: Open, released_warehouse: Path
) -> None:
    app = open_page(PAGE.path, str(audience), released_warehouse)
    said = any(each.value.startswith("As released to the public") for each in app.caption)
    assert said == (audience is Audience.LEADERSHIP)
