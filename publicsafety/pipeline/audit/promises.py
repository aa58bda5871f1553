"""What the release format says of every release, whatever its numbers are: an attacker reads that as well.

A hexagon that is named has enough requests in its year, and so has the place of all others when it has any
(docs/release-format.md).
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from math import inf

from .counts import is_revised, revised_spans
from .knowledge import Statement, count
from .levels import HEXAGON, is_hexagon
from .published import Release, Row, number
from .regions import Cell
from .unnamed import Locate


def hexagons(releases: Sequence[Release], cells: Sequence[Cell], place: Locate) -> Iterator[Statement]:
    """At least so many records in each hexagon that is named in a year, and in the rest where it is not empty.

    A correction can leave a hexagon with fewer: of the years that one is about, nothing is taken for granted.
    """
    least = min((release.smallest for release in releases if release.smallest), default=0)
    spans = frozenset(span for release in releases for span in revised_spans(release))
    seen = set()
    for cell in cells if least else ():
        named = dict(cell.row.dimensions).get(HEXAGON)
        if named is None or cell.counted.how != "rows" or not (is_hexagon(named) or _holds_some(cell)):
            continue
        whole = _of_the_year(cell, named)
        key = (whole.counted, whole.row.period, named)
        if key not in seen and not is_revised(whole, spans):
            seen.add(key)
            yield count(place(whole), least, inf, f"{named} is named in {whole.row.period}")


def _holds_some(cell: Cell) -> bool:
    return cell.row.withheld or bool(number(cell.row.numbers.get(cell.column, "")))


def _of_the_year(cell: Cell, named: str) -> Cell:
    """All records of the base in one hexagon and year: what the promise is about, printed or not."""
    year, meaning = cell.row.start.year, cell.table.meaning
    whole = frozenset(one for one in cell.counted.conditions if one.column not in meaning.named)
    row = Row(0, date(year, 1, 1), date(year + 1, 1, 1), str(year), ((HEXAGON, named),), {}, "")
    return replace(cell, row=row, counted=replace(cell.counted, conditions=whole))
