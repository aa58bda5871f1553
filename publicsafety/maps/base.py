"""What lies under every map: the city's outline, its areas and parks at true proportions, and how a phone shows it."""

import json
import math
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import shapely

from publicsafety import palette
from publicsafety.charts import Picture, layout, safe
from publicsafety.language import gettext as _
from publicsafety.maps.tiles import tiles
from publicsafety.rows import records

HEIGHT = 520
PHONE = 300  # pixels of a map on a phone, without its legend
Line = tuple[list[float | None], list[float | None]]  # longitudes and latitudes, with breaks


def base(options: dict[str, Any], outlined: bool) -> Picture:
    """City outline, parks and area borders, at true proportions, with no axes."""
    made = layout(options.get("height", HEIGHT), margin={"l": 0, "r": 0, "t": 4, "b": 4}, showlegend=True)
    figure = Picture(made)
    base, line = options.get("base", {}), palette.colour("dataframeBorderColor")
    if "city" in base:
        pictures = _pictures(base)
        figure.layout["images"] = pictures
        border = {"width": 1.5, "color": palette.colour("grayTextColor")}
        draw(figure, base["city"]["geojson"], "" if pictures else palette.paler(line, 0.75), border, showlegend=False)
    if outlined and "parks" in base and len(base["parks"]):
        green = palette.paler(palette.colour("greenTextColor"), 0.82)
        draw(figure, base["parks"]["geojson"], green, {"width": 0}, name=_("parks"))
    if outlined and "areas" in base:
        draw(figure, base["areas"]["geojson"], "", {"width": 1, "color": line}, showlegend=False)
    latitude = float(options.get("latitude", 42.0))
    figure.set("xaxis", visible=False, constrain="domain")
    figure.set("yaxis", visible=False, scaleanchor="x", scaleratio=1 / math.cos(math.radians(latitude)))
    figure.layout["legend"] = {
        "orientation": "h",
        "x": 0,
        "y": 0,
        "yanchor": "top",
        "font": {"size": 13},
        "itemclick": False,
        "itemdoubleclick": False,
    }
    return figure


def draw(figure: Picture, shapes: Iterable[str], fill: str, line: dict[str, Any], **look: Any) -> None:
    """Many shapes (GeoJSON) as one trace, in one colour; "" is none."""
    xs, ys = joined(shapes)
    filled = {"fill": "toself", "fillcolor": fill} if fill else {}
    figure.add("scatter", x=xs, y=ys, mode="lines", hoverinfo="skip", line=line, **filled, **look)


def _pictures(base: dict[str, Any]) -> list[dict[str, Any]]:
    """The tiles behind the city's outline; none unless the city file names a tile server."""
    url = getattr(base.get("tiles"), "tiles", "")
    if not url:
        return []
    x, y = ([each for each in axis if each is not None] for axis in joined(base["city"]["geojson"]))
    return tiles(url, (min(x), min(y), max(x), max(y)))


def for_phones(figure: Picture, annotations: list[dict[str, Any]]) -> Picture:
    """Lower, with the legend as a list below and as few texts on the map as it can bear."""
    entries = sum(1 for trace in figure.data if trace.get("name") and trace.get("showlegend") is not False)
    legend = figure.layout["legend"] | {"orientation": "v", "font": {"size": 12}}
    return figure.narrow(annotations=annotations, height=PHONE + 20 * entries, legend=legend)


def name_areas(figure: Picture, options: dict[str, Any]) -> None:
    base = options.get("base", {})
    for row in records(base["areas"]) if "areas" in base else []:
        x, y = centre(row["geojson"])
        figure.add_annotation(
            x=x,
            y=y,
            text=wrapped(_(str(row["area"]))),
            showarrow=False,
            bgcolor=palette.clear(palette.colour("backgroundColor"), 0.65),  # what lies below is seen through it
            borderpad=1,
            font={"size": 11, "color": palette.colour("textColor")},
        )


def wrapped(name: Any, width: int = 12) -> str:
    """A long name on two lines, broken at the space or hyphen nearest its middle."""
    text = safe(name)
    ends = [place + 1 for place, sign in enumerate(text) if sign in " -"]
    if len(text) <= width or not ends:
        return text
    middle = min(ends, key=lambda place: abs(place - len(text) / 2))
    return f"{text[:middle].rstrip(' ')}<br>{text[middle:]}"


def joined(shapes: Iterable[str]) -> Line:
    """The outlines of many shapes as one line with breaks, so that a thousand hexagons are one trace."""
    xs: list[float | None] = []
    ys: list[float | None] = []
    for text in shapes:
        outline = _outline(text)
        xs += outline[0]
        ys += outline[1]
    return xs, ys


# The same shapes are drawn again for every filter.
@lru_cache(maxsize=4096)
def _outline(geojson: str) -> Line:
    found = rings(json.loads(geojson))
    xs: list[float | None] = [x for ring in found for x in (*(x for x, _ in ring), None)]
    ys: list[float | None] = [y for ring in found for y in (*(y for _, y in ring), None)]
    return xs, ys


@lru_cache(maxsize=4096)
def centre(geojson: str) -> tuple[float, float]:
    """A point inside a shape, longitude and latitude: where its name stands and is hovered."""
    point = shapely.from_geojson(geojson).representative_point()
    return float(point.x), float(point.y)


def rings(shape: dict[str, Any]) -> list[list[tuple[float, float]]]:
    """The rings of a GeoJSON polygon or multi-polygon; anything else has none."""
    coordinates = shape.get("coordinates") or []
    polygons = coordinates if shape["type"] == "MultiPolygon" else [coordinates] if shape["type"] == "Polygon" else []
    return [[(point[0], point[1]) for point in ring] for polygon in polygons for ring in polygon]
