"""Which colour means what? One meaning, one colour, everywhere; the colours themselves are in .streamlit/config.toml."""

import tomllib
from functools import cache
from typing import Any

from publicsafety.city import ROOT

CONFIG = ROOT / ".streamlit" / "config.toml"
MEANINGS = ("care", "co-response", "police", "needles", "unknown", "other")


@cache
def theme() -> dict[str, Any]:
    """The [theme] table of the Streamlit configuration."""
    with CONFIG.open("rb") as file:
        return dict(tomllib.load(file)["theme"])


def colour(meaning: str) -> str:
    """The colour of a meaning ("care", "police", "needles" …); anything else is a key of the theme ("textColor")."""
    if meaning in MEANINGS:
        return str(theme()["chartCategoricalColors"][MEANINGS.index(meaning)])
    return str(theme()[meaning])


def series() -> list[str]:
    """Four colours that mean nothing, for the values of a dimension: no area or source is "police" on another page."""
    return [str(each) for each in theme()["chartCategoricalColors"][len(MEANINGS) :]]


def paler(value: str, share: float = 0.5) -> str:
    """The same hue mixed with the page's background: 0 is the colour itself, 1 the background."""
    channels = zip(_channels(value), _channels(colour("backgroundColor")), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in channels)


def clear(value: str, share: float) -> str:
    """The colour so far opaque: 1 is the colour itself, 0 nothing of it."""
    return value if share >= 1 else f"rgba({', '.join(map(str, _channels(value)))}, {share:g})"


def steps(hue: str = "care") -> list[str]:
    """Five colours from few to many, in one hue."""
    if hue == "care":
        return [str(each) for each in theme()["chartSequentialColors"][1::2]]
    return [paler(colour(hue), share) for share in (0.84, 0.64, 0.42, 0.2, 0.0)]


def darker(value: str, share: float = 0.3) -> str:
    """The same hue mixed with the text's colour, for text and outlines on a pale fill of that hue."""
    channels = zip(_channels(value), _channels(colour("textColor")), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in channels)


def contrast(one: str, other: str) -> float:
    """How far two colours stand apart, from 1 to 21: the contrast ratio of WCAG 2.1 (its definition of that name)."""
    lights = sorted((_luminance(one), _luminance(other)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def ink(fill: str) -> str:
    """The colour of text on a fill: that of the page's text, or of its background, whichever is read more easily."""
    return max(colour("textColor"), colour("backgroundColor"), key=lambda each: contrast(each, fill))


def _luminance(value: str) -> float:
    """Relative luminance as WCAG 2.1 defines it, from 0 to 1."""
    shares = [each / 255 for each in _channels(value)]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _channels(value: str) -> tuple[int, ...]:
    return tuple(int(value[place : place + 2], 16) for place in (1, 3, 5))
