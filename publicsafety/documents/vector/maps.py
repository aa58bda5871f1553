"""Areas, hexagons, outlines and points in a flat projection that is true at the map's middle."""

import math
from collections.abc import Callable, Iterator, Sequence
from html import escape, unescape
from typing import Any

import numpy as np

from publicsafety.documents.vector.canvas import Canvas, one, path, scaled
from publicsafety.documents.vector.marks import marker_at

Point = Sequence[float]
Drawn = tuple[dict[str, Any], list[Sequence[Point]]]  # how it is painted, and its rings of longitude and latitude


def map_of(canvas: Canvas, traces: list[dict[str, Any]], layout: dict[str, Any]) -> None:
    """Draw the shaded areas, what lies below and above them, and the points and names on top."""
    drawn = [each for trace in traces if trace["type"] == "choropleth_map" for each in _areas(trace)]
    for layer in (layout.get("map") or {}).get("layers", ()):
        where = 0 if layer.get("below") is not None else len(drawn)
        drawn[where:where] = _layer(layer)
    project = _projection(canvas, [point for _, rings in drawn for ring in rings for point in ring])
    for paint, rings in drawn:
        canvas.add("path", d="".join(path([project(point) for point in ring]) + "Z" for ring in rings), **paint)
    for trace in [each for each in traces if each["type"] == "scatter_map"]:
        _points(canvas, trace, project)


def _areas(trace: dict[str, Any]) -> Iterator[Drawn]:
    """The areas of the trace that have a shape, each in the colour of its value."""
    values = [float(each) for each in trace["z"] if each is not None]
    low, high = float(trace.get("zmin") or 0), float(trace.get("zmax") or max(values, default=1) or 1)
    key, marker = str(trace.get("featureidkey", "id")), trace.get("marker") or {}
    line = marker.get("line") or {}
    shapes = {str(_dig(each, key)): each["geometry"] for each in trace["geojson"]["features"]}
    for place, (name, value) in enumerate(zip(trace["locations"], trace["z"], strict=True)):
        if str(name) in shapes:
            share = (float(value) - low) / ((high - low) or 1) if value is not None and value == value else None
            paint = {
                "fill": "none" if share is None else scaled(trace["colorscale"], share),
                "stroke": one(line.get("color"), place),
                "stroke_width": one(line.get("width"), place),
                "fill_opacity": one(marker.get("opacity"), place),
            }
            yield paint, _rings(shapes[str(name)])


def _layer(layer: dict[str, Any]) -> list[Drawn]:
    """The shapes of a layer of the map's layout; a layer of tiles has none."""
    source = layer.get("source")
    if not isinstance(source, dict):
        return []
    geometries = [each["geometry"] for each in source.get("features", ())] or [source.get("geometry", source)]
    paint = (
        {"fill": layer.get("color", "none"), "fill_opacity": layer.get("opacity")}
        if layer.get("type") == "fill"
        else {"fill": "none", "stroke": layer.get("color"), "stroke_width": (layer.get("line") or {}).get("width", 1)}
    )
    return [(paint, _rings(each)) for each in geometries]


def _projection(canvas: Canvas, points: list[Point]) -> Callable[[Point], tuple[float, float]]:
    """From longitude and latitude to pixels, so that all of the points fit and none is stretched."""
    corners = np.array([point[:2] for point in points] or [[0.0, 0.0]])
    (west, south), (east, north) = corners.min(axis=0), corners.max(axis=0)
    squeeze = math.cos(math.radians((south + north) / 2))
    scale = min((canvas.width - 16) / (((east - west) * squeeze) or 1), (canvas.height - 16) / ((north - south) or 1))
    left = (canvas.width - (east - west) * squeeze * scale) / 2
    return lambda point: (left + (point[0] - west) * squeeze * scale, 8 + (north - point[1]) * scale)


def _points(canvas: Canvas, trace: dict[str, Any], project: Callable[[Point], tuple[float, float]]) -> None:
    """Markers and texts at places."""
    style, mode = trace.get("textfont") or {}, trace.get("mode", "markers")
    for place, (latitude, longitude) in enumerate(zip(trace["lat"], trace["lon"], strict=True)):
        if latitude is None:
            continue
        x, y = project((longitude, latitude))
        if "markers" in mode:
            marker_at(canvas, x, y, trace.get("marker", {}), place, None)
        text = one(trace.get("text"), place)
        if "text" in mode and text:
            canvas.add(
                "text", escape(unescape(str(text))), x=x, y=y + 4, text_anchor="middle",
                font_size=style.get("size", 12), fill=style.get("color"),
            )  # fmt: skip


def _rings(geometry: dict[str, Any]) -> list[Sequence[Sequence[float]]]:
    kind, coordinates = geometry["type"], geometry["coordinates"]
    if kind == "Polygon":
        return list(coordinates)
    if kind == "MultiPolygon":
        return [ring for polygon in coordinates for ring in polygon]
    return [coordinates] if kind == "LineString" else list(coordinates)


def _dig(feature: dict[str, Any], key: str) -> Any:
    found: Any = feature
    for name in key.split("."):
        found = (found or {}).get(name)
    return found
