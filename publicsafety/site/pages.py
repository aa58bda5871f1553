"""What is on each file of the static edition: pages, periods, places to go to. Everything is a link; nothing needs a script."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any

from publicsafety import language, metrics, prose, table_notes
from publicsafety.briefing.core import Period
from publicsafety.findings import Finding, Scope, about, contents, kpi, published
from publicsafety.findings.card import card as definition
from publicsafety.findings.contents import Contents
from publicsafety.language import gettext as _
from publicsafety.language import later
from publicsafety.pages import page_files
from publicsafety.released import ReleasedDatabase
from publicsafety.site.cards import Card, anchor, card, tile

GRAINS = ("year", "quarter")  # those that have a page of their own
YEARS_SHOWN = 4
RELEASES, RELEASES_TITLE = "releases", later("Releases")
RELEASES_HELP = later("Every release, what was new in it, and every figure that was revised, with the reason.")


@dataclass(frozen=True)
class Link:
    """A place to go to, with no address a mere word; `is_here`: the reader is there; `name`: all that a short text means."""

    href: str
    text: str
    is_here: bool = False
    language: str = ""
    name: str = ""


@dataclass(frozen=True)
class Page:
    """One file: which template prints it, and with what."""

    name: str  # without folder and suffix: "overview-2025-Q3"
    stem: str
    template: str
    title: str
    help: str
    told: Mapping[str, Any]
    period: Period | None = None


@dataclass(frozen=True)
class Row:
    """Cards that stand side by side."""

    cards: tuple[Card, ...]


def stems() -> list[str]:
    """The public pages in the order of the menu, and the list of releases."""
    known = [page.stem for page in page_files() if page.least == "public"]
    return [*known, RELEASES]


def title_of(stem: str) -> tuple[str, str]:
    """A page's name in the menu and its line of help, in the language in use."""
    if stem == RELEASES:
        return _(RELEASES_TITLE), _(RELEASES_HELP)
    found = next(page for page in page_files() if page.stem == stem)
    return _(found.title), _(found.help)


def file_name(stem: str, period: Period | None = None) -> str:
    """The name of a file without its suffix; without a period the page's own: its latest and longest period."""
    name = stem.replace("_", "-")
    return f"{name}-{period.code}" if period else name


def figure_pages(source: ReleasedDatabase, stem: str) -> Iterator[Page]:
    """A page of figures: once as it opens, and once for each year and quarter of the release."""
    shown, (title, help_text) = contents.PAGES[stem], title_of(stem)
    offered = [each for each in published.periods(source, shown.figures) if each.grain in shown.grains]
    for period in offered:
        told = figures(source, shown, period) | {"periods": period_links(stem, offered, period)}
        page = Page(file_name(stem, period), stem, "figures.html", title, help_text, told, period)
        yield page
        if period == offered[0]:
            yield replace(page, name=file_name(stem))
    if not offered:
        told = {"answer": _(contents.NOT_PUBLISHED), "tiles": (), "rows": (), "periods": {}, "tiles_title": ""}
        yield Page(file_name(stem), stem, "figures.html", title, help_text, told)


def figures(source: ReleasedDatabase, shown: Contents, period: Period) -> dict[str, Any]:
    """A page's answer, tiles and cards for one period."""
    asked = contents.scope(source, period, shown.figures)
    said = next(
        (found for way in contents.ways_to_answer(shown) if (found := contents.find(source, asked, *way))), None
    )
    tiles = [found for metric in shown.tiles if (found := contents.find(source, asked, kpi.kpi, metric))]
    rows = _apart([row for asks in shown.asks if (row := _row(source, asked, asks))])
    return {
        "answer": said.sentence if said else _(contents.NOT_PUBLISHED),
        "tiles_title": _(shown.tiles_title),
        "tiles": [tile(each) for each in tiles],
        "rows": rows,
    }


def _apart(rows: list[Row]) -> list[Row]:
    """The rows with a place of its own for every card: two maps of the same figure have the same key."""
    seen: Counter[str] = Counter()
    found = []
    for row in rows:
        cards = []
        for each in row.cards:
            seen[each.key] += 1
            cards.append(each if seen[each.key] == 1 else replace(each, key=f"{each.key}-{seen[each.key]}"))
        found.append(Row(tuple(cards)))
    return found


def _row(source: ReleasedDatabase, asked: Scope, asks: tuple[contents.Ask, ...]) -> Row | None:
    found = [(each, ask) for ask in asks if (each := _find(source, asked, ask))]
    return (
        Row(tuple(_card(source, asked, ask, len(found) > 1, language.code()) for each, ask in found)) if found else None
    )


def _find(source: ReleasedDatabase, asked: Scope, ask: contents.Ask) -> Finding | None:
    return _found(source, asked, ask, language.code())


@lru_cache(maxsize=256)
def _found(source: ReleasedDatabase, asked: Scope, ask: contents.Ask, code: str) -> Finding | None:
    """A finding, once for the pages of a language that show it."""
    return contents.find(source, asked, *ask)


