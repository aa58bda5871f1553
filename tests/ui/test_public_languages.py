"""The public pages in another language: nothing is left in English, and the language is in the address."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from publicsafety import language, prose, warehouse
from publicsafety.audience import Audience
from publicsafety.findings import Finding
from publicsafety.pages import PageFile, page_files
from publicsafety.ui import state
from tests import pseudo
from tests.ui.conftest import Open

PAGES = [page for page in page_files() if page.least is Audience.PUBLIC]
Shown = dict[str, list[Finding]]
SHOWN = ("label", "value", "help", "delta", "caption")


def test_pages_are_listed() -> None:
    assert len(PAGES) >= 7


@pytest.fixture
def names(released_warehouse: Path) -> set[str]:
    return pseudo.names(warehouse.open(Audience.PUBLIC, released_warehouse))


def texts(app: AppTest) -> Iterator[tuple[str, str]]:
    """Everything that a page says, with the kind of element that says it. SQL is SQL in every language."""

    def below(node: Any) -> Iterator[tuple[str, str]]:
        for child in getattr(node, "children", {}).values():
            kind = child.type
            if kind not in ("code", "html", "skeleton", "download_button"):
                # The value of a choice is a code; what is shown of it is among its options.
                parts = ("label", "help", "options", "placeholder", "caption") if hasattr(child, "options") else SHOWN
                for part in parts:
                    said = getattr(child, part, None)
                    for each in said if isinstance(said, list | tuple) else [said]:
                        if isinstance(each, str):
                            yield kind, each
            if kind == "arrow_data_frame":
                yield from ((kind, str(name)) for name in child.value.columns)
                yield from ((kind, str(cell)) for cell in child.value.astype(str).to_numpy().ravel())
            yield from below(child)

    yield from below(app._tree)


def drawn(found: Finding) -> Iterator[str]:
    """The texts of a finding's picture: labels, hovers, names of traces."""
    spec = state.figure(found)
    if spec is None:
        return

    def below(node: Any, key: str = "") -> Iterator[str]:
        if isinstance(node, dict):
            for name, value in node.items():
                yield from below(value, name)
        elif isinstance(node, list):
            for value in node:
                yield from below(value, key)
        elif isinstance(node, str) and key in ("text", "name", "customdata", "ticktext", "hovertemplate", "label"):
            yield node

    yield from below(json.loads(spec.figure))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_word_of_a_public_page_can_be_translated(
    page: PageFile,
    released_warehouse: Path,
    open_page: Open,
    shown: Shown,
    names: set[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pseudo.spoken(monkeypatch)
    app = open_page(page.path, "public", released_warehouse, lang=pseudo.CODE)
    assert not app.exception
    said = list(texts(app))
    with language.use(pseudo.CODE):
        for found in [*shown["cards"], *shown["tiles"]]:
            said += [("alt", found.alt), *(("picture", text) for text in drawn(found))]
            said += [("note", prose.sentence(each)) for each in found.caveats]
            said += (
                [("column", str(name)) for name in found.options["table"].headers] if "table" in found.options else []
            )
    left = sorted({(kind, text) for kind, text in said if pseudo.left(text, names)})
    assert left == [], "\n".join(f"{kind}: {text}" for kind, text in left)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_public_page_opens_in_spanish_with_links_to_the_other_languages(
    page: PageFile, released_warehouse: Path, open_page: Open
) -> None:
    app = open_page(page.path, "public", released_warehouse, lang="es")
    assert not app.exception
    with language.use("es"):
        assert [each.value for each in app.title] == [language.gettext(page.title)]
    links = next(each.proto.body for each in app.get("html") if "<nav" in each.proto.body)
    assert 'aria-current="true" lang="es"' in links
    assert 'href="?lang=en"' in links


def test_the_links_keep_the_period_and_name_it_in_their_own_language(released_warehouse: Path, open_page: Open) -> None:
    page = next(page for page in PAGES if page.stem == "call_volume")
    app = open_page(page.path, "public", released_warehouse, period="Q3 2025")
    links = next(each.proto.body for each in app.get("html") if "<nav" in each.proto.body)
    assert "?period=T3+2025&amp;lang=es" in links


def test_an_address_with_an_unknown_language_is_shown_in_english(released_warehouse: Path, open_page: Open) -> None:
    page = next(page for page in PAGES if page.stem == "definitions")
    app = open_page(page.path, "public", released_warehouse, lang="<script>")
    assert [each.value for each in app.title] == [page.title]
    assert "script" not in "".join(each.proto.body for each in app.get("html") if "<nav" in each.proto.body)


def test_editions_that_are_not_public_are_in_english(released_warehouse: Path, open_page: Open) -> None:
    page = next(page for page in PAGES if page.stem == "definitions")
    app = open_page(page.path, "council", released_warehouse, lang="es")
    assert [each.value for each in app.title] == [page.title]
    assert not [each for each in app.get("html") if "<nav" in each.proto.body]


def test_two_readers_of_two_languages_do_not_see_each_others_words(released_warehouse: Path, open_page: Open) -> None:
    page = next(page for page in PAGES if page.stem == "overview")
    said = [
        open_page(page.path, "public", released_warehouse, **asked).text[0].value for asked in ({}, {"lang": "es"}, {})
    ]
    assert said[0] == said[2] != said[1]
