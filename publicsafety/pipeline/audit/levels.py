"""Levels of one attribute: a hexagon lies in its parent, a neighbourhood in its part of the city. Anyone knows the map."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import h3

from .published import Release, Row, Table

HEXAGON = "h3"


def with_levels(releases: Sequence[Release]) -> tuple[Release, ...]:
    """The releases with every level of an attribute under one name, and the finer value's place in the coarser known."""
    cells = {
        value for release in releases for table in release.tables for value in _values(table) if h3.is_valid_cell(value)
    }
    parents = {HEXAGON: hexagon_parents(cells)}
    for release in releases:
        for name, pairs in (release.parents or {}).items():
            parents.setdefault(name, {}).update(pairs)
    return tuple(
        replace(release, tables=tuple(_renamed(table, parents) for table in release.tables), parents=parents)
        for release in releases
    )


def hexagon_parents(cells: set[str]) -> dict[str, str]:
    """Hexagon → the nearest coarser hexagon among `cells` that contains it."""
    found = {}
    for cell in cells:
        levels = range(h3.get_resolution(cell) - 1, -1, -1)
        above = [parent for level in levels if (parent := h3.cell_to_parent(cell, level)) in cells]
        if above:
            found[cell] = above[0]
    return found


def _values(table: Table) -> set[str]:
    return {value for row in table.rows for _, value in row.dimensions}


def _renamed(table: Table, parents: Mapping[str, Mapping[str, str]]) -> Table:
    names = {name: _attribute(name, table, parents) for name in table.dimensions}
    return replace(
        table,
        dimensions=tuple(names[name] for name in table.dimensions),
        rows=tuple(_row(row, names) for row in table.rows),
    )


def _row(row: Row, names: Mapping[str, str]) -> Row:
    return replace(row, dimensions=tuple((names[name], value) for name, value in row.dimensions))


def _attribute(name: str, table: Table, parents: Mapping[str, Mapping[str, str]]) -> str:
    """The attribute that a dimension is a level of: hexagons of any size, or the dimension whose parents it lists."""
    values = {value for row in table.rows for one, value in row.dimensions if one == name}
    if any(h3.is_valid_cell(value) for value in values):
        return HEXAGON
    finer = [one for one, pairs in parents.items() if one != name and values and values <= set(pairs.values())]
    return finer[0] if finer else name
