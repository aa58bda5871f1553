"""Where did it happen? Points become areas, parks and H3 hexagons, once, at build time.

Exact coordinates stop here for everyone but leadership. An area is assigned by polygon; the text that an export
gives is only a fallback for rows without a point.
"""

import difflib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import geopandas
import h3.api.basic_int as h3
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from publicsafety.city import place_of

FINE, COARSE = 9, 8  # H3 resolutions: about 0.1 km² and 0.74 km² a hexagon
NAMES = (
    "NAME",
    "Name",
    "name",
    "AREA",
    "area",
    "NEIGHBORHOOD",
    "Neighborhood",
    "neighborhood",
    "N_HOOD",
    "NHOOD",
    "DISTRICT",
    "District",
    "LABEL",
)
CELL = 0.0005  # degrees; the side of the grid squares that are placed once for all their points
FITS = 0.01  # a layer in which fewer than this share of the points lie belongs to another city
KILOMETRES = "ESRI:54034"  # an equal-area projection, for square kilometres anywhere


class LayerError(ValueError):
    """A GeoJSON layer cannot be used; the message names the file, the feature and what to do."""


@dataclass(frozen=True)
class Layers:
    """The polygons of a city: `areas` has area, area_group, geometry; `parks` has park, place_kind, geometry."""

    areas: geopandas.GeoDataFrame
    parks: geopandas.GeoDataFrame
    warnings: tuple[str, ...] = field(default=())


def read_layers(areas: Path, parks: Path | None, groups: Path | None = None) -> Layers:
    """Read and check both layers. `groups` is a layer whose area_group is taken for areas of the same name."""
    frame, warnings = _read(areas)
    named_by = _name_column(frame, areas)
    frame = frame.rename(columns={named_by: "area"})
    frame["area"] = [_tidy(each) for each in frame["area"]]
    nameless = [i + 1 for i, each in enumerate(frame["area"]) if not each]
    if nameless:
        raise LayerError(
            f"{place_of(areas)} feature {nameless[0]}: has no name. Its name is looked for in the property {named_by}: "
            "write one there, as in the other features."
        )
    frame = frame.dissolve(by="area", as_index=False, aggfunc="first").sort_values("area", ignore_index=True)
    _refuse_overlap(frame, areas)
    if "area_group" not in frame:
        known = _groups(groups) if groups and groups != areas else {}
        frame["area_group"] = [known.get(_fold(each), each) for each in frame["area"]]
    frame["area_group"] = [_tidy(each) or area for each, area in zip(frame["area_group"], frame["area"], strict=True)]
    places, more = _read(parks) if parks else (geopandas.GeoDataFrame(geometry=[], crs=4326), [])
    if parks:
        places = places.rename(columns={_name_column(places, parks): "park"})
        places["park"] = [_tidy(each) for each in places["park"]]
        places = places[places["park"] != ""].dissolve(by="park", as_index=False, aggfunc="first")
        kinds = places["kind"] if "kind" in places else ["park"] * len(places)
        places["place_kind"] = ["school" if str(each).lower() == "school" else "park" for each in kinds]
    else:
        places["park"], places["place_kind"] = [], []
    return Layers(
        frame[["area", "area_group", "geometry"]], places[["park", "place_kind", "geometry"]], tuple(warnings + more)
    )


