"""How much room does a text take on a slide, and which way is it read? Estimates on the generous side."""

import math
import unicodedata
from collections.abc import Sequence

WIDE = 0.56  # of the size of the letters: the mean width of a character, a little more than Arial's


def lines_needed(text: str, size: float, width: float) -> int:
    """Lines that a text fills at a size, in a box `width` points wide; words are not broken, longer ones are."""
    room = max(width / (size * WIDE), 4)
    lines, used = 1, 0.0
    for word in text.split():
        long = sum(_width(sign) for sign in word)
        if used and used + 1 + long > room:
            lines, used = lines + 1, 0.0
        lines += math.ceil(long / room) - 1 if long > room else 0
        used += (1 if used else 0) + (long % room if long > room else long)
    return lines


def fitting_size(text: str, sizes: Sequence[float], width: float, lines: int) -> float:
    """The largest of the sizes at which a text takes at most so many lines; else the smallest."""
    return next((size for size in sizes if lines_needed(text, size, width) <= lines), sizes[-1])


def direction(text: str) -> str:
    """Which way a text is read: by its first letter that has a direction, as Unicode's bidirectional algorithm says."""
    for sign in text:
        kind = unicodedata.bidirectional(sign)
        if kind in ("R", "AL"):
            return "rtl"
        if kind == "L":
            return "ltr"
    return "ltr"


def _width(sign: str) -> float:
    if unicodedata.combining(sign):
        return 0.0
    return 1.8 if unicodedata.east_asian_width(sign) in "WF" else 1.0
