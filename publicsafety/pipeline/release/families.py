"""Which cells do the tables of one base count have in one year, and which of them may be seen?

Years do not overlap and no table spans two, so each year of a base count is a system of its own.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations, product

import numpy as np
import pandas as pd

from publicsafety.pipeline.release.counts import MONTH, Reference, dimensions_of, label, read_layer
from publicsafety.pipeline.release.intervals import Attack, Cells
from publicsafety.pipeline.release.policy import Dimension, Policy, Table
from publicsafety.pipeline.release.structure import Key, Levels, System, TooDetailed, assemble
from publicsafety.pipeline.release.suppress import Unprotectable, suppress
from publicsafety.pipeline.release.verify import Review

TIME = (MONTH, "quarter", "year")
LARGE = 0.5  # what the logarithm of a count adds to the cost of withholding it: readers miss the large ones most
LEAST_DWELLINGS = 50  # fewer homes than this in a hexagon, and a request there points at somebody's door


@dataclass(frozen=True)
class Before:
    """What was published of one year: counts by key, the keys withheld, and the threshold that each was withheld
    under."""

    shown: Mapping[Key, int] = field(default_factory=dict)
    withheld: Mapping[Key, int] = field(default_factory=dict)
    levels: tuple[tuple[str, ...], ...] = ()
    revised: Mapping[Key, int] = field(default_factory=dict)  # counts as published before a declared correction


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


@dataclass(frozen=True)
class Protected:
    """The counts of one year: value and whether withheld, by key; tables that had to be given up, and why."""

    year: Year
    value: Mapping[Key, int]
    withheld: frozenset[Key]
    primary: frozenset[Key]
    given_up: Mapping[str, str]
    narrowest: float


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
    frame = read_layer(dimension.dwellings)
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


def protect(policy: Policy, year: Year, before: Before, facts: Mapping[Key, tuple[float, float]]) -> Protected:
    """The catalogue of a year with the fewest cells withheld.

    Where no pattern protects all tables, headlines come first and then the tables in the order of the policy, each
    that can
    be protected together with those before it; the others are given up. Raises PolicyError when a headline is unsafe.
    """
    try:
        return _protect(_prepare(policy, year, year.tables, before, facts), {})
    except Unprotectable:
        pass
    sources = headline_sources(policy, year.base)
    kept = [entry for entry in year.tables if entry[0].keep or entry[0].id in sources]
    _check_headlines(policy, _prepare(policy, year, kept, before, facts))
    given_up: dict[str, str] = {}
    for entry in year.tables:
        if entry not in kept:
            tried = [*kept, entry]
            reason = _prepare(policy, year, tried, before, facts).unsafe()
            if reason:
                given_up[entry[0].id] = f"withheld for {year.year}: {reason}"
            else:
                kept = tried
    return _protect(_prepare(policy, year, kept, before, facts), given_up)


@dataclass(frozen=True)
class _Task:
    """A year with some of its tables, as a system to be protected."""

    year: Year
    keys: tuple[Key, ...]
    keep: frozenset[Key]
    before: Before
    system: System | None
    cells: Cells | None
    review: Review | None

    def unsafe(self) -> str:
        """Why not even withholding everything that may be withheld protects these tables; empty when it does."""
        if self.system is None or self.cells is None or self.review is None:
            return ""
        clash = np.flatnonzero(self.cells.must_hide & self.cells.shown)
        if len(clash):
            return f"{words(self.year, self.keys[clash[0]])} must be shown and must not"
        found = self.review.findings(Attack(self.system), ~self.cells.shown)
        if not found:
            return ""
        return (
            f"{words(self.year, self.keys[found[0].cell])} cannot be protected"
            if found[0].cell is not None
            else f"{found[0].what} could be worked out"
        )


def _prepare(
    policy: Policy,
    year: Year,
    tables: Sequence[tuple[Table, tuple[str, ...]]],
    before: Before,
    facts: Mapping[Key, tuple[float, float]],
) -> _Task:
    thresholds: dict[Key, int] = {}
    weights: dict[Key, float] = {}
    keep: set[Key] = set()
    for table, periods in tables:
        for row, key in keys_of(year, table, periods).items():
            thresholds[key] = max(thresholds.get(key, 0), policy.threshold(table))
            open_levels = sum(value == "All" for value in row[1:]) if table.dimensions else 1
            weights[key] = max(
                weights.get(key, 0), 1 + 1.5 * open_levels + (2 if table.grain == "year" and open_levels else 0)
            )
            if table.keep and all(value == "All" for value in row[1:]):
                keep.add(key)
    keep |= kept_by_rates(policy, year, {table.grain: periods for table, periods in year.tables})
    published = dict(thresholds)
    for key in [*before.shown, *before.withheld]:
        published.setdefault(key, before.withheld.get(key, 1))
    keys = tuple(sorted(published))
    keep &= set(keys)
    if set(keys) <= {*before.shown, *before.withheld}:  # nothing new is said, so nothing new can be found out
        return _Task(year, keys, frozenset(keep), before, None, None, None)
    sets = [*level_sets(year, (table for table, _ in tables)), *before.levels]
    try:
        system = assemble(year.levels, sets or [()], keys, year.points)
    except TooDetailed as error:
        finest = max((table for table, _ in tables), key=lambda table: len(table.dimensions))
        raise policy.table_error(
            finest.id,
            f"the tables of {year.base} are too detailed to be protected: {error}. Take fewer or coarser dimensions.",
            "dimensions",
        ) from None
    cells = cells_of(policy, year, system, published, weights, keep, before, facts)
    review = Review(system, cells, year.points, max(thresholds.values(), default=1))
    return _Task(year, keys, frozenset(keep), before, system, cells, review)


def _protect(task: _Task, given_up: Mapping[str, str]) -> Protected:
    """Solve a task. Raises Unprotectable."""
    year, keys = task.year, task.keys
    if task.system is None or task.cells is None or task.review is None:
        return Protected(
            year, values_of(year, keys), frozenset(task.before.withheld), frozenset(), dict(given_up), np.inf
        )
    withheld = suppress(task.system, task.cells, task.review.cuts)
    value = {key: round(v) for key, v in zip(keys, task.system.values, strict=True)}
    hidden = frozenset(key for key, gone in zip(keys, withheld, strict=True) if gone)
    primary = frozenset(key for key, first in zip(keys, task.cells.primary, strict=True) if first)
    return Protected(year, value, hidden, primary, dict(given_up), task.review.narrowest)


def _check_headlines(policy: Policy, task: _Task) -> None:
    """Raises PolicyError when the headlines of a year cannot be published exactly."""
    reason = task.unsafe()
    if not reason:
        return
    clash = next(
        (
            key
            for i, key in enumerate(task.keys)
            if task.cells is not None and task.cells.must_hide[i] and task.cells.shown[i]
        ),
        None,
    )
    if clash is not None:
        told = (
            "would change by fewer records than may be told apart"
            if clash in task.before.revised
            else "is below the smallest count that may be shown"
        )
        reason = f"{words(task.year, clash)} {told}"
    table = headline_of(policy, task.year, clash or ())
    raise policy.table_error(
        table.id,
        f"the headline {table.id} cannot be published exactly: {reason}. Take `keep` away and let it be withheld, or "
        "wait until it is larger.",
        "keep",
    )


def kept_by_rates(policy: Policy, year: Year, closed: Mapping[str, Sequence[str]]) -> set[Key]:
    """The counts that headline rates and parts are made of, which must be shown with them."""
    found = set()
    for table in policy.tables:
        if not table.keep or policy.is_counted(table.metric) or policy.base_of(table) != year.base:
            continue
        for period in closed.get(table.grain, ()):
            time = {} if table.grain == "year" else {table.grain: period}
            for selection in policy.selections(table.metric):
                for cell in selected(selection):
                    found.add(year.levels.key({**cell, **time}))
    return found


def headline_sources(policy: Policy, base: str) -> set[str]:
    """The tables of counts that headline rates and parts are made of."""
    found = set()
    for table in policy.tables:
        if table.keep and not policy.is_counted(table.metric) and policy.base_of(table) == base:
            found.add(policy.source_of(table).id)
    return found


def headline_of(policy: Policy, year: Year, key: Key) -> Table:
    """The headline table that a count must be shown for."""
    grain = next((level for level, _ in key if level in TIME), "year")
    kept = [table for table in policy.tables if table.keep and policy.base_of(table) == year.base]
    derived = [table for table in kept if table.metric in policy.derived and any(level not in TIME for level, _ in key)]
    return next((table for table in [*derived, *kept] if table.grain == grain), kept[0])


def selected(selection: Mapping[str, tuple[str, ...]]) -> list[dict[str, str]]:
    """The categories that a selection adds up: {police_role: [none, back-up]} → one cell each."""
    names = sorted(selection)
    return [dict(zip(names, values, strict=True)) for values in product(*(selection[name] for name in names))]


def cells_of(
    policy: Policy,
    year: Year,
    system: System,
    published: Mapping[Key, int],
    weights: Mapping[Key, float],
    keep: set[Key],
    before: Before,
    facts: Mapping[Key, tuple[float, float]],
) -> Cells:
    """The protector's knowledge of each key: small counts, whole rows in one category, headlines, the past, known
    facts."""
    keys = system.keys
    value = np.round(system.values)
    k = np.array([before.withheld.get(key, published[key]) for key in keys], dtype=float)
    past_shown = np.array([key in before.shown for key in keys])
    frozen = np.array([key in before.withheld for key in keys])
    # A count that a correction moves by 1 to k-1 would tell the records that came or went.
    moved = np.array([abs(v - before.revised.get(key, v)) for key, v in zip(keys, value, strict=True)])
    small = (value > 0) & (value < k) & ~past_shown
    people = persons_of(year, keys)
    few = np.array([0 < people.get(key, 0) < least for key, least in zip(keys, k, strict=True)]) & ~past_shown
    whole_row = whole_rows(policy, year, system)
    whole = np.array([key in whole_row for key in keys]) & ~past_shown
    shown = np.array([key in keep for key in keys]) | ((value == 0) & (moved == 0)) | past_shown
    weight = np.array([weights.get(key, 1) + LARGE * np.log1p(v) for key, v in zip(keys, value, strict=True)])
    low = np.array([max(1.0, facts.get(key, (1, np.inf))[0]) for key in keys])
    high = np.array([facts.get(key, (1, np.inf))[1] for key in keys])
    wrong = (low > np.maximum(value, 1)) | (
        high < value
    )  # a fact that the figures do not bear out tells nobody anything
    low[wrong], high[wrong] = 1, np.inf
    return Cells(
        value, k, small, small | few | whole | ((moved > 0) & (moved < k)), shown & ~frozen, frozen, weight, low, high
    )


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


def whole_rows(policy: Policy, year: Year, system: System) -> set[Key]:
    """Group disclosure: cells of a `whole_row` category that hold everybody in their row, unless somebody signed for
    it."""
    value = dict(zip(system.keys, np.round(system.values), strict=True))
    signed = {(allowed.dimension, allowed.category) for allowed in policy.allowed}
    found = set()
    for key, count in value.items():
        for name, category in key:
            if name in TIME or category not in policy.dimensions[name].whole_row or (name, category) in signed:
                continue
            row = tuple(part for part in key if part[0] != name)
            if count > 0 and value.get(row) == count:
                found.add(key)
    return found


def words(year: Year, key: Key) -> str:
    """A cell in words, without its count."""
    return f"{year.base} {year.year}" + "".join(f", {level} {value}" for level, value in key)
