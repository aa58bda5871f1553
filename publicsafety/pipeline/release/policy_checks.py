"""Do the entries of a policy fit each other and the metrics that exist? What could be worked out from two of them is found
here, before anything is counted.
"""

import difflib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from publicsafety.pipeline.release.columns import check_columns
from publicsafety.pipeline.release.policy import FLOORS, Derived, Policy, Table
from publicsafety.pipeline.release.vocabulary import check_values

GRAINS = ("month", "quarter", "year")
# Names of files beside the tables' own in the folder of data.
TAKEN = ("changes", "community_safety_tables", "data", "datapackage", "dictionary", "manifest", "releases")
# Marts whose rows are some of the rows of another one: a contact is a call that the team arrived at.
PART_OF = {"fct_contacts": "fct_calls"}


def check(policy: Policy) -> None:
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
    for number, table in enumerate(policy.tables):  # before any table is missed that a misspelt one was to be
        for misspelt in (each for each in table.dimensions if each not in policy.dimensions):
            where = ("tables", number, "dimensions")
            raise policy.error(where, _unknown("dimension", misspelt, policy.dimensions))
    for number, table in enumerate(policy.tables):
        _check_table(policy, number, table)
        if table.id in seen:
            raise policy.error(
                ("tables", number, "id"),
                f"id = {table.id!r} is taken by the table of line {policy.lines.get(('tables', seen[table.id]), 1)}.",
            )
        seen[table.id] = number
    _check_bases(policy)
    check_columns(policy)
    check_values(policy)
    for number, never in enumerate(policy.never):
        _check_categories(policy, ("never", number, "cells"), never.cells)
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
    for part in (derived.numerator, derived.denominator):
        _check_categories(policy, ("metrics", name), part)
    if policy.metrics[name].kind == "proportion" and not derived.denominator:
        raise policy.error(("metrics", name), f"{name} is a share and needs a denominator.")


def _check_categories(policy: Policy, where: Sequence[str | int], chosen: Mapping[str, Sequence[str]]) -> None:
    for dimension, values in chosen.items():
        if dimension not in policy.dimensions:
            raise policy.error(where, _unknown("dimension", dimension, policy.dimensions))
        made = policy.dimensions[dimension]
        for value in values:
            if value not in {*made.categories, made.other}:
                raise policy.error(where, f"{value!r} is not a category of {dimension}.")


def _check_table(policy: Policy, number: int, table: Table) -> None:
    where = ("tables", number)
    if not re.fullmatch(r"[a-z][a-z0-9_]*", table.id):
        raise policy.error(
            (*where, "id"), f"id = {table.id!r} must be lower-case letters, digits and _: it names a file."
        )
    if table.id in TAKEN:
        raise policy.error(
            (*where, "id"), f"id = {table.id!r} is the name of another file of the release. Take another."
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
    """What opens or closes a stock → the stock; all three are released by year only, and no two without the third."""
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
    told = {table.metric for table in policy.tables}
    for name, each in policy.stocks.items():
        missing = {each.opened, each.closed} - told
        if name in told and len(missing) == 1:
            (shown,) = {each.opened, each.closed} - missing
            raise policy.error(
                ("stocks", name),
                f"{name} and {shown} are both shown, so {min(missing)} can be worked out. Add a table of {min(missing)} "
                f"by year, or take away that of {shown}.",
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
        first = bases.setdefault(PART_OF.get(metric.mart, metric.mart), metric.name)
        together = first in flows and flows[first] == flows.get(metric.name)
        if first != metric.name and policy.metrics[first].mart != metric.mart:
            raise policy.error(
                ("tables", number, "metric"),
                f"{metric.name} and {first} count some of the same records, so what one has beyond the other can be "
                "worked out: the calls on which the team did not arrive. Take one of them away.",
            )
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
