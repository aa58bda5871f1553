"""The marks of a plot: bars, lines with their gaps and intervals, markers, heat maps."""

import itertools
import math
from collections.abc import Sequence
from html import escape, unescape
from typing import Any

import numpy as np

from publicsafety.documents.vector.axes import Axis
from publicsafety.documents.vector.canvas import DASHES, Canvas, VectorError, one, path, scaled, written


def bars(canvas: Canvas, traces: list[dict[str, Any]], layout: dict[str, Any], x: Axis, y: Axis) -> None:
    stacked = layout.get("barmode") == "stack"
    base: dict[str, float] = {}
    for index, trace in enumerate(traces):
        flat = trace.get("orientation") == "h"
        along, across = (x, y) if flat else (y, x)
        names, values = (trace["y"], trace["x"]) if flat else (trace["x"], trace["y"])
        marker, gap = trace.get("marker", {}), float(layout.get("bargap", 0.2))
        groups = 1 if stacked else len([each for each in traces if each.get("offset") is None]) or 1
        for place, (name, value) in enumerate(zip(names, values, strict=True)):
            if value is None or value != value:
                continue
            middle = across.number(name)
            width = float(one(trace.get("width"), place) or _spacing(names, across) * (1 - gap) / groups)
            begin = (
                middle + float(trace["offset"])
                if trace.get("offset") is not None
                else middle - width * groups / 2 + (0 if stacked else width * index)
            )
            foot = base.get(str(name), 0.0) if stacked else 0.0
            base[str(name)] = foot + float(value)
            edges = (
                sorted((along.at(foot), along.at(foot + float(value)))),
                sorted((across.pixel(begin), across.pixel(begin + width))),
            )
            (a, b), (c, d) = edges
            box: dict[str, Any] = (
                {"x": a, "y": c, "width": b - a, "height": d - c}
                if flat
                else {"x": c, "y": a, "width": d - c, "height": b - a}
            )
            line = marker.get("line", {})
            fill = one(marker.get("color"), place)
            canvas.add("rect", **box, fill=fill, stroke=line.get("color"), stroke_width=line.get("width"))
            if one((marker.get("pattern") or {}).get("shape"), place):
                hatch(canvas, box)
            text = one(trace.get("text"), place)
            if text and trace.get("textposition") == "outside":
                size = (trace.get("textfont") or {}).get("size", 14)
                if flat:
                    canvas.add(
                        "text", escape(unescape(str(text))), x=b + 5, y=(c + d) / 2 + size * 0.36, font_size=size
                    )
                else:
                    canvas.add(
                        "text",
                        escape(unescape(str(text))),
                        x=(c + d) / 2,
                        y=a - 5,
                        text_anchor="middle",
                        font_size=size,
                    )


def hatch(canvas: Canvas, box: dict[str, float]) -> None:
    """Thin white strokes across a bar: the sign of "unknown"."""
    x, y, width, height = (box[name] for name in ("x", "y", "width", "height"))
    for step in np.arange(-height, width, 7.0):
        x0, x1 = max(step, 0.0), min(step + height, width)
        if x1 > x0:
            canvas.add(
                "path",
                d=f"M{written(x + x0)} {written(y + height - (x0 - step))}L{written(x + x1)} {written(y + height - (x1 - step))}",
                stroke="white",
                stroke_width=1.5,
            )


