"""What may be released, to whom it matters, and how small a number may be: the privacy officer's file, read strictly.

Every rule may be made stricter here and none laxer: the floors are in this module, and a value below one is an error
that names its line.
"""

import difflib
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from publicsafety.metrics import Metric, registry

FLOORS = {"events": 5, "people": 11, "median": 10, "lag_days": 30}
GRAINS = ("month", "quarter", "year")
# Marts whose rows are about persons (their cases, contacts and referrals), not about events.
PEOPLE = ("fct_contacts", "fct_cases", "fct_case_months", "fct_services", "fct_needs", "fct_referrals")
OBJECTS = ("needles",)  # units that are not protected as such
REFERENCES = ("natures", "partners")
COLUMN = re.compile(r"[a-z_][a-z0-9_]*")


class PolicyError(ValueError):
    """The policy cannot be used, or what it asks for cannot be released safely; names the file, the line and what to
    do."""


@dataclass(frozen=True)
class Rules:
    """The smallest counts that are shown, the fewest durations behind a median, and the days a quarter must be over."""

    events: int = FLOORS["events"]
    people: int = FLOORS["people"]
    median: int = FLOORS["median"]
    lag_days: int = FLOORS["lag_days"]


@dataclass(frozen=True)
class Sensitive:
    """Labels that the reference list marks as sensitive are never a category of their own: they go into `other`."""

    column: str
    reference: str


