"""Numbers in words: is every number in a text, a label or a log one that was published?"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, InvalidOperation

from .published import Release

# What looks like a count and is none: dates, times, years, identifiers, the emergency number, sizes, colours, links.
NO_COUNTS = re.compile(
    r"""https?://\S+ | \S+@\S+ | \#[0-9a-fA-F]{3,8}\b | \b[0-9a-fA-F]{15,}\b
      | \b9-1-1\b | (?<!\d,)(?<!\d\.)\b(?:911|311)\b(?!,\d)
      | \b\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?\S*)? | \b\d{4}-\d{2}\b
      | \b\d{1,2}:\d{2}\b
      | \b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\s+\d{1,2}(?:,?\s+\d{4})?\b
      | \b\d{1,2}\s+(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b
      | \bQ[1-4]\b | \bH3\b | \b(?:19|20)\d{2}\b(?:[/–-]\d{2,4}\b)? | \bv?\d+\.\d+\.\d+\b
      | \b\d+(?:px|rem|em|vh|vw|ms|st|nd|rd|th)\b | \b95\s?% | (?<!\d,)\b\d+[\s-](?:day|week|month|hour|minute|year)s?\b
    """,
    re.VERBOSE | re.IGNORECASE,
)
NUMBER = re.compile(r"(?<![\w.,])[-−]?\d{1,3}(?:[,\u202f\u00a0]\d{3})+(?:\.\d+)?|(?<![\w.])[-−]?\d+(?:\.\d+)?")
# "1–4" is a mark for a small count; "2.1–4.7%" and "0.1–10.0%" are the intervals of a share.
BELOW = re.compile(
    r"(?:<|&lt;|fewer than|less than|under|below)\s*\d+|(?<![\w.,])1\s*(?:-|–|to)\s*(?:4|10)(?![\w%]|[.,]\d|\s?%)",
    re.IGNORECASE,
)
# What follows a number that is a percentage: its sign, or the other end of an interval of percentages.
PERCENT = re.compile(r"(?:\s*[-–]\s*\d+(?:\.\d+)?)?\s?%")
WORDS = {
    word: n
    for n, word in enumerate(
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"], start=1
    )
}
COUNTED = r"(?:calls?|people|persons?|clients?|cases?|referrals?|requests?|contacts?|responses?|visits?|pickups?)"
IN_WORDS = re.compile(rf"\b({'|'.join(WORDS)})\s+(?:\w+\s+)?{COUNTED}\b", re.IGNORECASE)


@dataclass(frozen=True)
class TextLeak:
    """A number that no table publishes, and the words around it."""

    number: str
    around: str


class Numbers(frozenset[Decimal]):
    """Numbers that were published, as they were; `shares`: as percentages, with each way to round them.

    The two are apart because a share of 3.7% is no reason to print a 4.
    """

    shares: frozenset[Decimal]

    def __new__(cls, plain: Iterable[Decimal], shares: Iterable[Decimal]) -> "Numbers":
        """`plain` are the members of the set."""
        made = super().__new__(cls, plain)
        made.shares = frozenset(shares)
        return made


def catalogue_numbers(releases: Sequence[Release]) -> Numbers:
    """Every number that was published, with each way to print it."""
    return numbers_of(row.numbers for release in releases for table in release.tables for row in table.rows)


def numbers_of(rows: Iterable[Mapping[str, str]]) -> Numbers:
    """The numbers of published rows, each a mapping of column to text."""
    plain: set[Decimal] = set()
    shares: set[Decimal] = set()
    for row in rows:
        for text in row.values():
            plain |= set(_plainly(text))
            shares |= set(_as_share(text))
        if "denominator" in row and {row.get("value"), row.get("high")} & {"1", "1.0"}:
            shares.add(Decimal(100))  # a count of 1 is no percentage, a share of 1 is
    return Numbers(plain, shares)


def _read(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _plainly(text: str) -> Iterator[Decimal]:
    """A number as it is, and with 1 to 3 decimals where it has more."""
    number = _read(text)
    if number is None:
        return
    yield number.normalize()
    if number != number.to_integral():
        yield from _rounded(number, range(1, 4))


def _as_share(text: str) -> Iterator[Decimal]:
    """A share as a percentage with 0 to 3 decimals."""
    number = _read(text)
    if number is not None and abs(number) <= 1 and number != number.to_integral():
        yield from _rounded(number * 100, range(4))


def _rounded(number: Decimal, places: Iterable[int]) -> Iterator[Decimal]:
    for each in places:
        for rounding in (ROUND_HALF_EVEN, ROUND_HALF_UP):
            yield number.quantize(Decimal(1).scaleb(-each), rounding=rounding).normalize()


def text_leaks(text: str, catalogue: Collection[Decimal], allowed: Collection[str] = ()) -> list[TextLeak]:
    """Numbers in `text` that are neither in the catalogue nor allowed.

    `catalogue` comes from `published_numbers`: a percentage, or a number with decimals, may be one of its shares; a
    whole number must stand in a table. `allowed` holds numbers (the minimum cell) and phrases that are passed
    over ("Counts of 1 to 4 calls", a neighbourhood called "Area 2"). "<5" and its spellings, and small counts in words,
    are leaks as well.
    """
    phrases = [one for one in allowed if not _is_number(one)]
    clean = text
    for pattern in (NO_COUNTS, *(re.compile(re.escape(one), re.IGNORECASE) for one in phrases)):
        clean = pattern.sub(lambda match: " " * len(match.group()), clean)
    fine = {Decimal(one) for one in allowed if _is_number(one)}
    shares: Collection[Decimal] = getattr(catalogue, "shares", frozenset())
    leaks = [TextLeak(match.group(), _around(text, match)) for match in BELOW.finditer(clean)]
    for match in IN_WORDS.finditer(clean):
        if Decimal(WORDS[match.group(1).lower()]) not in {*catalogue, *fine}:
            leaks.append(TextLeak(match.group(1), _around(text, match)))
    for match in NUMBER.finditer(clean):
        number = Decimal(re.sub(r"[,\u202f\u00a0]", "", match.group()).replace("−", "-")).normalize()
        is_share = "." in match.group() or PERCENT.match(clean, match.end()) is not None
        known = number in catalogue or abs(number) in catalogue or (is_share and abs(number) in shares)
        if number and not known and number not in fine:
            leaks.append(TextLeak(match.group(), _around(text, match)))
    return leaks


def _is_number(text: str) -> bool:
    return re.fullmatch(r"-?\d+(\.\d+)?", text) is not None


def _around(text: str, match: re.Match[str]) -> str:
    return " ".join(text[max(0, match.start() - 30) : match.end() + 30].split())
