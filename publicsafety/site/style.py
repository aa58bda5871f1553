"""The one style sheet of the static edition: its rules from style.css, its colours and sizes from .streamlit/config.toml."""

import re
from pathlib import Path

from publicsafety import palette

FILE = Path(__file__).with_name("style.css")
NAMED = re.compile(r"var\(--(\w+)\)")


def css() -> str:
    """The rules with every `var(--name)` as the theme has it: a colour, a size, or a meaning of the palette."""
    return NAMED.sub(lambda found: str(_value(found[1])), FILE.read_text(encoding="utf-8"))


def _value(name: str) -> str:
    if name == "careText":
        return palette.darker(palette.colour("care"), 0.1)
    if name == "carePale":
        return palette.paler(palette.colour("care"), 0.93)
    if name == "warnPale":
        return palette.paler(palette.colour("needles"), 0.85)
    return palette.colour(name)
