"""The static edition in a language that nobody speaks: what stands in English on a page was never translated."""

import html
import re
from datetime import date
from pathlib import Path

import pytest

from publicsafety import language, warehouse
from publicsafety.audience import Audience
from publicsafety.pipeline.release import static
from publicsafety.site.changes import Release, Revision
from publicsafety.site.files import feed, html_pages
from publicsafety.site.source import opened
from tests import pseudo

REVISED = Revision("a", "Response time by year", "year", "2024-01-01", (), "value", "17", "18", "r", "2024-07-01")
RELEASE = Release(
    2, date(2026, 11, 5), date(2026, 9, 30), (("quarter", "2026-07-01"),), ("Response time by year",), (REVISED,)
)
UNSEEN = re.compile(r"<(style|script|code|pre)[^>]*>.*?</\1>", re.DOTALL)
IN_A_TEXT = re.compile(r"</?a\b[^>]*>|</text><text\b[^>]*>")  # links in a sentence, lines of a label
HEARD = re.compile(r'(?:alt|title|aria-label|name="description" content)="([^"]*)"')


def texts(page: str) -> list[str]:
    """What a page shows, piece by piece, and what it says to who cannot see it."""
    page = IN_A_TEXT.sub(" ", UNSEEN.sub(" ", page))
    return [html.unescape(each) for each in [*re.split(r"<[^>]+>", page), *HEARD.findall(page)]]


def test_every_word_of_the_static_edition_can_be_translated(
    released_warehouse: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    current = warehouse.open(Audience.PUBLIC, released_warehouse)
    # Every language is named in itself.
    names = pseudo.names(current) | {word for each in language.languages() for word in pseudo.WORD.findall(each.name)}
    pseudo.spoken(monkeypatch)
    path = released_warehouse / f"public.{current.build_id}.duckdb"
    with opened(path) as source, language.use(pseudo.CODE):
        made = dict(html_pages(source, [RELEASE], static.words()))
        made["feed"] = feed(source, [RELEASE], pseudo.CODE, "")
    assert len(made) > 40
    found = {(name, text) for name, page in made.items() for text in texts(page.decode()) if pseudo.left(text, names)}
    assert found == set(), "\n".join(f"{name}: {text}" for name, text in sorted(found))
