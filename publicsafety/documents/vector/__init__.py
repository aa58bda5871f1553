"""A chart as a vector picture: the product's Plotly figures written as SVG, with no browser.

Documents and the static edition show the same figures as the pages; this package only lays down what the figure's
specification says. It knows the marks that charts/ and maps/ use (bars, lines, markers, intervals, heat maps,
filled areas of a map, flows, shapes, annotations) and refuses anything else by name rather than leave it out.
"""

import base64
import re
from html import escape
from typing import Any

import numpy as np

from publicsafety.documents.vector.canvas import Canvas, VectorError, written
from publicsafety.documents.vector.flows import flows
from publicsafety.documents.vector.maps import map_of
from publicsafety.documents.vector.plot import plot

__all__ = ["VectorError", "svg", "with_font"]


def svg(figure: Any, alt: str, width: int, title: str = "") -> str:
    """The figure as an SVG document `width` pixels wide, with `alt` as its title for a screen reader.

    With a `title` of its own, `alt` is its description. Texts of an axis that are no figures have the class "tick".

    `figure` is a Plotly figure or its JSON specification. Raises VectorError for a mark that cannot be drawn.
    """
    spec = _plain(figure.to_plotly_json() if hasattr(figure, "to_plotly_json") else figure)
    layout, traces = spec.get("layout", {}), spec.get("data", [])
    height = float(layout.get("height", 320))
    canvas = Canvas(width, height, 0, 0, width, height)
    font = layout.get("font", {})
    if any(str(trace.get("type", "")).endswith("map_of") for trace in traces):
        map_of(canvas, traces, layout)
    elif any(trace.get("type") == "sankey" for trace in traces):
        flows(canvas, traces[0])
    else:
        plot(canvas, traces, layout)
    described = (
        f"<title>{escape(title)}</title><desc>{escape(alt)}</desc>" if title else f"<title>{escape(alt)}</title>"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {written(canvas.width)} {written(canvas.height)}" role="img" aria-label="{escape(f"{title} {alt}".strip())}" '
        f'font-family="{escape(str(font.get("family", "sans-serif")))}" font-size="{written(font.get("size", 14))}" fill="{font.get("color", "currentColor")}">'
        f"{described}{''.join(canvas.parts)}</svg>"
    )


def with_font(text: str, family: str) -> str:
    """The picture with another font for all of its texts: a document names one that it embeds."""
    return re.sub(r'(<svg [^>]*?font-family=")[^"]*"', rf'\g<1>{escape(family)}"', text, count=1)


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
