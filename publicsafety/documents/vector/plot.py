"""A plot with axes: its room, grid, marks, shapes, notes and legend."""

import re
from html import escape, unescape
from typing import Any

from publicsafety.documents.vector.axes import Axis, axis_over, lines_of, ticks_of, title_of, true_to_scale
from publicsafety.documents.vector.canvas import CHARACTER, DASHES, Canvas, VectorError, one, written
from publicsafety.documents.vector.marks import bars, hatch, heat, marker_at, scatter


def plot(canvas: Canvas, traces: list[dict[str, Any]], layout: dict[str, Any]) -> None:
    """Draw the figure over its axes. Raises VectorError for a mark that cannot be drawn."""
    margin = {"l": 8, "r": 16, "t": 28, "b": 8} | layout.get("margin", {})
    x_layout, y_layout = layout.get("xaxis", {}), layout.get("yaxis", {})
    legend = [
        trace
        for trace in traces
        if layout.get("showlegend") and trace.get("name") and trace.get("showlegend") is not False
    ]
    rows = _legend_rows(legend, canvas.width) if legend else []
    below = (
        (24 if x_layout.get("visible", True) else 0)
        + (20 if title_of(x_layout) else 0)
        + 16 * lines_of(x_layout)
        + 20 * len(rows)
    )
    canvas.top, canvas.bottom = margin["t"], canvas.height - margin["b"] - below
    y = axis_over(traces, y_layout, layout, "y", canvas.bottom, canvas.top)
    ticks = ticks_of(y, y_layout) if y_layout.get("visible", True) else []
    room = max((len(text) for _, text in ticks), default=0) * CHARACTER * 13 + (8 if ticks else 0)
    canvas.left, canvas.right = margin["l"] + room, canvas.width - margin["r"]
    x = axis_over(traces, x_layout, layout, "x", canvas.left, canvas.right)
    if y_layout.get("scaleanchor"):
        x, y = true_to_scale(x, y, float(y_layout.get("scaleratio", 1)))
    _grid(canvas, x, y, x_layout, y_layout, ticks)
    shapes = layout.get("shapes", ())
    for shape in [each for each in shapes if each.get("layer") == "below"]:
        _shape(canvas, shape, x, y)
    bars(canvas, [each for each in traces if each.get("type") == "bar"], layout, x, y)
    filled: list[tuple[float, float]] = []
    for trace in traces:
        kind = trace.get("type", "scatter")
        if kind == "scatter":
            filled = scatter(canvas, trace, x, y, filled)
        elif kind == "heatmap":
            heat(canvas, trace, x, y)
        elif kind != "bar":
            raise VectorError(f'a "{kind}" mark cannot be drawn as a vector picture yet; add it to documents/vector')
    for shape in [each for each in shapes if each.get("layer") != "below"]:
        _shape(canvas, shape, x, y)
    for each in layout.get("annotations", ()):
        _annotation(canvas, each, x, y)
    for place, row in enumerate(rows):
        _legend(canvas, row, canvas.height - margin["b"] - 20 * (len(rows) - place) + 14)


def _grid(
    canvas: Canvas,
    x: Axis,
    y: Axis,
    x_layout: dict[str, Any],
    y_layout: dict[str, Any],
    ticks: list[tuple[float, str]],
) -> None:
    grey, pale = (
        (x_layout.get("tickfont") or {}).get("color", "currentColor"),
        x_layout.get("gridcolor", "currentColor"),
    )
    for value, text in ticks:
        if y_layout.get("showgrid", True):
            canvas.add(
                "path",
                d=f"M{written(canvas.left)} {written(y.at(value))}H{written(canvas.right)}",
                stroke=pale,
                stroke_width=1,
            )
        canvas.add(
            "text", escape(text), x=canvas.left - 6, y=y.at(value) + 4.5, text_anchor="end", font_size=13, fill=grey,
            class_="" if y.names else "tick",
        )  # fmt: skip
    if not x_layout.get("visible", True):
        return
    for value, text in ticks_of(x, x_layout):
        if x_layout.get("showgrid", True):
            canvas.add(
                "path",
                d=f"M{written(x.at(value))} {written(canvas.top)}V{written(canvas.bottom)}",
                stroke=pale,
                stroke_width=1,
            )
        for place, line in enumerate(re.split(r"<br\s*/?>", text)):
            canvas.add(
                "text",
                escape(unescape(line)),
                x=x.at(value),
                y=canvas.bottom + 18 + 16 * place,
                text_anchor="middle",
                font_size=13,
                fill=grey,
                class_="" if x.names else "tick",
            )
    if title_of(x_layout):
        canvas.add(
            "text",
            escape(title_of(x_layout)),
            x=(canvas.left + canvas.right) / 2,
            y=canvas.bottom + 38 + 16 * lines_of(x_layout),
            text_anchor="middle",
            font_size=13,
            fill=grey,
        )


