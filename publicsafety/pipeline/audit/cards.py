"""Which numbers may a card of a page say? Those of the tables of its own figure, small ones only exactly as they are."""

import re
from collections.abc import Collection, Iterator, Sequence
from decimal import Decimal
from functools import cached_property

from publicsafety.metrics import registry

from .pages import Card, Page, strange_names
from .published import Release
from .report import Finding
from .texts import Numbers, numbers_of, text_leaks
from .words import spelled

LARGEST_SMALL = 10  # up to here a number that stands in another table is no excuse
# Cards that tell of several figures at once, by the beginning of their name.
SUMMARIES = ("story", "figures-of-", "rates-of-", "peers-", "key-figures")
# What a sentence counts that is no record: cells, places, days of waiting, versions, builds.
SAID = re.compile(
    r"urn:uuid:[0-9a-f-]{36}|[\d,]+ figures? (?:is|are|was|were) (?:withheld|revised)|The map shows [\d,]+ \w+|\b[Rr]elease \d+|\b\d in 10\b|\bBuild [0-9a-f]{12}\b"
    r"|\bversion \d+|^\d+, reviewed|Of [\d,]+ numbers in this release, [\d,]+ are withheld|Counts of \d+ to \d+|too few \w+ to judge \(\d+\)"
    r"|[\d,]+ figures of other cities|DCAT-US 3|\(RFC \d+\)|[\d,]+ \w+ of the \w+ is withheld|of \d+ to \d+ (?:calls|people)|part of release \d+"
    r"|share \(0 to 1\)|One call is one response|are three things",
    re.MULTILINE,
)


class Catalogue:
    """What releases published, by figure. `phrases`: texts with a number that are the product's or the city's own."""

    def __init__(self, releases: Sequence[Release], phrases: Collection[str] = ()) -> None:
        self.releases = releases
        self._of: dict[frozenset[str], Numbers] = {}
        said = {one for one in phrases if re.search(r"[^\W\d]", one)} | set(_pairs(releases))
        longest_first = sorted(map(re.escape, said), key=len, reverse=True)
        words = [one.split() for one in said]
        self.parts = {
            " ".join(each[n:m])
            for each in words
            for n in range(len(each))
            for m in range(n + 1, len(each) + 1)
            if len(each) < 6
        }
        self._phrases = re.compile(rf"(?<![\w.,])(?:{'|'.join(longest_first)})(?!\w)", re.IGNORECASE)

    def is_part(self, text: str) -> bool:
        """Whether a text is a piece of a known name, as a map breaks "Neighborhood Nine" into two lines."""
        return text in self.parts and not re.search(r"\d", text)

    def bare(self, text: str) -> str:
        """A text without what is known to be no figure, or to be one of the tables word for word."""
        return SAID.sub(" ", self._phrases.sub(" ", text))

    @cached_property
    def everything(self) -> Numbers:
        """All numbers of all tables."""
        return numbers_of(row.numbers for one in self.releases for table in one.tables for row in table.rows)

    def of(self, metrics: frozenset[str]) -> Numbers:
        """The numbers of some figures' tables."""
        if metrics not in self._of:
            tables = (table for one in self.releases for table in one.tables if table.metric in metrics)
            self._of[metrics] = numbers_of(row.numbers for table in tables for row in table.rows)
        return self._of[metrics]

    def allowed(self, name: str, card: Card, page: Page) -> Numbers:
        """Numbers that a card may say: its own figures' tables'.

        Around the cards, and in a summary, large ones of any table, and small ones of the figures of the page.
        """
        if card.metrics and name and not name.startswith(SUMMARIES):
            return self.of(frozenset(card.metrics))
        own = self.of(frozenset().union(*(one.metrics for one in page.cards.values())))
        large = (one for one in self.everything if one > LARGEST_SMALL)
        return Numbers({*own, *large}, self.everything.shares)


