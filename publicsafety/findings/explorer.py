"""Any metric by any two dimensions, or over time: the analyst's own question, answered with the same words and rules."""

from dataclasses import replace
from typing import Any

import pandas as pd

from publicsafety import language, metrics, prose
from publicsafety.findings import breakdown, gaps, kpi, series
from publicsafety.findings.core import Finding, Scope, Source, by_size, finding, known_rows, parts, total
from publicsafety.findings.words import MEANINGS, WORDS, meaning, said_n, value_words
from publicsafety.metrics import Metric
from publicsafety.observations import ALL
from publicsafety.rows import Row, records

MOST = 14  # rows and columns of a matrix on the screen; the table and the download have all of them


def explore(
    source: Source, scope: Scope, metric: str, first: str = "", second: str = "", grain: str = "all"
) -> Finding:
    """The metric by no, one or two dimensions, or over time, and over time by one dimension."""
    known = metrics.registry()[metric]
    dimensions = tuple(name for name in dict.fromkeys((first, second)) if name in known.dimensions)
    if grain != "all" and not dimensions:
        return series.over_time(source, scope, metric, grain)
    if grain != "all":
        return over_time_by(source, scope, metric, dimensions[0], grain, dimensions[1:])
    if len(dimensions) == 2:
        return matrix(source, scope, metric, *dimensions)
    if dimensions:
        return breakdown.by(source, scope, metric, dimensions[0])
    # Nothing chosen yet: the figure by month, where it has months, is a better start than one number.
    if "month" not in known.grains:
        return kpi.kpi(source, scope, metric)
    found = series.over_time(source, scope, metric)
    beside = (*found.options.get("beside", ()), "Nothing is chosen yet, so this is the figure by month.")
    return replace(found, options={**found.options, "beside": beside})


def matrix(source: Source, scope: Scope, metric: str, first: str, second: str) -> Finding:
    """Two dimensions as a table with a figure in every cell."""
    now = source.run(metric, scope.on(metric, by=(first, second)))
    frame = now.frame
    cells = frame[(frame[first] != ALL) & (frame[second] != ALL)]
    rows, columns = _order(now.frame, first, second, now.metric), _order(now.frame, second, first, now.metric)
    shown = cells[cells[first].isin(rows) & cells[second].isin(columns)]
    drawn = shown.rename(columns={first: "row", second: "column"}).assign(
        text=[
            _cell(row, now.metric) if prose.known(row["value"]) else prose.LETTER.get(str(row["status"]), "")
            for row in records(shown)
        ]
    )
    whole = total(now)
    known = known_rows(row for row in now.rows if row[first] != ALL and row[second] != ALL)
    said = f"No figures {scope.within}"
    if known:
        said = f"{prose.figure(whole, now.metric.unit, now.metric.kind)} {scope.within}; {_highest(known, first, second, now.metric)}"
    beside = {"proportion": ("In each cell: the percent, and of how many.",), "median": ("In each cell: the median, and of how many.",)}.get(now.metric.kind, ())  # fmt: skip
    return finding(
        source, f"explore_{metric}", f"{now.metric.title} by {WORDS.get(first, first)} and {WORDS.get(second, second)}", said, now, scope,
        drawing="matrix" if known else "", drawn=drawn, options={"rows": rows, "columns": columns, "unit": now.metric.unit, "meaning": meaning(now.metric), "beside": beside},
        n=said_n(whole, now.metric),
    )  # fmt: skip


def _cell(row: dict[str, Any], metric: Metric) -> str:
    """What stands in a cell: "94% of 31", "17 min of 31", "31". A rate without its n is no figure."""
    if metric.kind == "proportion":
        return share_of(row["value"], row["denominator"])
    text = prose.measure(row["value"], metric.unit)
    return f"{text} of {prose.count(row['n'])}" if metric.kind == "median" else text


def share_of(value: float, n: Any) -> str:
    """A share with what it is of, as short as a cell: "94% of 31". Nearly all is not written as all."""
    nearly = 0 < value < 1 and round(value * 100) in (0, 100)
    return f"{language.percent(value, int(nearly))} of {prose.count(n)}"


def _highest(known: list[Row], first: str, second: str, metric: Metric) -> str:
    """The one cell with the highest figure; where several have it, how many they are."""
    named = breakdown.sound(known, metric)
    if not named:
        return f"no cell has an n of {breakdown.LEAST} or more, so none is named as the highest"
    highest = max(row["value"] for row in named)
    top = [row for row in named if row["value"] == highest]
    those = f" of those with an n of {breakdown.LEAST} or more" if len(named) < len(known) else ""
    if len(top) > 1:
        return f"the highest figure{those}, {prose.with_unit(top[0]['value'], metric.unit)}, is that of {prose.count(len(top))} cells"
    return (
        f"the highest figure{those} is that of {top[0][first]} and {top[0][second]}: {breakdown.with_n(top[0], metric)}"
    )


def _order(frame: pd.DataFrame, dimension: str, other: str, metric: Metric) -> list[str]:
    """Hours and weekdays in their own order, anything else by size; at most MOST of them."""
    rows = frame[(frame[other] == ALL) & (frame[dimension] != ALL)]
    if dimension not in ("hour", "weekday"):
        by = "value" if metric.kind in ("count", "distinct") else "n"
        rows = rows.sort_values(by, ascending=False, na_position="last", kind="stable").head(MOST)
    return [str(each) for each in rows[dimension]]


def over_time_by(
    source: Source, scope: Scope, metric: str, dimension: str, grain: str, left: tuple[str, ...] = ()
) -> Finding:
    """The four largest values of a dimension as lines over time; `left` are dimensions for which a line has no room."""
    now = source.run(metric, scope.on(metric, by=(dimension,), grain=grain))
    sizes = parts(source.run(metric, scope.on(metric, by=(dimension,))), dimension)
    order = by_size(sizes, "n" if now.metric.kind in ("proportion", "median", "ratio") else "value")
    largest = [str(row["label"]) for row in order[:4]]
    frame = now.frame[now.frame[dimension].isin(largest)].rename(columns={dimension: "series"})
    frame = frame[frame["status"] != "z"].sort_values(
        "series", key=lambda names: names.map(largest.index), kind="stable"
    )
    named = frame.assign(series=frame["series"].map(lambda name: value_words(dimension, str(name))))
    beside = (f"The four largest of {len(sizes)}; the table and the download have them all.",) if len(sizes) > 4 else ()
    if left:
        beside = (f"Over time the Explorer shows one dimension: {prose.listing(WORDS.get(name, name) for name in left)} is left out here. Without “over time” it shows both.", *beside)  # fmt: skip
    said = (
        f"{now.metric.title} by {grain} {scope.within}, for {prose.listing(value_words(dimension, each) for each in largest)}"
        if largest
        else f"No figures {scope.within}"
    )
    options: dict[str, Any] = {
        "unit": now.metric.unit,
        "axis": series.axis(now.metric, grain),
        "grain": grain,
        "meanings": MEANINGS if dimension == "police_role" else {},
        "missing": gaps.missing(frame),
        "beside": (*beside, *gaps.beside(frame, grain)),
    }
    return finding(
        source, f"explore_{metric}", f"{now.metric.title} by {WORDS.get(dimension, dimension)}, by {grain}", said, now, scope,
        drawing="lines" if named["value"].notna().any() else "", drawn=named, options=options,
    )  # fmt: skip
