"""Counts in words, in the languages of the product: "three of them" tells as much as 3."""

import re
from collections import Counter

from .texts import NO_COUNTS, NUMBER

# From two on: "one" and its kin are articles and pronouns in every sentence; `texts` reads "one call".
SPELLED = {
    "en": ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"],
    "es": ["dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once", "doce"],
}
VALUES = {code: {word: n for n, word in enumerate(words, start=2)} for code, words in SPELLED.items()}
WORD = {code: re.compile(rf"\b(?:{'|'.join(words)})\b", re.IGNORECASE) for code, words in SPELLED.items()}


def spelled(text: str, code: str) -> Counter[int]:
    """How often each number from two to twelve stands in a text as a word of a language; none in one without a list.

    Each language by itself: "once" is eleven in one and no number in the other.
    """
    return Counter(VALUES[code][one.lower()] for one in WORD[code].findall(text)) if code in WORD else Counter()


def counts_in(text: str) -> list[str]:
    """Every number of a text, in digits or in words, that is no date, time or address."""
    clean = NO_COUNTS.sub(" ", text)
    return [*(match.group() for match in NUMBER.finditer(clean)), *WORD["en"].findall(clean)]


def digits_in(text: str) -> list[str]:
    """Every number of a text in digits, for names: a city may be called Three Rivers."""
    return [match.group() for match in NUMBER.finditer(NO_COUNTS.sub(" ", text))]
