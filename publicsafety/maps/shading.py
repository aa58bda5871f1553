"""Which shade has a figure? At most five classes from pale to dark; none, and withheld, in grey."""

from collections.abc import Iterable, Sequence
from typing import Any

from publicsafety import palette, prose
from publicsafety.charts import Picture, numbers, safe
from publicsafety.language import gettext as _
from publicsafety.maps.base import centre, draw
from publicsafety.maps.breaks import natural_breaks
from publicsafety.rows import Row

CLASSES = 5
SEE_THROUGH = 0.75  # of a shape over tiles


def classes(values: Iterable[float | None]) -> list[float]:
    """Upper edges of at most five classes; every edge is a value that occurs."""
    return natural_breaks(values, CLASSES)


def scale(values: Iterable[float | None], options: dict[str, Any]) -> list[tuple[float, str]]:
    """The upper edge of each class and its shade, from pale to dark."""
    edges = classes(values)
    shades = palette.steps(options.get("meaning", "care"))[-len(edges) :] if edges else []
    return list(zip(edges, shades, strict=True))


def reaches(value: Any, edge: float) -> bool:
    """Whether a figure belongs to the class that ends at this edge, when those below have been asked."""
    return prose.known(value) and 0 < float(value) <= edge


def shaded(figure: Picture, places: Sequence[Row], options: dict[str, Any]) -> list[tuple[float, str]]:
    """One trace a class, from pale to dark; places without any, and withheld ones, in grey. Returns what `scale` gives."""
    unit, values = options["unit"], numbers(places)
    steps = scale(values, options)
    seen = SEE_THROUGH if figure.layout.get("images") else 1.0
    border = {"width": 1, "color": palette.colour("backgroundColor")}
    shapes = [row["geojson"] for row in places]
    below = 0.0
    for edge, shade in steps:
        within = [place for place, value in enumerate(values) if value is not None and below < value <= edge]
        if within:
            name = _span(min(values[place] or 0.0 for place in within), edge, unit)
            draw(figure, [shapes[place] for place in within], palette.clear(shade, seen), border, name=name)
        below = edge
    for without, name in ((0, _("none")), (None, _("[c] withheld or not available"))):
        rest = [shape for shape, value in zip(shapes, values, strict=True) if value == without]
        if rest:
            draw(figure, rest, palette.clear(palette.colour("secondaryBackgroundColor"), seen), border, name=name)
    centres = [centre(shape) for shape in shapes]
    figure.add("scatter", 
        x=[x for x, _ in centres], y=[y for _, y in centres], mode="markers", showlegend=False,
        marker={"size": 14, "opacity": 0}, hovertemplate="%{text}<extra></extra>",
        text=[safe("; ".join(filter(None, (f"{row['label']}: {prose.figure(row, unit)}", row.get("density"))))) for row in places],
    )  # fmt: skip
    return steps


def _span(first: float, last: float, unit: str) -> str:
    """A class in words, from the lowest figure in it to the highest: "3 to 5 reports", "1 report"."""
    if first >= last:
        return prose.with_unit(last, unit)
    return _("{first} to {last}").format(first=prose.measure(first, unit), last=prose.with_unit(last, unit))
