"""What an attacker reads off the published definitions: which records a metric counts, which of them another counts.

Every definition is public as SQL. A condition such as `police_role = 'none'` makes the numerator of a rate the same
number as a row of another table; `is_answered` makes one count a part of another. Conditions on columns that no table
is broken down by are folded into one attribute, `kind`: each of its values is a set of records that the same metrics
count.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product

import sqlglot
from sqlglot import exp

OTHER = "(any other)"
KIND = "kind"

# What the marts promise of their flags (docs/architecture.md): a record with the first has the second.
STAGES = (
    ("fct_calls", "is_answered", "is_eligible"),
    ("fct_calls", "is_answered", "is_care_arrival"),
    ("fct_calls", "is_care_arrival", "is_care_response"),
    ("fct_referrals", "is_completed", "is_connected"),
    ("fct_referrals", "is_connected", "is_accepted"),
    ("fct_referrals", "is_accepted", "is_sent"),
    ("fct_referrals", "is_sent", "is_offered"),
)


@dataclass(frozen=True)
class Condition:
    """`column` has one of `values`, or none of them when `negated`."""

    column: str
    values: frozenset[str]
    negated: bool = False

    def allows(self, value: str) -> bool:
        """Whether a record with this value meets the condition."""
        return (value in self.values) != self.negated


@dataclass(frozen=True)
class Counted:
    """What one number counts: records of `mart` that meet `conditions`, once per `key` if it is given, or their sum."""

    mart: str
    how: str
    key: str
    conditions: frozenset[Condition]

    @property
    def universe(self) -> str:
        """Numbers of one universe add up, or are parts of one another."""
        return {"rows": self.mart, "distinct": f"{self.mart} by {self.key}", "sum": f"{self.mart} sum of {self.key}"}[
            self.how
        ]


def counted_columns(sql: str) -> dict[str, Counted]:
    """Output column → what it counts, for each column of a metric's statement that counts or adds up records."""
    statement = sqlglot.parse_one(sql, dialect="duckdb")
    mart = next(statement.find_all(exp.Table)).name
    where = statement.args.get("where")
    base = _conditions(where.this) if where else frozenset()
    found: dict[str, Counted] = {}
    for column in statement.find(exp.Select).expressions:  # type: ignore[union-attr]
        inner = column.this if isinstance(column, exp.Alias) else column
        if isinstance(inner, exp.Column) and inner.name in found:
            found[column.alias_or_name] = found[inner.name]
            continue
        counted = _counted(inner, mart, base)
        if counted:
            found[column.alias_or_name] = counted
    return found


def _counted(node: exp.Expr, mart: str, base: frozenset[Condition]) -> Counted | None:
    if isinstance(node, exp.Coalesce):
        node = node.this
    extra: frozenset[Condition] = frozenset()
    if isinstance(node, exp.Filter):
        extra = _conditions(node.expression.this)
        node = node.this
    if isinstance(node, exp.Sum):
        return Counted(mart, "sum", node.this.sql(), base | extra)
    if not isinstance(node, exp.Count):
        return None
    inside = node.this
    if isinstance(inside, exp.Distinct):
        return Counted(mart, "distinct", ", ".join(one.sql() for one in inside.expressions), base | extra)
    if isinstance(inside, exp.Star) or inside is None:
        return Counted(mart, "rows", "", base | extra)
    return Counted(mart, "rows", "", base | extra | {Condition(inside.sql(), frozenset(["null"]), negated=True)})


def _conditions(node: exp.Expr) -> frozenset[Condition]:
    """The conditions joined by `and`; whatever is more complicated is one condition by its own text."""
    if isinstance(node, exp.Paren):
        return _conditions(node.this)
    if isinstance(node, exp.And):
        return _conditions(node.left) | _conditions(node.right)
    if isinstance(node, exp.Column):
        return frozenset([Condition(node.sql(), frozenset(["true"]))])
    if isinstance(node, exp.Not):
        return frozenset([_negation(one) for one in _conditions(node.this)]) if _is_simple(node.this) else _opaque(node)
    if isinstance(node, exp.EQ | exp.NEQ) and isinstance(node.expression, exp.Literal):
        return frozenset([Condition(node.this.sql(), frozenset([node.expression.name]), isinstance(node, exp.NEQ))])
    if isinstance(node, exp.Is):
        return frozenset([Condition(node.this.sql(), frozenset([node.expression.sql().lower()]))])
    if isinstance(node, exp.In) and all(isinstance(one, exp.Literal) for one in node.expressions):
        return frozenset([Condition(node.this.sql(), frozenset(one.name for one in node.expressions))])
    return _opaque(node)


