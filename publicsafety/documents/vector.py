"""A chart as a vector picture: the product's Plotly figures written as SVG, with no browser.

Documents and the static edition show the same figures as the pages; this module only lays down what the figure's
specification says. It knows the marks that charts.py and maps.py use (bars, lines, markers, intervals, heat maps,
filled areas of a map, shapes, annotations) and refuses anything else by name rather than leave it out.
"""

import base64
import itertools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from html import escape, unescape
from typing import Any

import numpy as np

from publicsafety import language

WIDTH = 680
MONTH_LABEL = 84  # pixels: the room that "Sep 2026" takes on an axis, with some air
CHARACTER = 0.52  # of the font size: the mean width of a character, for leaving room


class VectorError(ValueError):
    """A figure has a mark that this module does not draw."""


@dataclass(frozen=True)
class Axis:
    """One axis: values → pixels. `names` are the categories of a category axis, in order."""

    low: float
    high: float
    start: float
    end: float
    names: tuple[str, ...] = ()
    is_date: bool = False

    def at(self, value: Any) -> float:
        place = self.number(value)
        return self.start + (place - self.low) / ((self.high - self.low) or 1) * (self.end - self.start)

    def number(self, value: Any) -> float:
        if self.names and str(value) in self.names:
            return float(self.names.index(str(value)))
        return _day(value) if self.is_date and not isinstance(value, int | float) else float(value)


@dataclass
class Picture:
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
            f' {key.rstrip("_").replace("_", "-")}="{escape(_short(value))}"'
            for key, value in attributes.items()
            if value is not None and value != ""
        )
        self.parts.append(f"<{name}{said}>{text}</{name}>" if text else f"<{name}{said}/>")


def svg(figure: Any, alt: str, width: int = WIDTH, title: str = "") -> str:
    """The figure as an SVG document `width` pixels wide, with `alt` as its title for a screen reader.

    With a `title` of its own, `alt` is its description. Texts of an axis that are no figures have the class "tick".

    `figure` is a Plotly figure or its JSON specification. Raises VectorError for a mark that cannot be drawn.
    """
    spec = _plain(figure.to_plotly_json() if hasattr(figure, "to_plotly_json") else figure)
    layout, traces = spec.get("layout", {}), spec.get("data", [])
    height = float(layout.get("height", 320))
    picture = Picture(width, height, 0, 0, width, height)
    font = layout.get("font", {})
    if any(str(trace.get("type", "")).endswith("_map") for trace in traces):
        _map(picture, traces, layout)
    elif any(trace.get("type") == "sankey" for trace in traces):
        _sankey(picture, traces[0], layout)
    else:
        _plot(picture, traces, layout)
    described = (
        f"<title>{escape(title)}</title><desc>{escape(alt)}</desc>" if title else f"<title>{escape(alt)}</title>"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_short(picture.width)} {_short(picture.height)}" role="img" aria-label="{escape(f"{title} {alt}".strip())}" '
        f'font-family="{escape(str(font.get("family", "sans-serif")))}" font-size="{_short(font.get("size", 14))}" fill="{font.get("color", "currentColor")}">'
        f"{described}{''.join(picture.parts)}</svg>"
    )


# Plots with axes ------------------------------------------------------------------------------------------------------


