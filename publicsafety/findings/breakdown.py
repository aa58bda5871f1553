"""A metric by one or two dimensions: which parts it is made of, or how a rate differs, with its intervals."""

from collections.abc import Sequence

from publicsafety import prose
from publicsafety.findings.core import Finding, Scope, Source, by_size, finding, known_rows, parts, total
from publicsafety.findings.words import MEANINGS, WORDS, meaning, said_n, value_words
from publicsafety.metrics import Metric
from publicsafety.rows import Row

LEAST = 10  # records behind a rate that a sentence calls the highest or the lowest: 0 of 1 is no extreme


def by(
    source: Source, scope: Scope, metric: str, dimension: str, question: str = "", beside: tuple[str, ...] = ()
) -> Finding:
    """A metric by one dimension: bars for counts, dots with intervals for rates and medians."""
    now = source.run(metric, scope.on(metric, by=(dimension,)))
    rows = labelled(parts(now, dimension), dimension)
    whole = total(now)
    asked = question or f"{now.metric.title} by {WORDS.get(dimension, dimension)}"
    counted = now.metric.kind in ("count", "distinct")
    drawn = (
        tips(ends(rows, now.metric), now.metric) if not counted else with_before(rows, source, scope, metric, dimension)
    )
    known = known_rows(rows)
    is_drawn = any(row["value"] > 0 for row in known) if counted else bool(known)
    return finding(
        source, f"{metric}_by_{dimension}", asked, _say(rows, whole, now.metric, dimension, scope), now, scope,
        drawing=("bars" if counted else "dots") if is_drawn else "",
        drawn=drawn,
        options={"unit": now.metric.unit, "meaning": meaning(now.metric), "meanings": MEANINGS if dimension == "police_role" else {},
                 "target": source.city.targets.get(metric), "beside": (*(shortened(rows) if counted else ends_only(rows, now.metric)), *paler(drawn, scope), *beside)},
        n=said_n(whole, now.metric),
    )  # fmt: skip


def labelled(rows: Sequence[Row], dimension: str) -> list[Row]:
    """The dimension's values as a reader knows them ("none" → "No police", "2" → "Priority 2")."""
    return [row | {"label": value_words(dimension, str(row["label"]))} for row in rows]


def tips(rows: Sequence[Row], metric: Metric) -> list[Row]:
    """What stands beside each dot: "93.9% (184 of 196)", "12 min, 9 in 10 within 31 min"."""
    made = []
    for row in rows:
        text = (
            prose.measure(row["value"], metric.unit)
            if prose.known(row["value"])
            else prose.mark(str(row.get("status") or "x"))
        )
        if metric.kind == "proportion" and prose.known(row["value"]):
            text += f" ({prose.of(row['numerator'], row['denominator'])})"
        if metric.kind == "median" and prose.known(row.get("n")):
            text += f" (n = {prose.count(row['n'])})"
        line = {"low": row["value"], "high": row["p90"]} if metric.kind == "median" and "p90" in row else {}
        made.append(row | line | {"text": text})
    return made


def with_before(rows: list[Row], source: Source, scope: Scope, metric: str, dimension: str) -> list[Row]:
    """The same rows with the comparison period's value in `before`."""
    filters = scope.before(metric, by=(dimension,))
    if filters is None:
        return rows
    then = {row["label"]: row["value"] for row in labelled(parts(source.run(metric, filters), dimension), dimension)}
    return [row | {"before": then.get(row["label"])} for row in rows]


def paler(drawn: Sequence[Row], scope: Scope) -> tuple[str, ...]:
    """What the thin pale bar is."""
    return (f"Pale: {scope.comparison_name}.",) if any(row.get("before") is not None for row in drawn) else ()


def shortened(rows: Sequence[Row], shown: int = 8) -> tuple[str, ...]:
    """A note when the chart shows only the largest."""
    return (
        (f"The chart shows the {shown} largest of {len(rows)}; the table has them all.",) if len(rows) > shown else ()
    )