@lru_cache(maxsize=256)
def _card(source: ReleasedDatabase, asked: Scope, ask: contents.Ask, in_pair: bool, code: str) -> Card:
    found = _found(source, asked, ask, code)
    assert found is not None
    return card(found, in_pair)


def period_links(stem: str, offered: list[Period], here: Period) -> dict[str, list[list[Link]]]:
    """The periods to choose from: a line for each year with its quarters, or one line of years where there are no others.

    `earlier`: lines that are folded away, so that the page of a city with many years still begins with its figures.
    """
    lines: dict[int, list[Link]] = {}
    for period in sorted(offered, key=lambda each: (each.start.year, GRAINS.index(each.grain), each.start)):
        lines.setdefault(period.start.year, []).append(_period_link(stem, period, here))
    if all(period.grain == "year" for period in offered):
        return {"earlier": [], "lines": [[link for links in lines.values() for link in links]]}
    years = {period.start.year for period in offered if period.grain == "year"}
    laid = {year: links if year in years else [Link("", str(year)), *links] for year, links in lines.items()}
    folded = [year for year in list(laid)[:-YEARS_SHOWN] if year != here.start.year]
    return {
        "earlier": [laid[year] for year in folded],
        "lines": [links for year, links in laid.items() if year not in folded],
    }


def _period_link(stem: str, period: Period, here: Period) -> Link:
    name = prose.period_name(period.start.isoformat(), period.grain)
    short = language.quarter_alone(period.start) if period.grain == "quarter" else name
    return Link(f"{file_name(stem, period)}.html", short, period == here, name=name if name != short else "")


def definitions_page(source: ReleasedDatabase) -> Page:
    """How figures are counted and protected, and the card of every released figure with its query."""
    known = metrics.registry()
    names = sorted(
        (name for name in source.table("definitions")["metric"] if name in known), key=lambda name: _(known[name].title)
    )
    cards = [
        {
            "name": name,
            "title": _(known[name].title),
            "question": _(known[name].question),
            "lines": [(label, text) for label, text in definition(known[name]) if text],
            "sql": known[name].sql,
        }
        for name in names
    ]
    title, help_text = title_of("definitions")
    return Page(
        file_name("definitions"),
        "definitions",
        "definitions.html",
        title,
        help_text,
        {"rules": about.cards(source), "cards": cards},
    )


def open_data_page(source: ReleasedDatabase, files: Mapping[str, str]) -> Page:
    """Every table with its files. `files` maps what a file is to its name in the folder of data."""
    tables = source.table("tables")
    without = tables[tables["start"].isna() & tables["note"].fillna("").ne("")]
    tables = tables[tables["start"].notna()]
    first = dict(zip(reversed(list(tables["metric"])), reversed(list(tables["table_id"])), strict=True))
    rows = [
        {
            "id": str(row["table_id"]),
            "title": _(str(row["title"])),
            "span": prose.span(_day(row["start"]), _day(row["end"])),
            "note": table_notes.said(row["note"]),
            "anchor": anchor(row["metric"]) if first[row["metric"]] == row["table_id"] else "",
        }
        for row in tables.to_dict("records")
    ]
    left_out = [
        {"title": _(str(row["title"])), "note": table_notes.said(row["note"])} for row in without.to_dict("records")
    ]
    title, help_text = title_of("open_data")
    return Page(
        file_name("open_data"),
        "open_data",
        "open_data.html",
        title,
        help_text,
        {"tables": rows, "left_out": left_out, "files": files, "release": release_of(source)},
    )


def releases_page(changes: list[dict[str, Any]]) -> Page:
    """The list of releases with what each one changed, the latest first."""
    title, help_text = title_of(RELEASES)
    return Page(file_name(RELEASES), RELEASES, "releases.html", title, help_text, {"releases": changes})


@lru_cache(maxsize=4)
def release_of(source: ReleasedDatabase) -> dict[str, str]:
    return {str(row["key"]): str(row["value"]) for row in source.table("release_info").to_dict("records")}


def frame(source: ReleasedDatabase, page: Page, made: list[str], feed: str) -> dict[str, Any]:
    """What stands around every page: whose it is, how far the data goes, menu, languages, what to know of the figures."""
    city, release = source.city, release_of(source)
    menu = [Link(f"{file_name(stem)}.html", title_of(stem)[0], stem == page.stem) for stem in made]
    tongues = [
        Link(f"../{each.code}/{page.name}.html", each.name, each.code == language.code(), each.code)
        for each in language.languages()
    ]
    return {
        "city": city,
        "product": _(city.product),
        "department": _(city.department),
        "is_synthetic": source.is_synthetic,
        "through": prose.short_day(source.as_of),
        "release": release,
        "menu": menu,
        "languages": tongues,
        "language": next(each for each in language.languages() if each.code == language.code()),
        "about": _about(source, language.code()),
        "build": source.build_id,
        "feed": feed,
    }


@lru_cache(maxsize=16)
def _about(source: ReleasedDatabase, code: str) -> list[str]:
    return about.about(source)


def _day(value: Any) -> date:
    return value.date() if hasattr(value, "date") else value
