"""One key figure: its value, n of N, interval, comparison, target, and a verdict that a process rule supports."""

from dataclasses import replace
from typing import Any

from publicsafety import metrics, prose
from publicsafety.findings import series
from publicsafety.findings.core import MATURE, Finding, Scope, Source, finding, mature, months_without, total
from publicsafety.findings.words import SPANS, first_of, out_of, said_n
from publicsafety.language import gettext as _
from publicsafety.metrics import Metric
from publicsafety.observations import Observations

EMPTY = "–"


def kpi(source: Source, scope: Scope, metric: str) -> Finding:
    """The figure of one metric for the period asked for, as a tile shows it.

    `options` holds the tile's lines: value, detail (n of N, or the 90th percentile), interval, before, verdict, target.
    """
    period, scope = scope, at_the_end(source, scope, metric)
    now = source.run(metric, scope.on(metric))
    row = total(now)
    flow = "" if scope is period else at_any_time(source, period, now.metric)
    trend = series.verdict(source, scope, metric)
    lines = {
        "label": now.metric.title,
        "value": _value(row, now.metric),
        "span": _(SPANS.get(metric, "")),
        "detail": "; ".join(
            each for each in (detail(row, now.metric), "" if scope is period else scope.within, flow) if each
        ),
        "interval": prose.interval(row.get("low"), row.get("high"), now.metric.unit),
        "gaps": (without := gaps(source, now)),
        "settled": (settled := settled_share(source, now)),
        "before": before(source, scope, metric),
        "verdict": trend.words,
        "judged": _("latest months"),  # not the comparison above it, which is of the whole period
        "is_signal": trend.is_signal,
        "target": target(source, now.metric),
    }
    return finding(
        source, metric, now.metric.question, sentence(row, now.metric, scope, trend.words, without, settled or flow) + instead(source, scope, row, now.metric), now, scope,
        options=lines, n=said_n(row, now.metric),
    )  # fmt: skip


def headline(source: Source, scope: Scope) -> Finding:
    """What the team did, in one sentence, for a page whose first card says something else: calls, then police.

    "The team was sent to 777 calls from November 2025 to October 2026 (631 the year before); no police went to 93.8% of them (729 of 777 calls)."
    """
    calls, alone = (source.run(name, scope.on(name)) for name in ("care_responses", "no_police_rate"))
    whole, part, then = total(calls), total(alone), before(source, scope, "care_responses")
    said = f"{calls.metric.title}: {prose.figure(whole, calls.metric.unit)} {scope.within}"
    if prose.known(whole.get("value")):
        # Of a comparison that cannot be made the end says which months are missing.
        beside = "" if not then or then.startswith("not compared") else f" ({then})"
        said = f"The team was sent to {prose.count(whole['value'], 'calls')} {scope.within}{beside}"
    if prose.known(part.get("value")):
        those = "them" if part["denominator"] == whole.get("value") else "those whose police record is known"
        said += f"; no police went to {prose.percent(part['value'])} of {those} ({out_of(part, alone.metric)})"
    said = "; ".join(filter(None, (said, gaps(source, calls))))
    return finding(
        source, "headline", calls.metric.question, said, calls, scope, others=(alone,), n=said_n(whole, calls.metric)
    )


def at_the_end(source: Source, scope: Scope, metric: str) -> Scope:
    """For a stock such as open cases the last day of the period: how many there are, not how many there were at any time.

    A released database has stocks by period alone.
    """
    last = min(scope.filters.end or source.as_of, source.as_of)
    if not metrics.registry()[metric].until or source.has("catalogue") or (scope.filters.start or last) > last:
        return scope
    then = scope.comparison
    if then is not None and then.end:
        then = replace(then, start=then.end)
    return Scope(replace(scope.filters, start=last, end=last), then)


def at_any_time(source: Source, period: Scope, metric: Metric) -> str:
    """How many were in a stock on any day of the period: "159 at any time from November 2025 to October 2026"."""
    row = total(source.run(metric.name, period.on(metric.name)))
    if metric.kind != "distinct" or not prose.known(row.get("value")):
        return ""
    return f"{prose.count(row['value'])} at any time {period.within}"


def _value(row: dict[str, Any], metric: Metric) -> str:
    if not prose.known(row.get("value")):
        return EMPTY if row.get("status") in ("z", "x") else prose.LETTER.get(str(row.get("status")), EMPTY)
    return prose.measure(row["value"], metric.unit)


