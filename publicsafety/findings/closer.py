"""One neighborhood, one kind of call, one kind of partner: every released figure of it, looked up and never added up."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from publicsafety import language, prose
from publicsafety.briefing import build, words
from publicsafety.briefing.build import Asked
from publicsafety.briefing.core import Cell, Period, table
from publicsafety.briefing.published import GRAINS, Row
from publicsafety.filters import Filters
from publicsafety.findings import published
from publicsafety.findings.core import Finding, Scope, Source
from publicsafety.findings.published import NotPublished
from publicsafety.language import gettext as _
from publicsafety.observations import ALL

DIMENSIONS = ("area", "area_group", "nature", "partner", "need_group")
CODED = ("h3",)  # places that a list cannot name; the map shows them
FEWEST = 3  # points that make a line
Ask = tuple[Any, ...]


def values(source: Source) -> dict[str, tuple[str, ...]]:
    """Dimension → its released categories by their English names, which are their names in addresses too."""
    with language.use(language.ENGLISH):
        cells = published.figures(source).cells
    found = {name: {row["dimensions"].get(name, ALL) for row in cells} - {ALL} for name in DIMENSIONS}
    return {name: tuple(sorted(known)) for name, known in found.items() if known}


def scope(source: Source) -> Scope:
    """The latest year of the release, of which the sentences speak; the tables show every year."""
    known = published.periods(source)
    if not known:
        raise NotPublished("The release has no period.")
    return Scope(Filters(known[0].start, known[0].end))


def asks(source: Source, dimension: str, name: str) -> list[Ask]:
    """What can be shown of a category: each figure over time, then split by whatever it is published with."""
    cells = published.figures(source).cells
    shapes = dict.fromkeys((str(row["metric"]), tuple(row["dimensions"])) for row in cells)
    mine = [(metric, names) for metric, names in shapes if dimension in names]
    found: list[Ask] = []
    for metric in dict.fromkeys(metric for metric, _names in mine):
        others = sorted({other for one, names in mine if one == metric for other in names} - {dimension, *CODED})
        found.append((over_time, metric, dimension, name))
        found += [(split, metric, dimension, name, other) for other in others]
    return found


def answer(source: Source, scope: Scope, dimension: str, name: str) -> str:
    """Every figure of a category in its latest year, each with that of all beside it; empty where there is none."""
    asked = published.asked(source, scope)
    told = []
    for metric in dict.fromkeys(str(ask[1]) for ask in asks(source, dimension, name)):
        longest = next((rows for grain in GRAINS if (rows := _history(asked, metric, grain, dimension, name))), None)
        if longest:
            told.append(prose.sentence(_said(asked, metric, asked.published.title(metric), *longest[-1])))
    return " ".join(told)


def over_time(source: Source, scope: Scope, metric: str, dimension: str, name: str) -> Finding:
    """A figure of one category by year, or by quarter or month where so many are published, beside that of all."""
    asked = published.asked(source, scope)
    found = {grain: rows for grain in reversed(GRAINS) if (rows := _history(asked, metric, grain, dimension, name))}
    if not found:
        raise NotPublished("The release has no such table.")
    grain = next((each for each, rows in found.items() if len(_known(rows)) >= FEWEST), list(found)[-1])
    rows, (last, latest) = found[grain], found[list(found)[-1]][-1]
    unit = asked.published.unit(metric)
    lines = [
        [Cell(build.heading(period)), words.cell(row, unit), words.cell(asked.total(metric, period), unit)]
        for period, row in rows
    ]
    is_line = grain in published.SHORT and len(_known(rows)) >= FEWEST
    drawn = pd.DataFrame(
        [
            {"period": period.start.isoformat(), "label": build.heading(period), "value": row["value"], "status": row["status"] or ""}
            for period, row in rows
        ]
    ).astype({"value": "float64"}).assign(before=float("nan"), low=float("nan"), high=float("nan"))  # fmt: skip
    axis = prose.per_grain(unit, grain) if is_line else ""
    made = build.found(
        asked, f"{metric}_of_{dimension}", _("Has it changed? {title}").format(title=asked.published.title(metric)),
        _said(asked, metric, _(name), last, latest), table((build.grain_heading(grain), _(name), _("All")), lines), metric,
        drawing="" if not drawn["value"].fillna(0).sum() else "line" if is_line else "bars", drawn=drawn,
        options={"unit": unit, "axis": axis, "grain": grain, "meaning": build.meaning(metric)}, caveats=(*_unlike(asked, metric, rows), *build.notes([row for _when, row in rows])),
    )  # fmt: skip
    return _over(made, rows)


def split(source: Source, scope: Scope, metric: str, dimension: str, name: str, other: str) -> Finding:
    """A figure of one category by another dimension, a column for each published year; the bars are of the latest."""
    asked = published.asked(source, scope)
    cells = asked.published
    grain = next((each for each in GRAINS if {dimension, other} <= cells.dimensions(metric, each)), "")
    columns = [
        (period, {str(row["second"]): row for row in rows})
        for period in _periods(asked, grain)
        if (rows := [row for row in cells.cross(metric, dimension, other, period) if row["first"] == _(name)])
    ]
    if not columns:
        raise NotPublished("The release has no such table.")
    unit, (last, latest) = cells.unit(metric), columns[-1]
    labels = sorted({label for _when, told in columns for label in told} - {ALL})
    ranked = sorted(labels, key=lambda label: (latest.get(label, {}).get("value") is None, -(latest.get(label, {}).get("value") or 0), label))  # fmt: skip
    lines = [
        [Cell(_(ALL) if label == ALL else label), *(words.cell(told.get(label, {}), unit) for _when, told in columns)]
        for label in (*ranked, ALL)
    ]
    rows = [latest[label] | {"label": label} for label in ranked if label in latest]
    drawn = pd.DataFrame(
        [{"label": row["label"], "value": row["value"], "status": row["status"] or ""} for row in rows]
    )
    drawn = drawn.astype({"value": "float64"}).assign(before=float("nan"))
    question = _("How does it divide? {title}: {dimension}").format(
        title=cells.title(metric), dimension=cells.titles.get(other, other)
    )
    told = build.most(replace(asked, period=last), metric, rows, latest.get(ALL, {}))
    made = build.found(
        asked, f"{metric}_of_{dimension}_by_{other}", question, told, table((cells.titles.get(other, other), *(build.heading(period) for period, _told in columns)), lines),
        metric, drawing="bars" if drawn["value"].fillna(0).sum() > 0 else "", drawn=drawn,
        options={"unit": unit, "meaning": build.meaning(metric), "shown": len(drawn)},
        caveats=(*_unlike(asked, metric, columns), *build.notes([row for _when, told in columns for row in told.values()])),
    )  # fmt: skip
    return _over(made, columns)


def _history(asked: Asked, metric: str, grain: str, dimension: str, name: str) -> list[tuple[Period, Row]]:
    """The cells of a category, one for each published period of a grain, in order of time."""
    found = []
    for period in _periods(asked, grain):
        row = next((row for row in asked.published.by(metric, dimension, period) if row["label"] == _(name)), None)
        if row is not None:
            found.append((period, row))
    return found


def _periods(asked: Asked, grain: str) -> list[Period]:
    return [
        period for period in sorted(asked.published.periods(), key=lambda each: each.start) if period.grain == grain
    ]


def _known(rows: Sequence[tuple[Period, Row]]) -> list[Row]:
    return [row for _when, row in rows if prose.known(row["value"])]


def _said(asked: Asked, metric: str, title: str, period: Period, row: Row) -> str:
    """The latest figure of a category, with that of all beside it; a withheld one is said to be withheld."""
    unit, kind, whole = asked.published.unit(metric), asked.published.kind(metric), asked.total(metric, period)
    if not prose.known(row["value"]):
        why = words.unavailable(asked.published, metric, row, period)
        return _("{title} {within}: {why}").format(title=title, within=period.within, why=why)
    figure = prose.figure(row, unit, kind)
    if kind == "count" and prose.known(whole.get("value")):
        figure = _("{part} of {total}").format(part=figure, total=prose.count(whole["value"]))
    return _("{title}: {figure} {within}").format(title=title, figure=figure, within=period.within)


def _unlike(asked: Asked, metric: str, rows: Sequence[tuple[Period, Any]]) -> list[str]:
    """Which years are not to be compared with the one that the sentence is about."""
    return build.not_alike(asked, metric, [period for period, _told in rows if period.grain == asked.period.grain and period != asked.period])  # fmt: skip


def _over(made: Finding, rows: Sequence[tuple[Period, Any]]) -> Finding:
    """The finding, said to be of all the periods that its table has."""
    return replace(made, filters=Filters(rows[0][0].start, rows[-1][0].end))
