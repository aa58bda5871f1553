"""The blocks of which a briefing's findings are built: a breakdown, a series, rates side by side."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from publicsafety import metrics, prose
from publicsafety.briefing import words
from publicsafety.briefing.compare import are_alike, began
from publicsafety.briefing.core import Cell, Period, Table, table
from publicsafety.briefing.published import Published, Row
from publicsafety.filters import Filters, dimension_words
from publicsafety.findings import Finding, Source
from publicsafety.findings.series import judge, reading
from publicsafety.findings.words import MEANINGS
from publicsafety.language import gettext as _
from publicsafety.language import later

GRAIN_HEADINGS = {"month": later("Month"), "quarter": later("Quarter"), "year": later("Year")}


MOST_EMPTY = 3  # categories, up to which those with nothing are drawn as well


@dataclass(frozen=True)
class Asked:
    """What a briefing is about: the database, its published figures, the period and those it is set beside."""

    source: Source
    published: Published
    period: Period
    comparisons: tuple[Period, ...]  # those that the release has figures for
    not_compared: tuple[Period, ...] = ()  # those that it has none for

    @property
    def team(self) -> str:
        return _(self.source.city.team)

    def total(self, metric: str, period: Period | None = None) -> Row:
        return self.published.total(metric, period or self.period)

    def say(self, metric: str) -> str:
        """The figure of the period as a sentence; before the service began, that it had not."""
        since = began(self.source.city, metric)
        if since and self.period.end < since.day:
            text = _("{title} {within}: none, because {why}")
            return prose.sentence(
                text.format(title=self.published.title(metric), within=self.period.within, why=since.words)
            )
        return words.said(self.published, metric, self.total(metric), self.period, self.team)

    def say_all(self, names: Sequence[str]) -> str:
        """Several figures as sentences; those that are not published are told together, by why."""
        absent: dict[str, list[str]] = {}
        told = []
        for name in names:
            row = self.total(name)
            if row.get("status") == "x" and not prose.known(row.get("value")):
                why = words.unavailable(self.published, name, row, self.period)
                absent.setdefault(why, []).append(self.published.title(name))
            else:
                told.append(self.say(name))
        for why, titles in absent.items():
            first, *rest = titles
            told.append(
                prose.sentence(f"{prose.listing([first, *(each[0].lower() + each[1:] for each in rest)])}: {why}")
            )
        return " ".join(told)

    def has_any(self, names: Sequence[str]) -> bool:
        """Whether there is anything but "not published" to put into a table."""
        periods = (self.period, *self.comparisons)
        return any(self.total(name, period).get("status") != "x" for name in names for period in periods)

    @property
    def filters(self) -> Filters:
        return Filters(self.period.start, self.period.end)


def found(
    asked: Asked, key: str, question: str, sentence: str, laid: Table | None = None, metric: str = "", **more: Any
) -> Finding:
    """A finding of the briefing. The printed table is in its options, the same as data in its frame."""
    source = asked.source
    card = asked.published.cards.get(metric, {})
    options = (
        {"open_table": laid is not None and not more.get("drawing")}
        | more.pop("options", {})
        | ({"table": laid} if laid else {})
    )
    return Finding(
        key=key, question=question, sentence=prose.sentence(sentence), table=laid.frame() if laid else pd.DataFrame(), filters=asked.filters,
        as_of=source.as_of, build_id=source.build_id, audience=source.audience, metric=metrics.registry().get(metric),
        caveats=tuple(dict.fromkeys((*more.pop("caveats", ()), *map(prose.plain_caveat, card.get("caveats", ()))))), options=options, **more,
    )  # fmt: skip


def breakdown(
    asked: Asked, metric: str, dimension: str, question: str, others: str = "", key: str = ""
) -> Finding | None:
    """A count by one dimension beside its comparisons, largest first; None where the release has no such table."""
    rows = asked.published.by(metric, dimension, asked.period)
    if not rows:
        return None
    unit = asked.published.unit(metric)
    rows = sorted(rows, key=lambda row: (row["value"] is None, -(row["value"] or 0), row["label"]))
    before = [
        (other, {row["label"]: row for row in asked.published.by(metric, dimension, other)})
        for other in asked.comparisons
    ]
    before = [(other, then) for other, then in before if then]
    name = asked.published.titles.get(dimension, dimension_words(dimension))
    lines = [
        [
            Cell(row["label"]),
            words.cell(row, unit),
            *(words.cell(then.get(row["label"], {}), unit) for _, then in before),
        ]
        for row in [*rows, asked.published.total(metric, asked.period) | {"label": _("All")}]
    ]
    totals = [words.cell(asked.total(metric, other), unit) for other, _ in before]
    lines[-1][2:] = totals
    laid = table((name, heading(asked.period), *(heading(other) for other, _ in before)), lines)
    drawn = pd.DataFrame(
        [{"label": row["label"], "value": row["value"], "status": row["status"] or ""} for row in rows]
    )
    since = began(asked.source.city, metric)
    alike = [(other, then) for other, then in before if are_alike(asked.period, other, since)]
    unlike = not_alike(asked, metric, [other for other, _then in before])
    if len(rows) > MOST_EMPTY:  # a long list of bars without a length says nothing that the table does not
        rows = [row for row in rows if row["value"] != 0 or row["status"]]
        drawn = drawn[drawn["label"].isin({row["label"] for row in rows})].reset_index(drop=True)
    drawn["before"] = [alike[0][1].get(row["label"], {}).get("value") if alike else None for row in rows]
    drawn = drawn.astype({"value": "float64", "before": "float64"})
    beside = (
        (_("Paler, thinner bar: {period}.").format(period=alike[0][0].name),) if drawn["before"].notna().any() else ()
    )
    return found(
        asked, key or f"{metric}_by_{dimension}", question, most(asked, metric, rows, asked.total(metric), others), laid, metric,
        drawing="bars" if drawn["value"].fillna(0).sum() > 0 else "", drawn=drawn,
        options={"unit": unit, "meaning": meaning(metric), "beside": beside, "shown": len(drawn),
                 "meanings": {_(label): hue for label, hue in MEANINGS.items()},
                 "series": (heading(asked.period), heading(alike[0][0]) if alike else "")}, caveats=(*unlike, *notes(rows)),
    )  # fmt: skip


def not_alike(asked: Asked, metric: str, others: Sequence[Period]) -> list[str]:
    """A sentence for each other period in which the service was not the same, because it began in one of the two."""
    since = began(asked.source.city, metric)
    text = _("{began}, so {period} and {other} are not alike")
    return [
        prose.sentence(text.format(began=since.words, period=heading(asked.period), other=heading(other)))
        for other in others
        if since and not are_alike(asked.period, other, since)
    ]


def most(asked: Asked, metric: str, rows: Sequence[Row], whole: Row, others: str = "") -> str:
    """The largest category and its share of `whole`, where no withheld one could be larger."""
    known = [row for row in rows if prose.known(row["value"])]
    unit = asked.published.unit(metric)
    hidden = words.withheld(list(rows))
    if not known:
        text = _("All figures of this table are withheld {within}")
        return text.format(within=asked.period.within) if hidden else asked.say(metric)
    if not any(row["value"] for row in known):
        text = _("No {what} {within} in any category that is shown").format(
            what=prose.noun(unit), within=asked.period.within
        )
        return text + (f"; {hidden}" if hidden else "")
    first = known[0]
    level = [row["label"] for row in known if row["value"] == first["value"]]
    if len(known) == 1 and not hidden:
        text = _("All {figures} {within}: {label}")
    elif len(level) > 1:
        text = _("{labels} are level {within}, with {figures} each")
    elif hidden:
        text = _("The largest number that is shown {within}: {label}, with {figures}")
    else:
        text = _("The largest number {within}: {label}, with {figures}")
    figures = prose.count(first["value"], unit)
    text = text.format(figures=figures, within=asked.period.within, label=first["label"], labels=prose.listing(level))
    if len(known) == 1 and not hidden:
        return text
    if prose.known(whole.get("value")) and whole["value"]:
        text = _("{part} of {total}").format(part=text, total=prose.count(whole["value"]))
    return text + (f"; {others}" if others else "") + (f". {prose.sentence(hidden)}" if hidden else "")


def rates(asked: Asked, names: Sequence[str], key: str, question: str, sentence: str = "") -> Finding:
    """Proportions side by side, each with its own n of N and interval; those that are not published are listed as such."""
    rows, lines = [], []
    for name in names:
        row = asked.total(name)
        title, counts = asked.published.title(name), asked.published.cards.get(name, {})
        known = prose.known(row.get("value"))
        of_all = prose.of(row["numerator"], row["denominator"]) if known else ""
        text = f"{prose.percent(row['value'])} ({of_all})" if known else words.cell(row, "percent").text
        rows.append(
            {
                "label": title,
                "value": row["value"],
                "low": row["low"],
                "high": row["high"],
                "status": row["status"] or "",
                "text": text,
                "of": of_all,
            }
        )
        of = f"{counts.get('numerator', '')} / {counts.get('denominator', '')}" if counts else _("not in the release")
        lines.append(
            [
                Cell(title),
                words.cell(row, "percent"),
                Cell(words.basis(row, "proportion") or words.unavailable(asked.published, name, row, asked.period)),
                Cell(of),
            ]
        )
    headers = (_("Figure"), heading(asked.period), _("n of N and interval"), _("Counted / out of"))
    laid = table(headers, lines)
    drawn = pd.DataFrame(rows).astype({"value": "float64", "low": "float64", "high": "float64"})
    shown = drawn[drawn["value"].notna()].reset_index(drop=True)
    return found(
        asked, key, question, sentence or " ".join(asked.say(name) for name in names), laid, names[0], drawing="dots" if len(shown) else "", drawn=shown,
        options={"unit": "percent", "meaning": "care", "beside": (_("Dot: the figure; line: its 95% interval."),)},
    )  # fmt: skip


def over_time(asked: Asked, metric: str, question: str) -> Finding | None:
    """The published months (else quarters) up to the end of the period, with process limits; None where there are too few."""
    grain = next((name for name in ("month", "quarter") if name in asked.published.grains(metric)), "")
    since = began(asked.source.city, metric)
    first = since.day.replace(day=1).isoformat() if since else ""
    rows = (
        [row for row in asked.published.series(metric, grain, asked.period.end) if row["period"] >= first]
        if grain
        else []
    )
    if len(rows) < 3:
        return None
    unit = asked.published.unit(metric)
    frame = pd.DataFrame(
        [{"period": row["period"], "value": row["value"], "status": row["status"] or ""} for row in rows]
    ).astype({"value": "float64"})
    series = asked.source.run(metric, Filters(None, asked.period.end, grain))
    shown = set(frame["period"])
    judged = judge(replace(series, rows=tuple(row for row in series.rows if row["period"] in shown)))
    laid = table(
        (grain_heading(grain), prose.capital(prose.unit_name(unit))),
        [[Cell(prose.period_name(str(row["period"]), grain)), words.cell(row, unit)] for row in rows],
    )
    said = _("{title} {by_grain} up to {day}: {verdict}").format(
        title=asked.published.title(metric),
        by_grain=prose.by_grain(grain),
        day=prose.day(asked.period.end),
        verdict=judged.words or _("not judged"),
    )
    return found(
        asked, f"{metric}_by_{grain}", question, said, laid, metric,
        drawing="line" if frame["value"].notna().any() else "", drawn=frame,
        options={"unit": unit, "axis": prose.per_grain(unit, grain), "grain": grain, "meaning": meaning(metric), "limits": judged.limits,
                 "signals": judged.signals, "beside": reading(judged)},
        caveats=notes(rows),
    )  # fmt: skip


def notes(rows: Sequence[Row]) -> tuple[str, ...]:
    """What must be said of the rows: how many are withheld."""
    hidden = words.withheld(list(rows))
    return (prose.sentence(hidden),) if hidden else ()


def heading(period: Period) -> str:
    """A period as a column's heading: "2024", "Q3 2024", "Oct 2024"."""
    return (
        period.name.capitalize()
        if period.grain == "fiscal_year"
        else prose.period_name(period.start.isoformat(), period.grain)
    )


def grain_heading(grain: str) -> str:
    """A length of time as a column's heading: "Month"."""
    return _(GRAIN_HEADINGS.get(grain, grain.capitalize()))


def latest(grain: str) -> str:
    """The template of a series' last figure."""
    if grain == "month":
        return _("{figure} in {period}, the latest month")
    return (
        _("{figure} in {period}, the latest quarter")
        if grain == "quarter"
        else _("{figure} in {period}, the latest year")
    )


def latest_shown(grain: str) -> str:
    """The template of the last figures of several series."""
    if grain == "month":
        return _("In {period}, the latest month shown: {figures}")
    if grain == "quarter":
        return _("In {period}, the latest quarter shown: {figures}")
    return _("In {period}, the latest year shown: {figures}")


def meaning(metric: str) -> str:
    """Which colour a metric has everywhere."""
    return "needles" if metric.startswith("needle") else "care"
