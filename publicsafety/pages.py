"""Which pages may this audience open, and what are they called? Found by reading the folders, never by importing a page."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from publicsafety.audience import Audience
from publicsafety.city import ROOT

FOLDER = ROOT / "pages"
SECTIONS = {Audience.LEADERSHIP: "Leadership", Audience.COUNCIL: "Council", Audience.PUBLIC: "Open to everyone"}


class PageError(ValueError):
    """A page file that cannot be listed; the message names the file and what its first lines should be."""


@dataclass(frozen=True)
class PageFile:
    """One page: its file, the least audience that may open it, and how the menu names it.

    `stem` is the address: the file's name without its leading number.
    """

    path: Path
    least: Audience
    order: int
    stem: str
    icon: str
    title: str
    help: str


def read_page(path: Path) -> PageFile:
    """Read a page's place in the menu from its name and docstring: `:material/icon: Title`, a blank line, help."""
    named = re.fullmatch(r"(?:(\d+)_)?([a-z][a-z0-9_]*)", path.stem)
    # Not by `ast`: a page reads its own place on every run, and Python 3.11's parser fails now and then when several
    # threads use it at once ("AST constructor recursion depth mismatch").
    begins = re.match(r'"""(.*?)"""', path.read_text(encoding="utf-8"), re.DOTALL)
    text = begins[1] if begins else ""
    head, _, help_text = text.partition("\n")
    said = re.fullmatch(r"(:material/[a-z0-9_]+:) (\S.*)", head.strip())
    if not named or not said:
        raise PageError(
            f'{path}: a page is named "10_call_volume.py" and begins with a docstring such as '
            '":material/call: Call volume", a blank line and one sentence of help.'
        )
    order, stem = named.groups()
    return PageFile(
        path=path,
        least=Audience(path.parent.name),
        order=int(order or 999),
        stem=stem,
        icon=said[1],
        title=said[2],
        help=" ".join(help_text.split()),
    )


@cache
def page_files(folder: Path = FOLDER) -> tuple[PageFile, ...]:
    """Every page of the product, in the order of the menu: the audience's own folder first, then by number."""
    found = [read_page(path) for audience in Audience for path in (folder / audience).glob("*.py")]
    return tuple(sorted(found, key=lambda page: (list(SECTIONS).index(page.least), page.order, page.stem)))


def pages_for(audience: Audience, folder: Path = FOLDER) -> dict[str, list[PageFile]]:
    """The menu of one audience: section → pages. A page that the audience may not open is not in it at all."""
    menu: dict[str, list[PageFile]] = {}
    for page in page_files(folder):
        if audience.may_open(page.least):
            menu.setdefault(SECTIONS[page.least], []).append(page)
    return menu
