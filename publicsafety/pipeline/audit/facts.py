"""From published tables to statements about records: what each number, each rounding and each `[c]` says."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from itertools import pairwise, product
from math import inf

from .definitions import OTHER, Counted
from .evidence import Evidence
from .knowledge import Region, Statement, Structure, Target, count, region
from .levels import with_levels
from .published import Release, Row, number
from .regions import REST, Cell, Meaning, locate, parents_of, spaces, structure_of

EVENTS, PEOPLE = 5, 11
PEOPLE_UNITS = ("people", "cases")
NOTHING = ("x", "z")  # not available, not applicable: no number exists
EXACT_FROM = 9  # decimals from which a rate is no longer rounded, but the fraction itself

Locate = Callable[[Cell], Region]
OutsideFact = tuple[Cell, float, float]


def evidence(
    releases: Sequence[Release], meanings: Mapping[str, Meaning], outside: Sequence[OutsideFact] = ()
) -> Evidence:
    """Everything the releases say together."""
    releases = with_levels(releases)
    cells = [cell for one in releases for cell in count_cells(one, meanings)]
    parents = parents_of(releases)
    found = spaces([*cells, *(cell for cell, _, _ in outside)], parents)
    cache: dict[tuple[object, ...], Region] = {}

    def place(cell: Cell) -> Region:
        key = (cell.table.path, cell.row.line, cell.row.dimensions, cell.row.period, cell.column)
        if key not in cache:
            cache[key] = locate(cell, found[cell.counted.universe], parents)
        return cache[key]

    structure = structure_of(found)
    numbers = [(cell, place(cell), _number(cell)) for cell in cells if _number(cell) is not None]
    # The last release wins: what differs between releases is a finding of its own.
    published = {where: count(where, n, n, _source(cell)) for cell, where, n in numbers if n is not None}
    known = set(published)
    hidden = _hidden(cells, place, known, meanings)
    shares = _shares(cells)
    rates = [one for pair in shares for one in _rate(*pair, place, known)]
    combinations = [*_complements(shares, place, known, meanings), *_differences(cells, place, meanings)]
    combinations += _rests(cells, place, meanings)
    regions = [*known, *(where for one in hidden for _, where in one.terms)]
    return Evidence(
        structure=structure,
        published=(*published.values(), *rates, *_people_are_records(regions)),
        withheld=tuple(hidden) + tuple(one for one in combinations if one.withheld),
        combinations=tuple(one for one in combinations if not one.withheld),
        omitted=(*_unlisted_values(structure), *_unlisted_rows(cells, place)),
        outside=tuple(count(place(cell), low, high, cell.table.name) for cell, low, high in outside),
        thresholds=_thresholds(cells, meanings),
        n_published=len(numbers),
        n_tables=len({(cell.release, cell.table.name) for cell in cells}),
        n_releases=len(releases),
    )


def count_cells(release: Release, meanings: Mapping[str, Meaning]) -> Iterator[Cell]:
    """Every cell of a release that is a count, published or withheld."""
    for table in release.tables:
        meaning = meanings.get(table.metric)
        if meaning is None:
            continue
        columns = columns_of(meaning)
        for row in table.rows:
            if row.status not in NOTHING:
                for name in row.numbers:
                    if name in columns:
                        yield Cell(release.number, table, row, name, columns[name], meaning.time)


def columns_of(meaning: Meaning) -> dict[str, Counted]:
    """What each count column of a table of this metric counts; `n` is the records behind the value unless defined."""
    columns = dict(meaning.columns)
    base = columns.get("denominator") or columns.get("numerator")
    if meaning.kind in ("proportion", "ratio"):
        columns.pop("value", None)
    if base is not None and base.how == "sum":
        base = Counted(base.mart, "rows", "", base.conditions)
    if base is not None:
        columns.setdefault("n", base)
    return columns


def threshold(cell: Cell, meanings: Mapping[str, Meaning]) -> int:
    """The smallest count that may be known: the table's own, but never below the floor for events or for people."""
    return max(cell.table.threshold, floor(cell.counted, meanings[cell.table.metric].unit))


def floor(counted: Counted, unit: str) -> int:
    """5 for events, 11 for people; objects (a sum of needles) are not protected as such."""
    if counted.how == "sum":
        return 0
    return PEOPLE if counted.key == "person_key" or unit in PEOPLE_UNITS else EVENTS


def _thresholds(cells: Sequence[Cell], meanings: Mapping[str, Meaning]) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    for cell in cells:
        if cell.counted.how != "sum":
            found[cell.counted.universe] = max(found[cell.counted.universe], threshold(cell, meanings))
    return dict(found)


def _number(cell: Cell) -> float | None:
    return number(cell.row.numbers.get(cell.column, ""))


def _source(cell: Cell) -> str:
    return f"{cell.table.path}, line {cell.row.line}"


def _hidden(cells: Sequence[Cell], place: Locate, known: set[Region], meanings: Mapping[str, Meaning]) -> list[Target]:
    """One target for each withheld count that is published nowhere else."""
    found: dict[Region, Target] = {}
    for cell in cells:
        where = place(cell)
        if cell.row.withheld and _number(cell) is None and where not in known and where not in found:
            if any(not values for _, values in where.where):
                continue  # no record can be there, whatever is published
            width = max(threshold(cell, meanings), EVENTS)
            positive = not (cell.column == "numerator" and meanings[cell.table.metric].kind in ("proportion", "ratio"))
            found[where] = Target(((1.0, where),), width, cell.table.name, cell.name, "withheld", positive=positive)
    return list(found.values())


