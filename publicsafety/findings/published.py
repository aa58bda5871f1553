"""What a database of released figures can answer: its cells looked up for the period asked for, never added up.

The findings are those of the briefing, so that a page, a slide and a file of the same release say the same. A database
of single records, or a period or breakdown that is not in the release, is `NotPublished`: the page leaves the card out.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd

from publicsafety import language, prose
from publicsafety.briefing import build, community, compose, words, work
from publicsafety.briefing.build import Asked
from publicsafety.briefing.core import Cell, Period, table
from publicsafety.briefing.published import Published, read
from publicsafety.findings import kpi as key_figures
from publicsafety.findings import peers
from publicsafety.findings.core import Finding, Scope, Source
from publicsafety.findings.words import MEANINGS
from publicsafety.language import gettext as _
from publicsafety.remembered import remembered

SHORT = ("month", "quarter")
MOST_SERIES = 4
CLOSER = "publicsafety.findings.closer"  # it reads the same cells, one category at a time


class NotPublished(LookupError):
    """The database has no such figures."""


def fits(builder: Callable[..., Any]) -> bool:
    """Whether a builder shows released cells as they are; every other one needs single records or adds up."""
    return builder.__module__ in (__name__, CLOSER) or builder in (key_figures.kpi, peers.beside)


def figures(source: Source) -> Published:
    """The catalogue of a database in the language in use, read once. Raises NotPublished for one of single records."""
    return _figures(source, language.code())


@remembered(32)
def _figures(source: Source, code: str) -> Published:
    if not source.has("catalogue"):
        raise NotPublished("This database holds single records.")
    return read(source)


def periods(source: Source, metrics: tuple[str, ...] = ()) -> list[Period]:
    """The published periods in which any of the metrics has a figure (any at all, when none is named)."""
    cells = figures(source).cells
    known = {(row["grain"], row["period"]) for row in cells if not metrics or row["metric"] in metrics}
    return [each for each in figures(source).periods() if (each.grain, each.start.isoformat()) in known]


def leaves_out(source: Source) -> bool:
    """Can a table hold [x]: is a figure not available, or published for fewer periods than others of that grain?"""
    cells = figures(source).cells
    known = {(row["metric"], row["grain"], row["period"]) for row in cells if row["status"] != "x"}
    metrics = {row["metric"] for row in cells}
    wanted = {(row["grain"], row["period"]) for row in cells}
    return len(known) < len(metrics) * len(wanted)


def asked(source: Source, scope: Scope) -> Asked:
    """What the findings of a briefing are built from. Raises NotPublished where the dates are no published period."""
    cells = figures(source)
    dates = (scope.filters.start, scope.filters.end)
    period = next((each for each in cells.periods() if (each.start, each.end) == dates), None)
    if period is None:
        raise NotPublished("No figures are published for these dates.")
    beside = compose.comparisons(period)
    return Asked(source, cells, period, tuple(each for each in beside if cells.has(each)))


def _some(found: Finding | None) -> Finding:
    if found is None:
        raise NotPublished("The release has no such table.")
    return found


def said(source: Source, scope: Scope, metric: str) -> Finding:
    """The figure of a metric as one sentence; where the period has none, the sentence says which periods have."""
    question = asked(source, scope)
    _some_cells(question, metric)
    return build.found(question, f"{metric}_said", question.published.title(metric), question.say(metric), None, metric)


def story(source: Source, scope: Scope) -> Finding:
    """The period in words: every headline with its n of N, and the table behind the words."""
    question = asked(source, scope)
    names = tuple(
        dict.fromkeys(
            (*work.headlines(question), *(n for n in work.KEY if question.period.grain in question.published.grains(n)))
        )
    )
    asking = _("What did the team do {within}?").format(within=question.period.within)
    made = _some(community.figures(question, "story", asking, names))
    return replace(
        made,
        sentence=" ".join(work.story(question)),
        caveats=(*work.elsewhere(question), *work.comparability(question)),
    )


def several(source: Source, scope: Scope, asking: str, *metrics: str) -> Finding:
    """Several figures as sentences and a table, each by its own definition."""
    question = asked(source, scope)
    if not any(question.period.grain in question.published.grains(name) for name in metrics):
        raise NotPublished("None of these figures is released for such a period.")
    made = _some(community.figures(question, f"figures_of_{metrics[0]}", asking, metrics))
    return replace(made, options={**made.options, "open_table": False})


def rates(source: Source, scope: Scope, asking: str, *metrics: str) -> Finding:
    """Shares side by side, each with its own n of N and interval; those that are not released are left out."""
    question = asked(source, scope)
    known = [name for name in metrics if question.period.grain in question.published.grains(name)]
    if not known:
        raise NotPublished("None of these shares is released.")
    return build.rates(question, known, f"rates_of_{known[0]}", asking)


def breakdown(source: Source, scope: Scope, metric: str, dimension: str, asking: str) -> Finding:
    """A count by the categories of the release."""
    return _some(build.breakdown(asked(source, scope), metric, dimension, asking))


def over_time(source: Source, scope: Scope, metric: str, asking: str = "", grain: str = "") -> Finding:
    """The published months (or another grain) up to the end of the period: the published figures and nothing computed."""
    question = asked(source, scope)
    title = question.published.title(metric)
    made = (
        build.over_time(question, metric, asking or _("Has it changed? {title}").format(title=title))
        if grain in ("", "month")
        else _by_grain(question, metric, grain, asking)
    )
    return _plain(_some(made))


def _plain(found: Finding) -> Finding:
    """Without the expected range: a released chart carries released figures only."""
    return replace(found, options={**found.options, "limits": None, "signals": {}, "beside": ()})


def _by_grain(question: Asked, metric: str, grain: str, asking: str) -> Finding | None:
    rows = question.published.series(metric, grain, question.period.end)
    if not rows:
        return None
    unit, kind = question.published.unit(metric), question.published.kind(metric)
    lines = [
        [Cell(prose.period_name(str(row["period"]), grain)), words.cell(row, unit), Cell(words.basis(row, kind))]
        for row in rows
    ]
    frame = pd.DataFrame(
        [
            {name: row[name] for name in ("period", "value", "low", "high")} | {"status": row["status"] or ""}
            for row in rows
        ]
    )
    last = rows[-1]
    told = build.latest(grain).format(
        figure=prose.figure(last, unit, kind), period=prose.period_name(str(last["period"]), grain)
    )
    return build.found(
        question, f"{metric}_by_{grain}", asking, told, table((build.grain_heading(grain), prose.capital(prose.unit_name(unit)), _("n of N and interval")), lines), metric,
        drawing="line" if frame["value"].notna().any() else "", drawn=frame.astype({"value": "float64", "low": "float64", "high": "float64"}),
        options={"unit": unit, "axis": f"{prose.noun(unit)}, {prose.by_grain(grain)}", "grain": grain, "meaning": build.meaning(metric)}, caveats=build.notes(rows),
    )  # fmt: skip


def categories_over_time(source: Source, scope: Scope, metric: str, dimension: str, asking: str) -> Finding:
    """The categories of a published table by quarter (or month), a line each; a withheld figure is a gap."""
    question = asked(source, scope)
    grain = next((each for each in reversed(SHORT) if dimension in question.published.dimensions(metric, each)), "")
    last = question.period.end.isoformat()
    rows = [row | {"series": row["dimensions"][dimension]} for row in question.published.cells
            if (row["metric"], row["grain"]) == (metric, grain) and set(row["dimensions"]) == {dimension} and str(row["period"]) <= last]  # fmt: skip
    series = [
        each
        for each in dict.fromkeys(row["series"] for row in sorted(rows, key=lambda row: row["series"]))
        if each != "All"
    ]
    if not rows or not series:
        raise NotPublished("The release has no such table over time.")
    unit = question.published.unit(metric)
    when = sorted({str(row["period"]) for row in rows})
    at = {(str(row["period"]), row["series"]): row for row in rows}
    laid = table(
        (build.grain_heading(grain), *series, _("All")),
        [
            [
                Cell(prose.period_name(each, grain)),
                *(words.cell(at.get((each, name), {}), unit) for name in (*series, "All")),
            ]
            for each in when
        ],
    )
    drawn = pd.DataFrame(
        [
            {"period": each, "series": name, "value": at.get((each, name), {}).get("value")}
            for name in series
            for each in when
        ]
    ).astype({"value": "float64"})
    parts = [f"{name}: {prose.figure(at.get((when[-1], name), {}), unit)}" for name in series]
    hidden = words.withheld(rows)
    return build.found(
        question, f"{metric}_by_{grain}_and_{dimension}", asking, build.latest_shown(grain).format(period=prose.period_name(when[-1], grain), figures="; ".join(parts)), laid, metric,
        drawing="lines" if drawn["value"].notna().any() and len(series) <= MOST_SERIES else "", drawn=drawn,
        options={"unit": unit, "axis": prose.per_grain(unit, grain), "meanings": {_(label): hue for label, hue in MEANINGS.items()}, "beside": (_("A gap in a line is a figure that is withheld."),) if hidden else ()},
        caveats=(prose.sentence(hidden),) if hidden else (),
    )  # fmt: skip


def cross(source: Source, scope: Scope, metric: str, down: str, across: str, asking: str) -> Finding:
    """A published table of two dimensions as it stands, withheld cells and all."""
    question = asked(source, scope)
    rows = question.published.cross(metric, down, across, question.period)
    names = [[*sorted({row[side] for row in rows} - {"All"}), "All"] for side in ("first", "second")]
    if not rows or min(map(len, names)) < 2:
        raise NotPublished("The release has no such table.")
    unit, at = question.published.unit(metric), {(row["first"], row["second"]): row for row in rows}
    lines = [[Cell(_(one)), *(words.cell(at.get((one, two), {}), unit) for two in names[1])] for one in names[0]]
    laid = table((question.published.titles.get(down, down), *map(_, names[1])), lines)
    return build.found(
        question,
        f"{metric}_{down}_{across}",
        asking,
        words.withheld(rows) or _("No figure of this table is withheld"),
        laid,
        metric,
        drawn=pd.DataFrame(),
    )


def map_of_areas(source: Source, scope: Scope, metric: str, asking: str) -> Finding:
    """A count by neighborhood on the city's outline; what lies on no area is in the words and the table."""
    question = asked(source, scope)
    rows = question.published.by(metric, "area", question.period)
    if not rows:
        raise NotPublished("The release has no such table.")
    shapes = community.named(source.table("map_areas"))
    drawn = pd.DataFrame(
        [{"label": row["label"], "value": row["value"], "status": row["status"] or ""} for row in rows]
    ).merge(shapes, on="label", how="inner")
    made = community.on_map(
        question, metric, rows, drawn, "map_areas", question.published.titles.get("area", _("Area"))
    )
    return replace(
        made,
        key=f"{metric}_map_of_areas",  # a page may show the hexagons of the same figure too
        question=asking,
        caveats=made.caveats if metric.startswith("needle") else build.notes(rows),
        options={**made.options, "meaning": build.meaning(metric)},
    )


def hexagons(source: Source, scope: Scope) -> Finding:
    """Where people report needles: the hexagons of the release, for the years that it has them."""
    question = asked(source, scope)
    return community.by_hexagon(question) or community.no_map(question)


def _some_cells(question: Asked, *metrics: str) -> None:
    if not any(question.published.grains(name) for name in metrics):
        raise NotPublished("The release has none of these figures.")


def coverage(source: Source) -> str:
    """Which periods the release is about: "the years 2024 and 2025", from its longest grain."""
    known = figures(source).periods()
    first = min((each.start for each in known), default=None)
    last = max((each.end for each in known), default=None)
    return prose.span(first, last) if known else _("no period yet")
