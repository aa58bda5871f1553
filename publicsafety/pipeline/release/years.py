"""Which cells do the tables of one base count have in one year? Its records under their public categories, and the cells'
keys.

Years do not overlap and no table spans two, so each year of a base count is a system of its own.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, product

import numpy as np
import pandas as pd

from publicsafety.pipeline import reference
from publicsafety.pipeline.release.counts import MONTH, Reference, dimensions_of, label
from publicsafety.pipeline.release.policy import Dimension, Policy, Table
from publicsafety.pipeline.release.structure import Key, Levels

LEAST_DWELLINGS = 50  # fewer homes than this in a hexagon, and a request there points at somebody's door


@dataclass(frozen=True)
class Year:
    """One year of a base count, ready to be protected."""

    base: str
    year: str
    levels: Levels
    points: pd.DataFrame
    tables: tuple[tuple[Table, tuple[str, ...]], ...]  # with the periods that are closed
    chosen: Mapping[str, Mapping[str, str]]  # metric that is a part of the base → the categories that it counts
    persons: pd.DataFrame | None = None  # the same levels with a person for each record, where records are of persons


def year_of(
    policy: Policy,
    base: str,
    year: str,
    points: pd.DataFrame,
    reference: Reference,
    periods: Mapping[str, Sequence[str]],
    months: Sequence[str],
    printed: Mapping[str, frozenset[str]],
    persons: pd.DataFrame | None,
) -> Year:
    """The levels and labelled records of a year; `periods` the closed periods by grain, `months` those of its quarters.

    `printed`: the categories that earlier releases printed, by dimension. `persons`: who the records are about, if
    they are.
    """
    names = dimensions_of(policy, base)
    frame = _labelled(policy, names, points, reference, months, printed)
    values: dict[str, tuple[str, ...]] = {
        MONTH: tuple(months),
        "quarter": tuple(sorted({quarter_of(m) for m in months})),
    }
    for name in names:
        values[name] = domain(policy.dimensions[name], frame[name], reference)
    parents = {(MONTH, "quarter"): {month: quarter_of(month) for month in months}}
    for name in names:
        parent = policy.dimensions[name].parent
        if parent in names:
            parents[(name, parent)] = parent_map(policy, name, parent, frame, values, reference)
    tables = []
    for table in policy.tables:
        if policy.is_counted(table.metric) and policy.base_of(table) == base:
            closed = tuple(
                period
                for period in periods[table.grain]
                if period[:4] == year and (table.opens == "quarter" or periods["year"])
            )
            if closed:
                tables.append((table, closed))
    people = None if persons is None else _labelled(policy, names, persons, reference, months, printed)
    chosen = {
        name: policy.chosen(name)
        for name in [base, *policy.derived]
        if policy.is_counted(name) and policy.root(name) == base
    }
    return Year(base, year, Levels(values, parents), frame, tuple(tables), chosen, people)


def _labelled(
    policy: Policy,
    names: Sequence[str],
    points: pd.DataFrame,
    reference: Reference,
    months: Sequence[str],
    printed: Mapping[str, frozenset[str]],
) -> pd.DataFrame:
    """Records with their public categories: month, quarter, the dimensions, and `count` or `person`."""
    inside = points[points[MONTH].isin(months)].reset_index(drop=True)
    measure = "person" if "person" in inside.columns else "count"
    frame = pd.DataFrame(
        {MONTH: inside[MONTH], "quarter": [quarter_of(month) for month in inside[MONTH]], measure: inside[measure]}
    )
    for name in names:
        dimension = policy.dimensions[name]
        if dimension.coarse:
            frame[name] = hexagons(dimension, inside, policy.rules.events, printed.get(name))
        else:
            frame[name] = label(dimension, inside, reference)
    return frame


def quarter_of(month: str) -> str:
    return f"{month[:4]}-{(int(month[5:7]) - 1) // 3 * 3 + 1:02d}-01"


def hexagons(
    dimension: Dimension, records: pd.DataFrame, smallest: int, printed: frozenset[str] | None = None
) -> pd.Series:
    """Hexagons with enough requests; all others are one place, which has enough itself (or none).

    One resolution for the year: the coarser one when there are fewer requests than `coarse_below`. What an earlier
    release
    printed for the year stays: the same hexagons.
    """
    column = dimension.coarse if records["count"].sum() < dimension.coarse_below else dimension.column
    if printed:
        fine = set(records[dimension.column])
        column = dimension.column if printed - {dimension.other} <= fine else dimension.coarse
        return records[column].where(records[column].isin(list(printed)), dimension.other).astype(object)
    totals = records.groupby(column)["count"].sum().sort_index()
    peopled = dwellings(dimension)
    kept = {
        h3: int(n)
        for h3, n in totals.items()
        if h3 and n >= smallest and not 0 < peopled.get(h3, LEAST_DWELLINGS) < LEAST_DWELLINGS
    }
    rest = int(totals.sum()) - sum(kept.values())
    while 0 < rest < smallest and kept:
        least = min(kept, key=lambda h3: (kept[h3], h3))
        rest += kept.pop(least)
    return records[column].where(records[column].isin(list(kept)), dimension.other).astype(object)


def dwellings(dimension: Dimension) -> dict[str, int]:
    """Dwellings by hexagon from data/reference, where the policy names a layer; a hexagon without any is a park."""
    if not dimension.dwellings:
        return {}
    frame = reference.read(reference.path_of(dimension.dwellings))
    return dict(zip(frame["h3"], frame["dwellings"].astype(int), strict=True))


def domain(dimension: Dimension, found: pd.Series, reference: Reference) -> tuple[str, ...]:
    """Every category that could be, with or without records: listed ones, all areas, and what the records have."""
    known: set[str] = set(found)
    if not dimension.coarse:
        known |= set(dimension.categories)
    if dimension.column in ("area", "area_group") and not dimension.other:
        listed = reference.areas if dimension.column == "area" else reference.areas.values()
        frame = pd.DataFrame({dimension.column: list(listed)}, dtype=object)
        known |= set(label(dimension, frame, reference)) if len(frame) else set()
    if dimension.other:
        known.add(dimension.other)
    return tuple(sorted(known))


def parent_map(
    policy: Policy,
    name: str,
    parent: str,
    frame: pd.DataFrame,
    values: dict[str, tuple[str, ...]],
    reference: Reference,
) -> dict[str, str]:
    """Which parent category each category adds up to; from the records and, for areas, from the warehouse's list."""
    pairs = set(zip(frame[name], frame[parent], strict=True))
    child, above = policy.dimensions[name], policy.dimensions[parent]
    if (child.column, above.column) == ("area", "area_group"):
        listed = pd.DataFrame(
            {"area": list(reference.areas), "area_group": list(reference.areas.values())}, dtype=object
        )
        pairs |= set(zip(label(child, listed, reference), label(above, listed, reference), strict=True))
    found: dict[str, str] = {}
    if child.column == above.column and child.categories and above.categories:  # the policy says it, records or not
        labels = {category: list(parts) for category, parts in child.categories.items()}
        every = pd.DataFrame({child.column: [part for parts in labels.values() for part in parts]}, dtype=object)
        plain = [replace(each, sensitive=None) for each in (child, above)]
        pairs |= set(zip(*(label(each, every, reference) for each in plain), strict=True))
        pairs |= {(child.other, above.other)} if child.other and above.other else set()
    for category, group in sorted(pairs):
        if found.setdefault(category, group) != group:
            raise policy.error(
                ("dimensions", name, "parent"),
                f"{category!r} belongs to {found[category]!r} and to {group!r} of {parent}: make them one category "
                "in both, or drop `parent`.",
            )
    for category in values[name]:  # a category without any record: wherever its namesake is, else a group of its own
        found.setdefault(category, category if category in values[parent] else values[parent][0])
    return found


