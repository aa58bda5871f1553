"""The true counts behind a release of the invented town, counted anew from its records and the policy."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from publicsafety.pipeline.audit.published import Release, Row, Table

Primary = tuple[str, str, tuple[tuple[str, str], ...]]

# The records that each base counts, as the metric's SQL says it, for the records of tests/release/warehouse.py.
BASES = {
    "calls_for_service": ("fct_calls", "received_at", None),
    "needle_reports": ("fct_pickups", "reported_at", None),
    "referrals_sent": ("fct_referrals", "sent_at", None),
}


def labels(frame: pd.DataFrame, name: str, policy: Mapping[str, Any]) -> pd.Series:
    """The category of each record in a dimension of the policy."""
    rule = policy["dimensions"][name]
    raw = frame[rule["column"]]
    text = raw.map(
        lambda value: "" if pd.isna(value) else str(value).lower() if isinstance(value, bool) else str(value)
    )
    category = {value: label for label, values in rule.get("categories", {}).items() for value in values}
    return text.map(lambda value: category.get(value, rule.get("other", value)))


def true_count(marts: Mapping[str, pd.DataFrame], policy: Mapping[str, Any], table: Table, row: Row) -> int | None:
    """How many records a row of a count table is about; None where this file does not know how to count."""
    meaning = table.meaning
    if meaning.kind != "count" or meaning.base not in BASES or "h3" in table.dimensions:
        return None
    mart, time, _ = BASES[meaning.base]
    frame = marts[mart]
    chosen = frame[(frame[time] >= pd.Timestamp(row.start)) & (frame[time] < pd.Timestamp(row.end))]
    for name, value in row.dimensions:
        chosen = chosen[labels(chosen, name, policy) == value]
    for counted in meaning.columns.values():
        for condition in counted.conditions:
            if condition.column in meaning.named:
                chosen = chosen[labels(chosen, condition.column, policy).isin(condition.values)]
    return len(chosen)


def read_policy(path: Path) -> dict[str, Any]:
    """The policy as plain values."""
    return tomllib.loads(path.read_text(encoding="utf-8"))


def hidden_counts(
    marts: Mapping[str, pd.DataFrame], policy: Mapping[str, Any], release: Release
) -> dict[tuple[str, int], tuple[Table, Row, int]]:
    """Every withheld row of a count table with its true count, by table and line."""
    found = {}
    for table in release.tables:
        for row in table.rows:
            n = true_count(marts, policy, table, row) if row.withheld else None
            if n is not None:
                found[table.name, row.line] = (table, row, n)
    return found


def primaries(marts: Mapping[str, pd.DataFrame], policy: Mapping[str, Any], release: Release) -> list[Primary]:
    """The withheld cells that are below the minimum, as `audit` wants to be told."""
    hidden = hidden_counts(marts, policy, release).values()
    return [(table.name, row.period, row.dimensions) for table, row, n in hidden if n < table.threshold]