def scatter(
    canvas: Canvas, trace: dict[str, Any], x: Axis, y: Axis, before: list[tuple[float, float]]
) -> list[tuple[float, float]]:
    """Lines with their gaps, a fill down to the trace before, intervals and markers; returns the line's points."""
    pairs = list(zip(trace.get("x", ()), trace.get("y", ()), strict=True))
    runs: list[list[tuple[float, float]]] = [[]]
    for a, b in pairs:
        if b is None or a is None or b != b:
            runs.append([])
        else:
            runs[-1].append((x.at(a), y.at(b)))
    line, mode = trace.get("line", {}), trace.get("mode", "lines")
    runs = [_stepped(run, line.get("shape", "linear")) for run in runs]
    points = [point for run in runs for point in run]
    if trace.get("fill") == "tonexty" and points:
        canvas.add("path", d=path(points + before[::-1]) + "Z", fill=trace.get("fillcolor", "none"), stroke="none")
    if trace.get("fill") == "toself" and points:
        # Shapes with gaps between them are shapes of their own; a ring inside another one is a hole.
        rings = "".join(path(run) + "Z" for run in runs if len(run) > 2)
        canvas.add("path", d=rings, fill=trace.get("fillcolor", "none"), fill_rule="evenodd", stroke="none")
    if "lines" in mode and line.get("width", 2):
        dash = DASHES.get(line.get("dash", "solid"))
        for run in [each for each in runs if len(each) > 1]:
            canvas.add(
                "path",
                d=path(run),
                fill="none",
                stroke=line.get("color"),
                stroke_width=line.get("width", 2),
                stroke_dasharray=dash,
                stroke_linejoin="round",
            )
    for letter, axis in (("x", x), ("y", y)):
        error = trace.get(f"error_{letter}") or {}
        for (a, b), plus, minus in zip(
            pairs, error.get("array", ()), error.get("arrayminus", error.get("array", ())), strict=False
        ):
            if a is None or b is None or b != b:
                continue
            middle = float(a if letter == "x" else b)
            ends = axis.at(middle - float(minus or 0)), axis.at(middle + float(plus or 0))
            d = (
                f"M{written(ends[0])} {written(y.at(b))}H{written(ends[1])}"
                if letter == "x"
                else f"M{written(x.at(a))} {written(ends[0])}V{written(ends[1])}"
            )
            canvas.add("path", d=d, stroke=error.get("color"), stroke_width=error.get("thickness", 2))
    marker = trace.get("marker", {})
    if "markers" in mode and marker.get("opacity") != 0:
        for place, (a, b) in enumerate(pairs):
            if a is not None and b is not None and b == b:
                marker_at(canvas, x.at(a), y.at(b), marker, place, line.get("color"))
    return points


def marker_at(canvas: Canvas, x: float, y: float, marker: dict[str, Any], place: int, colour: Any) -> None:
    radius, shape = float(one(marker.get("size"), place) or 6) / 2, str(one(marker.get("symbol"), place) or "circle")
    fill = one(marker.get("color"), place) or colour
    paint = (
        {"fill": "none", "stroke": fill, "stroke_width": (marker.get("line") or {}).get("width", 2)}
        if shape.endswith("open")
        else {"fill": fill}
    )
    kind = shape.removesuffix("-open")
    if kind == "circle":
        canvas.add("circle", cx=x, cy=y, r=radius, **paint)
        return
    corners = {"square": 4, "diamond": 4, "triangle-up": 3, "x": 4}.get(kind, 4)
    turn = math.pi / 4 if kind == "square" else math.pi / 2
    ring = [
        (
            x + radius * 1.2 * math.cos(turn + 2 * math.pi * k / corners),
            y - radius * 1.2 * math.sin(turn + 2 * math.pi * k / corners),
        )
        for k in range(corners)
    ]
    canvas.add("path", d=path(ring) + "Z", **paint)


def heat(canvas: Canvas, trace: dict[str, Any], x: Axis, y: Axis) -> None:
    scale, low, high = trace["colorscale"], float(trace.get("zmin", 0)), float(trace.get("zmax", 1))
    wide, tall = abs(x.at(1) - x.at(0)) if len(trace["x"]) > 1 else 20, abs(y.pixel(1) - y.pixel(0))
    for row, name in zip(trace["z"], trace["y"], strict=True):
        for value, column in zip(row, trace["x"], strict=True):
            if value is not None and value == value:
                canvas.add(
                    "rect",
                    x=x.at(column) - wide / 2 + 1,
                    y=y.at(name) - tall / 2 + 1,
                    width=wide - 2,
                    height=tall - 2,
                    fill=scaled(scale, (float(value) - low) / ((high - low) or 1)),
                )


def _spacing(names: Sequence[Any], axis: Axis) -> float:
    places = sorted({axis.number(each) for each in names})
    return min((b - a for a, b in itertools.pairwise(places)), default=1.0)


def _stepped(run: list[tuple[float, float]], shape: str) -> list[tuple[float, float]]:
    """A line as it is, or in steps: "hv" steps at the next point, "hvh" halfway to it. Raises VectorError."""
    if shape == "linear":
        return run
    if shape not in ("hv", "hvh"):
        raise VectorError(
            f'a line of the shape "{shape}" cannot be drawn as a vector picture yet; add it to {__name__}'
        )
    made = run[:1]
    for (x0, y0), (x1, y1) in itertools.pairwise(run):
        halfway = (x0 + x1) / 2
        made += [(x1, y0), (x1, y1)] if shape == "hv" else [(halfway, y0), (halfway, y1), (x1, y1)]
    return made