@dataclass(frozen=True)
class Dimension:
    """How the public may break a figure down: a column of the mart, and which of its labels make one category.

    Labels that no category lists go into `other`, or stay as they are when there is no `other`. `parent` is the
    dimension
    whose categories these add up to. `dwellings`: the list in data/reference of homes by hexagon. `whole_row` are
    categories that must not hold the whole of a row (group disclosure).
    `coarse` and `coarse_below`: the coarser hexagons, and the requests a year below which they are taken.
    """

    name: str
    title: str
    column: str
    other: str = ""
    parent: str = ""
    categories: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sensitive: Sensitive | None = None
    whole_row: tuple[str, ...] = ()
    coarse: str = ""
    coarse_below: int = 0
    dwellings: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the mart that it needs."""
        return tuple(
            dict.fromkeys(c for c in (self.column, self.coarse, self.sensitive and self.sensitive.column) if c)
        )


@dataclass(frozen=True)
class Derived:
    """A metric written as selections of a base count: numerator (and denominator) are sums of some of its categories.

    The base may itself be a *part* of another count: a count of one category of it (`Policy.is_part`).
    """

    name: str
    base: str
    numerator: Mapping[str, tuple[str, ...]]
    denominator: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def dimensions(self) -> tuple[str, ...]:
        return tuple(sorted({*self.numerator, *self.denominator}))


@dataclass(frozen=True)
class Stock:
    """Two counts by year that change how many there are of something: what opened and what closed (stocks.py)."""

    opened: str
    closed: str


@dataclass(frozen=True)
class Table:
    """One table of the catalogue.

    `keep`: its totals are headlines, published exactly or the release fails. `opens`: whether its rows come out with
    each
    closed quarter or only with the closed year. What comes out by quarters cannot be taken back when a later quarter
    turns
    out small, so a breakdown whose year's totals are headlines must wait for the year.
    """

    id: str
    title: str
    metric: str
    grain: str
    dimensions: tuple[str, ...] = ()
    keep: bool = False
    threshold: int = 0
    opens: str = "quarter"
    note: str = ""


@dataclass(frozen=True)
class Allowed:
    """A whole row in one category that somebody has signed for."""

    dimension: str
    category: str
    signed_by: str
    signed_on: date


@dataclass(frozen=True)
class Correction:
    """A declared batch: the closed quarter (its first day) whose figures are published anew, from which release, and
    why."""

    quarter: date
    release: int
    reason: str


@dataclass(frozen=True)
class Policy:
    """The whole file. `lines` finds the line of an entry for error messages."""

    path: Path
    text: str
    title: str
    description: str
    license: str
    rules: Rules
    dimensions: Mapping[str, Dimension]
    derived: Mapping[str, Derived]
    tables: tuple[Table, ...]
    allowed: tuple[Allowed, ...] = ()
    corrections: tuple[Correction, ...] = ()
    metrics: Mapping[str, Metric] = field(default_factory=dict)
    stocks: Mapping[str, Stock] = field(default_factory=dict)
    past: tuple[Table, ...] = ()  # tables that earlier releases published; they constrain later ones for ever

    @cached_property
    def lines(self) -> dict[tuple[str | int, ...], int]:
        return lines_of(self.text)

    def error(self, where: Sequence[str | int], problem: str) -> PolicyError:
        """An error at the closest entry to `where` that has a line."""
        return _error(self.path, self.lines, where, problem)

    def table_error(self, table_id: str, problem: str, key: str = "id") -> PolicyError:
        """An error at a table of the catalogue."""
        number = next(i for i, table in enumerate(self.tables) if table.id == table_id)
        return self.error(("tables", number, key), problem)

    def base_of(self, table: Table) -> str:
        """The count whose records a table is about: the one that is no part of another."""
        return self.root(table.metric)

    def root(self, metric: str) -> str:
        """The count that a metric's records belong to, through every count that is a part of another."""
        while metric in self.derived:
            metric = self.derived[metric].base
        return metric

    def is_part(self, metric: str) -> bool:
        """Whether a metric counts one category of its base: then its cells are cells of the base, and protected so."""
        derived = self.derived.get(metric)
        single = derived is not None and all(len(values) == 1 for values in derived.numerator.values())
        return single and self.metrics[metric].kind == "count"

    def is_counted(self, metric: str) -> bool:
        """Whether the tables of a metric are protected as they are; those of others are looked up from such tables."""
        return metric not in self.derived or self.is_part(metric)

    def chosen(self, metric: str) -> dict[str, str]:
        """The categories of the base that hold the records of a base or part: {response: Team sent}; empty for a
        base."""
        found: dict[str, str] = {}
        while metric in self.derived:
            if self.is_part(metric):
                found |= {name: values[0] for name, values in self.derived[metric].numerator.items()}
            metric = self.derived[metric].base
        return found

    def selections(self, metric: str) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
        """Numerator and denominator of a derived metric as categories of the base that is no part of another."""
        derived = self.derived[metric]
        whole = {name: (value,) for name, value in self.chosen(derived.base).items()}
        return {**whole, **derived.numerator}, {**whole, **derived.denominator}

    def source_of(self, table: Table) -> Table:
        """The table of counts that a table of rates, sums or medians is looked up from."""
        derived = self.derived[table.metric]
        needed = {*table.dimensions, *derived.dimensions}
        fitting = (
            t
            for t in self.tables
            if t.metric == derived.base and t.grain == table.grain and set(t.dimensions) == needed
        )
        return next(fitting)

    def counts_what(self, metric: str) -> str:
        """events, people or objects."""
        if self.metrics[metric].unit in OBJECTS:
            return "objects"
        return "people" if self.metrics[metric].mart in PEOPLE else "events"

    def threshold(self, table: Table) -> int:
        """The smallest count that the table may show; 1 for objects."""
        what = self.counts_what(table.metric)
        return 1 if what == "objects" else max(getattr(self.rules, what), table.threshold)


def lines_of(text: str) -> dict[tuple[str | int, ...], int]:
    """The line of every table and key of a TOML text, by its path: ("tables", 2, "grain")."""
    found: dict[tuple[str | int, ...], int] = {}
    counts: dict[tuple[str | int, ...], int] = {}
    here: tuple[str | int, ...] = ()
    depth = 0
    for number, line in enumerate(text.splitlines(), 1):
        bare = re.sub(
            r'"(?:\\.|[^"\\])*"|\'[^\']*\'',
            lambda match: match[0].replace("[", " ").replace("]", " ").replace("#", " "),
            line,
        )
        bare = bare.split("#")[0]
        header = re.match(r"\s*(\[\[?)\s*(.+?)\s*\]\]?\s*$", bare) if depth == 0 else None
        if header:
            here = tuple(_names(header[2]))
            if header[1] == "[[":
                counts[here] = counts.get(here, -1) + 1
                here = (*here, counts[here])
            found.setdefault(here, number)
            continue
        key = re.match(r"\s*([\w\".'-]+(?:\s+[\w\".'-]+)*)\s*=", line) if depth == 0 else None
        if key:
            found.setdefault((*here, *_names(key[1])), number)
        depth += sum(bare.count(c) for c in "[{") - sum(bare.count(c) for c in "]}")
    return found


