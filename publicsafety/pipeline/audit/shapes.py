"""Shapes and categories in a database: only those that the tables name, and nothing in them but their outline."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import h3

from .packages import city_areas
from .published import Release
from .reading import PACKAGE, read_json
from .report import Finding

OUTLINES = {"Polygon", "MultiPolygon"}
NEAR = 1e-5  # degrees, a metre: how exactly a corner of a hexagon is given
Rows = Mapping[str, Sequence[Mapping[str, Any]]]


def shape_findings(rows: Rows, path: Path, release: Release) -> Iterator[Finding]:
    """Shapes and labels that no row shows: a shape without a number says that somebody was there."""
    shown = _shown(release)
    everything = set().union(*shown.values())
    for row in rows.get("map_hexagons", ()):
        if row["h3"] not in everything:
            says = "is a hexagon that no published row names"
            yield Finding("shape in a database", path.name, str(row["h3"]), says)
        elif not _is_hexagon(str(row["h3"]), str(row["geojson"])):
            yield Finding("shape in a database", path.name, str(row["h3"]), "is not drawn where this hexagon lies")
    known = everything | city_areas()
    for name, column in (("map_areas", "area"), ("map_city", "")):
        for row in rows.get(name, ()):
            label = str(row.get(column, name))
            if column and label not in known:
                says = "is an area that no published row and no map of the city names"
                yield Finding("shape in a database", path.name, label, says)
            if not _is_outline(str(row["geojson"])):
                yield Finding("shape in a database", path.name, label, "says more than an outline")
    yield from _labels(rows.get("labels", ()), shown, path, release)


def _shown(release: Release) -> dict[str, set[str]]:
    """Dimension → the categories of it that published rows name."""
    shown: dict[str, set[str]] = {name: set() for table in release.tables for name in table.dimensions}
    for pair in (pair for table in release.tables for row in table.rows for pair in row.dimensions):
        shown[pair[0]].add(pair[1])
    return shown


def _labels(
    rows: Sequence[Mapping[str, Any]], shown: Mapping[str, set[str]], path: Path, release: Release
) -> Iterator[Finding]:
    package = read_json(Path(release.folder) / PACKAGE)
    fields = [one for table in package.get("resources", []) for one in (table.get("schema") or {}).get("fields", [])]
    titles = {str(one.get("name")): str(one.get("title")) for one in fields}
    parents = {(child, label): above for child, _, inside in release.hierarchies for label, above in inside.items()}
    for row in rows:
        dimension, label = str(row["dimension"]), str(row["label"])
        where = f"{dimension} = {label}"
        if label not in shown.get(dimension, ()):
            yield Finding("label in a database", path.name, where, "is in no published row")
        if row.get("title") is not None and titles.get(dimension) != row["title"]:
            yield Finding("label in a database", path.name, where, f"has the title {row['title']!r}, not the package's")
        if (parent := row.get("parent") or "") != parents.get((dimension, label), ""):
            yield Finding("label in a database", path.name, where, f"lies in {parent!r}, not where the package says")


def _is_outline(text: str) -> bool:
    """Whether a text is a GeoJSON outline: a type and coordinates in degrees, and nothing else."""
    try:
        told = json.loads(text)
    except ValueError:
        return False
    is_plain = isinstance(told, dict) and set(told) == {"type", "coordinates"} and told["type"] in OUTLINES
    return is_plain and _are_degrees(told["coordinates"])


def _are_degrees(node: Any) -> bool:
    if isinstance(node, list) and node and all(isinstance(each, int | float) for each in node):
        return len(node) == 2 and abs(node[0]) <= 180 and abs(node[1]) <= 90
    return isinstance(node, list) and all(_are_degrees(each) for each in node)


def _is_hexagon(cell: str, text: str) -> bool:
    if not _is_outline(text) or not cell.isalnum() or not h3.is_valid_cell(cell):
        return False
    corners = [(east, north) for north, east in h3.cell_to_boundary(cell)]
    rings = json.loads(text)["coordinates"]
    drawn = [tuple(point) for ring in rings for point in ring]
    return len(rings) == 1 and all(
        any(abs(x - east) < NEAR and abs(y - north) < NEAR for east, north in corners) for x, y in drawn
    )