def _is_simple(node: exp.Expr) -> bool:
    return len(_conditions(node)) == 1


def _negation(one: Condition) -> Condition:
    if one.values == {"true"}:
        return Condition(one.column, frozenset(["false"]), one.negated)
    return Condition(one.column, one.values, not one.negated)


def _opaque(node: exp.Expr) -> frozenset[Condition]:
    return frozenset([Condition(node.sql(), frozenset(["true"]))])


@dataclass(frozen=True)
class Kinds:
    """The values of `kind` in one universe, and for each thing counted the values it is made of."""

    values: tuple[str, ...]
    of: Mapping[frozenset[Condition], frozenset[str]]


def kinds(counted: Iterable[Counted], is_own: Callable[[Condition], bool]) -> Kinds:
    """Fold all conditions but those on a table's own dimensions (`is_own`) into one attribute.

    Each value is a set of conditions that some record can meet together; records that no number counts are left out.
    """
    everything = list(counted)
    wanted = sorted({foreign(one, is_own) for one in everything}, key=lambda s: sorted(map(str, s)))
    marts = {one.mart for one in everything}
    signatures: list[tuple[bool, ...]] = [(True,) * len(wanted)]
    for columns in _groups(wanted, marts):
        options = [dict(zip(columns, one, strict=True)) for one in product(*(_options(c, wanted) for c in columns))]
        options = [one for one in options if _is_possible(one, marts)]
        meets = {
            tuple(all(c.allows(one[c.column]) for c in conditions if c.column in one) for conditions in wanted): None
            for one in options
        }
        combined = (tuple(a and b for a, b in zip(old, new, strict=True)) for old in signatures for new in meets)
        signatures = [one for one in dict.fromkeys(combined) if any(one)]
    names = {signature: f"{KIND} {place + 1}" for place, signature in enumerate(signatures)}
    of = {
        conditions: frozenset(names[signature] for signature in signatures if signature[place])
        for place, conditions in enumerate(wanted)
    }
    return Kinds(tuple(names.values()), of)


def _options(column: str, wanted: list[frozenset[Condition]]) -> list[str]:
    """The values of a column that matter: those some condition names, and everything else."""
    named = {value for conditions in wanted for one in conditions if one.column == column for value in one.values}
    if named <= {"true", "false"}:
        return ["true", "false"]
    return [*sorted(named | ({"true", "false"} if "true" in named or "false" in named else set())), OTHER]


def _groups(wanted: list[frozenset[Condition]], marts: set[str]) -> list[list[str]]:
    """The columns that conditions name, those tied by a promise of the mart together, the others one by one."""
    groups = [{condition.column} for conditions in wanted for condition in conditions]
    groups += [{first, second} for mart, first, second in STAGES if mart in marts]
    named = {condition.column for conditions in wanted for condition in conditions}
    merged: list[set[str]] = []
    for group in groups:
        touching = [one for one in merged if one & group]
        merged = [one for one in merged if not one & group] + [set().union(group, *touching)]
    kept = [sorted(group & named) for group in merged]
    return sorted(group for group in kept if group)


def _is_possible(record: dict[str, str], marts: set[str]) -> bool:
    """Whether a record can look like this: whoever has a stage has every stage before it."""
    later = {second for mart, first, second in _closure(marts) if record.get(first) == "true"}
    return not any(record.get(second, "true") != "true" for second in later)


@cache
def _closure_of(mart: str) -> frozenset[tuple[str, str, str]]:
    pairs = {(first, second) for name, first, second in STAGES if name == mart}
    while True:
        more = {(a, d) for a, b in pairs for c, d in pairs if b == c} | pairs
        if more == pairs:
            return frozenset((mart, first, second) for first, second in pairs)
        pairs = more


def _closure(marts: set[str]) -> set[tuple[str, str, str]]:
    return {row for mart in marts for row in _closure_of(mart)}


def foreign(one: Counted, is_own: Callable[[Condition], bool]) -> frozenset[Condition]:
    """The conditions of a number that `kinds` folds away."""
    return frozenset(condition for condition in one.conditions if not is_own(condition))
