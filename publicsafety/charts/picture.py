"""What every chart is made on: a figure kept as plain dictionaries, one quiet frame, and plain text on it."""

import math
import textwrap
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import plotly.graph_objects as go

from publicsafety import palette, prose
from publicsafety.rows import Row

HEIGHT = 320
WIDE, NARROW = 420, 280  # pixels that a chart has: beside another on a desk, and on a phone
LETTER = 7.2  # pixels
SHOWN = 8
FONT = '"Source Sans", "Source Sans Pro", "Helvetica Neue", sans-serif'
MONTHS = "%b\n%Y"  # the year stands below, once
DAYS = "%-d %b\n%Y"
DASHES = ("solid", "dash", "dot", "dashdot")
MARKS = ("circle", "diamond", "square", "triangle-up")


class Picture(go.Figure):
    """A Plotly figure kept as the plain dictionaries it will be sent as.

    Plotly checks every property as it is set and copies the whole figure to send it, some 20 ms a chart and rerun; the
    tests put every drawing through those checks instead. The methods are those of `go.Figure` that charts need.
    """

    data: list[dict[str, Any]] = []  # noqa: RUF012 - shadows Plotly's own property; each picture has its own list
    layout: dict[str, Any] = {}  # noqa: RUF012

    def __init__(self, layout: dict[str, Any]) -> None:
        self.__dict__["data"], self.__dict__["layout"] = [], layout | {"annotations": [], "shapes": []}

    def add(self, kind: str, **trace: Any) -> "Picture":
        self.data.append({"type": kind, **trace})
        return self

    def add_annotation(self, annotation: dict[str, Any] | None = None, **more: Any) -> "Picture":
        self.layout["annotations"].append((annotation or {}) | more)
        return self

    def add_shape(self, **shape: Any) -> "Picture":
        self.layout["shapes"].append(shape)
        return self

    def set(self, part: str, **changes: Any) -> "Picture":
        """Change a part of the layout, such as "xaxis", "margin" or "legend"; parts within it are joined too."""
        old = self.layout.get(part, {})
        self.layout[part] = old | {key: _joined(old.get(key), value) for key, value in changes.items()}
        return self

    def narrow(self, traces: list[dict[str, Any]] | None = None, **changes: Any) -> "Picture":
        """What is different on a phone: parts of the layout, and of the traces in their order. See `assets/plot.js`."""
        meta = self.layout.setdefault("meta", {}).setdefault("narrow", {"layout": {}, "traces": []})
        meta["layout"] |= changes
        meta["traces"] = traces or meta["traces"]
        return self

    def to_dict(self) -> dict[str, Any]:
        return {"data": self.data, "layout": self.layout}

    def to_plotly_json(self) -> dict[str, Any]:
        return self.to_dict()


def _joined(old: Any, new: Any) -> Any:
    return old | new if isinstance(old, dict) and isinstance(new, dict) else new


def layout(height: int = HEIGHT, **changes: Any) -> dict[str, Any]:
    """The quiet frame of every chart: no grid but pale lines, no legend, no title (the card has it), room for labels."""
    ink, grey, line = (
        palette.colour("textColor"),
        palette.colour("grayTextColor"),
        palette.colour("dataframeBorderColor"),
    )
    axis = {
        "gridcolor": line,
        "linecolor": line,
        "zeroline": False,
        "fixedrange": True,
        "automargin": True,
        "tickfont": {"color": grey, "size": 13},
        "title": {"font": {"color": grey, "size": 13}},
    }
    settings: dict[str, Any] = {
        "height": height,
        "margin": {"l": 8, "r": 16, "t": 28, "b": 8},
        "font": {"family": FONT, "size": 14, "color": ink},
        "paper_bgcolor": palette.colour("backgroundColor"),
        "plot_bgcolor": palette.colour("backgroundColor"),
        "showlegend": False,
        "hovermode": "closest",
        "dragmode": False,
        "hoverlabel": {"font": {"family": FONT, "size": 14}},
        "xaxis": dict(axis),
        "yaxis": dict(axis),
        "uirevision": "keep",
    }
    return settings | changes


