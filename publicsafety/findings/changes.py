"""What changed? The figures of which a process rule says so, how many were looked at, and where to look further."""

from typing import Any

import pandas as pd

from publicsafety import metrics, prose
from publicsafety.findings import gaps, series
from publicsafety.findings.core import Finding, Scope, Source, not_covered, shaped
from publicsafety.findings.words import meaning
from publicsafety.observations import Observations

SHOWN = series.BASELINE["month"]  # the latest months of each small chart
# On which page a figure is taken apart.
PAGES = {
    "care_responses": "call_volume", "calls_for_service": "call_volume", "eligible_calls_answered": "call_volume", "people_served": "outcomes",
    "no_police_rate": "outcomes", "police_backup_rate": "outcomes", "response_minutes": "response_times", "needle_reports": "needle_pickups",
    "needles_removed": "needle_pickups", "cases_opened": "cases", "referral_connection_rate": "referrals",
}  # fmt: skip


def changes(source: Source, scope: Scope, *names: str) -> Finding:
    """Every figure looked at with its verdict, signals first. Looking at many figures finds some by chance: it says how many."""
    histories = [(name, series.history(source, scope, name)) for name in names]
    absent = {name: why for name, history in histories if (why := _absent(source, history))}
    found = [(name, history, series.judge(history)) for name, history in histories if name not in absent]
    found.sort(key=lambda each: not each[2].is_signal)
    frame = pd.DataFrame([_row(history, judged) for _, history, judged in found])
    signals = [(metrics.registry()[name].title, judged.words) for name, _, judged in found if judged.is_signal]
    judged_ones = sum(judged.limits is not None for _, _, judged in found)
    figures = f"{judged_ones} figure" if judged_ones == 1 else f"{judged_ones} figures"
    said = f"No sign of change in any of {figures}" if judged_ones else "No figure could be judged"
    if signals:
        listed = [f"{title.lower()} ({words})" for title, words in signals]
        said = f"{len(signals)} of {figures} changed: {prose.listing(listed)}"
    if judged_ones < len(found):
        said += f"; {len(found) - judged_ones} more could not be judged"
    drawn = [rows for _, history, judged in found if (rows := _series(history, judged))["value"].notna().any()]
    return shaped(
        source, "changes", "What changed?", said, frame, scope,
        observations=tuple(history for _, history, _ in found), drawing="sparks" if drawn else "", drawn=pd.concat(drawn, ignore_index=True) if drawn else None,
        options={
            "look": tuple(dict.fromkeys(PAGES[name] for name, _, judged in found if judged.is_signal and name in PAGES)),
            "beside": (*_left_out(absent), *gaps.of_exports(source, [history for _, history, _ in found]), "Each small chart: the latest 24 whole months. Shaded: the range in which the figure usually moves. Ringed: outside it, or part of a run that chance seldom makes.",),
        },
        caveats=(
            "A change is called a change only when a rule for monthly series fires: a month outside the expected range, eight "
            "months in a row on one side of the mean, or six in a row rising or falling.",
            "The rules look at whole months up to the end of the period. They say that something changed, not why.",
        ),
    )  # fmt: skip


def _absent(source: Source, history: Observations) -> str:
    """Why nothing of a figure can be shown: "No case export was loaded"; empty where something can."""
    return not_covered(source, history.metric.table, history.filters.start, history.filters.end)


def _left_out(absent: dict[str, str]) -> tuple[str, ...]:
    """Which figures are not here, and for want of which export: "No case export was loaded, so cases opened is left out"."""
    found = []
    for why in dict.fromkeys(absent.values()):
        titles = [metrics.registry()[name].title.lower() for name in absent if absent[name] == why]
        found.append(f"{why}, so {prose.listing(titles)} {'is' if len(titles) == 1 else 'are'} left out")
    return tuple(found)


def _row(history: Observations, judged: series.Verdict) -> dict[str, Any]:
    """One figure in the table: its latest whole month, what it usually is, and the verdict."""
    metric, known = history.metric, _known(history)
    last = known.iloc[-1] if len(known) else None
    return {
        "figure": metric.title,
        "verdict": judged.words or "not judged",
        "latest month": prose.period_name(str(last["period"]), "month") if last is not None else "",
        "value in it": prose.measure(last["value"], metric.unit) if last is not None else "",
        "usually": prose.expected(judged.limits[0], judged.limits[2], metric.unit) if judged.limits else "",
    }


def _known(history: Observations) -> pd.DataFrame:
    frame = series.complete(history)
    return frame[frame["value"].notna()]


def _series(history: Observations, judged: series.Verdict) -> pd.DataFrame:
    """The latest months of one figure, with its range and what is written above its small chart."""
    frame, metric = series.complete(history).tail(SHOWN), history.metric
    known = _known(history)
    last = known.iloc[-1] if len(known) else None
    low, _, high = judged.limits or (None, None, None)
    return frame[["period", "value"]].assign(
        label=metric.title, low=low, high=high, verdict=judged.words, is_signal=judged.is_signal, meaning=meaning(metric),
        ringed=frame["period"].isin(list(judged.signals)),
        latest="" if last is None else f"{prose.measure(last['value'], metric.unit)} in {prose.period_name(str(last['period']), 'month')}",
    )  # fmt: skip