def _names(dotted: str) -> list[str]:
    return [a or b or c for a, b, c in re.findall(r'"([^"]*)"|\'([^\']*)\'|([\w-]+)', dotted)]


def _error(
    path: Path, lines: Mapping[tuple[str | int, ...], int], where: Sequence[str | int], problem: str
) -> PolicyError:
    place = tuple(where)
    while place:
        inside = [line for found, line in lines.items() if found[: len(place)] == place]
        if inside:
            return PolicyError(f"{path} line {min(inside)}: {problem}")
        place = place[:-1]
    return PolicyError(f"{path} line 1: {problem}")


def read_policy(path: Path, metrics: Mapping[str, Metric] | None = None) -> Policy:
    """Read and check a policy. Raises PolicyError at the first thing that is wrong."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(f"{path}: cannot be read ({error}). Name a policy with --policy.") from None
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        raise PolicyError(f"{path} line {line[1] if line else 1}: is not valid TOML: {error}.") from None
    reader = _Reader(path, lines_of(text))
    known = {"title", "description", "license", "rules", "dimensions", "metrics", "stocks", "tables", "allowed"}
    known.add("corrections")
    reader.refuse_unknown((), raw, known)
    for key in ("title", "description", "license"):
        if not isinstance(raw.get(key, ""), str):
            raise reader.error((key,), f"{key} must be text.")
    policy = Policy(
        path,
        text,
        raw.get("title", "Figures"),
        raw.get("description", ""),
        raw.get("license", ""),
        reader.rules(raw.get("rules", {})),
        {
            name: reader.dimension(name, entry)
            for name, entry in reader.mapping(("dimensions",), raw.get("dimensions", {})).items()
        },
        {
            name: reader.derived(name, entry)
            for name, entry in reader.mapping(("metrics",), raw.get("metrics", {})).items()
        },
        tuple(reader.fill(Table, ("tables", i), entry) for i, entry in enumerate(reader.listing("tables", raw))),
        tuple(reader.fill(Allowed, ("allowed", i), entry) for i, entry in enumerate(reader.listing("allowed", raw))),
        tuple(
            reader.fill(Correction, ("corrections", i), entry)
            for i, entry in enumerate(reader.listing("corrections", raw))
        ),
        registry() if metrics is None else metrics,
        {
            name: reader.fill(Stock, ("stocks", name), entry)
            for name, entry in reader.mapping(("stocks",), raw.get("stocks", {})).items()
        },
    )
    _check(policy)
    return policy


class _Reader:
    """Turns TOML into the dataclasses above; everything unexpected is an error with its line."""

    def __init__(self, path: Path, lines: Mapping[tuple[str | int, ...], int]) -> None:
        self.path, self.lines = path, lines

    def error(self, where: Sequence[str | int], problem: str) -> PolicyError:
        return _error(self.path, self.lines, where, problem)

    def refuse_unknown(self, where: Sequence[str | int], raw: Mapping[str, Any], known: set[str]) -> None:
        for key in raw:
            if key not in known:
                near = difflib.get_close_matches(key, sorted(known), n=1)
                hint = f"Did you mean {near[0]}?" if near else f"Known: {', '.join(sorted(known))}."
                raise self.error((*where, key), f"{key} is not a setting here. {hint}")

    def mapping(self, where: Sequence[str | int], raw: Any) -> dict[str, Any]:
        if not isinstance(raw, dict):
            raise self.error(where, f"{where[-1]} must be a table, such as [{'.'.join(map(str, where))}].")
        return raw

    def listing(self, name: str, raw: Mapping[str, Any]) -> list[Any]:
        found = raw.get(name, [])
        if not isinstance(found, list):
            raise self.error((name,), f"{name} must be written as [[{name}]].")
        return found

    def rules(self, raw: Any) -> Rules:
        raw = self.mapping(("rules",), raw)
        rules = self.fill(Rules, ("rules",), raw)
        for name, floor in FLOORS.items():
            if getattr(rules, name) < floor:
                raise self.error(
                    ("rules", name),
                    f"{name} = {getattr(rules, name)} is below the floor of {floor}. Rules can only be made "
                    f"stricter: take {floor} or more.",
                )
        return rules

    def dimension(self, name: str, raw: Any) -> Dimension:
        where = ("dimensions", name)
        raw = dict(self.mapping(where, raw))
        sensitive, categories = (
            raw.pop("sensitive", None),
            self.mapping((*where, "categories"), raw.pop("categories", {})),
        )
        self.refuse_unknown(where, raw, {each.name for each in fields(Dimension)} - {"name"})
        made = self.fill(Dimension, where, {**raw, "name": name})
        for label, parts in categories.items():
            if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
                raise self.error((*where, "categories", label), f"{label} must be a list of labels.")
        if "All" in categories or made.other == "All":
            raise self.error((*where, "categories"), "no category may be called All: that marks totals.")
        told = None
        if sensitive is not None:
            told = self.fill(Sensitive, (*where, "sensitive"), sensitive)
            if told.reference not in REFERENCES:
                raise self.error(
                    (*where, "sensitive"), f"reference = {told.reference!r} is unknown. Take {' or '.join(REFERENCES)}."
                )
            if not made.other:
                raise self.error(where, f'{name} has sensitive labels and no `other` to put them in. Add other = "…".')
        for column in (made.column, made.coarse, told.column if told else ""):
            if column and not COLUMN.fullmatch(column):
                raise self.error((*where, "column"), f"{column!r} is not the name of a column.")
        return Dimension(
            **{
                **vars(made),
                "sensitive": told,
                "categories": {label: tuple(parts) for label, parts in categories.items()},
            }
        )

    def derived(self, name: str, raw: Any) -> Derived:
        where = ("metrics", name)
        raw = dict(self.mapping(where, raw))
        parts = {}
        for part in ("numerator", "denominator"):
            chosen = self.mapping((*where, part), raw.pop(part, {}))
            for dimension, values in chosen.items():
                if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
                    raise self.error((*where, part), f"{part} of {name}: {dimension} must be a list of categories.")
            parts[part] = {dimension: tuple(values) for dimension, values in chosen.items()}
        if not parts["numerator"]:
            raise self.error(where, f"{name} has no numerator. Write which categories of the base it counts.")
        self.refuse_unknown(where, raw, {"base"})
        if not isinstance(raw.get("base"), str):
            raise self.error(where, f"{name} has no base. Name the count that it is a part of.")
        return Derived(name, raw["base"], **parts)

    def fill(self, kind: type, where: Sequence[str | int], raw: Any) -> Any:
        """A dataclass from a TOML table: unknown, missing and wrongly typed keys are errors."""
        raw = self.mapping(where, raw)
        known = {each.name: each for each in fields(kind)}
        self.refuse_unknown(where, raw, set(known))
        values = {}
        for key, value in raw.items():
            wanted = str(known[key].type)
            right = {
                "<class 'str'>": isinstance(value, str),
                "<class 'int'>": isinstance(value, int) and not isinstance(value, bool),
                "<class 'bool'>": isinstance(value, bool),
                "<class 'datetime.date'>": type(value) is date,
            }.get(wanted, isinstance(value, list) and all(isinstance(each, str) for each in value))
            if not right:
                raise self.error((*where, key), f"{key} = {value!r} is not of the right form.")
            values[key] = tuple(value) if isinstance(value, list) else value
        try:
            return kind(**values)
        except TypeError as error:
            missing = ", ".join(re.findall(r"'(\w+)'", str(error)))
            raise self.error(where, f"{missing} is missing here. Add it.") from None


def _check(policy: Policy) -> None:
    """Whether the entries fit each other and the metrics that exist."""
    if not policy.tables:
        raise policy.error((), "there is no [[tables]] entry, so there is nothing to release.")
    for name, dimension in policy.dimensions.items():
        if dimension.parent and dimension.parent not in policy.dimensions:
            raise policy.error(
                ("dimensions", name, "parent"), f"parent = {dimension.parent!r} is not a dimension of this file."
            )
        unknown = [c for c in dimension.whole_row if c not in {*dimension.categories, dimension.other}]
        if unknown and dimension.categories:
            raise policy.error(("dimensions", name, "whole_row"), f"{unknown[0]!r} is not a category of {name}.")
        if dimension.coarse_below and not dimension.coarse:
            raise policy.error(
                ("dimensions", name, "coarse_below"), "coarse_below needs `coarse`, the column of the larger hexagons."
            )
        if dimension.coarse and not dimension.other:
            raise policy.error(
                ("dimensions", name), f"{name} needs `other`: the name of all places with too few requests."
            )
    for name, derived in policy.derived.items():
        _check_derived(policy, name, derived)
    seen: dict[str, int] = {}
    for number, table in enumerate(policy.tables):
        _check_table(policy, number, table)
        if table.id in seen:
            raise policy.error(
                ("tables", number, "id"),
                f"id = {table.id!r} is taken by the table of line {policy.lines.get(('tables', seen[table.id]), 1)}.",
            )
        seen[table.id] = number
    _check_bases(policy)
    for number, allowed in enumerate(policy.allowed):
        if allowed.dimension not in policy.dimensions:
            raise policy.error(
                ("allowed", number, "dimension"), f"dimension = {allowed.dimension!r} is not a dimension of this file."
            )
    for number, correction in enumerate(policy.corrections):
        if correction.quarter.day != 1 or correction.quarter.month not in (1, 4, 7, 10):
            raise policy.error(
                ("corrections", number, "quarter"), "quarter must be the first day of a quarter, such as 2026-04-01."
            )


def _check_derived(policy: Policy, name: str, derived: Derived) -> None:
    for metric in (name, derived.base):
        if metric not in policy.metrics:
            raise policy.error(("metrics", name), _unknown("metric", metric, policy.metrics))
    above = [name]
    while above[-1] in policy.derived:
        above.append(policy.derived[above[-1]].base)
        if above[-1] in above[:-1]:
            raise policy.error(("metrics", name, "base"), f"{name} is a part of itself: {' of '.join(above)}.")
    if policy.metrics[derived.base].kind != "count" or not policy.is_counted(derived.base):
        raise policy.error(
            ("metrics", name, "base"),
            f"base = {derived.base!r} must be a plain count, or one category of a plain count.",
        )
    if policy.metrics[name].mart != policy.metrics[derived.base].mart:
        raise policy.error(("metrics", name, "base"), f"{name} and {derived.base} are counted from different tables.")
    for dimension, values in [*derived.numerator.items(), *derived.denominator.items()]:
        if dimension not in policy.dimensions:
            raise policy.error(("metrics", name), _unknown("dimension", dimension, policy.dimensions))
        made = policy.dimensions[dimension]
        for value in values:
            if value not in {*made.categories, made.other}:
                raise policy.error(("metrics", name), f"{value!r} is not a category of {dimension}.")
    if policy.metrics[name].kind == "proportion" and not derived.denominator:
        raise policy.error(("metrics", name), f"{name} is a share and needs a denominator.")


def _check_table(policy: Policy, number: int, table: Table) -> None:
    where = ("tables", number)
    if not re.fullmatch(r"[a-z][a-z0-9_]*", table.id):
        raise policy.error(
            (*where, "id"), f"id = {table.id!r} must be lower-case letters, digits and _: it names a file."
        )
    if table.metric not in policy.metrics:
        raise policy.error((*where, "metric"), _unknown("metric", table.metric, policy.metrics))
    metric = policy.metrics[table.metric]
    if table.grain not in GRAINS:
        raise policy.error(
            (*where, "grain"),
            f"grain = {table.grain!r} is not released. Take one of: {', '.join(GRAINS)}. Running totals and weeks "
            "are never.",
        )
    if table.grain not in metric.grains:
        raise policy.error(
            (*where, "grain"), f"{table.metric} has no grain {table.grain!r}. It has: {', '.join(metric.grains)}."
        )
    if table.opens not in ("quarter", "year"):
        raise policy.error((*where, "opens"), f'opens = {table.opens!r} is unknown. Take "quarter" or "year".')
    for dimension in table.dimensions:
        if dimension not in policy.dimensions:
            raise policy.error((*where, "dimensions"), _unknown("dimension", dimension, policy.dimensions))
    if len(set(table.dimensions)) < len(table.dimensions):
        raise policy.error((*where, "dimensions"), "names a dimension twice.")
    floor = FLOORS.get(policy.counts_what(table.metric), 0)
    if "threshold" in _given(policy, number) and table.threshold < floor:
        raise policy.error(
            (*where, "threshold"),
            f"threshold = {table.threshold} is below the floor of {floor} for {policy.counts_what(table.metric)}. "
            f"Take {floor} or more.",
        )
    if policy.is_part(table.metric):
        _check_rest_is_released(policy, number, table)
    elif table.metric in policy.derived:
        _check_counts_are_released(policy, number, table)
    elif metric.kind not in ("count", "distinct"):
        raise policy.error(
            (*where, "metric"),
            f"{table.metric} is a {metric.kind}: say in [metrics.{table.metric}] which released counts it is made of.",
        )
    if metric.kind == "distinct" and (table.dimensions or table.grain != "year"):
        raise policy.error(
            (*where, "dimensions"),
            f"{table.metric} counts different people or cases, which cannot be added up; it is released by year "
            "only, without dimensions.",
        )


def _given(policy: Policy, number: int) -> set[str]:
    return {str(path[2]) for path in policy.lines if path[:2] == ("tables", number) and len(path) > 2}


def _check_counts_are_released(policy: Policy, number: int, table: Table) -> None:
    """A rate, share or median is shown only where the counts it is made of are: they must be in the catalogue."""
    derived = policy.derived[table.metric]
    try:
        policy.source_of(table)
    except StopIteration:
        needed = ", ".join(sorted({*table.dimensions, *derived.dimensions}))
        raise policy.error(
            ("tables", number, "metric"),
            f"{table.metric} is shown only where its counts are. "
            f"Add a table of {derived.base} by {table.grain} with the dimensions {needed}.",
        ) from None
    if policy.metrics[table.metric].kind == "median" and table.dimensions:
        raise policy.error(
            ("tables", number, "dimensions"), f"{table.metric} is a median: it is released without dimensions."
        )


def _check_rest_is_released(policy: Policy, number: int, table: Table) -> None:
    """Where a count and a part of it are both shown, the rest is known: it must be a table too, to be protected."""
    derived = policy.derived[table.metric]
    needed = {*table.dimensions, *derived.dimensions}
    same = [each for each in policy.tables if each.metric == derived.base and each.grain == table.grain]
    if any(set(each.dimensions) == set(table.dimensions) for each in same) and not any(
        set(each.dimensions) == needed for each in same
    ):
        raise policy.error(
            ("tables", number, "metric"),
            f"{table.metric} and {derived.base} are both shown, so what is left can be worked out. Add a table of "
            f"{derived.base} by {table.grain} with the dimensions {', '.join(sorted(needed))}.",
        )


def _check_stocks(policy: Policy) -> dict[str, str]:
    """What opens or closes a stock → the stock; all three are released by year only (stocks.py)."""
    flows = {flow: name for name, stock in policy.stocks.items() for flow in (stock.opened, stock.closed)}
    for metric, stock in [*flows.items(), *((name, name) for name in policy.stocks)]:
        if metric not in policy.metrics:
            raise policy.error(("stocks", stock), _unknown("metric", metric, policy.metrics))
        for number, table in enumerate(policy.tables):
            if table.metric == metric and (table.grain != "year" or table.dimensions):
                raise policy.error(
                    ("tables", number, "grain"),
                    f"{metric} is a stock, or opens or closes one: it is released by year only, without dimensions.",
                )
    return flows


def _check_bases(policy: Policy) -> None:
    """Two counts of the same rows could be subtracted from one another: all but one must be written as its parts.

    Counts of the same rows by different days are what opened and what closed of a stock.
    """
    flows = _check_stocks(policy)
    bases: dict[str, str] = {}
    for number, table in enumerate(policy.tables):
        metric = policy.metrics[policy.base_of(table)]
        if metric.kind == "distinct" or policy.counts_what(metric.name) == "objects":
            continue
        first = bases.setdefault(metric.mart, metric.name)
        together = first in flows and flows[first] == flows.get(metric.name)
        if first != metric.name and not together:
            raise policy.error(
                ("tables", number, "metric"),
                f"{metric.name} and {first} count rows of the same table, so one can be subtracted from "
                "the other. Write one as a part of the other under [metrics.…].",
            )


def _unknown(kind: str, name: str, known: Mapping[str, Any]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"there is no {kind} {name!r}. " + (
        f"Did you mean {near[0]}?" if near else f"There are: {', '.join(sorted(known))}."
    )