def _plot(picture: Picture, traces: list[dict[str, Any]], layout: dict[str, Any]) -> None:
    margin = {"l": 8, "r": 16, "t": 28, "b": 8} | layout.get("margin", {})
    x_layout, y_layout = layout.get("xaxis", {}), layout.get("yaxis", {})
    legend = [
        trace
        for trace in traces
        if layout.get("showlegend") and trace.get("name") and trace.get("showlegend") is not False
    ]
    rows = _legend_rows(legend, picture.width) if legend else []
    below = (
        (24 if x_layout.get("visible", True) else 0)
        + (20 if _title(x_layout) else 0)
        + 16 * _lines_of(x_layout)
        + 20 * len(rows)
    )
    picture.top, picture.bottom = margin["t"], picture.height - margin["b"] - below
    y = _axis(traces, y_layout, layout, "y", picture.bottom, picture.top)
    ticks = _ticks(y, y_layout) if y_layout.get("visible", True) else []
    room = max((len(text) for _, text in ticks), default=0) * CHARACTER * 13 + (8 if ticks else 0)
    picture.left, picture.right = margin["l"] + room, picture.width - margin["r"]
    x = _axis(traces, x_layout, layout, "x", picture.left, picture.right)
    if y_layout.get("scaleanchor"):
        x, y = _true_to_scale(x, y, float(y_layout.get("scaleratio", 1)))
    _grid(picture, x, y, x_layout, y_layout, ticks)
    shapes = layout.get("shapes", ())
    for shape in [each for each in shapes if each.get("layer") == "below"]:
        _shape(picture, shape, x, y)
    _bars(picture, [each for each in traces if each.get("type") == "bar"], layout, x, y)
    filled: list[tuple[float, float]] = []
    for trace in traces:
        kind = trace.get("type", "scatter")
        if kind == "scatter":
            filled = _scatter(picture, trace, x, y, filled)
        elif kind == "heatmap":
            _heat(picture, trace, x, y)
        elif kind != "bar":
            raise VectorError(f'a "{kind}" mark cannot be drawn as a vector picture yet; add it to documents/vector.py')
    for shape in [each for each in shapes if each.get("layer") != "below"]:
        _shape(picture, shape, x, y)
    for each in layout.get("annotations", ()):
        _annotation(picture, each, x, y)
    for place, row in enumerate(rows):
        _legend(picture, row, picture.height - margin["b"] - 20 * (len(rows) - place) + 14)


def _axis(
    traces: list[dict[str, Any]],
    settings: dict[str, Any],
    layout: dict[str, Any],
    letter: str,
    start: float,
    end: float,
) -> Axis:
    """An axis over everything that is drawn along it, or over the range that the figure states."""
    values = [value for trace in traces for value in trace.get(letter, ()) if value is not None and value == value]
    is_date = bool(values) and any(isinstance(each, str) and re.match(r"\d{4}-\d\d-\d\d", each) for each in values[:3])
    names = (
        ()
        if is_date or all(isinstance(each, int | float) for each in values)
        else tuple(dict.fromkeys(map(str, values)))
    )
    if names:
        low, high = -0.5, len(names) - 0.5
        if any(trace.get("type") == "heatmap" for trace in traces) and settings.get("autorange") == "reversed":
            low, high = high, low
        return Axis(low, high, start, end, names)
    numbers = [_day(each) if is_date else float(each) for each in values] or [0.0, 1.0]
    along = [
        trace for trace in traces if trace.get("type") == "bar" and (trace.get("orientation") == "h") == (letter == "x")
    ]
    if along and layout.get("barmode") == "stack":
        totals: dict[str, float] = {}
        for trace in along:
            for place, value in zip(trace.get("y" if letter == "x" else "x", ()), trace.get(letter, ()), strict=False):
                totals[str(place)] = totals.get(str(place), 0) + float(value or 0)
        numbers += list(totals.values())
    low, high = min(numbers), max(numbers)
    if any(trace.get("type") == "heatmap" for trace in traces):
        low, high = low - 0.5, high + 0.5
    elif settings.get("rangemode") == "tozero" or along:
        low, high = min(low, 0.0), max(high, 0.0)
        high += (high - low) * 0.06
    stated = settings.get("range") or (None, None)
    low, high = (
        (_day(given) if is_date and not isinstance(given, int | float) else float(given)) if given is not None else own
        for given, own in zip(stated, (low, high), strict=True)
    )
    return Axis(low, high if high != low else low + 1, start, end, is_date=is_date)