def _read(path: Path) -> tuple[geopandas.GeoDataFrame, list[str]]:
    """A GeoJSON file's polygons in WGS 84, mended where they cross themselves."""
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise LayerError(f"{place_of(path)}: there is no such file. Name a GeoJSON file of area polygons.") from None
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise LayerError(
            f"{place_of(path)}: is not readable GeoJSON ({type(error).__name__}: {error}). Export the layer again as GeoJSON."
        ) from None
    crs = str(document.get("crs", "")) if isinstance(document, dict) else ""
    if crs and not any(each in crs for each in ("CRS84", "4326")):
        raise LayerError(
            f"{place_of(path)}: its coordinates are not longitude and latitude ({crs[:80]}). Export the layer again in WGS 84 (EPSG:4326)."
        )
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list):
        raise LayerError(f"{place_of(path)}: is not a GeoJSON FeatureCollection. Export the layer again as GeoJSON.")
    kept, warnings = [], []
    for number, feature in enumerate(features, 1):
        geometry = feature.get("geometry") if isinstance(feature, dict) else None
        if not isinstance(geometry, dict) or geometry.get("type") not in ("Polygon", "MultiPolygon"):
            continue
        try:
            shape = shapely.geometry.shape(geometry)
        except (ValueError, TypeError, AttributeError, LookupError, shapely.errors.GEOSException) as error:
            raise LayerError(
                f"{place_of(path)} feature {number}: its polygon cannot be read ({type(error).__name__}: {error}). Mend or remove it."
            ) from None
        if shape.is_empty or not np.isfinite(shapely.get_coordinates(shape)).all():
            raise LayerError(
                f"{place_of(path)} feature {number}: its polygon is empty or has coordinates that are no numbers. Mend or remove it."
            )
        west, south, east, north = shape.bounds
        if west < -180 or east > 180 or south < -90 or north > 90:
            raise LayerError(
                f"{place_of(path)} feature {number}: {west:.0f}, {south:.0f} is no longitude and latitude. Export the layer again in WGS 84 (EPSG:4326)."
            )
        if not shape.is_valid:
            shape = shapely.make_valid(shape)
            shape = shapely.union_all([each for each in shapely.get_parts(shape) if each.geom_type.endswith("Polygon")])
            warnings.append(f"{path.name} feature {number}: its polygon crosses itself and was mended.")
        properties = feature.get("properties")
        kept.append({**(properties if isinstance(properties, dict) else {}), "geometry": shape})
    if not kept:
        raise LayerError(
            f"{place_of(path)}: has no polygons. Name a GeoJSON file of area polygons, such as neighborhoods."
        )
    return geopandas.GeoDataFrame(kept, geometry="geometry", crs=4326), warnings


def _name_column(frame: geopandas.GeoDataFrame, path: Path) -> str:
    """The property that names the polygons: a usual name, else the text property with the most different values."""
    for each in NAMES:
        if each in frame:
            return each
    texts = {
        each: frame[each].nunique()
        for each in frame.columns.drop("geometry")
        if frame[each].map(lambda v: isinstance(v, str)).all()
    }
    near = [
        each
        for each in texts
        if difflib.get_close_matches(each.lower(), ["name", "neighborhood", "district", "area"], 1, 0.6)
    ]
    if near or texts:
        return max(near or texts, key=lambda each: texts[each])
    raise LayerError(f"{place_of(path)}: its polygons have no names. Add a property NAME to every feature.")


def _refuse_overlap(frame: geopandas.GeoDataFrame, path: Path) -> None:
    """Areas that share more than 1% of the smaller one would count a call twice or by chance."""
    flat = frame.geometry.to_crs(KILOMETRES)
    for left, right in zip(*flat.sindex.query(flat, predicate="intersects"), strict=True):
        shared = flat[left].intersection(flat[right]).area if left < right else 0.0
        if shared > 0.01 * min(flat[left].area, flat[right].area):
            raise LayerError(
                f"{place_of(path)}: {frame['area'][left]} and {frame['area'][right]} overlap, "
                f"by {shared / 1e6:.2g} km². A call there would lie in both: ask the GIS office which of the two it belongs "
                "to, cut it out of the other, and save the layer again."
            )


def _groups(path: Path) -> dict[str, str]:
    frame, _ = _read(path)
    return {_fold(row["NAME"]): row["area_group"] for _, row in frame.iterrows()} if "area_group" in frame else {}


def _tidy(text: Any) -> str:
    return (
        " ".join(str(text).split())
        if isinstance(text, str) and text.strip()
        else (str(text) if isinstance(text, int) else "")
    )


def _fold(text: Any) -> str:
    return "".join(each for each in str(text).lower() if each.isalnum())


