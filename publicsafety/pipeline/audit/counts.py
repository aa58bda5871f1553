"""Which cells of a release are counts, how small each may be, and which of them a later release corrects."""

from collections.abc import Iterator
from dataclasses import replace

from .definitions import Counted
from .published import REVISED, Release, Table
from .regions import Cell

EVENTS, PEOPLE = 5, 11
PEOPLE_UNITS = ("people", "cases", "referrals")
NOTHING = ("x", "z")  # not available, not applicable: no number exists


def count_cells(release: Release) -> Iterator[Cell]:
    """Every cell of a release that is a count, published or withheld."""
    for table in release.tables:
        for row in table.rows:
            if row.status not in NOTHING:
                for name, counted in table.meaning.columns.items():
                    if name in row.numbers:
                        yield Cell(release.number, table, row, name, counted)


def threshold(cell: Cell) -> int:
    """The smallest count that may be known: the table's own, but never below the floor for events or for people."""
    return max(cell.table.threshold, floor(cell.counted, cell.table.meaning.unit))


def floor(counted: Counted, unit: str) -> int:
    """5 for events, 11 for people; objects (a sum of needles) are not protected as such."""
    if counted.how == "sum":
        return 0
    return PEOPLE if counted.key == "person_key" or unit in PEOPLE_UNITS else EVENTS


def is_revised(cell: Cell, release: Release) -> bool:
    """Whether `release` declares a correction of the records that a cell counts, in a period that overlaps its own."""
    base = cell.table.meaning.base
    rows = (row for table in release.tables if table.meaning.base == base for row in table.rows)
    return any(row.status == REVISED and row.start < cell.row.end and cell.row.start < row.end for row in rows)


def unlinked(release: Release) -> Release:
    """The release as if nothing were known of how one base relates to another: each counts records of its own."""

    def alone(table: Table) -> Table:
        meaning = table.meaning
        columns = {
            name: replace(
                one,
                mart=meaning.base,
                conditions=frozenset(c for c in one.conditions if c.column in meaning.named and not c.negated),
            )
            for name, one in meaning.columns.items()
        }
        return replace(table, meaning=replace(meaning, columns=columns))

    return replace(release, tables=tuple(alone(table) for table in release.tables))