def _true_to_scale(x: Axis, y: Axis, ratio: float) -> tuple[Axis, Axis]:
    """Axes on which a unit of y is `ratio` units of x long, as large as the box allows and in its middle."""
    wide, tall = x.high - x.low, (y.high - y.low) * ratio
    scale = min((x.end - x.start) / wide, (y.start - y.end) / tall) * 0.97
    middle, centre = (x.start + x.end) / 2, (y.start + y.end) / 2
    return (
        replace(x, start=middle - wide * scale / 2, end=middle + wide * scale / 2),
        replace(y, start=centre + tall * scale / 2, end=centre - tall * scale / 2),
    )


def _grid(
    picture: Picture,
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
            picture.add(
                "path",
                d=f"M{_short(picture.left)} {_short(y.at(value))}H{_short(picture.right)}",
                stroke=pale,
                stroke_width=1,
            )
        picture.add(
            "text", escape(text), x=picture.left - 6, y=y.at(value) + 4.5, text_anchor="end", font_size=13, fill=grey,
            class_="" if y.names else "tick",
        )  # fmt: skip
    if not x_layout.get("visible", True):
        return
    for value, text in _ticks(x, x_layout):
        if x_layout.get("showgrid", True):
            picture.add(
                "path",
                d=f"M{_short(x.at(value))} {_short(picture.top)}V{_short(picture.bottom)}",
                stroke=pale,
                stroke_width=1,
            )
        for place, line in enumerate(re.split(r"<br\s*/?>", text)):
            picture.add(
                "text",
                escape(unescape(line)),
                x=x.at(value),
                y=picture.bottom + 18 + 16 * place,
                text_anchor="middle",
                font_size=13,
                fill=grey,
                class_="" if x.names else "tick",
            )
    if _title(x_layout):
        picture.add(
            "text",
            escape(_title(x_layout)),
            x=(picture.left + picture.right) / 2,
            y=picture.bottom + 38 + 16 * _lines_of(x_layout),
            text_anchor="middle",
            font_size=13,
            fill=grey,
        )


def _ticks(axis: Axis, settings: dict[str, Any]) -> list[tuple[float, str]]:
    """Where ticks stand and what they say: as the figure states, else categories, calendar steps or round numbers."""
    if settings.get("tickvals") is not None:
        texts = settings.get("ticktext") or settings["tickvals"]
        return [(axis.number(value), str(text)) for value, text in zip(settings["tickvals"], texts, strict=True)]
    if axis.names:
        return [(float(place), unescape(name)) for place, name in enumerate(axis.names)]
    low, high = min(axis.low, axis.high), max(axis.low, axis.high)
    if axis.is_date:
        return _dates(low, high, max(2, min(7, int(abs(axis.end - axis.start) / MONTH_LABEL))))
    rough = (high - low) / (int(settings.get("nticks") or 5) or 5)
    step = next(
        each * 10 ** math.floor(math.log10(rough))
        for each in (1, 2, 2.5, 5, 10)
        if each * 10 ** math.floor(math.log10(rough)) >= rough * 0.999
    )
    share = "%" in str(settings.get("tickformat", ""))
    if not share and high >= 5:
        step = max(step, 1)
    places = [math.ceil(low / step) * step + n * step for n in range(60)]
    return [
        (value, language.percent(value, 0) if share else language.number(value, 0 if step >= 1 else 1))
        for value in places
        if value <= high + step * 1e-6
    ]


def _dates(low: float, high: float, most: int) -> list[tuple[float, str]]:
    """Ticks on the first of months, as many as have room and at most `most`, with the year where it begins."""
    first, last = datetime.fromtimestamp(low * 86400, UTC).date(), datetime.fromtimestamp(high * 86400, UTC).date()
    months = max((last.year - first.year) * 12 + last.month - first.month, 1)
    step = next((each for each in (1, 2, 3, 6, 12, 24, 60) if months / each <= most), 120)
    number = first.year * 12 + first.month - 1
    number += -number % step
    found = []
    while (when := date(number // 12, number % 12 + 1, 1)) <= last:
        if when >= first:
            found.append((_day(when), f"{when:%Y}" if step >= 12 else language.short_month(when)))
        number += step
    return found or [(low, f"{first.day} {first:%b %Y}"), (high, f"{last.day} {last:%b}")]


def _bars(picture: Picture, traces: list[dict[str, Any]], layout: dict[str, Any], x: Axis, y: Axis) -> None:
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
            width = float(_one(trace.get("width"), place) or _spacing(names, across) * (1 - gap) / groups)
            begin = (
                middle + float(trace["offset"])
                if trace.get("offset") is not None
                else middle - width * groups / 2 + (0 if stacked else width * index)
            )
            foot = base.get(str(name), 0.0) if stacked else 0.0
            base[str(name)] = foot + float(value)
            edges = (
                sorted((along.at(foot), along.at(foot + float(value)))),
                sorted((_raw(across, begin), _raw(across, begin + width))),
            )
            (a, b), (c, d) = edges
            box: dict[str, Any] = (
                {"x": a, "y": c, "width": b - a, "height": d - c}
                if flat
                else {"x": c, "y": a, "width": d - c, "height": b - a}
            )
            line = marker.get("line", {})
            fill = _one(marker.get("color"), place)
            picture.add("rect", **box, fill=fill, stroke=line.get("color"), stroke_width=line.get("width"))
            if _one((marker.get("pattern") or {}).get("shape"), place):
                _hatch(picture, box)
            text = _one(trace.get("text"), place)
            if text and trace.get("textposition") == "outside":
                size = (trace.get("textfont") or {}).get("size", 14)
                if flat:
                    picture.add(
                        "text", escape(unescape(str(text))), x=b + 5, y=(c + d) / 2 + size * 0.36, font_size=size
                    )
                else:
                    picture.add(
                        "text",
                        escape(unescape(str(text))),
                        x=(c + d) / 2,
                        y=a - 5,
                        text_anchor="middle",
                        font_size=size,
                    )


def _hatch(picture: Picture, box: dict[str, float]) -> None:
    """Thin white strokes across a bar: the sign of "unknown"."""
    x, y, width, height = (box[name] for name in ("x", "y", "width", "height"))
    for step in np.arange(-height, width, 7.0):
        x0, x1 = max(step, 0.0), min(step + height, width)
        if x1 > x0:
            picture.add(
                "path",
                d=f"M{_short(x + x0)} {_short(y + height - (x0 - step))}L{_short(x + x1)} {_short(y + height - (x1 - step))}",
                stroke="white",
                stroke_width=1.5,
            )


def _scatter(
    picture: Picture, trace: dict[str, Any], x: Axis, y: Axis, before: list[tuple[float, float]]
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
    if line.get("shape") == "hv":
        runs = [_steps(run) for run in runs]
    points = [point for run in runs for point in run]
    if trace.get("fill") == "tonexty" and points:
        picture.add("path", d=_path(points + before[::-1]) + "Z", fill=trace.get("fillcolor", "none"), stroke="none")
    if trace.get("fill") == "toself" and points:
        # Shapes with gaps between them are shapes of their own; a ring inside another one is a hole.
        rings = "".join(_path(run) + "Z" for run in runs if len(run) > 2)
        picture.add("path", d=rings, fill=trace.get("fillcolor", "none"), fill_rule="evenodd", stroke="none")
    if "lines" in mode and line.get("width", 2):
        dash = {"dash": "7 5", "dot": "2 4", "dashdot": "7 4 2 4"}.get(line.get("dash", "solid"))
        for run in [each for each in runs if len(each) > 1]:
            picture.add(
                "path",
                d=_path(run),
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
                f"M{_short(ends[0])} {_short(y.at(b))}H{_short(ends[1])}"
                if letter == "x"
                else f"M{_short(x.at(a))} {_short(ends[0])}V{_short(ends[1])}"
            )
            picture.add("path", d=d, stroke=error.get("color"), stroke_width=error.get("thickness", 2))
    marker = trace.get("marker", {})
    if "markers" in mode and marker.get("opacity") != 0:
        for place, (a, b) in enumerate(pairs):
            if a is not None and b is not None and b == b:
                _marker(picture, x.at(a), y.at(b), marker, place, line.get("color"))
    return points


def _marker(picture: Picture, x: float, y: float, marker: dict[str, Any], place: int, colour: Any) -> None:
    radius, shape = float(_one(marker.get("size"), place) or 6) / 2, str(_one(marker.get("symbol"), place) or "circle")
    fill = _one(marker.get("color"), place) or colour
    paint = (
        {"fill": "none", "stroke": fill, "stroke_width": (marker.get("line") or {}).get("width", 2)}
        if shape.endswith("open")
        else {"fill": fill}
    )
    kind = shape.removesuffix("-open")
    if kind == "circle":
        picture.add("circle", cx=x, cy=y, r=radius, **paint)
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
    picture.add("path", d=_path(ring) + "Z", **paint)


def _heat(picture: Picture, trace: dict[str, Any], x: Axis, y: Axis) -> None:
    scale, low, high = trace["colorscale"], float(trace.get("zmin", 0)), float(trace.get("zmax", 1))
    wide, tall = abs(x.at(1) - x.at(0)) if len(trace["x"]) > 1 else 20, abs(_raw(y, 1) - _raw(y, 0))
    for row, name in zip(trace["z"], trace["y"], strict=True):
        for value, column in zip(row, trace["x"], strict=True):
            if value is not None and value == value:
                picture.add(
                    "rect",
                    x=x.at(column) - wide / 2 + 1,
                    y=y.at(name) - tall / 2 + 1,
                    width=wide - 2,
                    height=tall - 2,
                    fill=_scaled(scale, (float(value) - low) / ((high - low) or 1)),
                )


def _shape(picture: Picture, shape: dict[str, Any], x: Axis, y: Axis) -> None:
    x0, x1 = (_place(picture, shape[key], x, shape.get("xref", "x"), "x") for key in ("x0", "x1"))
    y0, y1 = (_place(picture, shape[key], y, shape.get("yref", "y"), "y") for key in ("y0", "y1"))
    line = shape.get("line", {})
    width = line.get("width", 2 if shape["type"] == "line" else 0)
    dash = {"dash": "7 5", "dot": "2 4"}.get(line.get("dash", "solid"))
    if shape["type"] == "line":
        picture.add(
            "path",
            d=f"M{_short(x0)} {_short(y0)}L{_short(x1)} {_short(y1)}",
            stroke=line.get("color"),
            stroke_width=width,
            stroke_dasharray=dash,
        )
    else:
        y0, y1 = (min(max(each, picture.top), picture.bottom) for each in (y0, y1))
        picture.add(
            "rect",
            x=min(x0, x1),
            y=min(y0, y1),
            width=abs(x1 - x0),
            height=abs(y1 - y0),
            fill=shape.get("fillcolor") or "none",
            stroke=line.get("color"),
            stroke_width=width or None,
        )


def _annotation(picture: Picture, note: dict[str, Any], x: Axis, y: Axis) -> None:
    size, colour = (note.get("font") or {}).get("size", 13), (note.get("font") or {}).get("color")
    at_x = _place(picture, note.get("x", 0), x, note.get("xref", "x"), "x") + float(note.get("xshift", 0))
    at_y = _place(picture, note.get("y", 0), y, note.get("yref", "y"), "y") - float(note.get("yshift", 0))
    lines = re.split(r"<br\s*/?>", str(note.get("text", "")))
    anchor = {"left": "start", "right": "end"}.get(note.get("xanchor", "center"), "middle")
    middle = size * 0.36 - (len(lines) - 1) * size * 0.6
    drop = {"top": size, "bottom": -3 - (len(lines) - 1) * size * 1.2}.get(note.get("yanchor", "middle"), middle)
    if note.get("bgcolor"):
        wide = max(len(re.sub(r"<[^>]+>", "", line)) for line in lines) * size * CHARACTER + 4
        left = at_x - {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor] * wide
        picture.add(
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
        picture.add(
            "text",
            escape(unescape(re.sub(r"</?[a-z]+>", "", text))),
            x=at_x,
            y=at_y + drop + place * size * 1.2,
            text_anchor=anchor,
            font_size=size,
            font_weight="bold" if bold else None,
            fill=colour,
        )


def _place(picture: Picture, value: Any, axis: Axis, reference: str, letter: str) -> float:
    """A value in data, or a share of the plot ("paper"), in pixels."""
    if reference == "paper" or reference.endswith("domain"):
        return (
            picture.left + float(value) * (picture.right - picture.left)
            if letter == "x"
            else picture.bottom - float(value) * (picture.bottom - picture.top)
        )
    return axis.at(value)


def _legend_rows(traces: list[dict[str, Any]], width: float) -> list[list[dict[str, Any]]]:
    rows: list[list[dict[str, Any]]] = [[]]
    used = 0.0
    for trace in traces:
        need = 30 + len(str(trace["name"])) * 13 * CHARACTER
        if rows[-1] and used + need > width - 16:
            rows.append([])
            used = 0.0
        rows[-1].append(trace)
        used += need
    return rows


def _legend(picture: Picture, traces: list[dict[str, Any]], y: float) -> None:
    x = 8.0
    for trace in traces:
        filled = trace.get("fillcolor") if trace.get("fill") == "toself" else None
        colour = filled or _one((trace.get("marker") or {}).get("color"), 0) or (trace.get("line") or {}).get("color")
        picture.add("rect", x=x, y=y - 10, width=11, height=11, fill=colour)
        if _one(((trace.get("marker") or {}).get("pattern") or {}).get("shape"), 0):
            _hatch(picture, {"x": x, "y": y - 10, "width": 11, "height": 11})
        picture.add("text", escape(unescape(str(trace["name"]))), x=x + 16, y=y, font_size=13)
        x += 30 + len(str(trace["name"])) * 13 * CHARACTER


# Maps and flows -------------------------------------------------------------------------------------------------------


def _map(picture: Picture, traces: list[dict[str, Any]], layout: dict[str, Any]) -> None:
    """Areas and hexagons in a flat projection that is true at the map's middle."""
    drawn: list[tuple[dict[str, Any], list[Sequence[Sequence[float]]], Any]] = []
    for trace in traces:
        if trace["type"] == "choropleth_map":
            low, high = (
                float(trace.get("zmin") or 0),
                float(
                    trace.get("zmax") or max([float(each) for each in trace["z"] if each is not None], default=1) or 1
                ),
            )
            key = str(trace.get("featureidkey", "id"))
            shapes = {str(_dig(each, key)): each["geometry"] for each in trace["geojson"]["features"]}
            for place, (name, value) in enumerate(zip(trace["locations"], trace["z"], strict=True)):
                if str(name) in shapes:
                    fill = (
                        _scaled(trace["colorscale"], (float(value) - low) / ((high - low) or 1))
                        if value is not None and value == value
                        else "none"
                    )
                    line = (trace.get("marker") or {}).get("line") or {}
                    drawn.append(
                        (
                            {
                                "fill": fill,
                                "stroke": _one(line.get("color"), place),
                                "stroke_width": _one(line.get("width"), place),
                                "fill_opacity": _one((trace.get("marker") or {}).get("opacity"), place),
                            },
                            _rings(shapes[str(name)]),
                            None,
                        )
                    )
    for layer in (layout.get("map") or {}).get("layers", ()):
        source = layer.get("source")
        if isinstance(source, dict):
            geometries = [each["geometry"] for each in source.get("features", ())] or [source.get("geometry", source)]
            paint = (
                {"fill": layer.get("color", "none"), "fill_opacity": layer.get("opacity")}
                if layer.get("type") == "fill"
                else {
                    "fill": "none",
                    "stroke": layer.get("color"),
                    "stroke_width": (layer.get("line") or {}).get("width", 1),
                }
            )
            where = 0 if layer.get("below") is not None else len(drawn)
            drawn[where:where] = [(paint, _rings(each), None) for each in geometries]
    corners = np.array([point[:2] for _, rings, _ in drawn for ring in rings for point in ring] or [[0.0, 0.0]])
    (west, south), (east, north) = corners.min(axis=0), corners.max(axis=0)
    squeeze = math.cos(math.radians((south + north) / 2))
    scale = min((picture.width - 16) / (((east - west) * squeeze) or 1), (picture.height - 16) / ((north - south) or 1))
    left = (picture.width - (east - west) * squeeze * scale) / 2

    def project(point: Sequence[float]) -> tuple[float, float]:
        return left + (point[0] - west) * squeeze * scale, 8 + (north - point[1]) * scale

    for paint, rings, _ in drawn:
        picture.add("path", d="".join(_path([project(point) for point in ring]) + "Z" for ring in rings), **paint)
    for trace in [each for each in traces if each["type"] == "scatter_map"]:
        texts, mode = trace.get("text"), trace.get("mode", "markers")
        for place, (latitude, longitude) in enumerate(zip(trace["lat"], trace["lon"], strict=True)):
            if latitude is None:
                continue
            at_x, at_y = project((longitude, latitude))
            if "markers" in mode:
                _marker(picture, at_x, at_y, trace.get("marker", {}), place, None)
            if "text" in mode and _one(texts, place):
                style = trace.get("textfont") or {}
                picture.add(
                    "text",
                    escape(unescape(str(_one(texts, place)))),
                    x=at_x,
                    y=at_y + 4,
                    text_anchor="middle",
                    font_size=style.get("size", 12),
                    fill=style.get("color"),
                )


def _rings(geometry: dict[str, Any]) -> list[Sequence[Sequence[float]]]:
    kind, coordinates = geometry["type"], geometry["coordinates"]
    if kind == "Polygon":
        return list(coordinates)
    if kind == "MultiPolygon":
        return [ring for polygon in coordinates for ring in polygon]
    return [coordinates] if kind == "LineString" else list(coordinates)


def _sankey(picture: Picture, trace: dict[str, Any], layout: dict[str, Any]) -> None:
    """Flows from left to right: a node stands one step right of the farthest node that feeds it."""
    links = list(zip(trace["link"]["source"], trace["link"]["target"], map(float, trace["link"]["value"]), strict=True))
    labels = trace["node"]["label"]
    step = [0] * len(labels)
    for _ in labels:
        for source, target, _ in links:
            step[target] = max(step[target], step[source] + 1)
    size = [
        max(sum(v for s, _, v in links if s == k), sum(v for _, t, v in links if t == k)) for k in range(len(labels))
    ]
    columns = [[k for k in range(len(labels)) if step[k] == column] for column in range(max(step, default=0) + 1)]
    gap = 14.0
    scale = min(
        (picture.height - 16 - gap * (len(column) - 1)) / (sum(size[k] for k in column) or 1)
        for column in columns
        if column
    )
    top: dict[int, float] = {}
    across = (picture.width - 150) / (max(len(columns) - 1, 1))
    for column in columns:
        at = 8.0
        for k in column:
            top[k] = at
            at += size[k] * scale + gap
    out, into = dict(top), dict(top)
    for source, target, value in links:
        x0, x1, thick = 14 + step[source] * across, 4 + step[target] * across, value * scale
        a, b, half = out[source], into[target], (4 + step[target] * across + 14 + step[source] * across) / 2
        out[source], into[target] = a + thick, b + thick
        d = f"M{_short(x0)} {_short(a)}C{_short(half)} {_short(a)} {_short(half)} {_short(b)} {_short(x1)} {_short(b)}V{_short(b + thick)}C{_short(half)} {_short(b + thick)} {_short(half)} {_short(a + thick)} {_short(x0)} {_short(a + thick)}Z"
        picture.add("path", d=d, fill=_one(trace["link"].get("color"), 0))
    for k, label in enumerate(labels):
        x = 4 + step[k] * across
        picture.add(
            "rect", x=x, y=top[k], width=10, height=max(size[k] * scale, 1), fill=_one(trace["node"].get("color"), k)
        )
        picture.add("text", escape(unescape(str(label))), x=x + 14, y=top[k] + size[k] * scale / 2 + 4.5, font_size=13)


# Small things ---------------------------------------------------------------------------------------------------------


def _plain(value: Any) -> Any:
    """A specification with plain lists: Plotly packs numbers as base64 and leaves arrays and dates as objects."""
    if isinstance(value, dict):
        if "bdata" in value:
            array = np.frombuffer(base64.b64decode(value["bdata"]), dtype=np.dtype(value["dtype"]))
            return array.reshape(
                [int(each) for each in str(value["shape"]).split(",")] if value.get("shape") else -1
            ).tolist()
        return {key: _plain(each) for key, each in value.items()}
    if hasattr(value, "to_plotly_json"):
        return _plain(value.to_plotly_json())
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if isinstance(value, np.ndarray):
        return _plain(value.astype("datetime64[s]").astype(str).tolist() if value.dtype.kind == "M" else value.tolist())
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if hasattr(value, "tolist") and not isinstance(value, np.generic):  # a column or index of pandas
        return _plain(value.tolist())
    return value.item() if isinstance(value, np.generic) else value


def _day(value: Any) -> float:
    """A date or time as days since 1970."""
    when = datetime.fromisoformat(str(value)[:19])
    return when.replace(tzinfo=UTC).timestamp() / 86400


def _raw(axis: Axis, number: float) -> float:
    return axis.start + (number - axis.low) / ((axis.high - axis.low) or 1) * (axis.end - axis.start)


def _spacing(names: Sequence[Any], axis: Axis) -> float:
    places = sorted({axis.number(each) for each in names})
    return min((b - a for a, b in itertools.pairwise(places)), default=1.0)


def _one(value: Any, place: int) -> Any:
    return (value[place] if place < len(value) else None) if isinstance(value, list | tuple) else value


def _dig(feature: dict[str, Any], key: str) -> Any:
    found: Any = feature
    for name in key.split("."):
        found = (found or {}).get(name)
    return found


def _scaled(scale: Any, share: float) -> str:
    """The colour at a share (0 to 1) of a stepped scale."""
    share = min(max(share, 0.0), 1.0)
    return (
        str(next((colour for edge, colour in reversed(scale) if edge <= share), scale[0][1]))
        if share < 1
        else str(scale[-1][1])
    )


def _steps(run: list[tuple[float, float]]) -> list[tuple[float, float]]:
    made: list[tuple[float, float]] = []
    for x, y in run:
        if made:
            made.append((x, made[-1][1]))
        made.append((x, y))
    return made


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{_short(x)} {_short(y)}" for x, y in points)


def _title(settings: dict[str, Any]) -> str:
    title = settings.get("title")
    return str((title or {}).get("text") or "") if isinstance(title, dict) else str(title or "")


def _lines_of(settings: dict[str, Any]) -> int:
    return max((str(each).count("<br>") for each in settings.get("ticktext") or ()), default=0)


def _short(value: Any) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def with_font(text: str, family: str) -> str:
    """The picture with another font for all of its texts: a document names one that it embeds."""
    return re.sub(r'(<svg [^>]*?font-family=")[^"]*"', rf'\g<1>{escape(family)}"', text, count=1)
