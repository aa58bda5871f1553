"""A published table as an attacker sees it: cells with a period, values of dimensions, numbers and a status."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

WITHHELD = "c"
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
class Table:
    """One published table of one release. `threshold`: the smallest count it may show, 0 where counts are no secret."""

    name: str
    metric: str
    grain: str
    dimensions: tuple[str, ...]
    threshold: int
    rows: tuple[Row, ...]
    path: str


@dataclass(frozen=True)
class Release:
    """One numbered release: everything that was published together."""

    number: str
    tables: tuple[Table, ...]
    folder: str
    declared: frozenset[str] = frozenset()  # names of tables whose corrections this release declares
    parents: Mapping[str, Mapping[str, str]] | None = None  # dimension → value → the coarser value it is part of