def ends(rows: list[Row], metric: Metric, shown: int = 8) -> list[Row]:
    """Of many rates the highest and the lowest that a sentence may name: the lowest may be what needs a look.

    Where few have records enough for that, those with the most.
    """
    known, named = known_rows(rows), sound(rows, metric)
    if len(known) <= shown:
        return rows
    if len(named) <= shown:
        most = by_size(known, "n")[:shown]
        return [row for row in known if row in most]
    return [*named[: shown // 2], *named[-(shown // 2) :]]


def ends_only(rows: Sequence[Row], metric: Metric, shown: int = 8) -> tuple[str, ...]:
    """A note when the chart shows only some."""
    known, named = len(known_rows(rows)), len(sound(rows, metric))
    if known <= shown:
        return shortened(rows, shown)
    if named <= shown:
        return (f"The chart shows the {shown} with the largest n of {len(rows)}; the table has them all.",)
    half = shown // 2
    those = f"the {named} with an n of {LEAST} or more" if named < known else str(len(rows))
    return (f"The chart shows the {half} highest and the {half} lowest of {those}; the table has them all.",)


def _say(rows: Sequence[Row], whole: Row, metric: Metric, dimension: str, scope: Scope) -> str:
    """The largest part and its share of the whole, or the range of a rate; nothing that the interval does not support."""
    known = known_rows(rows)
    if (
        not known
        or not prose.known(whole.get("value"))
        or (metric.kind != "median" and max(row["value"] for row in known) == 0)
    ):
        hidden = sum(row["status"] == "c" for row in rows)
        return (
            f"{prose.count(hidden, 'figures')} withheld, because small numbers could point at a person"
            if hidden
            else f"No {prose.NOUNS.get(metric.unit, ('', metric.unit))[1]} {scope.within}"
        )
    word = WORDS.get(dimension, dimension)
    first = known[0]
    if metric.kind in ("count", "distinct"):
        share = (
            f", {prose.percent(first['value'] / whole['value'])} of {prose.count(whole['value'])}"
            if metric.kind == "count" and whole["value"]
            else ""
        )
        tied = [row["label"] for row in known if row["value"] == first["value"]]
        if len(known) == 1:
            every = "" if whole["value"] == 1 else "All "
            return f"{every}{prose.count(whole['value'], metric.unit)} {scope.within}: {first['label']}"
        if len(tied) > 1:
            return f"{prose.listing(tied[:4])} are level {scope.within}, with {prose.count(first['value'], metric.unit)} each"
        return f"The most common {word} {scope.within}: {first['label']}, with {prose.count(first['value'], metric.unit)}{share}"
    return f"{prose.figure(whole, metric.unit, metric.kind)} {scope.within}{extremes(known, metric)}"


def sound(rows: Sequence[Row], metric: Metric) -> list[Row]:
    """The rows with a figure and records enough behind it to be named; a number of records is what it is."""
    known = known_rows(rows)
    if metric.kind not in ("proportion", "median"):
        return known
    return [row for row in known if prose.known(row["n"]) and row["n"] >= LEAST]


def with_n(row: Row, metric: Metric) -> str:
    """A figure with what it rests on: "68.6% (24 of 35)", "12 min (n = 45)"."""
    text = prose.figure(row, metric.unit, metric.kind)
    return f"{text} (n = {prose.count(row['n'])})" if metric.kind == "median" and prose.known(row.get("n")) else text


def extremes(known: Sequence[Row], metric: Metric) -> str:
    """The lowest and the highest of those with records enough, each with its n, as the end of a sentence."""
    named = sound(known, metric)
    if len(known) < 2:
        return f"; all in {known[0]['label']}"
    if not named:
        return f"; none has an n of {LEAST} or more, so none is named as high or low"
    those = f"of those with an n of {LEAST} or more, " if len(named) < len(known) else ""
    high, low = named[0], named[-1]
    if len(named) == 1:
        return f"; only {high['label']} has an n of {LEAST} or more: {with_n(high, metric)}"
    if high["value"] == low["value"]:
        return f"; {those or 'among them '}all have the same"
    overlap = "; intervals that overlap are no sign of a difference" if metric.kind == "proportion" else ""
    return f"; {those}from {low['label']}, {with_n(low, metric)}, to {high['label']}, {with_n(high, metric)}{overlap}"