def _pairs(releases: Sequence[Release]) -> Iterator[str]:
    """Small numerators beside their denominators, as a sentence has them."""
    for row in (row for one in releases for table in one.tables for row in table.rows):
        if row.numbers.get("numerator") and row.numbers.get("denominator"):
            yield f"{row.numbers['numerator']} of {row.numbers['denominator']}"


def page_findings(where: str, page: Page, known: Catalogue, said: set[tuple[str, str]]) -> Iterator[Finding]:
    """Everything on an English page that its cards' tables do not say. `said`: cards' texts that were read before."""
    for name, card in page.cards.items():
        texts = {text for text in card.texts if (name, text) not in said}
        said |= {(name, text) for text in texts}
        if texts:
            yield from text_findings(where, name, texts, known.allowed(name, card, page), known)
        yield from _drawn(where, name, card)
    queries = {metric.sql.strip() for metric in registry().values()}
    for code in (code for card in page.cards.values() for code in card.codes):
        if code.strip() not in queries:
            yield _number(where, "", code[:60], "no query of a figure")
    yield from hidden_findings(where, page)


def text_findings(
    where: str, cell: str, texts: Collection[str], numbers: Numbers, known: Catalogue
) -> Iterator[Finding]:
    """Numbers of texts, in digits or in English words, that are not among `numbers`."""
    text = known.bare("\n".join(sorted(one for one in texts if not known.is_part(one))))
    for leak in text_leaks(text, numbers):
        yield _number(where, cell, leak.number, f"in no published table of its figure (… {leak.around} …)")
    for n in sorted(spelled(text, "en")):
        if Decimal(n) not in numbers:
            yield _number(where, cell, f"{n}, in words", "in no published table of its figure")


def hidden_findings(where: str, page: Page) -> Iterator[Finding]:
    """What a reader does not see: comments, attributes, names of places."""
    for each in dict.fromkeys([*page.strange, *(f"a place is called {name}" for name in strange_names(page))]):
        yield Finding("attribute in a page", where, "", f"{each[:90]} is on no page of a release")


def _drawn(where: str, name: str, card: Card) -> Iterator[Finding]:
    shown = sum(card.rows[:-1])  # the last row is the total, which has no bar
    for bars, labels in card.bars if "map" not in name else ():
        # The bars of the period itself have their numbers beside them; those of the one before stand in the table alone.
        if min(bars.values()) > labels or sum(bars.values()) > shown:
            says = f"{sum(bars.values())} bars are drawn, and {shown} numbers are published"
            yield Finding("bar without a number", where, name, says)
    yield from _ticks(where, name, card.ticks)


def _ticks(where: str, name: str, ticks: Sequence[str]) -> Iterator[Finding]:
    """The numbers of an axis are round steps; anything else would be a figure."""
    for tick in ticks:
        text = re.sub(r"[,%\u00a0\u202f]", "", tick)
        if not re.fullmatch(r"\d+(?:\.\d+)?", text) or re.fullmatch(r"(?:19|20)\d\d", text):
            continue
        whole = int("".join(map(str, Decimal(text).normalize().as_tuple().digits)))
        if len(str(whole)) > 2 and whole not in (125, 175, 225, 250, 275):
            yield Finding("scale", where, name, f"an axis has the number {tick!r}, which is no round step")


def twin_findings(where: str, page: Page, twin: Page, code: str) -> Iterator[Finding]:
    """Numbers of a page in another language that its English twin does not have in the same card, as often."""
    for name, card in page.cards.items():
        other = twin.cards.get(name, Card())
        mine, theirs = card.digits(), other.digits()
        for digits in sorted(mine - theirs):
            if not (digits in theirs and re.fullmatch(r"(?:19|20)\d\d", digits)):  # a year may be said twice
                yield _number(where, name, digits, "on no place of the English page")
        for n in sorted(card.words(code) - other.words("en")):
            yield _number(where, name, f"{n}, in words", "on no place of the English page")
    yield from hidden_findings(where, page)


def _number(where: str, cell: str, number: str, says: str) -> Finding:
    return Finding("number in a text", where, cell, f"{number!r} is {says}")