def place(con: duckdb.DuckDBPyConnection, layers: Layers) -> float:
    """Create dim_places from the points of raw_calls and raw_pickups.

    Returns the share of points (0 to 1) that lie in an area. A layer in which almost none lie is another city's:
    then no point is called outside, and areas come from the exports' text.
    """
    points = con.execute(
        "select distinct latitude, longitude from (select latitude, longitude from raw_calls union all select latitude, longitude from raw_pickups) "
        "where latitude is not null and longitude is not null order by all"
    ).df()
    latitude, longitude = points["latitude"].to_numpy(), points["longitude"].to_numpy()
    squares = _squares(latitude, longitude)
    where = _polygon_of(latitude, longitude, squares, layers.areas)
    share = float((where >= 0).mean()) if len(where) else 1.0
    fits = share >= FITS
    fine = _hexagon_of(latitude, longitude, squares)
    park = _polygon_of(latitude, longitude, squares, layers.parks)
    names = pd.array([*layers.areas["area"], None], dtype="string")
    parks = pd.array([*layers.parks["park"].astype("string"), None], dtype="string")
    kinds = pd.array([*layers.parks["place_kind"], None], dtype="string")
    cells, at = np.unique(fine, return_inverse=True)
    texts = [
        pd.array([h3.int_to_str(each) for each in some], dtype="string")
        for some in (cells.tolist(), [h3.cell_to_parent(each, COARSE) for each in cells.tolist()])
    ]
    placed = pd.DataFrame({
        "latitude": latitude, "longitude": longitude,
        "area": pd.Categorical.from_codes(where if fits else np.full(len(where), -1), list(names[:-1])),
        "park": parks.take(park), "place_kind": kinds.take(park),
        "h3_8": pd.Categorical(texts[1].take(at)), "h3_9": pd.Categorical.from_codes(at, list(texts[0])),
        "is_outside": (where < 0) & fits,
    })  # fmt: skip
    con.register("frame_in", placed)
    con.execute(
        "create or replace table dim_places as select latitude, longitude, columns(['area', 'park', 'place_kind', 'h3_8', 'h3_9'])::varchar, is_outside from frame_in"
    )
    con.unregister("frame_in")
    return share


@dataclass(frozen=True)
class Squares:
    """The grid squares that hold points: `at[i]` is the square of point i; corners in degrees."""

    west: NDArray[np.float64]
    south: NDArray[np.float64]
    at: NDArray[np.int64]


def _squares(latitude: NDArray[np.float64], longitude: NDArray[np.float64]) -> Squares:
    row, column = np.floor(latitude / CELL).astype(np.int64), np.floor(longitude / CELL).astype(np.int64)
    _, first, at = np.unique(row * 10_000_000 + column, return_index=True, return_inverse=True)
    return Squares(np.float64(CELL) * column[first], np.float64(CELL) * row[first], at)


def _polygon_of(
    latitude: NDArray[np.float64], longitude: NDArray[np.float64], squares: Squares, polygons: geopandas.GeoDataFrame
) -> NDArray[np.int64]:
    """The index of the first polygon that holds each point, -1 where none does.

    A square that lies whole in one polygon, or touches none, is answered once for all its points; only the points
    of the other squares are compared with the polygons one by one. The same answer, some five times sooner.
    """
    if len(squares.west) > len(latitude) / 4:
        return _inside(latitude, longitude, polygons)
    boxes = shapely.box(squares.west, squares.south, squares.west + CELL, squares.south + CELL)
    tree = shapely.STRtree(polygons.geometry.to_numpy())
    touched, _ = tree.query(boxes, predicate="intersects")
    whole, polygon = tree.query(boxes, predicate="covered_by")
    touches = np.bincount(touched, minlength=len(boxes))
    answer = np.where(touches > 0, -2, -1)
    alone = touches[whole] == 1
    answer[whole[alone]] = polygon[alone]
    result = answer[squares.at]
    left = result == -2
    result[left] = _inside(latitude[left], longitude[left], polygons)
    return result


