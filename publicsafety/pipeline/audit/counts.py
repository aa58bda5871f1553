"""Which cells of a release are counts, how small each may be, and which of them a later release corrects."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from .definitions import Counted
from .published import REVISED, Release, Table
from .regions import Cell

EVENTS, PEOPLE = 5, 11
PEOPLE_UNITS = ("people", "cases", "referrals")
Span = tuple[str, date, date]  # base, first day, day after the last
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


def revised_spans(release: Release) -> frozenset[Span]:
    """The base counts and periods that a release declares a correction of."""
    return frozenset(
        (table.meaning.base, row.start, row.end)
        for table in release.tables
        for row in table.rows
        if row.status == REVISED
    )


def is_revised(cell: Cell, spans: frozenset[Span]) -> bool:
    """Whether a correction is about the records that a cell counts, in a period that overlaps its own."""
    base, start, end = cell.table.meaning.base, cell.row.start, cell.row.end
    return any(base == other and first < end and start < last for other, first, last in spans)


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