def note(text: str, x: float | str, y: float, **changes: Any) -> dict[str, Any]:
    """Text on a chart, plain: no arrow, and anything that looks like markup is shown, not obeyed."""
    settings = {
        "text": safe(text),
        "x": x,
        "y": y,
        "showarrow": False,
        "xanchor": "left",
        "yanchor": "bottom",
        "font": {"size": 13, "color": palette.colour("grayTextColor")},
    }
    return settings | changes


def safe(text: Any) -> str:
    """Text from data for a Plotly label, where a few HTML tags would otherwise be obeyed."""
    return str(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def upright(figure: Picture, x: Any, line: dict[str, Any], height: float = 1) -> None:
    """A line from the axis up at one value, over so much of the plot's height."""
    figure.add_shape(type="line", x0=x, x1=x, yref="paper", y0=0, y1=height, line=line)


def numbers(rows: Sequence[Row], name: str = "value") -> list[float | None]:
    """The figures of a column; None for what is not known, which is a gap and not a zero."""
    return [value if prose.known(value := row.get(name)) else None for row in rows]


@lru_cache(maxsize=4096)
def moment(when: Any) -> datetime:
    """The beginning of a day or period: "2026-10-01"."""
    return datetime.fromisoformat(str(when))


def interval(rows: Sequence[Row], colour: str, thickness: float) -> dict[str, Any]:
    """The interval around each mark, as the lengths to both sides of it that Plotly takes. `rows`: value, low, high."""
    middle, low, high = (numbers(rows, name) for name in ("value", "low", "high"))
    sides = {"array": _lengths(middle, high), "arrayminus": _lengths(low, middle)}
    return {"type": "data", "symmetric": False, **sides, "color": colour, "thickness": thickness, "width": 0}


def _lengths(firsts: Sequence[float | None], lasts: Sequence[float | None]) -> list[float]:
    pairs = zip(firsts, lasts, strict=True)
    return [0.0 if first is None or last is None else last - first for first, last in pairs]


def unit_note(text: str) -> dict[str, Any]:
    """The axis title, written where the eye starts: above the plot, on the left."""
    return note(text, 0, 1, xref="paper", yref="paper", yshift=6)


def rate_axis(lowest: Any) -> float:
    """Where the axis of rates begins: at 0%, or, when all of them are high, at the ten percent below the lowest."""
    return 0.0 if not prose.known(lowest) or lowest < 0.6 else min(0.9, math.floor(float(lowest) * 10 - 0.2) / 10)


def hue(meaning: str) -> str:
    return palette.colour(meaning)


def short(label: Any, width: int = 60) -> str:
    """A label cut to so many letters; the table has it whole."""
    text = str(label)
    return text if len(text) <= width else text[: width - 1].rstrip() + "…"


def fold(label: Any, width: int) -> str:
    """A label for a chart on at most two lines of so many letters, broken between words; what is longer is cut."""
    lines = textwrap.wrap(str(label), width) or [""]
    return "<br>".join([safe(lines[0]), *([safe(short(" ".join(lines[1:]), width))] if len(lines) > 1 else [])])


def for_phone(figure: Mapping[str, Any]) -> dict[str, Any]:
    """The figure with the changes that it carries for phones: what `assets/plot.js` does in a browser."""
    layout = figure["layout"]
    narrow = layout.get("meta", {}).get("narrow", {"layout": {}, "traces": []})
    changed = {part: _joined(layout.get(part), value) for part, value in narrow["layout"].items()}
    traces = [*narrow["traces"], *[{}] * len(figure["data"])]
    data = [trace | change for trace, change in zip(figure["data"], traces, strict=False)]
    return {"data": data, "layout": layout | changed}


def tip(row: dict[str, Any], unit: str) -> str:
    """What stands beside a mark: its own text, its figure, or the letter that says why there is none."""
    if row.get("text"):
        return safe(row["text"])
    if not prose.known(row["value"]):
        return prose.mark(str(row.get("status") or "x"))
    return prose.measure(row["value"], unit)
