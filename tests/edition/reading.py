"""The static edition read back from its files, by the tests' own means: no code of the product is used."""

from dataclasses import dataclass, field
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path

VOID = {"meta", "link", "br", "img", "hr", "input"}


@dataclass
class Page(HTMLParser):
    """A page's links, places, texts and tables. `tables`: id of the card → rows of texts, the header first."""

    links: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    attributes: list[tuple[str, str, str]] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    texts: list[tuple[str, str]] = field(default_factory=list)  # the elements around it, and the text
    tables: dict[str, list[list[str]]] = field(default_factory=dict)
    pictures: dict[str, list[str]] = field(
        default_factory=dict
    )  # id of the card → texts of its pictures, ticks left out

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._stack: list[tuple[str, str]] = []
        self._cards: list[str] = []
        self._cell: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in told.items()]
        if "id" in told:
            self.ids.append(told["id"])
        for name in ("href", "src"):
            if name in told:
                self.links.append(told[name])
        if tag == "section":
            self._cards.append(told.get("id", ""))
        if tag == "table":
            self.tables[self._card] = []
        if tag == "tr":
            self.tables.setdefault(self._card, []).append([])
        if tag in ("td", "th"):
            self._cell = []
        if tag not in VOID:
            self._stack.append((tag, told.get("class", "")))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th") and self._cell is not None:
            self.tables[self._card][-1].append(" ".join("".join(self._cell).split()))
            self._cell = None
        if tag == "section":
            self._cards.pop()
        assert self._stack, tag
        assert self._stack.pop()[0] == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)
        if data.strip():
            self.texts.append((" ".join(name for name, _ in self._stack), " ".join(data.split())))
            if self._stack and self._stack[-1][0] == "text" and self._stack[-1][1] != "tick":
                self.pictures.setdefault(self._card, []).append(data)

    @property
    def _card(self) -> str:
        return self._cards[-1] if self._cards else ""


@lru_cache(maxsize=1000)
def read(path: Path) -> Page:
    """A page, parsed once for all tests."""
    page = Page()
    page.feed(path.read_text(encoding="utf-8"))
    page.close()
    assert not page._stack, f"{path.name}: {page._stack} is not closed"
    return page


def pages(folder: Path) -> dict[str, Page]:
    """Every page below a folder by its name from there."""
    return {path.relative_to(folder).as_posix(): read(path) for path in sorted(folder.rglob("*.html"))}
