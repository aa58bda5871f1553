"""What do the private figures say? Everything that the policy asks for, closed quarters only, frozen once released."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import duckdb
import pandas as pd

from publicsafety.pipeline.release import counts, history
from publicsafety.pipeline.release.policy import Policy
from publicsafety.pipeline.release.years import quarter_of


@dataclass(frozen=True)
class Figures:
    """All private figures of a release: records of base counts, single figures, medians, and the closed periods of
    each metric."""

    points: Mapping[str, pd.DataFrame]
    months: Mapping[str, tuple[str, ...]]  # base → closed months with data
    singles: Mapping[str, Mapping[tuple[str, str], int | None]]  # metric → (grain, period) → value, None: not available
    medians: Mapping[str, Mapping[str, float]]  # metric by grain: "response_minutes/year" → period → value
    closed_until: date
    persons: Mapping[str, pd.DataFrame]  # base → who its records are about, where they are of persons
    unserved: Mapping[str, frozenset[str]]  # base → its quarters in which the service had not begun


def count(
    source: duckdb.DuckDBPyConnection,
    policy: Policy,
    closed_until: date,
    frozen: Mapping[str, pd.DataFrame],
    past: Sequence[history.Past],
) -> Figures:
    """Count everything that the policy asks for, closed quarters only; quarters that were released keep their
    counts."""
    beginning = date(1970, 1, 1)
    points, months, singles, medians, persons, unserved = {}, {}, {}, {}, {}, {}
    for base in sorted({policy.base_of(table) for table in (*policy.tables, *policy.past)}):
        metric = policy.metrics[base]
        if metric.kind == "count" and policy.counts_what(base) != "objects":
            found = counts.points(source, policy, base, beginning, closed_until)
            points[base] = _freeze(policy, base, found, frozen.get(base), past)
            covered = _covered(
                source, metric.table, closed_until, {*points[base][counts.MONTH], *_frozen_months(frozen.get(base))}
            )
            months[base] = tuple(covered)
            served = _covered(source, metric.table, closed_until, set())
            unserved[base] = frozenset(quarter_of(month) for month in set(covered) - set(served))
            about = counts.persons(source, policy, base, beginning, closed_until)
            if about is not None:
                persons[base] = about
        else:
            by_month = counts.counts(source, metric, [], counts.MONTH, beginning, closed_until)
            covered = _covered(
                source, metric.table, closed_until, set(by_month.loc[by_month["value"].fillna(0) > 0, counts.MONTH])
            )
            singles[base] = _singles(source, policy, base, covered, closed_until)
    for table in policy.tables:
        metric = policy.metrics[table.metric]
        if metric.kind == "median":
            found = counts.counts(source, metric, [], table.grain, beginning, closed_until)
            told = {
                period: float(value)
                for period, value in zip(found[table.grain], found["value"], strict=True)
                if not pd.isna(value)
            }
            medians[f"{table.metric}/{table.grain}"] = told
    return Figures(points, months, singles, medians, closed_until, persons, unserved)


def _covered(source: duckdb.DuckDBPyConnection, table: str, closed_until: date, active: set[str]) -> list[str]:
    """The months of closed quarters with an export and a service; a quarter without either is left out whole.

    `active` are months with records of the metric itself: these count whatever the coverage says.
    """
    sql = """select month, status = $3 and not is_before_service
             from dim_coverage where "table" = $1 and month < $2 order by month"""
    rows = source.cursor().execute(sql, [table, closed_until, ""]).fetchall()
    quarters = {quarter_of(month.isoformat()[:10]) for month, served in rows if served} | {
        quarter_of(month) for month in active
    }
    return sorted(f"{quarter[:5]}{int(quarter[5:7]) + step:02d}-01" for quarter in quarters for step in range(3))


def _frozen_months(frozen: pd.DataFrame | None) -> list[str]:
    """The first months of the quarters that were released."""
    return list(frozen.attrs["quarters"]) if frozen is not None else []


def _singles(
    source: duckdb.DuckDBPyConnection, policy: Policy, base: str, covered: Sequence[str], closed_until: date
) -> dict[tuple[str, str], int | None]:
    found = {}
    for grain in sorted({table.grain for table in policy.tables if table.metric == base}):
        rows = counts.counts(source, policy.metrics[base], [], grain, date(1970, 1, 1), closed_until)
        told = {
            period: None if pd.isna(value) else int(value)
            for period, value in zip(rows[grain], rows["value"], strict=True)
        }
        for period in closed_periods(grain, covered, closed_until):
            found[(grain, period)] = told.get(period, 0)
    return found


def closed_periods(grain: str, months: Sequence[str], closed_until: date) -> list[str]:
    """The periods of a grain with data in closed quarters; a year only when its last quarter is closed."""
    if grain == "month":
        return sorted(months)
    if grain == "quarter":
        return sorted({quarter_of(month) for month in months})
    return sorted({f"{month[:4]}-01-01" for month in months if date(int(month[:4]) + 1, 1, 1) <= closed_until})


def _freeze(
    policy: Policy, base: str, found: pd.DataFrame, frozen: pd.DataFrame | None, past: Sequence[history.Past]
) -> pd.DataFrame:
    """The counts with every quarter that was released as it was released, unless a correction of it is declared."""
    if frozen is None or not frozen.attrs["quarters"]:
        return found
    corrected = corrections_of(policy, len(past) + 1)
    kept = [quarter for quarter in frozen.attrs["quarters"] if quarter not in corrected]
    columns = list(found.columns)
    missing = [column for column in columns if column not in frozen.columns]
    known = [column for column in columns if column not in {*missing, "count"}]
    for number, each in enumerate(policy.corrections):
        if each.release == len(past) + 1 and each.quarter.isoformat() in frozen.attrs["quarters"]:
            changed = _changed(_of(found, [each.quarter.isoformat()]), _of(frozen, [each.quarter.isoformat()]), known)
            least = getattr(policy.rules, policy.counts_what(base))
            if 0 < changed < least:
                raise policy.error(
                    ("corrections", number),
                    f"the correction of {each.quarter} changes {base} by fewer than {least} records, so it would "
                    "show whose they are. Wait until there are more and declare them together.",
                )
    old = _of(frozen, kept)
    if missing:  # a dimension that is new since: fine when the counts have not changed otherwise
        if _changed(_of(found, kept), old, known):
            raise policy.error(
                ("dimensions",),
                f"{missing[0]} is new, and the exports of closed quarters have changed since they were released, so "
                "they cannot be broken down by it. Declare a [[corrections]] entry for those quarters, or leave the "
                "dimension out.",
            )
        return found
    fresh = found[~found[counts.MONTH].map(quarter_of).isin(kept)]
    return pd.concat([old[columns], fresh], ignore_index=True)


def corrections_of(policy: Policy, number: int) -> set[str]:
    """The quarters that release `number` publishes anew."""
    return {each.quarter.isoformat() for each in policy.corrections if each.release == number}


def _of(frame: pd.DataFrame, quarters: Iterable[str]) -> pd.DataFrame:
    return frame[frame[counts.MONTH].map(quarter_of).isin(list(quarters))]


def _changed(new: pd.DataFrame, old: pd.DataFrame, by: list[str]) -> int:
    """How many records came, went or moved between two countings (a move counts once)."""
    difference = _tally(new, by).sub(_tally(old, by), fill_value=0)
    return int(max(difference.clip(lower=0).sum(), -difference.clip(upper=0).sum()))


def _tally(frame: pd.DataFrame, by: list[str]) -> pd.Series:
    return frame.groupby(by, observed=True)["count"].sum().sort_index()
