"""What do the private figures say? A base count by month and every column that the policy needs, medians, distinct
people.

Everything is counted by the metric's own SQL: its syntax tree gets the columns to group by, as for any other question.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import duckdb
import pandas as pd
from sqlglot import exp

from publicsafety.dialects import in_dialect
from publicsafety.metrics import Metric, period_expression
from publicsafety.periods import add_months, floor
from publicsafety.pipeline import reference
from publicsafety.pipeline.release.policy import Dimension, Policy, Table
from publicsafety.referral_stages import DATES

MONTH = "month"
PERSON = "person_key"


@dataclass(frozen=True)
class Reference:
    """What the policy needs to know beside the counts: all areas with their group, and the lists that mark sensitive
    labels.

    `lists`: by name, one row a label, with the columns of data/reference/<name>.csv and `sensitive` as a boolean.
    """

    areas: Mapping[str, str]
    lists: Mapping[str, pd.DataFrame]


def counts(
    con: duckdb.DuckDBPyConnection, metric: Metric, columns: Sequence[str], grain: str, first: date, before: date
) -> pd.DataFrame:
    """A metric by period and mart columns: `month` (or the grain's name; ISO first day), the columns as text, and its
    measures.

    A missing label is the empty text.
    """
    tree = metric.tree.copy()
    time = exp.column(metric.time, table=metric.mart)
    last = exp.column(metric.until, table=metric.mart) if metric.until else time.copy()
    tree = tree.where(exp.GTE(this=last, expression=exp.cast(exp.Parameter(this=exp.var("start")), "date")), copy=False)
    tree = tree.where(
        exp.LT(this=time.copy(), expression=exp.cast(exp.Parameter(this=exp.var("before")), "date")), copy=False
    )
    period = period_expression(metric, grain)
    labels = [
        exp.func("coalesce", exp.cast(exp.column(name, table=metric.mart), "varchar"), exp.Literal.string(""))
        for name in columns
    ]
    named = [
        exp.alias_(exp.cast(period, "varchar"), grain),
        *(exp.alias_(label, name) for label, name in zip(labels, columns, strict=True)),
    ]
    tree.set("expressions", named + tree.expressions)
    tree.set("group", exp.Group(expressions=[period.copy(), *(label.copy() for label in labels)]))
    sql = in_dialect(tree, "duckdb") + "\norder by all"
    return con.cursor().execute(sql, {"start": first, "before": before}).df()


def points(con: duckdb.DuckDBPyConnection, policy: Policy, base: str, first: date, before: date) -> pd.DataFrame:
    """The records of a base count from `first` until `before`: month, the policy's columns, count."""
    metric = policy.metrics[base]
    frame = counts(con, metric, columns_of(policy, base), MONTH, first, before)
    return frame[[MONTH, *columns_of(policy, base), "value"]].rename(columns={"value": "count"})


def persons(
    con: duckdb.DuckDBPyConnection, policy: Policy, base: str, first: date, before: date
) -> pd.DataFrame | None:
    """Who the records of a base count are about: month, the policy's columns, person; None where they are not of
    persons.

    A record without a person is a person of its own.
    """
    metric = policy.metrics[base]
    has = con.cursor().execute(
        "select count(*) from duckdb_columns() where table_name = $1 and column_name = $2", [metric.mart, PERSON]
    )
    if policy.counts_what(base) != "people" or not has.fetchall()[0][0]:
        return None
    frame = counts(con, metric, [*columns_of(policy, base), PERSON], MONTH, first, before)
    nobody = frame[PERSON] == ""
    frame.loc[nobody, PERSON] = [f"nobody {i}" for i in range(int(nobody.sum()))]
    return frame[[MONTH, *columns_of(policy, base), PERSON]].rename(columns={PERSON: "person"})


def columns_of(policy: Policy, base: str) -> list[str]:
    """The mart columns behind every dimension that a base count is broken down by."""
    return sorted({column for name in dimensions_of(policy, base) for column in policy.dimensions[name].columns})


def dimensions_of(policy: Policy, base: str) -> list[str]:
    """Every dimension of the tables of a base count, earlier releases' among them."""
    used = {
        name for table in (*policy.tables, *policy.past) if policy.base_of(table) == base for name in table.dimensions
    }
    used |= {name for metric, each in policy.derived.items() if policy.root(metric) == base for name in each.dimensions}
    return sorted(used)


def check_columns(con: duckdb.DuckDBPyConnection, policy: Policy) -> None:
    """Whether the marts have the columns that the policy names. Raises PolicyError."""
    for table in policy.tables:
        mart = policy.metrics[table.metric].mart
        has = {
            name
            for (name,) in con.execute(
                "select column_name from duckdb_columns() where table_name = $1", [mart]
            ).fetchall()
        }
        if not has:
            raise policy.table_error(table.id, f"the warehouse has no table {mart}. Build it again.", "metric")
        for name in dimensions_of(policy, policy.base_of(table)):
            for column in policy.dimensions[name].columns:
                if column not in has:
                    raise policy.error(
                        ("dimensions", name, "column"),
                        f"{mart} has no column {column!r}, so {table.metric} cannot be broken down by {name}.",
                    )


def check_recorded(con: duckdb.DuckDBPyConnection, policy: Policy) -> None:
    """Whether any referral ever got as far as the tables tell: where none did, the exports lack the date, and every zero
    would be one that nobody counted. Raises PolicyError.
    """
    for stage, what in DATES.items():
        column = f"is_{stage}"
        names = {name for name, dimension in policy.dimensions.items() if dimension.column == column}
        told = [table.id for table in policy.tables if names & _dimensions_told(policy, table)]
        if not told:
            continue
        sent, reached = con.execute(
            f"select count(*) filter (where is_sent), count(*) filter (where {column}) from fct_referrals"
        ).fetchall()[0]
        if sent and not reached:
            raise policy.table_error(
                told[0],
                f"none of {sent:,} referrals has a date of {what} or a result that says it, so these tables would hold "
                f"zeros that nobody counted: {', '.join(told)}. Map the column in data/sources and build again, or take "
                "the tables out.",
            )


def _dimensions_told(policy: Policy, table: Table) -> set[str]:
    """The dimensions by which a table is broken down, and those whose categories its metric counts."""
    told, metric = set(table.dimensions), table.metric
    while metric in policy.derived:
        told |= set(policy.derived[metric].dimensions)
        metric = policy.derived[metric].base
    return told


def label(dimension: Dimension, frame: pd.DataFrame, reference: Reference) -> pd.Series:
    """The public category of each record."""
    raw = frame[dimension.column].astype(str)
    category = {part: name for name, parts in dimension.categories.items() for part in parts}
    if dimension.column == "area" and reference.areas:  # an export's own words for a place may be anything
        raw = raw.where(raw.isin([*reference.areas, *category]), "Not recorded")
    if dimension.other:
        found = raw.map(lambda text: category.get(text, dimension.other))
    else:
        found = raw.map(lambda text: category.get(text, text or "Not recorded"))
    if dimension.sensitive:
        listed = reference.lists[dimension.sensitive.reference]
        sensitive = frozenset(listed.loc[listed["sensitive"], dimension.sensitive.column])
        alone = set(found) - mixed_categories(dimension, listed)
        fold = frame[dimension.sensitive.column].isin(sensitive) & found.isin(alone)
        found = found.where(~fold, dimension.other)
    return found.replace({"All": "All (label)"}).astype(object)


def mixed_categories(dimension: Dimension, listed: pd.DataFrame) -> set[str]:
    """The categories that the list says have labels which are not sensitive: in these a sensitive one does not stand
    out."""
    if dimension.column not in listed.columns:
        return {dimension.other}
    open_labels = listed[~listed["sensitive"]].drop(columns="sensitive")
    plain = Dimension(
        dimension.name, dimension.title, dimension.column, dimension.other, categories=dimension.categories
    )
    return set(label(plain, open_labels, Reference({}, {})))


def read_reference(con: duckdb.DuckDBPyConnection, policy: Policy) -> Reference:
    """Areas of the warehouse, and the lists of data/reference that mark sensitive labels."""
    areas = dict(
        con.execute("select area, coalesce(area_group, 'Not recorded') from dim_areas order by area").fetchall()
    )
    wanted = {dimension.sensitive.reference for dimension in policy.dimensions.values() if dimension.sensitive}
    return Reference(areas, {name: read_list(name) for name in sorted(wanted)})


def read_list(name: str) -> pd.DataFrame:
    """data/reference/<name>.csv; every spelling of a sensitive label is sensitive."""
    frame = reference.read(reference.path_of(name))
    return frame.assign(sensitive=frame["sensitive"].str.lower() == "true")


def closed_until(as_of: date, today: date, lag_days: int) -> date:
    """The first day that is not released yet: quarters count that are in the data whole and have been over for the
    lag."""
    first = floor(min(as_of + timedelta(days=1), today), "quarter")
    while first + timedelta(days=lag_days) > today:
        first = add_months(first, -3)
    return first
