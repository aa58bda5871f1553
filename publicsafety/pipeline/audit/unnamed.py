"""Records that no table names and that its numbers may give away all the same: complements, differences, rests.

Also what an attacker takes for empty because no table lists it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product

from .counts import EVENTS, threshold
from .definitions import OTHER
from .knowledge import Region, Structure, Target, region
from .published import Row
from .regions import REST, Cell, Space, clock, days_of

Locate = Callable[[Cell], Region]
Omitted = tuple[str, tuple[Region, ...]]


def complements(shares: Sequence[tuple[Cell, Cell]], place: Locate, known: set[Region]) -> Iterator[Target]:
    """The other side of every rate: who is in the denominator and not in the numerator."""
    seen = set()
    for part, whole in shares:
        terms = ((1.0, place(whole)), (-1.0, place(part)))
        if terms in seen or place(whole) == place(part):
            continue
        seen.add(terms)
        hidden = not {place(whole), place(part)} <= known
        width = max(threshold(part), EVENTS)
        name = f"{part.row.name}: the rest of the denominator"
        yield Target(terms, width, part.table.name, name, "complement", withheld=hidden, positive=False)


def differences(cells: Sequence[Cell], place: Locate) -> Iterator[Target]:
    """What a longer period holds beyond the shorter ones of the same figure that lie in it."""
    series: dict[tuple[object, ...], dict[Region, Cell]] = defaultdict(dict)
    for cell in cells:
        if cell.counted.how == "rows":
            series[cell.counted, cell.row.dimensions][place(cell)] = cell
    for figures in series.values():
        by_grain: dict[str, list[tuple[Region, Cell]]] = defaultdict(list)
        for where, cell in figures.items():
            by_grain[cell.table.grain].append((where, cell))
        for long, short in (("year", "quarter"), ("year", "month"), ("quarter", "month")):
            for whole, cell in by_grain[long]:
                inside = [
                    where
                    for where, part in by_grain[short]
                    if cell.row.start <= part.row.start and part.row.end <= cell.row.end
                ]
                if inside:
                    terms = ((1.0, whole), *((-1.0, where) for where in inside))
                    name = f"{cell.name}, without the {len(inside)} {short}s of it that are listed"
                    yield Target(terms, threshold(cell), cell.table.name, name, "difference", withheld=False)


def rests(cells: Sequence[Cell], place: Locate) -> Iterator[Target]:
    """What a total holds beyond every value that its dimension lists."""
    for cell in cells:
        present = {name for name, _ in cell.row.dimensions}
        for name in cell.table.dimensions:
            if name not in present and cell.counted.how == "rows":
                row = replace(cell.row, dimensions=(*cell.row.dimensions, (name, OTHER)), line=0)
                where = place(replace(cell, row=row))
                label = f"{cell.name}, {name} = {OTHER}"
                width = threshold(cell)
                yield Target(((1.0, where),), width, cell.table.name, label, "rest", withheld=False)


def unlisted_values(structure: Structure) -> Iterator[Omitted]:
    """For each dimension: the records of a value that no table lists."""
    for universe, attributes in structure.values.items():
        for name, values in attributes.items():
            unlisted = [value for value in values if value == OTHER or value.endswith(REST)]
            if unlisted:
                yield f"another {name}", (region(universe, {name: unlisted}),)


def unlisted_rows(cells: Sequence[Cell], place: Locate) -> Iterator[Omitted]:
    """For each table: the combinations of its own periods and values that it has no row for."""
    grouped: dict[tuple[str, str], list[Cell]] = defaultdict(list)
    for cell in cells:
        grouped[cell.table.path, cell.column].append(cell)
    for (path, _), mine in grouped.items():
        present = {(cell.row.period, cell.row.dimensions) for cell in mine}
        periods = {cell.row.period: cell for cell in mine}
        names = mine[0].table.dimensions
        values = [sorted({dict(c.row.dimensions)[n] for c in mine if n in dict(c.row.dimensions)}) for n in names]
        missing: list[Region] = []
        for period, combination in product(periods, product(*values)):
            dimensions = tuple(zip(names, combination, strict=True))
            if dimensions and (period, dimensions) not in present:
                missing.append(place(_imagined(periods[period], dimensions, -1 - len(missing))))
        if missing:
            yield f"the rows missing from {path}", tuple(missing)


def unlisted_periods(cells: Sequence[Cell], found: Mapping[str, Space]) -> Iterator[Omitted]:
    """For each universe with months or quarters: the days of its years that no month or quarter covers."""
    covered: dict[tuple[str, str], set[str]] = defaultdict(set)
    for cell in cells:
        if cell.table.grain != "year":
            key = (cell.counted.universe, clock(cell))
            covered[key] |= days_of(cell, found[cell.counted.universe])
    for (universe, name), days in covered.items():
        missing = [day.isoformat() for day in found[universe].cuts[name][:-1] if day.isoformat() not in days]
        if missing:
            yield f"periods without a month or quarter of {universe}", (region(universe, {name: missing}),)


def _imagined(cell: Cell, dimensions: tuple[tuple[str, str], ...], line: int) -> Cell:
    row = Row(line, cell.row.start, cell.row.end, cell.row.period, dimensions, {}, "")
    return Cell(cell.release, cell.table, row, cell.column, cell.counted)
