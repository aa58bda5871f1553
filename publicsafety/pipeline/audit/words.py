"""Counts in words, in the languages of the product: "three of them" tells as much as 3."""

import re
from collections import Counter

from .texts import NO_COUNTS, NUMBER

# From two on: "one" and its kin are articles and pronouns in every sentence; `texts` reads "one call".
SPELLED = {
    "en": ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"],
    "es": ["dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once", "doce"],
}
VALUES = {word: n for words in SPELLED.values() for n, word in enumerate(words, start=2)}
WORD = re.compile(rf"\b(?:{'|'.join(VALUES)})\b", re.IGNORECASE)
ENGLISH = re.compile(rf"\b(?:{'|'.join(SPELLED['en'])})\b", re.IGNORECASE)


def spelled(text: str) -> Counter[int]:
    """How often each number from two to twelve stands in a text as a word, in any of the languages."""
    return Counter(VALUES[one.lower()] for one in WORD.findall(text))


def counts_in(text: str) -> list[str]:
    """Every number of a text, in digits or in words, that is no date, time or address."""
    clean = NO_COUNTS.sub(" ", text)
    return [*(match.group() for match in NUMBER.finditer(clean)), *(match.group() for match in WORD.finditer(clean))]


def digits_in(text: str) -> list[str]:
    """Every number of a text in digits, for names: a city may be called Three Rivers."""
    return [match.group() for match in NUMBER.finditer(NO_COUNTS.sub(" ", text))]
