"""Which pictures of a tile server lie under a map, and where? The numbering is that of slippy maps.

Each tile is placed by its own edges in degrees: within one tile of a city's size the Mercator projection and plain degrees
differ by less than a pixel.
"""

import math
from typing import Any

MOST_TILES = 20  # pictures that a browser must fetch for one map


def tiles(url: str, bounds: tuple[float, float, float, float]) -> list[dict[str, Any]]:
    """The pictures that cover a place, as Plotly places them. `bounds`: west, south, east, north, in degrees.

    Column x counts from the date line, row y from 85.05° north, 2^z of each at zoom z.
    """
    west, south, east, north = bounds
    for zoom in range(17, 0, -1):
        count = 2**zoom
        columns = range(int((west + 180) / 360 * count), int((east + 180) / 360 * count) + 1)
        lines = range(_line(north, count), _line(south, count) + 1)
        if len(columns) * len(lines) <= MOST_TILES:
            break
    made = []
    for x in columns:
        for y in lines:
            top, bottom = _latitude(y, count), _latitude(y + 1, count)
            source = url.replace("{z}", str(zoom)).replace("{x}", str(x)).replace("{y}", str(y))
            made.append({"source": source, "xref": "x", "yref": "y", "x": x / count * 360 - 180, "y": top,
                         "sizex": 360 / count, "sizey": top - bottom, "sizing": "stretch", "layer": "below"})  # fmt: skip
    return made


def _line(latitude: float, count: int) -> int:
    """The row of tiles in which a latitude lies (spherical Mercator, EPSG:3857)."""
    return int((1 - math.asinh(math.tan(math.radians(latitude))) / math.pi) / 2 * count)


def _latitude(line: int, count: int) -> float:
    """The northern edge of a row of tiles, in degrees."""
    return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * line / count))))
