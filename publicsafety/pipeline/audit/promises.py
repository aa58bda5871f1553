"""What the release format says of every release, whatever its numbers are: an attacker reads that as well.

A hexagon that is named has enough requests in its year, and so has the place of all others when it has any; and some
combinations cannot be, whether a table shows them or not (docs/release-format.md).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from math import inf

from .counts import is_revised, revised_spans
from .knowledge import Statement, count, region
from .levels import HEXAGON, is_hexagon
from .published import Release, Row, number
from .regions import REST, Cell, Space
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


def impossible(releases: Sequence[Release], cells: Sequence[Cell], found: Mapping[str, Space]) -> Iterator[Statement]:
    """No record where the release says that none can be."""
    universes = {cell.table.meaning.base: cell.counted.universe for cell in cells if cell.counted.how == "rows"}
    for never in dict.fromkeys(one for release in releases for one in release.never if one.base in universes):
        universe = universes[never.base]
        values = found[universe].values
        where = {name: _members(chosen, values.get(name, ())) for name, chosen in never.cells}
        if all(where.values()):
            told = {name: chosen for name, chosen in where.items() if len(chosen) < len(values[name])}
            yield count(region(universe, told), 0, 0, never.because)


def _members(chosen: Collection[str], values: Sequence[str]) -> frozenset[str]:
    return frozenset(one for one in values if one.removesuffix(REST) in chosen)


def _holds_some(cell: Cell) -> bool:
    return cell.row.withheld or bool(number(cell.row.numbers.get(cell.column, "")))


def _of_the_year(cell: Cell, named: str) -> Cell:
    """All records of the base in one hexagon and year: what the promise is about, printed or not."""
    year, meaning = cell.row.start.year, cell.table.meaning
    whole = frozenset(one for one in cell.counted.conditions if one.column not in meaning.named)
    row = Row(0, date(year, 1, 1), date(year + 1, 1, 1), str(year), ((HEXAGON, named),), {}, "")
    return replace(cell, row=row, counted=replace(cell.counted, conditions=whole))
