"""What is drawn on: SVG elements over a plot box, and the few ways in which values become their attributes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

CHARACTER = 0.52  # of the font size: the mean width of a character, for leaving room
DASHES = {"dash": "7 5", "dot": "2 4", "dashdot": "7 4 2 4"}


class VectorError(ValueError):
    """A figure has a mark that is not drawn here."""


@dataclass
class Canvas:
    """The SVG elements so far, over a plot box of `left, top, right, bottom` pixels."""

    width: float
    height: float
    left: float
    top: float
    right: float
    bottom: float
    parts: list[str] = field(default_factory=list)

    def add(self, name: str, text: str = "", **attributes: Any) -> None:
        said = "".join(
            f' {key.rstrip("_").replace("_", "-")}="{escape(written(value))}"'
            for key, value in attributes.items()
            if value is not None and value != ""
        )
        self.parts.append(f"<{name}{said}>{text}</{name}>" if text else f"<{name}{said}/>")


def one(value: Any, place: int) -> Any:
    return (value[place] if place < len(value) else None) if isinstance(value, list | tuple) else value


def scaled(scale: Any, share: float) -> str:
    """The colour at a share (0 to 1) of a stepped scale."""
    share = min(max(share, 0.0), 1.0)
    return (
        str(next((colour for edge, colour in reversed(scale) if edge <= share), scale[0][1]))
        if share < 1
        else str(scale[-1][1])
    )


def path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{written(x)} {written(y)}" for x, y in points)


def written(value: Any) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
