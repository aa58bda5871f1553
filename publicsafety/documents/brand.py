"""The city's logo and colour on its documents; without them a document looks no worse."""

import io
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, UnidentifiedImageError

from publicsafety import palette
from publicsafety.city import DATA, City

FOLDER = DATA
FORMATS = {"PNG": ".png", "JPEG": ".jpg"}
LEAST_CONTRAST = 4.5  # of text on the page, WCAG 2.2, 1.4.3


@dataclass(frozen=True)
class Logo:
    """A picture that was opened and found whole; `ratio` is its width over its height."""

    content: bytes
    suffix: str
    ratio: float


def logo(city: City) -> Logo | None:
    """The city's logo; None when it has none, or the file is missing or no picture."""
    return _logo(city.logo)


@lru_cache(maxsize=8)
def _logo(name: str) -> Logo | None:
    path = (FOLDER / name).resolve()
    if not name or not path.is_relative_to(FOLDER.resolve()):
        return None
    try:
        content = path.read_bytes()
        with Image.open(io.BytesIO(content)) as picture:
            picture.verify()
            return Logo(content, FORMATS[str(picture.format)], picture.width / picture.height)
    except (OSError, KeyError, SyntaxError, ValueError, UnidentifiedImageError):
        return None


def accent(city: City) -> str:
    """The colour of headings: the city's where it has one, darkened until it can be read on the page."""
    colour = (city.colour or palette.colour("care")).lower()
    for _ in range(20):
        if contrast(colour, palette.colour("backgroundColor")) >= LEAST_CONTRAST:
            break
        colour = palette.darker(colour, 0.12)
    return colour


def contrast(one: str, other: str) -> float:
    """How far two colours stand apart, from 1 to 21 (WCAG 2.2, relative luminance)."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    shares = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
