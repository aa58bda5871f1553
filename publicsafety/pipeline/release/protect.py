"""Which cells of one year of a base count may be seen?"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from publicsafety.pipeline.release.groups import one_kind
from publicsafety.pipeline.release.intervals import Attack, Cells, between
from publicsafety.pipeline.release.known import rules_of
from publicsafety.pipeline.release.policy import FLOORS, Policy, Table
from publicsafety.pipeline.release.structure import Key, System, TooDetailed, assemble
from publicsafety.pipeline.release.suppress import Unprotectable, suppress, violations
from publicsafety.pipeline.release.verify import Review
from publicsafety.pipeline.release.years import Year, keys_of, level_sets, persons_of, selected, values_of, words

LARGE = 0.5  # what the logarithm of a count adds to the cost of withholding it: readers miss the large ones most


@dataclass(frozen=True)
class Before:
    """What was published of one year: counts by key, the keys withheld, and the threshold that each was withheld
    under."""

    shown: Mapping[Key, int] = field(default_factory=dict)
    withheld: Mapping[Key, int] = field(default_factory=dict)
    levels: tuple[tuple[str, ...], ...] = ()
    revised: Mapping[Key, int] = field(default_factory=dict)  # counts as published before a declared correction
    smallest: int = FLOORS["events"]  # the fewest requests with which any release has named a hexagon


@dataclass(frozen=True)
class Protected:
    """The counts of one year: value and whether withheld, by key; tables that had to be given up, and why.

    `between` says of a sum of keys what an outsider can know of it.
    """

    year: Year
    value: Mapping[Key, int]
    withheld: frozenset[Key]
    primary: frozenset[Key]
    given_up: Mapping[str, str]
    narrowest: float
    between: Callable[[Iterable[Key]], tuple[float, float]] = lambda keys: (0, np.inf)


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
            return f"{words(self.year, self.keys[clash[0]])} has to be shown for another table and to be withheld by the rules"
        attack, everything = Attack(self.system), ~self.cells.shown
        # The linear programs alone say of most tables that fail that they do, at the first cell that is too narrow.
        for narrow in violations(attack, self.cells, everything, 1):
            return f"{words(self.year, self.keys[narrow.cell or 0])} cannot be protected"
        found = self.review.findings(attack, everything)
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
    keep |= kept_by_rates(policy, year)
    published = dict(thresholds)
    for key in [*before.shown, *before.withheld]:
        published.setdefault(key, before.withheld.get(key, 1))
    keep &= set(published)
    if set(published) <= {*before.shown, *before.withheld}:  # nothing new is said, so nothing new can be found out
        return _Task(year, tuple(sorted(published)), frozenset(keep), before, None, None, None)
    sets = [*level_sets(year, (table for table, _ in tables)), *before.levels]
    rules = rules_of(policy, year, before.smallest, sets)
    keys = tuple(sorted({*published, *rules.floors, *rules.empty}))
    try:
        system = assemble(year.levels, [*sets, *rules.levels] or [()], keys, year.points)
    except TooDetailed as error:
        finest = max((table for table, _ in tables), key=lambda table: len(table.dimensions))
        raise policy.table_error(
            finest.id,
            f"the tables of {year.base} are too detailed to be protected: {error}. Take fewer or coarser dimensions.",
            "dimensions",
        ) from None
    known = {key: (float(least), np.inf) for key, least in rules.floors.items()}
    for key, (low, high) in facts.items():
        known[key] = (max(low, known.get(key, (low, high))[0]), high)
    cells = cells_of(policy, year, system, published, weights, keep, before, known)
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
    hidden = frozenset(key for key, gone in zip(keys, withheld & ~task.cells.silent, strict=True) if gone)
    primary = frozenset(key for key, first in zip(keys, task.cells.primary, strict=True) if first)
    told = between(task.system, task.cells, withheld)
    return Protected(year, value, hidden, primary, dict(given_up), task.review.narrowest, told)


def _check_headlines(policy: Policy, task: _Task) -> None:
    """Raises PolicyError when the headlines of a year cannot be published exactly."""
    reason = task.unsafe()
    if not reason:
        return
    both = np.zeros(0, dtype=bool) if task.cells is None else task.cells.must_hide & task.cells.shown
    clash = task.keys[int(np.argmax(both))] if both.any() else None
    if clash is not None:
        told = (
            "would change by fewer records than may be told apart"
            if clash in task.before.revised
            else "is below the smallest count that may be shown"
            if values_of(task.year, [clash])[clash]
            else "is none, so that everybody beside it is of one kind"
        )
        reason = f"{words(task.year, clash)} {told}"
    table = headline_of(policy, task.year, clash)
    raise policy.table_error(
        table.id,
        f"the headline {table.id} cannot be published exactly: {reason}. Take `keep` away and let it be withheld, or "
        "wait until it is larger.",
        "keep",
    )


def kept_by_rates(policy: Policy, year: Year) -> set[Key]:
    """The counts that headline rates and parts are made of, which must be shown with them."""
    kept = [table for table in policy.tables if table.keep and not policy.is_counted(table.metric)]
    return {key for table in kept if policy.base_of(table) == year.base for key in headline_keys(policy, year, table)}


def headline_keys(policy: Policy, year: Year, table: Table) -> set[Key]:
    """The counts that a headline table needs: its totals, or those that its rates and parts are made of."""
    found = set()
    for period in {entry.grain: periods for entry, periods in year.tables}.get(table.grain, ()):
        time = {} if table.grain == "year" else {table.grain: period}
        parts = [{}] if policy.is_counted(table.metric) else _parts(policy, table)
        chosen = year.chosen.get(table.metric, {})
        found |= {year.levels.key({**chosen, **cell, **time}) for cell in parts}
    return found


def _parts(policy: Policy, table: Table) -> list[dict[str, str]]:
    return [cell for selection in policy.selections(table.metric) for cell in selected(selection)]


def headline_sources(policy: Policy, base: str) -> set[str]:
    """The tables of counts that headline rates and parts are made of."""
    found = set()
    for table in policy.tables:
        if table.keep and not policy.is_counted(table.metric) and policy.base_of(table) == base:
            found.add(policy.source_of(table).id)
    return found


def headline_of(policy: Policy, year: Year, key: Key | None) -> Table:
    """The headline table that a count must be shown for; the first of the year's where no single count is to blame."""
    kept = [table for table in policy.tables if table.keep and policy.base_of(table) == year.base]
    return next((table for table in kept if key in headline_keys(policy, year, table)), kept[0])


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
    facts.

    A key that is not published is there for what the rules say of it.
    """
    keys = system.keys
    value = np.round(system.values)
    k = np.array([before.withheld.get(key, published.get(key, 1)) for key in keys], dtype=float)
    silent = np.array([key not in published for key in keys]) & (value > 0)
    past_shown = np.array([key in before.shown for key in keys])
    frozen = np.array([key in before.withheld for key in keys])
    # A count that a correction moves by 1 to k-1 would tell the records that came or went.
    moved = np.array([abs(v - before.revised.get(key, v)) for key, v in zip(keys, value, strict=True)])
    small = (value > 0) & (value < k) & ~past_shown
    people = persons_of(year, keys)
    few = np.array([0 < people.get(key, 0) < least for key, least in zip(keys, k, strict=True)]) & ~past_shown
    groups = one_kind(policy, system)
    whole = np.array([key in groups for key in keys]) & ~past_shown
    shown = np.array([key in keep for key in keys]) | ((value == 0) & (moved == 0)) | past_shown
    weight = np.array([weights.get(key, 1) + LARGE * np.log1p(v) for key, v in zip(keys, value, strict=True)])
    low = np.array([max(1.0, facts.get(key, (1, np.inf))[0]) for key in keys])
    high = np.array([facts.get(key, (1, np.inf))[1] for key in keys])
    wrong = (low > np.maximum(value, 1)) | (
        high < value
    )  # a fact that the figures do not bear out tells nobody anything
    low[wrong], high[wrong] = 1, np.inf
    primary = (small | few | whole | ((moved > 0) & (moved < k))) & ~silent
    return Cells(value, k, small, primary, shown & ~frozen, frozen, weight, low, high, silent)
