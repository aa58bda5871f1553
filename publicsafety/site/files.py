"""The files of the static edition, in memory: every page in every language, the feed, the data; whole or not at all."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import jinja2

from publicsafety import language, prose
from publicsafety.findings import contents, published
from publicsafety.findings.closer import values as categories
from publicsafety.language import gettext as _
from publicsafety.language import ngettext
from publicsafety.released import ReleasedDatabase
from publicsafety.site import closer, pages, style
from publicsafety.site.changes import Release, listed
from publicsafety.site.feed import feed, feed_name
from publicsafety.site.pages import Page

TEMPLATES = Path(__file__).with_name("templates")
HEAVIEST = 300 * 1024  # bytes of a page


class SiteError(RuntimeError):
    """The static edition cannot be written; the sentence says why. Nothing is published."""


def write(
    source: ReleasedDatabase,
    releases: Sequence[Release],
    data: Mapping[str, bytes],
    data_words: Callable[[], Mapping[str, str]],
    address: str = "",
) -> dict[str, bytes]:
    """Every file of the edition of one released database, by its name under `site/`. Raises SiteError.

    `releases`: all there are, the oldest first; the last one is this. `data`: the files to download. `data_words` says
    what each of them that is no table is, in the language in use. `address`: where the folder will be served, if known.
    """
    bundle = {"style.css": style.css().encode()} | {f"data/{name}": content for name, content in data.items()}
    for each in language.languages():
        with language.use(each.code):
            for name, text in html_pages(source, releases, data_words()):
                bundle[f"{each.code}/{name}.html"] = text
    bundle["manifest.json"] = _manifest(releases[-1], bundle)
    files = {
        f"{place}/{name}": content for place in ("latest", folder_of(releases[-1])) for name, content in bundle.items()
    }
    for each in language.languages():
        with language.use(each.code):
            files[feed_name(each.code)] = feed(source, releases, each.code, address)
    files["index.html"] = _index(source)
    return files


def folder_of(release: Release) -> str:
    return f"{release.number:04d}"


def html_pages(
    source: ReleasedDatabase, releases: Sequence[Release], data_words: Mapping[str, str]
) -> list[tuple[str, bytes]]:
    """Every page in the language in use: name and bytes."""
    made: list[Page] = []
    menu = [stem for stem in pages.stems() if _has(source, stem)]
    for stem in menu:
        if stem in contents.PAGES:
            made += pages.figure_pages(source, stem)
        elif stem == closer.STEM:
            made += closer.pages(source)
    made += [
        pages.definitions_page(source),
        pages.open_data_page(source, data_words),
        pages.releases_page([told(each) for each in listed(releases)]),
    ]
    return [(page.name, render(source, page, menu)) for page in made]


def _has(source: ReleasedDatabase, stem: str) -> bool:
    """Whether the release has a figure for a page at all."""
    if stem == closer.STEM:
        return bool(categories(source))
    return stem not in contents.PAGES or bool(published.periods(source, contents.PAGES[stem].figures))


def told(release: Mapping[str, Any]) -> dict[str, Any]:
    """A release as the list of releases prints it, in the language in use."""
    title = _("Release {number}").format(number=release["number"])
    lines = [_("Figures through {day}.").format(day=prose.day(release["through"]))]
    if release["created"]:
        lines.insert(0, _("Published on {day}.").format(day=prose.day(release["created"])))
    lines += [
        _("New: {periods}.").format(periods=language.listing(release["new"])) if release["new"] else "",
        _("New tables: {tables}.").format(tables=language.listing(map(_, release["new_tables"])))
        if release["new_tables"]
        else "",
    ]
    many = len(release["revised"].rows) if release["revised"] else 0
    lines.append(
        ngettext("{n} figure was revised.", "{n} figures were revised.", many).format(n=prose.count(many))
        if many
        else _("No figure was revised.")
    )
    return {
        "number": release["number"],
        "title": title,
        "lines": [each for each in lines if each],
        "table": release["revised"],
        "right": release["right"],
    }


def render(source: ReleasedDatabase, page: Page, menu: list[str]) -> bytes:
    """One page as bytes. Raises SiteError where a template is at fault, or a page too heavy to open on a phone."""
    heading = page.title if page.period is None else f"{page.title}, {page.period.name}"
    around = pages.frame(source, page, menu, f"../../{feed_name(language.code())}")
    try:
        text = (
            environment()
            .get_template(page.template)
            .render(page=page, heading=heading, **({"answer": ""} | dict(page.told) | around))
        )
    except jinja2.TemplateSyntaxError as error:
        raise SiteError(f"{error.filename} line {error.lineno}: {error.message}. Nothing was published.") from None
    except jinja2.TemplateError as error:
        raise SiteError(f"{TEMPLATES / page.template}: {error}. Nothing was published.") from None
    content = text.encode()
    if len(content) > HEAVIEST:
        raise SiteError(
            f"The page {page.name} of the static edition would weigh {len(content) // 1024} KB, more than "
            f"{HEAVIEST // 1024} KB. Simplify the area layer of the build, or drop a table from the policy. Nothing was published."
        )
    return content


@cache
def environment() -> jinja2.Environment:
    """Templates that escape everything; a name that is not given is an error."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["_"] = _
    return made


def _manifest(release: Release, bundle: Mapping[str, bytes]) -> bytes:
    """The digest of every file of a release's edition."""
    told = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(bundle.items())}
    return (json.dumps({"release": release.number, "files": told}, indent=1) + "\n").encode()


def _index(source: ReleasedDatabase) -> bytes:
    """The door: to the latest release in the city's first language, with a link for who is not taken there."""
    first = source.city.language if source.city.language in language.codes() else language.ENGLISH
    with language.use(first):
        text = (
            environment()
            .get_template("index.html")
            .render(first=first, product=_(source.city.product), city=source.city, languages=language.languages())
        )
    return text.encode()