def keys_of(year: Year, table: Table, periods: Iterable[str]) -> dict[tuple[str, ...], Key]:
    """The key of each row of a table: (period, category or All, …) → key."""
    found: dict[tuple[str, ...], Key] = {}
    time = () if table.grain == "year" else (table.grain,)
    part = year.chosen[table.metric]
    for period in periods:
        for size in range(len(table.dimensions) + 1):
            for chosen in combinations(table.dimensions, size):
                for values in product(*(year.levels.values[name] for name in chosen)):
                    cell = dict(zip(chosen, values, strict=True))
                    try:
                        key = year.levels.key({**part, **cell, **dict.fromkeys(time, period)})
                    except ValueError:
                        continue
                    found[(period, *(cell.get(name, "All") for name in table.dimensions))] = key
    return found


def values_of(year: Year, keys: Iterable[Key]) -> dict[Key, int]:
    """The true counts of some keys."""
    grouped: dict[tuple[str, ...], Mapping[object, int]] = {}
    found = {}
    for key in keys:
        levels = tuple(level for level, _ in key)
        if levels and levels not in grouped:
            grouped[levels] = year.points.groupby(list(levels), observed=True)["count"].sum().to_dict()
        values = tuple(value for _, value in key)
        found[key] = (
            int(year.points["count"].sum())
            if not levels
            else int(grouped[levels].get(values if len(values) > 1 else values[0], grouped[levels].get(values, 0)))
        )
    return found


def level_sets(year: Year, tables: Iterable[Table]) -> list[tuple[str, ...]]:
    """The levels that each table crosses."""
    return [
        (
            *(() if table.grain == "year" else (table.grain,)),
            *dict.fromkeys([*table.dimensions, *year.chosen[table.metric]]),
        )
        for table in tables
    ]


def selected(selection: Mapping[str, tuple[str, ...]]) -> list[dict[str, str]]:
    """The categories that a selection adds up: {police_role: [none, back-up]} → one cell each."""
    names = sorted(selection)
    return [dict(zip(names, values, strict=True)) for values in product(*(selection[name] for name in names))]


def persons_of(year: Year, keys: Iterable[Key]) -> dict[Key, int]:
    """How many different persons the records of each key are about: eleven referrals of one person are one person."""
    found: dict[Key, int] = {}
    if year.persons is None:
        return found
    for key in keys:
        inside = np.ones(len(year.persons), dtype=bool)
        for level, value in key:
            inside &= (year.persons[level] == value).to_numpy()
        found[key] = int(year.persons.loc[inside, "person"].nunique())
    return found


def words(year: Year, key: Key) -> str:
    """A cell in words, without its count."""
    return f"{year.base} {year.year}" + "".join(f", {level} {value}" for level, value in key)
