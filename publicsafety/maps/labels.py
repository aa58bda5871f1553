"""Which words fit on a map? Each beside its place where it covers no other; where its name does not fit, its number."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

LETTER, LINE = 6.3, 15.0  # pixels of a letter's mean width, and of a line's height, at SIZE
SIZE = 12
AIR = 2.0  # pixels between two texts
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Spot:
    """A place in pixels from the map's lower left corner, the radius of its mark, and its texts, the best first."""

    x: float
    y: float
    radius: float
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Placed:
    """A text that fits: of which spot, and where its middle is, in pixels from the spot's."""

    spot: int
    text: str
    dx: float
    dy: float


def placed(spots: Sequence[Spot], width: float, height: float) -> list[Placed]:
    """The texts of as many spots as fit into a map of so many pixels, first come, first served; marks are never covered."""
    taken: list[Box] = [_box(spot.x, spot.y, 2 * spot.radius, 2 * spot.radius) for spot in spots]
    found = []
    for number, spot in enumerate(spots):
        made = _first_that_fits(number, spot, taken[:number] + taken[number + 1 :], width, height)
        if made is None:
            continue
        found.append(made)
        taken.append(_box(spot.x + made.dx, spot.y + made.dy, LETTER * len(made.text), LINE))
    return found


def _first_that_fits(number: int, spot: Spot, taken: Sequence[Box], width: float, height: float) -> Placed | None:
    for text in spot.texts:
        wide = LETTER * len(text)
        beside, above = spot.radius + AIR + wide / 2, spot.radius + AIR + LINE / 2
        straight = ((beside, 0.0), (-beside, 0.0), (0.0, above), (0.0, -above))
        corners = tuple((x * (wide / 2 - AIR), y * above) for x in (1, -1) for y in (1, -1))
        for dx, dy in (*straight, *corners):
            left, low, right, high = box = _box(spot.x + dx, spot.y + dy, wide, LINE)
            is_inside = left >= 0 and low >= 0 and right <= width and high <= height
            if is_inside and not any(_meet(box, other) for other in taken):
                return Placed(number, text, dx, dy)
    return None


def _box(x: float, y: float, wide: float, tall: float) -> Box:
    return (x - wide / 2, y - tall / 2, x + wide / 2, y + tall / 2)


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] + AIR and other[0] < one[2] + AIR and one[1] < other[3] + AIR and other[1] < one[3] + AIR


def annotation(text: str, x: float, y: float, made: Placed, colour: str, behind: str) -> dict[str, Any]:
    """A placed text as a chart takes it: at its place in the chart's own units, moved by pixels."""
    return {
        "x": x, "y": y, "text": text, "xshift": made.dx, "yshift": made.dy, "showarrow": False, "bgcolor": behind, "borderpad": 0,
        "font": {"size": SIZE, "color": colour},
    }  # fmt: skip
