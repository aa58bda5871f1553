"""A metric over time, and whether it changed: process-behaviour limits and rules, never a bare difference."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from statistics import fmean

import pandas as pd

from publicsafety import metrics, prose, statistics
from publicsafety.findings import gaps
from publicsafety.findings.core import Finding, Scope, Source, finding, known_rows, periods
from publicsafety.findings.words import meaning
from publicsafety.language import gettext as _
from publicsafety.language import later
from publicsafety.metrics import Metric
from publicsafety.observations import Observations, shape
from publicsafety.periods import next_period
from publicsafety.remembered import remembered
from publicsafety.rows import Row

FEWEST = 3  # records a period, on average: below that a rule answers to single ones
ENOUGH = 8  # complete months below which no rule is asked: limits from fewer say little
RECENT = 3  # a signal is news while it touches the latest three complete periods
# Limits are those of the latest periods only: a service that grew is compared with itself as it is now.
BASELINE = {"day": 90, "week": 52, "month": 24, "quarter": 12}
NO_CHANGE = later("no sign of change")


@dataclass(frozen=True)
class Verdict:
    """What the process rules say about a series, in words.

    `signals` maps a period to the rule that it broke; `since` is the first period that the limits are made of.
    """

    words: str = ""
    is_signal: bool = False
    limits: tuple[float, float, float] | None = None
    signals: dict[str, str] = field(default_factory=dict)
    since: str = ""


def verdict(source: Source, scope: Scope, metric: str) -> Verdict:
    """Whether the monthly series up to the end of the period shows a signal. Empty where months are not published."""
    if "month" not in metrics.registry()[metric].grains:
        return Verdict()
    return judge(history(source, scope, metric))


def history(source: Source, scope: Scope, metric: str, grain: str = "month") -> Observations:
    """The whole series up to the end of the period: limits need more than the period itself."""
    return source.run(
        metric, scope.on(metric, grain=grain, start=None, end=min(scope.filters.end or source.as_of, source.as_of))
    )


def judge(observations: Observations) -> Verdict:
    """The rules applied to the latest complete periods of a series.

    Not to a stock such as open cases: most of a month's are those of the month before, so that its moving range is small
    and every slow movement would break a rule. What opens and closes is judged instead.
    """
    if observations.metric.until:
        return Verdict()
    rows = complete_rows(observations)
    rows = rows[-BASELINE.get(observations.filters.grain, len(rows)) :]
    values = [float(row["value"]) if prose.known(row["value"]) else None for row in rows]
    known = [value for value in values if value is not None]
    if not known:
        return Verdict()
    if len(known) < ENOUGH:
        many = _(prose.GRAINS.get(observations.filters.grain, "periods"))
        return Verdict(_("too few {periods} to judge ({n})").format(periods=many, n=len(known)))
    if observations.metric.kind in ("count", "distinct") and fmean(known) < FEWEST:
        return Verdict(_("too few to judge"))
    found = statistics.process_limits(values)
    if found is None:
        return Verdict()
    high = min(found.high, 1.0) if observations.metric.unit == "percent" else found.high
    limits = (found.low, found.mean, high)
    names = [str(row["period"]) for row in rows]
    # A long run would ring every point of a growing series: ringed are the points outside, and the run that is news.
    signals = {names[each.points[0]]: each.rule for each in found.signals if len(each.points) == 1}
    recent = [signal for signal in found.signals if signal.points[-1] >= len(values) - RECENT]
    if not recent:
        return Verdict(_(NO_CHANGE), False, limits, signals, names[0])
    latest = _with_neighbours(max(recent, key=lambda signal: (signal.points[-1], len(signal.points))), found, values)
    signals |= {names[point]: latest.rule for point in latest.points}
    words = _words(latest, values, names, found.mean, observations.filters.grain)
    return Verdict(words, True, limits, signals, names[0])


def _with_neighbours(
    signal: statistics.Signal, found: statistics.Limits, values: list[float | None]
) -> statistics.Signal:
    """A point outside the limits together with those before it on the same side: "since August", not "in October"."""
    if len(signal.points) > 1:
        return signal
    last = signal.points[0]
    side = (values[last] or 0.0) > found.mean
    outside = {each.points[0] for each in found.signals if len(each.points) == 1}
    first = last
    while first - 1 in outside and ((values[first - 1] or 0.0) > found.mean) == side:
        first -= 1
    return statistics.Signal(signal.rule, tuple(range(first, last + 1)))


def complete(observations: Observations) -> pd.DataFrame:
    """The complete periods as a frame."""
    return shape(observations.metric, observations.filters, complete_rows(observations))


def complete_rows(observations: Observations) -> list[Row]:
    """The periods that are over, whole in what was asked for, and old enough for their figure to have settled: the others
    are never judged."""
    rows, grain = periods(observations), observations.filters.grain
    if grain == "all":
        return rows
    settled = observations.as_of - timedelta(days=observations.metric.settles)
    over = min(settled, observations.filters.end or observations.as_of)
    return [
        row for row in rows if next_period(date.fromisoformat(row["period"][:10]), grain) <= over + timedelta(days=1)
    ]


def _words(signal: statistics.Signal, values: list[float | None], names: list[str], mean: float, grain: str) -> str:
    """A signal as the director reads it: "higher than expected since July 2026"."""
    first, last = signal.points[0], signal.points[-1]
    when = prose.period_name(names[first], grain)
    value = values[last] or 0.0
    is_over = last < len(values) - 1
    until = prose.period_name(names[last], grain)
    if signal.rule.startswith("six"):
        is_up = value > (values[first] or 0.0)
        since = _("rising since {period}") if is_up else _("falling since {period}")
        ended = _("rising from {period} to {last}") if is_up else _("falling from {period} to {last}")
    elif len(signal.points) == 1:
        since = ended = _("higher than expected in {period}") if value > mean else _("lower than expected in {period}")
    else:
        is_up = value > mean
        since = _("higher than expected since {period}") if is_up else _("lower than expected since {period}")
        ended = (
            _("higher than expected from {period} to {last}")
            if is_up
            else _("lower than expected from {period} to {last}")
        )
    return (ended if is_over else since).format(period=when, last=until)


def over_time(source: Source, scope: Scope, metric: str, grain: str = "month", question: str = "") -> Finding:
    """A metric by period with its expected range, signals, gaps and the dated changes of the service."""
    long = history(source, scope, metric, grain)
    judged = judge(long)
    shown = _shown(long, scope, grain)
    about, drawn = long.metric, {row["period"] for row in shown}
    return finding(
        source, f"{metric}_by_{grain}", question or f"Has it changed? {about.title} by {grain}", _say(shown, judged, about, grain), long, scope,
        frame=replace(long, rows=tuple(shown)), drawing="line" if known_rows(shown) else "", drawn=shown,
        options={"unit": about.unit, "axis": axis(about, grain), "grain": grain, "meaning": meaning(about), "limits": judged.limits,
                 "since": judged.since,
                 "signals": {period: rule for period, rule in judged.signals.items() if period in drawn}, "events": events(source),
                 "missing": gaps.missing(shown), "beside": (*reading(judged), *gaps.beside(shown, grain), *unsettled(about), *dated(source, shown))},
        n=f"n = {prose.count(len(shown), grain + 's') if grain + 's' in prose.NOUNS else f'{len(shown)} {grain}s'}",
    )  # fmt: skip


def _shown(long: Observations, scope: Scope, grain: str) -> list[Row]:
    """The rows to draw: the whole history by month or longer, the period asked for by day or week; nothing before the service."""
    first = scope.filters.start.isoformat() if grain in ("day", "week") and scope.filters.start else ""
    return [row for row in complete_rows(long) if row["status"] != "z" and row["period"] >= first]


def reading(judged: Verdict) -> tuple[str, ...]:
    """How to read the band and the rings, in one line."""
    if judged.limits is None:
        return ()
    text = _("Shaded: the range in which the figure usually moves (mean ± 2.66 × mean moving range).")
    ringed = " " + _("Ringed: outside it, or part of a run that chance seldom makes.")
    return (text + (ringed if judged.signals else ""),)


def unsettled(metric: Metric) -> tuple[str, ...]:
    """Why the latest periods of an outcome are not drawn."""
    if not metric.settles:
        return ()
    return (
        f"Periods that ended less than {prose.count(metric.settles, 'days')} ago are left out: their outcomes are still to come.",
    )


def dated(source: Source, shown: Sequence[Row]) -> tuple[str, ...]:
    """What the dotted marks on the time axis are, for those who cannot read them there."""
    if not shown:
        return ()
    first, last = shown[0]["period"], shown[-1]["period"]
    marked = [
        f"{title} ({prose.short_day(date.fromisoformat(when))})"
        for when, title in events(source)
        if first <= when <= last
    ]
    return (f"Dotted marks: {prose.listing(marked)}.",) if marked else ()


def axis(metric: Metric, grain: str) -> str:
    """The text above a time axis: unit and period, "calls a month"."""
    unit = {
        "percent": f"percent, by {grain}",
        "minutes": f"minutes (median), by {grain}",
        "days": f"days (median), by {grain}",
    }
    return unit.get(metric.unit, f"{prose.NOUNS.get(metric.unit, ('', metric.unit))[1]} a {grain}")


@remembered(32)
def events(source: Source) -> tuple[tuple[str, str], ...]:
    """Launches and changes of hours, from the reference file."""
    if not source.has("dim_events"):
        return ()
    table = source.table("dim_events")
    return tuple((str(when)[:10], str(title)) for when, title in zip(table["date"], table["title"], strict=True))


def _say(shown: Sequence[Row], judged: Verdict, metric: Metric, grain: str) -> str:
    """The latest complete period and the verdict: "26 calls in Oct 2026; no sign of change"."""
    known = known_rows(shown)
    if not known:
        return f"There is no figure for any {grain} yet"
    last = known[-1]
    at = {"day": "on", "week": "in the week of"}.get(grain, "in")
    said = f"{prose.figure(last, metric.unit, metric.kind)} {at} {prose.period_name(str(last['period']), grain)}"
    usual = ""
    if judged.limits:
        low, _, high = judged.limits
        usual = f"; usually {prose.expected(low, high, metric.unit)}"
    return f"{said}{usual}; {judged.words}" if judged.words else said
