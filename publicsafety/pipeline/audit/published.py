"""A published table as an attacker sees it: cells with a period, values of dimensions, numbers and a status."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from .definitions import Counted

WITHHELD, REVISED = "c", "r"
TOTAL = "All"


def number(text: str) -> float | None:
    """The number a cell prints, or None where it prints nothing or something else (which is a finding of its own)."""
    try:
        return float(text)
    except ValueError:
        return None


@dataclass(frozen=True)
class Row:
    """One row of a table. `numbers` holds the text exactly as published: its decimals say how it was rounded."""

    line: int
    start: date
    end: date  # exclusive
    period: str
    dimensions: tuple[tuple[str, str], ...]  # 'All' is left out: no restriction
    numbers: Mapping[str, str]  # column → text, empty where nothing is published
    status: str

    @property
    def withheld(self) -> bool:
        """Whether the row says that its numbers are confidential."""
        return self.status == WITHHELD

    @property
    def name(self) -> str:
        """The cell in words: its period and the values that make it."""
        return ", ".join([self.period, *(f"{name} = {value}" for name, value in self.dimensions)])


@dataclass(frozen=True)
class Meaning:
    """What the count columns of a table count, and which day of a record puts it into a period.

    `named` is the dimensions that a metric's own definition picks categories of, as `police_role` for calls without
    police. `base` is the count whose records all of them are.
    """

    kind: str
    base: str
    columns: Mapping[str, Counted]
    time: str
    unit: str
    named: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Table:
    """One published table of one release. `threshold`: no count from 1 to threshold − 1 may be known."""

    name: str
    metric: str
    grain: str
    dimensions: tuple[str, ...]
    threshold: int
    meaning: Meaning
    rows: tuple[Row, ...]
    path: str


@dataclass(frozen=True)
class Never:
    """What the release says cannot be: categories of several dimensions together, of the records of a base."""

    base: str
    cells: tuple[tuple[str, frozenset[str]], ...]  # dimension, categories
    because: str


@dataclass(frozen=True)
class Release:
    """One numbered release: everything that was published together."""

    number: str
    tables: tuple[Table, ...]
    folder: str
    closed_until: date | None = None  # the first day that is not in the release
    hierarchies: tuple[tuple[str, str, Mapping[str, str]], ...] = ()  # child dimension, parent dimension, value → value
    parents: Mapping[str, Mapping[str, str]] | None = None  # attribute → value → the coarser value it is part of
    never: tuple[Never, ...] = ()
    smallest: int = 0  # the smallest count of events that the release shows; 0 where it does not say
