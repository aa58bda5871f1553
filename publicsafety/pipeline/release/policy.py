"""What may be released, to whom it matters, and how small a number may be: what the privacy officer's file says.

Every rule may be made stricter there and none laxer: the floors are in this module. `policy_file` reads the file,
`policy_checks` holds its entries against each other.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path

from publicsafety.metrics import Metric

FLOORS = {"events": 5, "people": 11, "median": 10, "lag_days": 30}
# Marts whose rows are about persons (their cases, contacts and referrals), not about events.
PEOPLE = ("fct_contacts", "fct_cases", "fct_case_months", "fct_services", "fct_needs", "fct_referrals")
OBJECTS = ("needles",)  # units that are not protected as such


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


# Applied whatever a policy says: no line of it takes the protection of sensitive labels away.
SENSITIVE = {
    "nature": Sensitive("nature", "natures"),
    "nature_group": Sensitive("nature", "natures"),
    "partner": Sensitive("partner", "partners"),
    "partner_group": Sensitive("partner", "partners"),
}


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
class Never:
    """A combination of categories that no record can have, and why: known to everybody, whichever tables are published."""

    cells: Mapping[str, tuple[str, ...]]
    because: str


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
    never: tuple[Never, ...] = ()
    past: tuple[Table, ...] = ()  # tables that earlier releases published; they constrain later ones for ever

    @cached_property
    def lines(self) -> dict[tuple[str | int, ...], int]:
        return lines_of(self.text)

    def error(self, where: Sequence[str | int], problem: str) -> PolicyError:
        """An error at the closest entry to `where` that has a line."""
        return error_at(self.path, self.lines, where, problem)

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


_WORD = r"(?:\"[^\"]*\"|'[^']*'|[\w-]+)"
KEY = re.compile(rf"\s*({_WORD}(?:\s*\.\s*{_WORD})*)\s*=")  # a quoted key may hold a comma: "Sent, did not arrive"


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
        key = KEY.match(line) if depth == 0 else None
        if key:
            found.setdefault((*here, *_names(key[1])), number)
        depth += sum(bare.count(c) for c in "[{") - sum(bare.count(c) for c in "]}")
    return found


def _names(dotted: str) -> list[str]:
    return [a or b or c for a, b, c in re.findall(r'"([^"]*)"|\'([^\']*)\'|([\w-]+)', dotted)]


def error_at(
    path: Path, lines: Mapping[tuple[str | int, ...], int], where: Sequence[str | int], problem: str
) -> PolicyError:
    place = tuple(where)
    while place:
        inside = [line for found, line in lines.items() if found[: len(place)] == place]
        if inside:
            return PolicyError(f"{path} line {min(inside)}: {problem}")
        place = place[:-1]
    return PolicyError(f"{path} line 1: {problem}")
