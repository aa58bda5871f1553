"""Which records a published cell is about: its period, its dimensions and its metric's conditions as one region."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from .definitions import KIND, OTHER, Counted, Kinds, foreign, kinds
from .knowledge import Region, Structure, region
from .published import Release, Row, Table

REST = " (not listed further)"


@dataclass(frozen=True)
class Meaning:
    """What the columns of a metric count, and the column of the mart that puts a record into a period."""

    columns: Mapping[str, Counted]
    time: str
    kind: str
    unit: str


@dataclass(frozen=True)
class Cell:
    """One published or withheld count: the row it stands in and the column of it."""

    release: str
    table: Table
    row: Row
    column: str
    counted: Counted
    time: str

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
    own: frozenset[str]


Parents = Mapping[str, Mapping[str, str]]


def parents_of(releases: Sequence[Release]) -> Parents:
    """Dimension → value → the coarser value that it is part of, over all releases."""
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
    own = frozenset(name for cell in cells for name in cell.table.dimensions)
    cuts: dict[str, set[date]] = defaultdict(set)
    seen: dict[str, dict[str, None]] = {name: {} for name in sorted(own)}
    for cell in cells:
        cuts[_clock(cell)] |= {cell.row.start, cell.row.end}
        for name, value in cell.row.dimensions:
            seen.setdefault(name, {})[value] = None
        for condition in cell.counted.conditions:
            if condition.column in own:
                seen[condition.column].update(dict.fromkeys(sorted(condition.values)))
    values = {name: tuple(leaves(found, parents.get(name, {}))) for name, found in seen.items()}
    days = {name: tuple(sorted(found)) for name, found in cuts.items()}
    return Space(kinds((cell.counted for cell in cells), own), days, values, own)


def _clock(cell: Cell) -> str:
    return f"time of {cell.time}"


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
        if one.column in space.own:
            allowed = frozenset(value for value in space.values[one.column] if one.allows(value.removesuffix(REST)))
            where[one.column] = where.get(one.column, allowed) & allowed
    where[KIND] = space.kinds.of[foreign(cell.counted, space.own)]
    cuts = space.cuts[_clock(cell)]
    where[_clock(cell)] = frozenset(
        first.isoformat() for first, last in pairwise(cuts) if cell.row.start <= first and last <= cell.row.end
    )
    full = {**space.values, KIND: space.kinds.values, _clock(cell): cuts[:-1]}
    return region(cell.counted.universe, {name: v for name, v in where.items() if len(v) < len(full[name])})


def members(value: str, values: Sequence[str], parents: Mapping[str, str]) -> frozenset[str]:
    """The finest values that are part of `value`."""
    return frozenset(
        one for one in values if one.removesuffix(REST) == value or value in _ancestors(one.removesuffix(REST), parents)
    )
