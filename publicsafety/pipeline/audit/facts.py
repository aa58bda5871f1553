"""From published tables to statements about records: what each number, each rounding and each `[c]` says."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import product
from math import inf

from .definitions import OTHER, Counted
from .evidence import Evidence
from .knowledge import Region, Statement, Structure, Target, count, region
from .levels import with_levels
from .published import REVISED, Release, Row, Table, number
from .regions import REST, Cell, Space, clock, days_of, locate, parents_of, spaces, structure_of

EVENTS, PEOPLE = 5, 11
PEOPLE_UNITS = ("people", "cases", "referrals")
NOTHING = ("x", "z")  # not available, not applicable: no number exists
EXACT_FROM = 9  # decimals from which a rate is no longer rounded, but the fraction itself

Locate = Callable[[Cell], Region]
Primary = tuple[str, str, tuple[tuple[str, str], ...]]  # table, period, dimensions
OutsideFact = tuple[Cell, float, float]


def evidence(
    releases: Sequence[Release], outside: Sequence[OutsideFact] = (), told: frozenset[Primary] = frozenset()
) -> Evidence:
    """Everything the releases say together, and what else the attacker was given."""
    small = _told_rows(releases, told)
    releases = with_levels(releases)
    cells = [
        cell
        for place, one in enumerate(releases)
        for cell in count_cells(one)
        if not _stale(cell, releases[place + 1 :])
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
    combinations = [*_complements(shares, place, known), *_differences(cells, place)]
    combinations += [*_rests(cells, place), *(one for one in hidden if not one.withheld)]
    regions = [*known, *(where for one in hidden for _, where in one.terms)]
    return Evidence(
        structure=structure,
        published=(*published.values(), *rates, *_people_are_records(regions)),
        withheld=tuple(one for one in (*hidden, *combinations) if one.withheld),
        combinations=tuple(one for one in combinations if not one.withheld),
        omitted=(*_unlisted_values(structure), *_unlisted_rows(cells, place), *_unlisted_periods(cells, found)),
        outside=tuple(count(place(cell), low, high, cell.table.name) for cell, low, high in outside),
        primaries=frozenset(((1.0, place(cell)),) for cell in cells if (cell.table.path, cell.row.line) in small),
        thresholds=_thresholds(cells),
        n_published=len(numbers),
        n_tables=len({(cell.release, cell.table.name) for cell in cells}),
        n_releases=len(releases),
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


def count_cells(release: Release) -> Iterator[Cell]:
    """Every cell of a release that is a count, published or withheld."""
    for table in release.tables:
        for row in table.rows:
            if row.status not in NOTHING:
                for name, counted in table.meaning.columns.items():
                    if name in row.numbers:
                        yield Cell(release.number, table, row, name, counted)


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


def is_revised(cell: Cell, release: Release) -> bool:
    """Whether `release` declares a correction of the records that a cell counts, in a period that overlaps its own."""
    base = cell.table.meaning.base
    rows = (row for table in release.tables if table.meaning.base == base for row in table.rows)
    return any(row.status == REVISED and row.start < cell.row.end and cell.row.start < row.end for row in rows)


def _stale(cell: Cell, later: Sequence[Release]) -> bool:
    return any(is_revised(cell, release) for release in later)


def threshold(cell: Cell) -> int:
    """The smallest count that may be known: the table's own, but never below the floor for events or for people."""
    return max(cell.table.threshold, floor(cell.counted, cell.table.meaning.unit))


def floor(counted: Counted, unit: str) -> int:
    """5 for events, 11 for people; objects (a sum of needles) are not protected as such."""
    if counted.how == "sum":
        return 0
    return PEOPLE if counted.key == "person_key" or unit in PEOPLE_UNITS else EVENTS


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


def _complements(shares: Sequence[tuple[Cell, Cell]], place: Locate, known: set[Region]) -> Iterator[Target]:
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


def _differences(cells: Sequence[Cell], place: Locate) -> Iterator[Target]:
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


def _rests(cells: Sequence[Cell], place: Locate) -> Iterator[Target]:
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


def _unlisted_periods(cells: Sequence[Cell], found: Mapping[str, Space]) -> Iterator[tuple[str, tuple[Region, ...]]]:
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
