"""A metric by one or two dimensions: which parts it is made of, or how a rate differs, with its intervals."""

from typing import Any

import numpy as np
import pandas as pd

from publicsafety import prose
from publicsafety.findings.core import Finding, Scope, Source, finding, matched, parts, total
from publicsafety.findings.words import MEANINGS, POLICE, WORDS, meaning, said_n
from publicsafety.metrics import Metric
from publicsafety.rows import records


def by(
    source: Source, scope: Scope, metric: str, dimension: str, question: str = "", beside: tuple[str, ...] = ()
) -> Finding:
    """A metric by one dimension: bars for counts, dots with intervals for rates and medians."""
    now = source.run(metric, scope.on(metric, by=(dimension,)))
    rows = labelled(parts(now, dimension), dimension)
    whole = total(now)
    asked = question or f"{now.metric.title} by {WORDS.get(dimension, dimension)}"
    counted = now.metric.kind in ("count", "distinct")
    drawn = tips(ends(rows), now.metric) if not counted else with_before(rows, source, scope, metric, dimension)
    known = rows["value"].notna().any() and (not counted or float(rows["value"].fillna(0).sum()) > 0)
    return finding(
        source, f"{metric}_by_{dimension}", asked, _say(rows, whole, now.metric, dimension, scope), now, scope,
        drawing=("bars" if counted else "dots") if known else "",
        drawn=drawn,
        options={"unit": now.metric.unit, "meaning": meaning(now.metric), "meanings": MEANINGS if dimension == "police_role" else {},
                 "target": source.city.targets.get(metric), "beside": (*(shortened(rows) if counted else ends_only(rows)), *paler(drawn, scope), *beside)},
        n=said_n(whole, now.metric),
    )  # fmt: skip


def labelled(rows: pd.DataFrame, dimension: str) -> pd.DataFrame:
    """The dimension's values as a reader knows them ("none" → "No police", "2" → "Priority 2")."""
    names = POLICE if dimension == "police_role" else {}
    labels = [names.get(str(label), str(label)) for label in rows["label"]]
    if dimension == "priority":  # a bare "2" says nothing beside a bar
        labels = [f"Priority {label}" if len(label) <= 2 else label for label in labels]
    return rows.assign(label=np.array(labels, dtype="object"))


def tips(rows: pd.DataFrame, metric: Metric) -> pd.DataFrame:
    """What stands beside each dot: "93.9% (184 of 196)", "12 min, 9 in 10 within 31 min"."""
    made = []
    for row in records(rows):
        text = (
            prose.measure(row["value"], metric.unit)
            if prose.known(row["value"])
            else prose.LETTER.get(str(row.get("status") or "x"), "[x]")
        )
        if metric.kind == "proportion" and prose.known(row["value"]):
            text += f" ({prose.of(row['numerator'], row['denominator'])})"
        if metric.kind == "median" and prose.known(row.get("n")):
            text += f" (n = {prose.count(row['n'])})"
        made.append(text)
    if metric.kind == "median" and "p90" in rows:
        rows = rows.assign(low=rows["value"], high=rows["p90"])
    return rows.assign(text=np.array(made, dtype="object"))


def with_before(rows: pd.DataFrame, source: Source, scope: Scope, metric: str, dimension: str) -> pd.DataFrame:
    """The same rows with the comparison period's value in `before`."""
    filters = scope.before(metric, by=(dimension,))
    if filters is None:
        return rows
    then = labelled(parts(source.run(metric, filters), dimension), dimension)
    return rows.assign(before=matched(rows, then))


def paler(drawn: pd.DataFrame, scope: Scope) -> tuple[str, ...]:
    """What the thin pale bar is."""
    return (f"Pale: {scope.comparison_name}.",) if "before" in drawn and drawn["before"].notna().any() else ()


def shortened(rows: pd.DataFrame, shown: int = 8) -> tuple[str, ...]:
    """A note when the chart shows only the largest."""
    return (
        (f"The chart shows the {shown} largest of {len(rows)}; the table has them all.",) if len(rows) > shown else ()
    )


def ends(rows: pd.DataFrame, shown: int = 8) -> pd.DataFrame:
    """Of many rates the highest and the lowest: the lowest may be what needs a look, and the sentence names it."""
    known = rows[rows["value"].notna()]
    return rows if len(known) <= shown else pd.concat([known.head(shown // 2), known.tail(shown // 2)])


def ends_only(rows: pd.DataFrame, shown: int = 8) -> tuple[str, ...]:
    """A note when the chart shows only the highest and the lowest."""
    if int(rows["value"].notna().sum()) <= shown:
        return shortened(rows, shown)
    half = shown // 2
    return (f"The chart shows the {half} highest and the {half} lowest of {len(rows)}; the table has them all.",)


def _say(rows: pd.DataFrame, whole: dict[str, Any], metric: Metric, dimension: str, scope: Scope) -> str:
    """The largest part and its share of the whole, or the range of a rate; nothing that the interval does not support."""
    known = rows[rows["value"].notna()]
    if (
        known.empty
        or not prose.known(whole.get("value"))
        or (metric.kind != "median" and float(known["value"].fillna(0).max()) == 0)
    ):
        hidden = int((rows["status"].fillna("") == "c").sum()) if "status" in rows else 0
        return (
            f"{prose.count(hidden)} figures are withheld because they are small"
            if hidden
            else f"No {prose.NOUNS.get(metric.unit, ('', metric.unit))[1]} {scope.within}"
        )
    word = WORDS.get(dimension, dimension)
    first = known.iloc[0]
    if metric.kind in ("count", "distinct"):
        share = (
            f", {prose.percent(first['value'] / whole['value'])} of {prose.count(whole['value'])}"
            if metric.kind == "count" and whole["value"]
            else ""
        )
        tied = known[known["value"] == first["value"]]["label"]
        if len(known) == 1:
            return f"All {prose.count(whole['value'], metric.unit)} {scope.within}: {first['label']}"
        if len(tied) > 1:
            return f"{prose.listing(list(tied)[:4])} are level {scope.within}, with {prose.count(first['value'], metric.unit)} each"
        return f"The most common {word} {scope.within}: {first['label']}, with {prose.count(first['value'], metric.unit)}{share}"
    last = known.iloc[-1]
    return (
        f"{prose.figure(whole, metric.unit, metric.kind)} {scope.within}; from {prose.measure(last['value'], metric.unit)} ({last['label']}) to {prose.measure(first['value'], metric.unit)} ({first['label']})"
        + (
            "; intervals that overlap are no sign of a difference"
            if metric.kind == "proportion" and len(known) > 1
            else ""
        )
    )
