"""Places as marks: parks as large as their counts, exact points for those who may see them."""

import math
from typing import Any

from publicsafety import palette, prose
from publicsafety.charts import Picture, safe
from publicsafety.maps.base import base, centre, for_phones, name_areas
from publicsafety.maps.labels import Spot, annotation, placed
from publicsafety.rows import Rows, records

WIDE_MAP, NARROW_MAP = (640, 480), (290, 280)  # pixels that a map has at the least, on a desk and on a phone
LEAST_DISC, LARGEST_DISC = 8, 36  # pixels across


def parks(drawn: Rows, options: dict[str, Any]) -> Picture:
    """Parks as discs as large as their counts, with name and number where they fit: a park is a few pixels of a city.

    `drawn`: label, value, geojson, the largest first.
    """
    figure, rows = base(options, outlined=True), records(drawn)
    centres = [centre(row["geojson"]) for row in rows]
    top = max([1.0, *(float(row["value"]) for row in rows)])
    sizes = [max(LEAST_DISC, LARGEST_DISC * math.sqrt(float(row["value"]) / top)) for row in rows]
    fill = palette.colour(options.get("meaning", "care"))
    figure.add(
        "scatter",
        x=[x for x, _ in centres],
        y=[y for _, y in centres],
        mode="markers",
        marker={"size": sizes, "color": palette.paler(fill, 0.35), "opacity": 1, "line": {"width": 1.5, "color": fill}},
        text=[safe(f"{row['label']}: {prose.figure(row, options['unit'])}") for row in rows],
        hovertemplate="%{text}<extra></extra>",
        name=options.get("legend", ""),
    )
    said = [(str(row["label"]), prose.count(row["value"])) for row in rows]
    ways = [_labels(figure, options, centres, sizes, said, width, height) for width, height in (WIDE_MAP, NARROW_MAP)]
    figure.layout["annotations"] = ways[0]
    return for_phones(figure, ways[1])


def _labels(
    figure: Picture, options: dict[str, Any], centres: list[tuple[float, float]], sizes: list[float], said: list[tuple[str, str]], width: float, height: float
) -> list[dict[str, Any]]:  # fmt: skip
    """Name and number of each place, or its number alone, where they fit on a map of so many pixels."""
    xs, ys = _extent(figure)
    across = math.cos(math.radians(float(options.get("latitude", 42.0))))
    # Pixels a degree of latitude: Plotly leaves some 5% free on every side.
    scale = 0.9 * min(height / (ys[1] - ys[0]), width / ((xs[1] - xs[0]) * across))
    spots = [
        Spot(width / 2 + (x - sum(xs) / 2) * across * scale, height / 2 + (y - sum(ys) / 2) * scale, size / 2, (f"{number} {name}", number))
        for (x, y), size, (name, number) in zip(centres, sizes, said, strict=True)
    ]  # fmt: skip
    ink, behind = palette.colour("textColor"), palette.clear(palette.colour("backgroundColor"), 0.65)
    found = []
    for made in placed(spots, width, height):
        number, _space, name = made.text.partition(" ")
        x, y = centres[made.spot]
        found.append(annotation(f"<b>{safe(number)}</b> {safe(name)}".strip(), x, y, made, ink, behind))
    return found


def _extent(figure: Picture) -> tuple[tuple[float, float], tuple[float, float]]:
    """The least and the greatest of all that is drawn, along both axes."""
    drawn = [
        [each for trace in figure.data for each in trace.get(axis, ()) if each is not None] or [0.0, 1.0]
        for axis in ("x", "y")
    ]
    xs, ys = ((min(each), max(each) if max(each) > min(each) else min(each) + 0.01) for each in drawn)
    return xs, ys


def points(drawn: Rows, options: dict[str, Any]) -> Picture:
    """Exact places as dots, for those who may see them. `drawn`: longitude, latitude, label."""
    figure, rows = base(options, outlined=True), records(drawn)
    figure.add(
        "scatter",
        x=[row["longitude"] for row in rows],
        y=[row["latitude"] for row in rows],
        mode="markers",
        name=options.get("axis", ""),
        text=[safe(row["label"]) for row in rows],
        hovertemplate="%{text}<extra></extra>",
        marker={"size": 7, "color": palette.colour(options.get("meaning", "care")), "opacity": 0.45},
    )
    name_areas(figure, options)
    return for_phones(figure, [])
