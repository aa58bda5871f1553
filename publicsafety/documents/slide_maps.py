"""A finding's map as native shapes: the city's outline and its shaded places, one group, editable."""

import json
import math
from typing import Any

import pandas as pd
from pptx.dml.color import RGBColor
from pptx.util import Emu, Pt

from publicsafety import maps, palette, prose
from publicsafety.documents.slide_charts import FONT, describe
from publicsafety.findings import Finding

Ring = list[tuple[float, float]]
LEGEND = Pt(26)


def add(slide: Any, found: Finding, left: int, top: int, width: int, height: int) -> None:
    """Draw the finding's map into a box of the slide, with its legend below and its alternative text."""
    base, options = found.options.get("base", {}), found.options
    rows = found.drawn_frame
    outline = (
        [ring for text in base["city"]["geojson"] for ring in maps.rings(json.loads(text))] if "city" in base else []
    )
    shaded = [(row, maps.rings(json.loads(row["geojson"]))) for row in rows.to_dict("records")]
    corners = [point for ring in outline for point in ring] or [
        point for _, rings in shaded for ring in rings for point in ring
    ]
    project = _projection(corners, left, top, width, height - LEGEND, float(options.get("latitude", 42.0)))
    group = slide.shapes.add_group_shape()
    group.name = "Map"
    describe(group, found.alt)
    for ring in outline:
        _shape(
            group,
            [project(point) for point in ring],
            palette.paler(palette.colour("dataframeBorderColor"), 0.75),
            palette.colour("grayTextColor"),
            1.25,
        )
    for text in base["areas"]["geojson"] if "areas" in base else []:
        for ring in maps.rings(json.loads(text)):
            _shape(group, [project(point) for point in ring], None, palette.colour("dataframeBorderColor"), 0.75)
    edges = maps.classes(rows["value"])
    shades = palette.steps(str(options.get("meaning", "care")))[-len(edges):] if edges else []  # fmt: skip
    for row, rings in shaded:
        for ring in rings:
            _shape(
                group,
                [project(point) for point in ring],
                _shade(row["value"], edges, shades),
                palette.colour("backgroundColor"),
                0.75,
            )
    _legend(slide, rows, edges, shades, str(options.get("unit", "")), left, top + height - LEGEND, width)


def _projection(corners: Ring, left: int, top: int, width: int, height: int, latitude: float) -> Any:
    """Degrees → a place on the slide, true to scale at the map's latitude, in the middle of its box."""
    xs, ys = [x for x, _ in corners] or [0.0, 1.0], [y for _, y in corners] or [0.0, 1.0]
    squeeze = math.cos(math.radians(latitude))
    scale = min(width / (((max(xs) - min(xs)) * squeeze) or 1), height / ((max(ys) - min(ys)) or 1)) * 0.98
    across = left + (width - (max(xs) - min(xs)) * squeeze * scale) / 2
    down = top + (height - (max(ys) - min(ys)) * scale) / 2
    return lambda point: (across + (point[0] - min(xs)) * squeeze * scale, down + (max(ys) - point[1]) * scale)


def _shape(group: Any, points: Ring, fill: str | None, line: str, width: float) -> None:
    if len(points) < 3:
        return
    builder = group.shapes.build_freeform(int(points[0][0]), int(points[0][1]))
    builder.add_line_segments([(int(x), int(y)) for x, y in points[1:]], close=True)
    shape = builder.convert_to_shape()
    shape.shadow.inherit = False
    if fill is None:
        shape.fill.background()
    else:
        shape.fill.solid()
        shape.fill.fore_color.rgb = RGBColor.from_string(fill[1:].upper())
    shape.line.color.rgb = RGBColor.from_string(line[1:].upper())
    shape.line.width = Pt(width)


def _shade(value: Any, edges: list[float], shades: list[str]) -> str:
    if not prose.known(value) or not float(value):
        return palette.colour("secondaryBackgroundColor")
    return next((shade for edge, shade in zip(edges, shades, strict=True) if float(value) <= edge), shades[-1])


def _legend(
    slide: Any, rows: pd.DataFrame, edges: list[float], shades: list[str], unit: str, left: int, top: int, width: int
) -> None:
    """What the shades mean, in words: a square and its class each."""
    values = pd.to_numeric(rows["value"], errors="coerce")
    least, entries = 1.0, []
    for edge, shade in zip(edges, shades, strict=True):
        inside = values[(values >= least) & (values <= edge)]
        low = int(inside.min()) if len(inside) else int(least)
        entries.append((shade, prose.count(edge, unit) if low >= edge else f"{low:,} to {prose.count(edge, unit)}"))
        least = edge + 1
    if values.isna().any():
        entries.append((palette.colour("secondaryBackgroundColor"), "[c] withheld"))
    step = int(width / max(len(entries), 5))
    for place, (shade, text) in enumerate(entries):
        box = slide.shapes.add_textbox(Emu(left + step * place), top, Emu(step), LEGEND)
        box.name = "Legend"
        frame = box.text_frame
        frame.word_wrap = True
        frame.margin_left = frame.margin_right = 0
        for sign, colour in (("■ ", shade), (text, palette.colour("textColor"))):
            run = frame.paragraphs[0].add_run()
            run.text, run.font.size, run.font.name = sign, Pt(11), FONT
            run.font.color.rgb = RGBColor.from_string(colour[1:].upper())