def _hexagon_of(latitude: NDArray[np.float64], longitude: NDArray[np.float64], squares: Squares) -> NDArray[np.uint64]:
    """The H3 cell of each point. Hexagons are convex: a square whose four corners share one lies in it whole."""

    def cells(some_latitude: NDArray[np.float64], some_longitude: NDArray[np.float64]) -> NDArray[np.uint64]:
        pairs = zip(some_latitude.tolist(), some_longitude.tolist(), strict=True)
        return np.fromiter((h3.latlng_to_cell(a, b, FINE) for a, b in pairs), np.uint64, len(some_latitude))

    if len(squares.west) > len(latitude) / 8:
        return cells(latitude, longitude)
    corners = [cells(squares.south + y, squares.west + x) for y in (0, CELL) for x in (0, CELL)]
    same = np.logical_and.reduce([each == corners[0] for each in corners[1:]])
    result = corners[0][squares.at]
    left = ~same[squares.at]
    result[left] = cells(latitude[left], longitude[left])
    return result


def _inside(
    latitude: NDArray[np.float64], longitude: NDArray[np.float64], polygons: geopandas.GeoDataFrame
) -> NDArray[np.int64]:
    """The index of the first polygon that holds each point, -1 where none does."""
    result = np.full(len(latitude), -1)
    if not len(latitude) or not len(polygons):
        return result
    points = geopandas.GeoSeries(geopandas.points_from_xy(longitude, latitude), crs=4326)
    point, polygon = polygons.sindex.query(points, predicate="intersects")
    order = np.lexsort((polygon, point))[::-1]  # last write wins, so the lowest index is written last
    result[point[order]] = polygon[order]
    return result


def write_maps(con: duckdb.DuckDBPyConnection, layers: Layers) -> None:
    """Create dim_areas and map_*: the layers, and the hexagons of dim_places, as GeoJSON geometries.

    Areas are simplified together, so that neighbours still meet.
    """
    cells = [
        each
        for (each,) in con.execute(
            "select h3_8 from dim_places union select h3_9 from dim_places order by all"
        ).fetchall()
    ]
    areas = layers.areas.assign(km2=layers.areas.geometry.to_crs(KILOMETRES).area / 1e6)
    simple = geopandas.GeoSeries(shapely.coverage_simplify(areas.geometry.to_numpy(), 0.00005), crs=4326)
    dim_areas = pd.DataFrame(areas[["area", "area_group", "km2"]])
    map_areas = pd.DataFrame({"area": areas["area"], "geojson": [_geojson(each) for each in simple]})
    map_parks = pd.DataFrame(
        {"park": layers.parks["park"].astype(str), "geojson": [_geojson(each) for each in layers.parks.geometry]},
        dtype="string",
    )
    outline = shapely.union_all(simple.to_numpy(), grid_size=1e-6)
    map_city = pd.DataFrame({"geojson": [_geojson(outline)]})
    map_hexagons = pd.DataFrame({"h3": cells, "geojson": [_hexagon(each) for each in cells]}, dtype="string")
    for name, frame in {
        "dim_areas": dim_areas,
        "map_areas": map_areas,
        "map_parks": map_parks,
        "map_city": map_city,
        "map_hexagons": map_hexagons,
    }.items():
        con.register("frame_in", frame)
        con.execute(f"create or replace table {name} as select * from frame_in order by all")
        con.unregister("frame_in")


def _geojson(shape: Any) -> str:
    return json.dumps(
        shapely.geometry.mapping(shapely.set_precision(shapely.force_2d(shape), 1e-6)), separators=(",", ":")
    )


def _hexagon(cell: str) -> str:
    ring = [
        [round(longitude, 6), round(latitude, 6)] for latitude, longitude in h3.cell_to_boundary(h3.str_to_int(cell))
    ]
    return json.dumps({"type": "Polygon", "coordinates": [[*ring, ring[0]]]}, separators=(",", ":"))
