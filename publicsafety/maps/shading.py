"""Which shade has a figure? At most five classes from pale to dark; none, and withheld, in grey."""

from typing import Any

import pandas as pd

from publicsafety import palette, prose
from publicsafety.charts import Picture, safe
from publicsafety.language import gettext as _
from publicsafety.maps.base import centre, draw
from publicsafety.maps.breaks import natural_breaks
from publicsafety.rows import records

CLASSES = 5
SEE_THROUGH = 0.75  # of a shape over tiles


def classes(values: pd.Series) -> list[float]:
    """Upper edges of at most five classes; every edge is a value that occurs."""
    return natural_breaks(values, CLASSES)


def scale(values: pd.Series, options: dict[str, Any]) -> tuple[list[float], list[str]]:
    """The upper edges of the classes and the shade of each, from pale to dark."""
    edges = classes(values)
    return edges, palette.steps(options.get("meaning", "care"))[-len(edges) :] if edges else []


def reaches(value: Any, edge: float) -> bool:
    """Whether a figure belongs to the class that ends at this edge, when those below have been asked."""
    return prose.known(value) and 0 < float(value) <= edge


def shaded(figure: Picture, frame: pd.DataFrame, options: dict[str, Any]) -> None:
    """One trace a class, from pale to dark; places without any, and withheld ones, in grey."""
    unit, (edges, shades) = options["unit"], scale(frame["value"], options)
    seen = SEE_THROUGH if figure.layout.get("images") else 1.0
    border = {"width": 1, "color": palette.colour("backgroundColor")}
    values = pd.to_numeric(frame["value"], errors="coerce")
    below = 0.0
    for edge, shade in zip(edges, shades, strict=True):
        rows = frame[(values > below) & (values <= edge)]
        if len(rows):
            name = _span(float(values[rows.index].min()), edge, unit)
            draw(figure, rows["geojson"], palette.clear(shade, seen), border, name=name)
        below = edge
    for rows, name in ((frame[values == 0], _("none")), (frame[values.isna()], _("[c] withheld or not available"))):
        if len(rows):
            grey = palette.clear(palette.colour("secondaryBackgroundColor"), seen)
            draw(figure, rows["geojson"], grey, border, name=name)
    centres = [centre(shape) for shape in frame["geojson"]]
    figure.add("scatter", 
        x=[x for x, _ in centres], y=[y for _, y in centres], mode="markers", showlegend=False,
        marker={"size": 14, "opacity": 0}, hovertemplate="%{text}<extra></extra>",
        text=[safe("; ".join(filter(None, (f"{row['label']}: {prose.figure(row, unit)}", row.get("density"))))) for row in records(frame)],
    )  # fmt: skip


def _span(first: float, last: float, unit: str) -> str:
    """A class in words, from the lowest figure in it to the highest: "3 to 5 reports", "1 report"."""
    if first >= last:
        return prose.with_unit(last, unit)
    return _("{first} to {last}").format(first=prose.measure(first, unit), last=prose.with_unit(last, unit))