def _shares(cells: Sequence[Cell]) -> list[tuple[Cell, Cell]]:
    """Numerator and denominator of every row of a rate."""
    rows: dict[tuple[str, str, int], dict[str, Cell]] = defaultdict(dict)
    for cell in cells:
        rows[cell.release, cell.table.path, cell.row.line][cell.column] = cell
    both = [row for row in rows.values() if "numerator" in row and "denominator" in row]
    return [
        (row["numerator"], row["denominator"])
        for row in both
        if row["numerator"].counted.universe == row["denominator"].counted.universe
    ]


def _complements(
    shares: Sequence[tuple[Cell, Cell]], place: Locate, known: set[Region], meanings: Mapping[str, Meaning]
) -> Iterator[Target]:
    """The other side of every rate: who is in the denominator and not in the numerator."""
    seen = set()
    for part, whole in shares:
        terms = ((1.0, place(whole)), (-1.0, place(part)))
        if terms in seen or place(whole) == place(part):
            continue
        seen.add(terms)
        hidden = not {place(whole), place(part)} <= known
        width = max(threshold(part, meanings), EVENTS)
        name = f"{part.row.name}: the rest of the denominator"
        yield Target(terms, width, part.table.name, name, "complement", withheld=hidden, positive=False)


def _differences(cells: Sequence[Cell], place: Locate, meanings: Mapping[str, Meaning]) -> Iterator[Target]:
    """What lies between two periods of one figure that begin or end together: year to date, and the quarter after."""
    series: dict[tuple[object, ...], dict[Region, Cell]] = defaultdict(dict)
    for cell in cells:
        if cell.counted.how == "rows" and cell.column != "value":
            for edge in (cell.row.start, cell.row.end):
                key = (cell.table.metric, cell.column, cell.row.dimensions, edge, edge == cell.row.start)
                series[key][place(cell)] = cell
    for figures in series.values():
        ordered = sorted(figures.items(), key=lambda pair: pair[1].row.end - pair[1].row.start)
        for (shorter, first), (longer, last) in pairwise(ordered):
            name = f"{last.name}, without {first.row.start} to {first.row.end - timedelta(days=1)}"
            width = threshold(last, meanings)
            yield Target(((1.0, longer), (-1.0, shorter)), width, last.table.name, name, "difference", withheld=False)


def _rests(cells: Sequence[Cell], place: Locate, meanings: Mapping[str, Meaning]) -> Iterator[Target]:
    """What a total holds beyond every value that its dimension lists."""
    for cell in cells:
        present = {name for name, _ in cell.row.dimensions}
        for name in cell.table.dimensions:
            if name not in present and cell.counted.how == "rows" and cell.column != "value":
                row = replace(cell.row, dimensions=(*cell.row.dimensions, (name, OTHER)), line=0)
                where = place(replace(cell, row=row))
                label = f"{cell.name}, {name} = {OTHER}"
                width = threshold(cell, meanings)
                yield Target(((1.0, where),), width, cell.table.name, label, "rest", withheld=False)


def _rate(part: Cell, whole: Cell, place: Locate, known: set[Region]) -> Iterator[Statement]:
    """The interval that a rounded rate implies for its numerator, where one of its counts is not published."""
    text = part.row.numbers.get("value", "")
    if number(text) is None or {place(part), place(whole)} <= known:
        return
    value = Fraction(text)
    decimals = len(text.partition(".")[2])
    if value > 1:  # a percentage
        value, decimals = value / 100, decimals + 2
    pair = (place(part), place(whole))
    if decimals >= EXACT_FROM:
        exact = value.limit_denominator(100_000)
        terms = ((float(exact.denominator), pair[0]), (-float(exact.numerator), pair[1]))
        yield Statement(terms, 0.0, 0.0, _source(part))
        return
    half = Fraction(1, 2 * 10**decimals)
    yield Statement(((1.0, pair[0]), (-float(value - half), pair[1])), 0.0, inf, _source(part))
    yield Statement(((1.0, pair[0]), (-float(value + half), pair[1])), -inf, 0.0, _source(part))


def _people_are_records(regions: Sequence[Region]) -> list[Statement]:
    """People in a cell are at most the records in it, where both are counted."""
    there = set(regions)
    found = []
    for one in there:
        mart, by, _ = one.universe.partition(" by ")
        records = Region(mart, one.where)
        if by and records in there:
            terms = ((1.0, one), (-1.0, records))
            found.append(Statement(terms, -inf, 0.0, "people are at most their records"))
    return found


def _unlisted_values(structure: Structure) -> Iterator[tuple[str, tuple[Region, ...]]]:
    """For each dimension: the records of a value that no table lists."""
    for universe, attributes in structure.values.items():
        for name, values in attributes.items():
            unlisted = [value for value in values if value == OTHER or value.endswith(REST)]
            if unlisted:
                yield f"another {name}", (region(universe, {name: unlisted}),)


def _unlisted_rows(cells: Sequence[Cell], place: Locate) -> Iterator[tuple[str, tuple[Region, ...]]]:
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


def _imagined(cell: Cell, dimensions: tuple[tuple[str, str], ...], line: int) -> Cell:
    row = Row(line, cell.row.start, cell.row.end, cell.row.period, dimensions, {}, "")
    return Cell(cell.release, cell.table, row, cell.column, cell.counted, cell.time)
