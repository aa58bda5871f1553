"""Where is it? Areas, hexagons, parks and points on the city's own layer, drawn without any tile server.

The base is plain geometry in the chart's own axes: it needs neither the internet nor WebGL, and prints. A city that
sets `[map] tiles` in its file gets the same shapes over that server's pictures, which the visitor's browser asks for.
"""

from collections.abc import Callable
from typing import Any

from publicsafety.charts import Picture
from publicsafety.maps.base import rings
from publicsafety.maps.by_month import months
from publicsafety.maps.marks import parks, points
from publicsafety.maps.shading import classes
from publicsafety.maps.shapes import areas, change, hexagons
from publicsafety.rows import Rows

__all__ = ["DRAWINGS", "areas", "change", "classes", "hexagons", "months", "parks", "points", "rings"]

DRAWINGS: dict[str, Callable[[Rows, dict[str, Any]], Picture]] = {
    "map_areas": areas,
    "map_change": change,
    "map_hexagons": hexagons,
    "map_parks": parks,
    "map_points": points,
    "map_months": months,
}
