"""The published rows: counts as protected, and what is looked up from them (rates, parts, medians), with one status
each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from publicsafety.pipeline.release.policy import Policy, Table
from publicsafety.pipeline.release.protect import Protected
from publicsafety.pipeline.release.sums import Sums
from publicsafety.pipeline.release.years import keys_of, selected
from publicsafety.statistics import wilson_interval

WITHHELD = "c"
NOT_AVAILABLE = "x"  # what it needs is withheld in its own table, or too little
ALL = "All"
SHARE_DIGITS = 6  # enough that a share said with one decimal is never rounded twice; n and N are published anyway
MEASURES = ("numerator", "denominator", "value", "n", "low", "high")


@dataclass(frozen=True)
class Row:
    """One cell as published. A withheld one has status 'c' and no numbers at all."""

    period: str
    dimensions: tuple[str, ...]  # a category or All for each dimension of its table
    numerator: int | None = None
    denominator: int | None = None
    value: float | int | None = None
    n: int | None = None
    low: float | None = None
    high: float | None = None
    status: str = ""


@dataclass(frozen=True)
class Published:
    """A table and its rows; `note` is published with it, `reasons` say to the privacy officer what was left out and
    why."""

    table: Table
    rows: tuple[Row, ...]
    threshold: int
    what: str  # events, people, objects
    note: str = ""
    reasons: str = ""
    left_out: tuple[str, ...] = ()  # the years that could not be protected


def hidden(period: str, dimensions: Sequence[str]) -> Row:
    return Row(period, tuple(dimensions), status=WITHHELD)


def counted(period: str, dimensions: Sequence[str], value: int) -> Row:
    return Row(period, tuple(dimensions), numerator=value, value=value, n=value)


def count_rows(table: Table, protected: Iterable[Protected]) -> list[Row]:
    """The rows of a table of counts, for all years in which it was not given up."""
    rows = []
    for year in protected:
        for entry, periods in year.year.tables:
            if entry.id != table.id or table.id in year.given_up:
                continue
            for row, key in keys_of(year.year, table, periods).items():
                rows.append(
                    hidden(row[0], row[1:]) if key in year.withheld else counted(row[0], row[1:], year.value[key])
                )
    return rows


def small_cells(
    policy: Policy, protected: Mapping[str, Sequence[Protected]]
) -> Iterable[tuple[str, str, tuple[tuple[str, str], ...]]]:
    """The withheld cells that are below the minimum: table, period, and the category of each dimension that has one."""
    for years in protected.values():
        for year in years:
            for table, periods in year.year.tables:
                if table.id in year.given_up:
                    continue
                for row, key in keys_of(year.year, table, periods).items():
                    if key in year.withheld and year.value[key] < policy.threshold(table):
                        named = zip(table.dimensions, row[1:], strict=True)
                        yield table.id, row[0], tuple((name, value) for name, value in named if value != ALL)


def derived_rows(
    policy: Policy, table: Table, bases: Mapping[str, Sequence[Protected]], medians: Mapping[str, float]
) -> list[Row]:
    """Rows of a rate, a part or a median, from the counts of its source table; `medians` by period."""
    derived, source = policy.derived[table.metric], policy.source_of(table)
    place = {name: i for i, name in enumerate(source.dimensions)}
    protected = bases.get(policy.base_of(table), ())
    counts = {(row.period, *row.dimensions): row for row in count_rows(source, protected)}
    sums = Sums.of_table(source, protected, policy.threshold(table))
    categories = {name: tuple(sorted({key[1 + place[name]] for key in counts} - {ALL})) for name in derived.dimensions}
    every = selected(categories)
    rows = []
    for key in sorted({(key[0], *(key[1 + place[name]] for name in table.dimensions)) for key in counts}):
        fixed = dict(zip(table.dimensions, key[1:], strict=True))

        def added(
            cells: Iterable[Mapping[str, str]], period: str = key[0], fixed: Mapping[str, str] = fixed
        ) -> int | None:
            places = [(period, *({**fixed, **cell}.get(name, ALL) for name in source.dimensions)) for cell in cells]
            found = [counts[place] for place in places]
            return sums.known(places) if any(row.status for row in found) else sum(int(row.value or 0) for row in found)

        chosen = selected(derived.numerator)
        rest = [
            cell for cell in (selected(derived.denominator) if derived.denominator else every) if cell not in chosen
        ]
        parts = added(chosen), added(rest)
        kind = policy.metrics[table.metric].kind
        if kind == "count":
            made = part(*_of(key), *parts, added([{}]))
        elif kind == "proportion":
            made = share(*_of(key), *parts)
        else:
            made = median(*_of(key), *parts, added([{}]), medians.get(key[0]), policy.rules.median)
        # Only a cell is protected as one: a sum of several has no promise to keep, so it is not marked as withheld.
        is_cell = len(chosen) == 1 and (kind != "proportion" or len(rest) == 1)
        rows.append(made if is_cell or made.status != WITHHELD else replace(made, status=NOT_AVAILABLE))
    return rows


def _of(key: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    return key[0], key[1:]


def part(period: str, dimensions: Sequence[str], chosen: int | None, rest: int | None, whole: int | None) -> Row:
    """A part of a count, where its categories are shown, or where all others and the whole are: then those say it."""
    if chosen is None and rest is not None and whole is not None:
        chosen = whole - rest
    return hidden(period, dimensions) if chosen is None else counted(period, dimensions, chosen)


def share(period: str, dimensions: Sequence[str], numerator: int | None, rest: int | None) -> Row:
    """A share, where both its parts are shown; not available where one of them is shown, as the other then says the
    share."""
    if numerator is None and rest is None:
        return hidden(period, dimensions)
    if numerator is None or rest is None:
        return Row(period, tuple(dimensions), status=NOT_AVAILABLE)
    return rate(period, dimensions, numerator, numerator + rest)


def median(
    period: str,
    dimensions: Sequence[str],
    n: int | None,
    rest: int | None,
    whole: int | None,
    value: float | None,
    least: int,
) -> Row:
    """A median to the whole minute, where the durations behind it are enough and they, the others and all are shown."""
    if n is None:
        return hidden(period, dimensions)
    if n == 0:
        return Row(period, tuple(dimensions), numerator=0, n=0, status="z")
    if rest is None or whole is None or n < least or value is None:
        return Row(period, tuple(dimensions), status=NOT_AVAILABLE)
    return Row(period, tuple(dimensions), numerator=n, value=round(value), n=n)


def rate(period: str, dimensions: Sequence[str], numerator: int, denominator: int) -> Row:
    """A share with its 95% Wilson interval, to four decimals; both its counts stand beside it."""
    interval = wilson_interval(numerator, denominator)
    if interval is None:
        return Row(period, tuple(dimensions), numerator, denominator, None, denominator, status="z")
    return Row(
        period,
        tuple(dimensions),
        numerator,
        denominator,
        round(numerator / denominator, SHARE_DIGITS),
        denominator,
        round(interval[0], SHARE_DIGITS),
        round(interval[1], SHARE_DIGITS),
    )


def single_rows(policy: Policy, table: Table, figures: Mapping[str, int | None]) -> list[Row]:
    """Rows of distinct people or cases, or of objects: a count too small is withheld, and nothing adds up to it."""
    threshold, rows = policy.threshold(table), []
    for period, value in sorted(figures.items()):
        if value is None:
            rows.append(Row(period, (), status=NOT_AVAILABLE))
        else:
            rows.append(hidden(period, ()) if 0 < value < threshold else counted(period, (), value))
    return rows


def check_keep(policy: Policy, published: Published) -> None:
    """A headline that is not exact stops the release."""
    if not published.table.keep:
        return
    for row in published.rows:
        unsafe = row.status == WITHHELD or (
            row.status == NOT_AVAILABLE and not policy.is_counted(published.table.metric)
        )
        if unsafe and all(value == ALL for value in row.dimensions):
            raise policy.table_error(
                published.table.id,
                f"the headline {published.table.id} of {row.period[:4]} is too small to be published exactly. Take "
                "`keep` away and let it be withheld, or wait.",
                "keep",
            )


def key_rows(rows: Iterable[Row]) -> dict[tuple[str, ...], Row]:
    return {(row.period, *row.dimensions): row for row in rows}
