"""Which records a published cell is about: its period, its dimensions and its metric's conditions as one region."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from .definitions import KIND, OTHER, Condition, Counted, Kinds, foreign, kinds
from .knowledge import Region, Structure, region
from .published import Release, Row, Table

REST = " (not listed further)"


@dataclass(frozen=True)
class Cell:
    """One published or withheld count: the row it stands in and the column of it."""

    release: str
    table: Table
    row: Row
    column: str
    counted: Counted

    @property
    def name(self) -> str:
        """The cell as a report names it."""
        return f"{self.row.name}: {self.column}"


@dataclass(frozen=True)
class Space:
    """The attributes of one universe: its kinds of record, its days and the values of its dimensions."""

    kinds: Kinds
    cuts: Mapping[str, tuple[date, ...]]
    values: Mapping[str, tuple[str, ...]]

    def is_own(self, one: Condition) -> bool:
        """Whether a condition picks categories of a dimension, rather than values of a column that no table shows."""
        return _picks(one, self.values)


Parents = Mapping[str, Mapping[str, str]]


def _picks(one: Condition, values: Mapping[str, Collection[str]]) -> bool:
    return one.column in values and one.values <= set(values[one.column])


def parents_of(releases: Sequence[Release]) -> Parents:
    """Attribute → value → the coarser value that it is part of, over all releases."""
    merged: dict[str, dict[str, str]] = defaultdict(dict)
    for one in releases:
        for name, pairs in (one.parents or {}).items():
            merged[name].update(pairs)
    return merged


def spaces(cells: Sequence[Cell], parents: Parents) -> dict[str, Space]:
    """For each universe, everything that tells its records apart in any table."""
    grouped: dict[str, list[Cell]] = defaultdict(list)
    for cell in cells:
        grouped[cell.counted.universe].append(cell)
    return {universe: _space(mine, parents) for universe, mine in grouped.items()}


def _space(cells: Sequence[Cell], parents: Parents) -> Space:
    cuts: dict[str, set[date]] = defaultdict(set)
    seen: dict[str, dict[str, None]] = defaultdict(dict)
    for cell in cells:
        cuts[clock(cell)] |= {cell.row.start, cell.row.end}
        for name, value in cell.row.dimensions:
            seen[name][value] = None
        for condition in cell.counted.conditions:
            if condition.column in cell.table.meaning.named and not condition.negated:
                seen[condition.column].update(dict.fromkeys(sorted(condition.values)))
    values = {name: tuple(leaves(found, parents.get(name, {}))) for name, found in seen.items()}
    days = {name: tuple(sorted(found)) for name, found in cuts.items()}
    return Space(kinds((cell.counted for cell in cells), lambda one: _picks(one, values)), days, values)


def clock(cell: Cell) -> str:
    """The attribute that holds the day a record is counted by."""
    return f"time of {cell.table.meaning.time}"


def leaves(found: Iterable[str], parents: Mapping[str, str]) -> list[str]:
    """The finest values of a dimension; a value with parts also has whatever of it no part lists."""
    found = list(found)
    whole = {parent for value in found for parent in _ancestors(value, parents)}
    return [value + REST if value in whole else value for value in found] + [OTHER]


def _ancestors(value: str, parents: Mapping[str, str]) -> list[str]:
    chain: list[str] = []
    while value in parents and parents[value] not in (*chain, value):
        value = parents[value]
        chain.append(value)
    return chain


def structure_of(found: Mapping[str, Space]) -> Structure:
    """All values of all attributes of all universes, as the solver wants them."""
    values: dict[str, dict[str, tuple[str, ...]]] = {}
    for universe, space in found.items():
        values[universe] = dict(space.values)
        values[universe][KIND] = space.kinds.values
        for clock, cuts in space.cuts.items():
            values[universe][clock] = tuple(day.isoformat() for day in cuts[:-1])
    return Structure(values, distinct=frozenset(name for name in found if " by " in name))


def locate(cell: Cell, space: Space, parents: Parents) -> Region:
    """The region of records that a cell counts."""
    where: dict[str, frozenset[str]] = {}
    for name, value in cell.row.dimensions:
        where[name] = members(value, space.values[name], parents.get(name, {}))
    for one in cell.counted.conditions:
        if space.is_own(one):
            allowed = frozenset(value for value in space.values[one.column] if one.allows(value.removesuffix(REST)))
            where[one.column] = where.get(one.column, allowed) & allowed
    where[KIND] = space.kinds.of[foreign(cell.counted, space.is_own)]
    where[clock(cell)] = days_of(cell, space)
    full = {**space.values, KIND: space.kinds.values, clock(cell): space.cuts[clock(cell)][:-1]}
    return region(cell.counted.universe, {name: v for name, v in where.items() if len(v) < len(full[name])})


def days_of(cell: Cell, space: Space) -> frozenset[str]:
    """The stretches between two dates that any table tells apart that make up the cell's period."""
    cuts = space.cuts[clock(cell)]
    return frozenset(a.isoformat() for a, b in pairwise(cuts) if cell.row.start <= a and b <= cell.row.end)


def members(value: str, values: Sequence[str], parents: Mapping[str, str]) -> frozenset[str]:
    """The finest values that are part of `value`."""
    return frozenset(
        one for one in values if one.removesuffix(REST) == value or value in _ancestors(one.removesuffix(REST), parents)
    )