def _shape(canvas: Canvas, shape: dict[str, Any], x: Axis, y: Axis) -> None:
    x0, x1 = (_place(canvas, shape[key], x, shape.get("xref", "x"), "x") for key in ("x0", "x1"))
    y0, y1 = (_place(canvas, shape[key], y, shape.get("yref", "y"), "y") for key in ("y0", "y1"))
    line = shape.get("line", {})
    width = line.get("width", 2 if shape["type"] == "line" else 0)
    dash = DASHES.get(line.get("dash", "solid"))
    if shape["type"] == "line":
        canvas.add(
            "path",
            d=f"M{written(x0)} {written(y0)}L{written(x1)} {written(y1)}",
            stroke=line.get("color"),
            stroke_width=width,
            stroke_dasharray=dash,
        )
    else:
        y0, y1 = (min(max(each, canvas.top), canvas.bottom) for each in (y0, y1))
        canvas.add(
            "rect",
            x=min(x0, x1),
            y=min(y0, y1),
            width=abs(x1 - x0),
            height=abs(y1 - y0),
            fill=shape.get("fillcolor") or "none",
            stroke=line.get("color"),
            stroke_width=width or None,
        )


def _annotation(canvas: Canvas, note: dict[str, Any], x: Axis, y: Axis) -> None:
    size, colour = (note.get("font") or {}).get("size", 13), (note.get("font") or {}).get("color")
    at_x = _place(canvas, note.get("x", 0), x, note.get("xref", "x"), "x") + float(note.get("xshift", 0))
    at_y = _place(canvas, note.get("y", 0), y, note.get("yref", "y"), "y") - float(note.get("yshift", 0))
    lines = re.split(r"<br\s*/?>", str(note.get("text", "")))
    anchor = {"left": "start", "right": "end"}.get(note.get("xanchor", "center"), "middle")
    middle = size * 0.36 - (len(lines) - 1) * size * 0.6
    drop = {"top": size, "bottom": -3 - (len(lines) - 1) * size * 1.2}.get(note.get("yanchor", "middle"), middle)
    if note.get("bgcolor"):
        wide = max(len(re.sub(r"<[^>]+>", "", line)) for line in lines) * size * CHARACTER + 4
        left = at_x - {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor] * wide
        canvas.add(
            "rect",
            x=left,
            y=at_y + drop - size,
            width=wide,
            height=len(lines) * size * 1.2 + 2,
            fill=note["bgcolor"],
            fill_opacity=note.get("opacity"),
        )
    for place, text in enumerate(lines):
        bold = "<b>" in text
        canvas.add(
            "text",
            escape(unescape(re.sub(r"</?[a-z]+>", "", text))),
            x=at_x,
            y=at_y + drop + place * size * 1.2,
            text_anchor=anchor,
            font_size=size,
            font_weight="bold" if bold else None,
            fill=colour,
        )


def _place(canvas: Canvas, value: Any, axis: Axis, reference: str, letter: str) -> float:
    """A value in data, or a share of the plot ("paper"), in pixels."""
    if reference == "paper" or reference.endswith("domain"):
        return (
            canvas.left + float(value) * (canvas.right - canvas.left)
            if letter == "x"
            else canvas.bottom - float(value) * (canvas.bottom - canvas.top)
        )
    return axis.at(value)


def _legend_rows(traces: list[dict[str, Any]], width: float) -> list[list[dict[str, Any]]]:
    rows: list[list[dict[str, Any]]] = [[]]
    used = 0.0
    for trace in traces:
        need = _swatch(trace) + 19 + len(str(trace["name"])) * 13 * CHARACTER
        if rows[-1] and used + need > width - 16:
            rows.append([])
            used = 0.0
        rows[-1].append(trace)
        used += need
    return rows


def _swatch(trace: dict[str, Any]) -> float:
    """Pixels of a trace's sign in the legend: a line has room to show its dashes and its mark, told apart without colour."""
    return 26 if "lines" in str(trace.get("mode")) and trace.get("fill") != "toself" else 11


def _legend(canvas: Canvas, traces: list[dict[str, Any]], y: float) -> None:
    x = 8.0
    for trace in traces:
        filled = trace.get("fillcolor") if trace.get("fill") == "toself" else None
        colour = filled or one((trace.get("marker") or {}).get("color"), 0) or (trace.get("line") or {}).get("color")
        wide = _swatch(trace)
        if wide > 11:
            line = trace.get("line") or {}
            dash, thick = DASHES.get(line.get("dash", "solid")), line.get("width", 2)
            canvas.add("line", x1=x, y1=y - 4, x2=x + wide, y2=y - 4, stroke=colour, stroke_width=thick, stroke_dasharray=dash)  # fmt: skip
            if "markers" in str(trace.get("mode")):
                marker_at(canvas, x + wide / 2, y - 4, trace.get("marker") or {}, 0, colour)
        else:
            canvas.add("rect", x=x, y=y - 10, width=11, height=11, fill=colour)
        if one(((trace.get("marker") or {}).get("pattern") or {}).get("shape"), 0):
            hatch(canvas, {"x": x, "y": y - 10, "width": 11, "height": 11})
        canvas.add("text", escape(unescape(str(trace["name"]))), x=x + wide + 5, y=y, font_size=13)
        x += wide + 19 + len(str(trace["name"])) * 13 * CHARACTER
