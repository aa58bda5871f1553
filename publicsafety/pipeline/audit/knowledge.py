"""What an attacker holds: numbers about sets of records, and what he wants to find out.

A *universe* is a kind of record (calls, needle requests, referrals). A *region* is a set of records of one universe,
named by the values its attributes may take. Every published count is a statement about a region; so is the
interval that a rounded percentage implies, and so is "withheld means at least one".
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Region:
    """The records of `universe` whose attributes have one of the listed values; an absent attribute may be anything."""

    universe: str
    where: tuple[tuple[str, frozenset[str]], ...] = ()

    def values(self) -> dict[str, frozenset[str]]:
        """The restrictions by attribute."""
        return dict(self.where)

    def scope(self) -> frozenset[str]:
        """The attributes this region is defined by."""
        return frozenset(name for name, _ in self.where)


def region(universe: str, where: Mapping[str, Iterable[str]] | None = None) -> Region:
    """A region from any mapping of attribute to values, in canonical order."""
    return Region(universe, tuple(sorted((name, frozenset(values)) for name, values in (where or {}).items())))


Terms = tuple[tuple[float, Region], ...]


@dataclass(frozen=True)
class Statement:
    """low ≤ Σ coefficient × (records in region) ≤ high, and where an attacker read it."""

    terms: Terms
    low: float
    high: float
    source: str


def count(where: Region, low: float, high: float, source: str) -> Statement:
    """The statement that a region holds between `low` and `high` records."""
    return Statement(((1.0, where),), low, high, source)


@dataclass(frozen=True)
class Target:
    """What must stay unknown: a sum of regions, the width its interval must keep, and the cell it is named after.

    `withheld` is false for records that no table names. `positive`: being withheld means that the count is not zero.
    """

    terms: Terms
    width: int
    table: str
    cell: str
    kind: str
    withheld: bool = True
    positive: bool = True


@dataclass(frozen=True)
class Structure:
    """What is known of the records before any number is.

    `values`: universe → attribute → every value it can take. `distinct`: universes whose counts do not add up (people).
    """

    values: Mapping[str, Mapping[str, tuple[str, ...]]]
    distinct: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Interval:
    """The smallest and largest whole number that a target can be.

    `complete` is false where the search stopped at two solutions that are far enough apart, or out of time: the
    interval is then at least this wide.
    """

    low: float
    high: float
    complete: bool = True

    @property
    def width(self) -> float:
        """How far the attacker is from knowing: 0 is an exact recovery."""
        return self.high - self.low
