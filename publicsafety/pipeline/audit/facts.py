"""From published tables to statements about records: what each number, each rounding and each `[c]` says."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import inf

from .counts import EVENTS, count_cells, is_revised, revised_spans, threshold
from .evidence import Evidence
from .knowledge import Region, Statement, Target, count
from .levels import with_levels
from .promises import hexagons, impossible
from .published import Release, number
from .regions import Cell, locate, parents_of, spaces, structure_of
from .unnamed import Locate, complements, differences, rests, unlisted_periods, unlisted_rows, unlisted_values

EXACT_FROM = 9  # decimals from which a rate is no longer rounded, but the fraction itself

Primary = tuple[str, str, tuple[tuple[str, str], ...]]  # table, period, dimensions
OutsideFact = tuple[Cell, float, float]


def evidence(
    releases: Sequence[Release], outside: Sequence[OutsideFact] = (), told: frozenset[Primary] = frozenset()
) -> Evidence:
    """Everything the releases say together, and what else the attacker was given."""
    small = _told_rows(releases, told)
    releases = with_levels(releases)
    spans = [revised_spans(one) for one in releases]
    cells = [
        cell
        for position, one in enumerate(releases)
        for cell in count_cells(one)
        if not any(is_revised(cell, later) for later in spans[position + 1 :])  # corrected since: no longer true
    ]
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
    hidden = _hidden(cells, place, known)
    shares = _shares(cells)
    rates = [one for pair in shares for one in _rate(*pair, place, known)]
    combinations = [*complements(shares, place, known), *differences(cells, place)]
    combinations += [*rests(cells, place), *(one for one in hidden if not one.withheld)]
    regions = [*known, *(where for one in hidden for _, where in one.terms)]
    rules = [*hexagons(releases, cells, place), *impossible(releases, cells, found)]
    return Evidence(
        structure=structure,
        published=(*published.values(), *rates, *_people_are_records(regions), *rules),
        withheld=tuple(one for one in (*hidden, *combinations) if one.withheld),
        combinations=tuple(one for one in combinations if not one.withheld),
        omitted=(*unlisted_values(structure), *unlisted_rows(cells, place), *unlisted_periods(cells, found)),
        outside=tuple(count(place(cell), low, high, cell.table.name) for cell, low, high in outside),
        primaries=frozenset(((1.0, place(cell)),) for cell in cells if (cell.table.path, cell.row.line) in small),
        thresholds=_thresholds(cells),
        n_published=len(numbers),
    )


def _told_rows(releases: Sequence[Release], told: frozenset[Primary]) -> set[tuple[str, int]]:
    """The rows that the attacker is told are below the minimum cell, by file and line."""
    wanted = {(name, period, frozenset(dimensions)) for name, period, dimensions in told}
    return {
        (table.path, row.line)
        for release in releases
        for table in release.tables
        for row in table.rows
        if row.withheld and (table.name, row.period, frozenset(row.dimensions)) in wanted
    }


def _thresholds(cells: Sequence[Cell]) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    for cell in cells:
        if cell.counted.how != "sum":
            found[cell.counted.universe] = max(found[cell.counted.universe], threshold(cell))
    return dict(found)


def _number(cell: Cell) -> float | None:
    return number(cell.row.numbers.get(cell.column, ""))


def _source(cell: Cell) -> str:
    return f"{cell.table.path}, line {cell.row.line}"


def _hidden(cells: Sequence[Cell], place: Locate, known: set[Region]) -> list[Target]:
    """One target for each withheld count that is published nowhere else.

    The denominator of a withheld share is a combination like any other: 50 calls of which the parts are withheld may be
    known to be 50, because a total says so.
    """
    found: dict[Region, Target] = {}
    for cell in sorted(cells, key=lambda cell: cell.column == "denominator"):
        where = place(cell)
        if cell.row.withheld and _number(cell) is None and where not in known and where not in found:
            if any(not values for _, values in where.where):
                continue  # no record can be there, whatever is published
            width, is_whole = max(threshold(cell), EVENTS), cell.column == "denominator"
            found[where] = Target(
                ((1.0, where),),
                width,
                cell.table.name,
                cell.name,
                "denominator" if is_whole else "withheld",
                withheld=not is_whole,
                positive=cell.column != "numerator",
            )
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
