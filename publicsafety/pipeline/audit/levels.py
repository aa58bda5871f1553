"""Levels of one attribute: a hexagon lies in its parent, a neighbourhood in its part of the city."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import h3

from .published import Release, Table

HEXAGON = "h3"


def with_levels(releases: Sequence[Release]) -> tuple[Release, ...]:
    """The releases with all levels of an attribute under one name, and each finer value's place in the coarser known.

    A coarser value carries its dimension's name, because a part of the city may be called like a neighbourhood in it.
    """
    names = {parent: child for release in releases for child, parent, _ in release.hierarchies}
    parents: dict[str, dict[str, str]] = {}
    for release in releases:
        for child, parent, inside in release.hierarchies:
            found = parents.setdefault(child, {})
            found.update({value: coarse(parent, above) for value, above in inside.items()})
    tables = [table for release in releases for table in release.tables]
    cells = {value for table in tables for row in table.rows for _, value in row.dimensions if is_hexagon(value)}
    parents[HEXAGON] = hexagon_parents(cells)
    return tuple(
        replace(release, tables=tuple(_renamed(table, names) for table in release.tables), parents=parents)
        for release in releases
    )


def is_hexagon(value: str) -> bool:
    """Whether a category is the name of a hexagon; h3 itself stumbles over "-1"."""
    return value.isalnum() and h3.is_valid_cell(value)


def coarse(dimension: str, value: str) -> str:
    """A coarser value under a name of its own."""
    return f"{value} ({dimension})"


def hexagon_parents(cells: set[str]) -> dict[str, str]:
    """Hexagon → the nearest coarser hexagon among `cells` that contains it."""
    found = {}
    for cell in cells:
        levels = range(h3.get_resolution(cell) - 1, -1, -1)
        above = [parent for level in levels if (parent := h3.cell_to_parent(cell, level)) in cells]
        if above:
            found[cell] = above[0]
    return found


def _renamed(table: Table, names: Mapping[str, str]) -> Table:
    """The table with each dimension under the name of its finest level."""
    hexagons = {name for row in table.rows for name, value in row.dimensions if is_hexagon(value)}
    finest = {name: HEXAGON if name in hexagons else names.get(name, name) for name in table.dimensions}

    def level(name: str, value: str) -> tuple[str, str]:
        return finest[name], coarse(name, value) if name in names else value

    rows = tuple(replace(row, dimensions=tuple(level(*pair) for pair in row.dimensions)) for row in table.rows)
    return replace(table, dimensions=tuple(finest[name] for name in table.dimensions), rows=rows)
