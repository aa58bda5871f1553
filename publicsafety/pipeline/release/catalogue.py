"""The published rows: counts as protected, and what is looked up from them (rates, parts, medians), with one status each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from publicsafety.pipeline.release.families import Protected, keys_of, selected
from publicsafety.pipeline.release.policy import Derived, Policy, Table
from publicsafety.pipeline.release.structure import Key
from publicsafety.statistics import wilson_interval

WITHHELD = "c"
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
    """A table and its rows; `note` says what was left out and why."""

    table: Table
    rows: tuple[Row, ...]
    threshold: int
    what: str  # events, people, objects
    note: str = ""
    parts: tuple[Mapping[str, Any], ...] = field(default=())  # child category → parent category, for the reader


def hidden(period: str, dimensions: Sequence[str]) -> Row:
    return Row(period, tuple(dimensions), status=WITHHELD)


def counted(period: str, dimensions: Sequence[str], value: int) -> Row:
    return Row(period, tuple(dimensions), numerator=value, value=value, n=value)


def count_rows(table: Table, protected: Iterable[Protected]) -> tuple[list[Row], list[str]]:
    """The rows of a table of counts, all years; and the years that were given up."""
    rows, notes = [], []
    for year in protected:
        for entry, periods in year.year.tables:
            if entry.id != table.id:
                continue
            if table.id in year.given_up:
                notes.append(year.given_up[table.id])
                continue
            for row, key in keys_of(year.year, table, periods).items():
                rows.append(hidden(row[0], row[1:]) if key in year.withheld else counted(row[0], row[1:], year.value[key]))
    return rows, notes


def derived_rows(policy: Policy, table: Table, derived: Derived, bases: Mapping[str, Sequence[Protected]],
                 medians: Mapping[str, Mapping[str, float]]) -> list[Row]:  # fmt: skip
    """Rows of a rate, a part or a median: shown only where every count that it is made of is shown."""
    source = next(t for t in policy.tables if t.metric == derived.base and t.grain == table.grain
                  and set(t.dimensions) == {*table.dimensions, *derived.dimensions})  # fmt: skip
    place = {name: i for i, name in enumerate(source.dimensions)}
    shown = {(row.period, *row.dimensions): row for row in count_rows(source, bases.get(derived.base, ()))[0]}
    rows = []
    wanted = {(row[0], *(row[1 + place[name]] for name in table.dimensions)) for row in shown}
    for key in sorted(wanted):
        period, dimensions = key[0], key[1:]

        def total(selection: Mapping[str, tuple[str, ...]], period: str = period, dimensions: tuple[str, ...] = dimensions) -> int | None:
            added = 0
            for cell in selected(selection):
                full = {**dict(zip(table.dimensions, dimensions, strict=True)), **cell}
                found = shown[(period, *(full.get(name, "All") for name in source.dimensions))]
                if found.status:
                    return None
                added += int(found.value or 0)
            return added

        numerator = total(derived.numerator)
        denominator = total(derived.denominator) if derived.denominator else None
        whole = shown[(period, *(dict(zip(table.dimensions, dimensions, strict=True)).get(name, "All") for name in source.dimensions))]
        others = {name: sorted({row[1 + place[name]] for row in shown} - {"All"}) for name in derived.dimensions}
        every = [total({name: (value,) for name, value in cell.items()}) for cell in selected({name: tuple(v) for name, v in others.items()})]
        kind = policy.metrics[table.metric].kind
        if numerator is None or (derived.denominator and denominator is None):
            rows.append(hidden(period, dimensions))
        elif kind == "count":
            rows.append(counted(period, dimensions, numerator))
        elif kind == "proportion":
            rows.append(rate(period, dimensions, numerator, denominator or 0))
        elif whole.status or None in every or numerator < policy.rules.median or period not in medians.get(table.metric, {}):
            rows.append(hidden(period, dimensions))
        else:
            rows.append(Row(period, dimensions, numerator=numerator, value=round(medians[table.metric][period]), n=numerator))
    return rows


def rate(period: str, dimensions: Sequence[str], numerator: int, denominator: int) -> Row:
    """A share with its 95% Wilson interval, to four decimals; both its counts stand beside it."""
    interval = wilson_interval(numerator, denominator)
    if interval is None:
        return Row(period, tuple(dimensions), numerator, denominator, None, denominator, status="z")
    return Row(period, tuple(dimensions), numerator, denominator, round(numerator / denominator, 4), denominator, round(interval[0], 4), round(interval[1], 4))


def single_rows(policy: Policy, table: Table, figures: Mapping[str, int]) -> list[Row]:
    """Rows of distinct people or cases, or of objects: a count too small is withheld, and nothing adds up to it."""
    threshold = policy.threshold(table)
    return [hidden(period, ()) if 0 < value < threshold else counted(period, (), value) for period, value in sorted(figures.items())]


def check_keep(policy: Policy, published: Published) -> None:
    """A headline that is not exact stops the release."""
    if not published.table.keep:
        return
    for row in published.rows:
        if row.status == WITHHELD and all(value == "All" for value in row.dimensions):
            raise policy.table_error(published.table.id, f"the headline {published.table.id} of {row.period[:4]} is too small to be published exactly. Take `keep` away and let it be withheld, or wait.", "keep")


def key_rows(rows: Iterable[Row]) -> dict[tuple[str, ...], Row]:
    return {(row.period, *row.dimensions): row for row in rows}


def keys_to_rows(year: Protected, table: Table, periods: Sequence[str]) -> dict[Key, tuple[str, ...]]:
    """The reverse of `keys_of`: which row prints a key."""
    return {key: row for row, key in keys_of(year.year, table, periods).items()}
