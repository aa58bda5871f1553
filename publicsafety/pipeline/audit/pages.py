"""A page of the static edition, read as a stranger reads its source: every text with its card, every attribute, every bar."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

from .words import spelled

READ_ALOUD = ("alt", "title", "aria-label", "content", "summary", "label", "placeholder", "value")
VOID = {"meta", "link", "br", "hr", "img", "input"}
SLUG, PLAIN, LENGTH = r"[a-z][a-z0-9-]*", r"[a-z][a-z -]*", r"-?\d+(?:\.\d+)?"
COLOUR = r"none|currentColor|#[0-9a-fA-F]{3,8}|rgba\(\d{1,3}, \d{1,3}, \d{1,3}, [01](?:\.\d+)?\)"
# What an element may have besides texts that are read aloud, and the form of each: nothing that holds a figure.
ATTRIBUTES = {
    "aria-current": "page|true", "aria-labelledby": rf"{SLUG}(?:_[a-z0-9_-]+)?", "charset": "utf-8", "class": PLAIN,
    "dir": "ltr|rtl", "download": "", "hreflang": "[a-z]{2,3}(?:-[A-Za-z]+)?", "lang": "[a-z]{2,3}(?:-[A-Za-z]+)?",
    "http-equiv": "Content-Security-Policy|refresh", "name": "viewport|description", "rel": "stylesheet|alternate|self",
    "role": "img|region", "xml:lang": "[a-z]{2,3}(?:-[A-Za-z]+)?", "scope": "col|row", "tabindex": "0", "type": r"application/atom\+xml|text/html",
    "id": r"[a-z][a-z0-9_-]*", "href": r"(?:https?://|mailto:)?[\w./#@+%-]+", "fill-rule": "evenodd|nonzero", "font-weight": "bold",
    "text-anchor": "start|middle|end", "stroke-linejoin": "round", "font-family": "[^<>0-9]*", "font-size": r"\d\d",
    "xmlns": r"http://www\.w3\.org/\d{4}/(?:svg|Atom)", "viewbox": rf"(?:{LENGTH} ?){{4}}", "d": r"[MLHVCSQTAZmlhvcsqtaz\d\s.,e-]*",
    "points": r"[\d\s.,-]*", "stroke-dasharray": r"[\d ]+", "stroke-width": LENGTH, "opacity": r"[01](?:\.\d+)?",
    "fill": COLOUR, "stroke": COLOUR, "fill-opacity": r"[01](?:\.\d+)?", "transform": r"(?:rotate|translate)\([\d\s.,-]*\)",
    **dict.fromkeys(("x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "width", "height", "dy", "dx"), LENGTH),
}  # fmt: skip
DIGITS = re.compile(r"\d+(?:[.,\u00a0\u202f'’٬٫]\d+)*")


@dataclass
class Card:
    """One section of a page (or, with no name, all that stands around the sections)."""

    texts: list[str] = field(default_factory=list)
    ticks: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    metrics: set[str] = field(default_factory=set)
    bars: list[tuple[Counter[str], int]] = field(default_factory=list)  # of each picture: by colour, numbers in it
    rows: list[int] = field(default_factory=list)  # of each row of its table: the cells with a number

    def digits(self) -> Counter[str]:
        """How often each number stands in the card, as digits alone, in whatever way a language writes it."""
        found: Counter[str] = Counter()
        for text in [*self.texts, *self.ticks]:
            for one in DIGITS.findall(text):
                found["".join(sign for sign in one if sign.isdigit())] += 1
        return found

    def words(self, code: str) -> Counter[int]:
        """How often each small number stands in the card as a word of a language."""
        return sum((spelled(text, code) for text in self.texts), Counter())


class Page(HTMLParser):
    """A page's cards by name, and every attribute that no page has."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.cards: dict[str, Card] = {"": Card()}
        self.ids: list[str] = []
        self.links: list[str] = []
        self.strange: list[str] = []
        self._open: list[tuple[str, str]] = []
        self._name = ""
        self._bars: Counter[str] = Counter()
        self._labels = 0
        self.feed(text)
        self.close()

    @property
    def _card(self) -> Card:
        return self.cards[self._name]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if len(told) != len(attrs):  # readers take the first of two, this one the last
            self.strange.append(f"an attribute stands twice in {self.get_starttag_text()}")
        if tag == "section":
            self._name = told.get("id") or told.get("aria-labelledby", "section")
            self.cards.setdefault(self._name, Card())
        self._attributes(tag, told)
        if tag == "svg":
            self._bars, self._labels = Counter(), 0
        if tag == "rect" and is_seen(told):
            self._bars[told.get("fill", "")] += 1
            if "fill" not in told:
                self.strange.append("a rectangle without a colour")
        if tag == "tr":
            self._card.rows.append(0)
        if tag not in VOID:
            self._open.append((tag, told.get("class", "")))

    def _attributes(self, tag: str, told: dict[str, str]) -> None:
        for name, value in told.items():
            if name in READ_ALOUD:
                if not (tag == "meta" and told.get("name") in (None, "viewport")):
                    self._card.texts.append(value)
            elif name not in ATTRIBUTES or not re.fullmatch(ATTRIBUTES[name], value):
                self.strange.append(f'{name}="{value}"')
        if "id" in told:
            self.ids.append(told["id"])
        if (link := told.get("href")) is not None:
            self.links.append(link)
            page, _, place = link.partition("#")
            if page == "definitions.html" and place:
                self._card.metrics.add(place.replace("-", "_"))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag == "svg" and self._bars:
            self._card.bars.append((self._bars, self._labels))
        while self._open and tag in {name for name, _ in self._open}:
            if self._open.pop()[0] == tag:
                break
        if tag == "section":
            self._name = ""

    def handle_decl(self, decl: str) -> None:
        if decl.lower() != "doctype html":
            self.strange.append(f"<!{decl}>")

    def handle_pi(self, data: str) -> None:
        if not re.fullmatch(r"xml version=['\"]1\.0['\"] encoding=['\"]utf-8['\"]\?", data):
            self.strange.append(f"<?{data}>")

    def unknown_decl(self, data: str) -> None:
        self.strange.append(f"<![{data}]>")

    def handle_comment(self, data: str) -> None:
        self.strange.append(f"<!--{data}-->")

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        if not text:
            return
        inside = self._open[-1] if self._open else ("", "")
        if inside == ("text", "tick"):
            self._card.ticks.append(text)
        elif any(name == "code" for name, _ in self._open):
            self._card.codes.append(data)
        else:
            self._card.texts.append(text)
            if inside[0] == "td" and self._card.rows and re.match(r"[\d.,]+", text):
                self._card.rows[-1] += 1
            self._labels += inside[0] == "text" and any(sign.isdigit() for sign in text)


def is_seen(told: Mapping[str, str]) -> bool:
    """Whether a rectangle has a size; a withheld bar has none."""
    sizes = [told.get(name) or "0" for name in ("width", "height")]
    return all(re.fullmatch(LENGTH, size) is None or float(size) > 0 for size in sizes)


def strange_names(page: Page) -> Iterator[str]:
    """Names of places in a page that have a number of their own; a second card of one name has -2."""
    for name in page.ids:
        base = re.sub(r"-(?:question|title)$", "", name)
        if re.search(r"\d", base) and not re.fullmatch(r"(?:periods|release)-\d+|.*-[2-9]", base):
            yield base
