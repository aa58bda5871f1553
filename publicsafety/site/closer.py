"""A page for each category of the release (a neighborhood, a kind of call), and the list of them: a filter without a server."""

import re
import unicodedata
from collections.abc import Iterator

from publicsafety.findings import closer, contents, published
from publicsafety.language import gettext as _
from publicsafety.released import ReleasedDatabase
from publicsafety.site.cards import anchor, card
from publicsafety.site.pages import Link, Page, Row, file_name, title_of

STEM = "look_closer"


def pages(source: ReleasedDatabase) -> Iterator[Page]:
    """The list of what can be looked at, then a page for each."""
    known, titles = closer.values(source), published.figures(source).titles
    title, help_text = title_of(STEM)
    groups = [
        (anchor(dimension), titles.get(dimension, dimension), [Link(f"{name}.html", _(value)) for value, name in file_names(dimension, values)])
        for dimension, values in known.items()
    ]  # fmt: skip
    yield Page(file_name(STEM), STEM, "look_closer.html", title, help_text, {"groups": groups, "answer": help_text})
    for dimension, values in known.items():
        for value, name in file_names(dimension, values):
            yield _page(source, dimension, value, name)


def file_names(dimension: str, values: tuple[str, ...]) -> list[tuple[str, str]]:
    """Each category with the name of its file, the same in every language: "look-closer-area-riverside"."""
    found: dict[str, str] = {}
    for value in values:
        plain = unicodedata.normalize("NFKD", value).encode("ascii", "ignore").decode().lower()
        base = "-".join([file_name(STEM), *re.findall("[a-z0-9]+", f"{dimension} {plain}")])
        number = sum(1 for name in found.values() if re.fullmatch(rf"{re.escape(base)}(?:-n\d+)?", name))
        found[value] = f"{base}-n{number + 1}" if number else base
    return list(found.items())


def _page(source: ReleasedDatabase, dimension: str, value: str, name: str) -> Page:
    asked = closer.scope(source)
    asks = closer.asks(source, dimension, value)
    found = [made for ask in asks if (made := contents.find(source, asked, *ask))]
    pairs = [found[first : first + 2] for first in range(0, len(found), 2)]
    rows = [Row(tuple(card(each, len(pair) > 1) for each in pair)) for pair in pairs]
    said = closer.answer(source, asked, dimension, value)
    told = {"groups": [], "answer": said or _(contents.NOT_PUBLISHED), "rows": rows, "back": f"{file_name(STEM)}.html"}
    title = f"{published.figures(source).titles.get(dimension, dimension)}: {_(value)}"
    return Page(name, STEM, "look_closer.html", title, title_of(STEM)[1], told)