def detail(row: dict[str, Any], metric: Metric) -> str:
    """The second line: n of N of a proportion, 9 in 10 of a time, what was left out; why there is no figure."""
    if not prose.known(row.get("value")):
        if row.get("status") == "z" and metric.kind in ("proportion", "median", "ratio"):
            return _("nothing to count in this period")
        if metric.kind == "median" and prose.known(row.get("n")) and row["n"]:  # of a wait that most have not ended
            return f"fewer than half of {prose.count(row['n'])} so far"
        return prose.status_words(str(row.get("status") or "x"))
    if metric.kind == "ratio":  # no part of a whole, so not "n of N"
        return f"{prose.count(row['numerator'], metric.unit)} ÷ {prose.count(row['denominator'])}"
    if metric.kind == "proportion":
        text = out_of(row, metric)
        unknown = row.get("n_unknown")
        if not (prose.known(unknown) and unknown):
            return text
        return _("{part}, {n} not known").format(part=text, n=prose.count(unknown))
    if metric.kind == "median":
        half = _("median of {n}").format(n=prose.count(row["n"])) if prose.known(row.get("n")) else _("median")
        if not prose.known(row.get("p90")):
            return half
        return _("{median}; 9 in 10 within {time}").format(median=half, time=prose.measure(row["p90"], metric.unit))
    without = row.get("n_without_key")
    if not (prose.known(without) and without):
        return ""
    return _("and {contacts} with nobody named").format(contacts=prose.count(without, "contacts"))


def settled_share(source: Source, now: Observations) -> str:
    """A rate of referrals again without those that have had little time, which alone can be compared with earlier ones."""
    young = total(now).get("n_immature")
    if not (prose.known(young) and young):
        return ""
    filters = mature(now.filters, now.as_of)
    row = total(source.run(now.metric.name, filters)) if filters else {}
    if not prose.known(row.get("value")):
        return f"all of them sent less than {MATURE} days ago: too recent to judge"
    part = prose.of(row["numerator"], row["denominator"])
    return f"{prose.percent(row['value'])} ({part}) of those sent at least {MATURE} days ago; {prose.count(young)} too recent"


def gaps(source: Source, observations: Observations) -> str:
    """Which months of the period no export covers: a total over them is too small, and no month can say so."""
    missing, whole = months_without(source, observations.metric.table, observations.filters)
    if not missing or len(missing) == whole:
        return ""
    verb = "has" if len(missing) == 1 else "have"
    return f"{len(missing)} of {prose.count(whole, 'months')} {verb} no export ({first_of(missing, 4)})"


def before(source: Source, scope: Scope, metric: str) -> str:
    """The comparison period's figure, side by side and without a direction: "49 the year before"."""
    filters = scope.before(metric)
    if filters is None:
        return ""
    then = source.run(metric, filters)
    young = total(then).get("n_immature")
    if prose.known(young) and young and (older := mature(filters, then.as_of)):
        then = source.run(metric, older)
    row = total(then)
    when = scope.comparison_name or prose.within(filters.start, filters.end)
    here = scope.on(metric)
    if then.metric.kind in ("count", "distinct") and any(
        months_without(source, then.metric.table, each)[0] for each in (here, filters)
    ):
        return f"not compared with {when}: months without an export"
    if prose.known(row.get("value")):
        return _("{figure} {when}").format(figure=prose.measure(row["value"], then.metric.unit), when=when)
    status = str(row.get("status") or "x")
    return f"{prose.LETTER['c']} {when}" if status == "c" else _("no figure for {when}").format(when=when)


def target(source: Source, metric: Metric) -> str:
    """The department's own target, where the city file sets one."""
    aim = source.city.targets.get(metric.name)
    return "" if aim is None else _("target {figure}").format(figure=prose.measure(aim, metric.unit))


def sentence(row: dict[str, Any], metric: Metric, scope: Scope, verdict: str, *more: str) -> str:
    """The key figure in one sentence: "Calls handled without police: 93.9% (184 of 196) in 2024; no sign of change"."""
    said, title = prose.figure(row, metric.unit, metric.kind), metric.title
    if metric.name in SPANS:  # "Response time, received to on scene (T0 to T4): median 17.1 min, 9 in 10 within 31 min"
        title = _("{title}, {span}").format(title=title, span=_(SPANS[metric.name]))
        if prose.known(row.get("value")):
            said = _("median {time}").format(time=said)
        if prose.known(row.get("p90")):
            said = _("{median}, 9 in 10 within {time}").format(median=said, time=prose.measure(row["p90"], metric.unit))
    text = _("{title}: {figure} {within}").format(title=title, figure=said, within=scope.within)
    return "; ".join(each for each in (text, *more, verdict) if each)


def instead(source: Source, scope: Scope, row: dict[str, Any], metric: Metric) -> str:
    """For a count of nothing, the nearest count that says more: "; needle reports: 4"."""
    if metric.kind != "count" or row.get("value") != 0:
        return ""
    for name in metric.related:
        other = metrics.registry()[name]
        found = total(source.run(name, scope.on(name))) if other.kind == "count" else {}
        if prose.known(found.get("value")) and found["value"]:
            return f"; {other.title[0].lower()}{other.title[1:]}: {prose.count(found['value'])}"
    return ""
