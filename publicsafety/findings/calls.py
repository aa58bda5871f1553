"""Demand: when calls come, which of them the team could answer, and what became of the rest."""

from typing import Any

import pandas as pd

from publicsafety import prose
from publicsafety.city import WEEKDAYS
from publicsafety.findings.core import Finding, Scope, Source, finding, parts, total
from publicsafety.findings.words import said_n

UNMET = ("no unit free", "outside hours", "outside area", "not triaged", "declined", "cancelled")


def by_hour(
    source: Source, scope: Scope, metric: str = "calls_for_service", question: str = "When do calls come?"
) -> Finding:
    """Hour by weekday, with the published hours of the team outlined."""
    now = source.run(metric, scope.on(metric, by=("weekday", "hour")))
    frame = now.frame
    cells = frame[(frame["weekday"] != "All") & (frame["hour"] != "All")].assign(
        hour=lambda rows: pd.to_numeric(rows["hour"])
    )
    hours = frame[(frame["weekday"] == "All") & (frame["hour"] != "All")].assign(
        hour=lambda rows: pd.to_numeric(rows["hour"])
    )
    unit = prose.NOUNS.get(now.metric.unit, ("", now.metric.unit))[1]
    return finding(
        source, f"{metric}_by_hour", question, _busiest(cells, hours, total(now), unit, scope), now, scope,
        drawing="heat" if cells["value"].fillna(0).sum() > 0 else "", drawn=cells[["weekday", "hour", "value"]],
        options={"axis": f"{unit} by weekday and hour", "beside": (f"Pale: few. Dark: up to {prose.count(cells['value'].max() if len(cells) else 0)} an hour of the week. Outlined: the team's published hours.",), "service": service(source),
                 "meaning": "needles" if metric.startswith("needle") else "care"},
        n=said_n(total(now), now.metric),
    )  # fmt: skip


def service(source: Source) -> tuple[tuple[str, str, float, float], ...]:
    """The team's published hours as rectangles: first and last weekday of each stretch, opening and closing hour."""
    hours = source.city.service
    closes = hours.closes.hour + hours.closes.minute / 60 or 24.0
    opens = hours.opens.hour + hours.opens.minute / 60
    stretches: list[list[str]] = []
    for place, name in enumerate(WEEKDAYS):
        if name in hours.days and stretches and stretches[-1][-1] == WEEKDAYS[place - 1]:
            stretches[-1].append(name)
        elif name in hours.days:
            stretches.append([name])
    spans = [(opens, closes)] if closes > opens else [(opens, 24.0), (0.0, closes)]
    return tuple((days[0], days[-1], first, last) for days in stretches for first, last in spans)


def _busiest(cells: pd.DataFrame, hours: pd.DataFrame, whole: dict[str, Any], unit: str, scope: Scope) -> str:
    """The six hours in a row that hold most, of the day, and their share."""
    counts = hours.set_index("hour")["value"].reindex(range(24)).fillna(0)
    if not counts.sum():
        return f"No {unit} {scope.within}"
    width = 6
    start = max(range(24 - width + 1), key=lambda hour: counts.iloc[hour : hour + width].sum())
    share = counts.iloc[start : start + width].sum() / counts.sum()
    days = cells.groupby("weekday")["value"].sum()
    weekend = float(days.reindex(["Sat", "Sun"]).fillna(0).sum() / days.sum())
    return (
        f"{prose.percent(share)} of {prose.count(whole['value'])} {unit} {scope.within} came between {start}:00 and {(start + width) % 24}:00; "
        f"{prose.percent(weekend)} came on Saturday or Sunday"
    )


def answered(source: Source, scope: Scope) -> Finding:
    """Eligible calls = answered + one reason each for the rest: the parts add up to the whole."""
    eligible = source.run("eligible_calls", scope.on("eligible_calls"))
    reached = total(source.run("eligible_calls_answered_all_hours", scope.on("eligible_calls_answered_all_hours")))
    unmet = source.run("unmet_calls", scope.on("unmet_calls", by=("unmet_reason",)))
    reasons = parts(unmet, "unmet_reason")
    whole, missed = total(eligible), total(unmet)
    rows = pd.concat(
        [
            pd.DataFrame(
                [
                    {
                        "label": "Answered: the team arrived",
                        "value": reached.get("numerator"),
                        "status": reached.get("status", ""),
                    }
                ]
            ),
            reasons.assign(label=reasons["label"].map(lambda text: f"Not answered: {text}"))[
                ["label", "value", "status"]
            ],
        ],
        ignore_index=True,
    )
    if prose.known(whole.get("value")) and whole["value"]:
        rows["share"] = pd.to_numeric(rows["value"], errors="coerce").astype(float) / float(whole["value"])
        rows["text"] = [
            f"{prose.count(value)} · {prose.percent(share)}" if prose.known(value) else ""
            for value, share in zip(rows["value"], rows["share"], strict=True)
        ]
        said = (
            f"Of {prose.count(whole['value'], 'calls')} that were eligible {scope.within}, the team reached {prose.count(reached['numerator'])} and did not reach {prose.count(missed['value'])}"
            if prose.known(reached.get("numerator"))
            else prose.figure(whole, "calls")
        )
        if len(reasons) and prose.known(reasons["value"].iloc[0]) and missed["value"]:
            said += f", most often: {reasons['label'].iloc[0]} ({prose.count(reasons['value'].iloc[0])})"
    else:
        said = f"No eligible calls {scope.within}" if whole.get("value") == 0 else prose.figure(whole, "calls")
    return finding(
        source, "eligible_answered_unmet", "What became of the calls the team could take?", said, unmet, scope,
        frame=rows.drop(columns="text", errors="ignore").rename(columns={"label": "part"}), others=(eligible,),
        drawing="bars" if rows["value"].notna().any() and whole.get("value") else "", drawn=rows,
        options={"unit": "calls", "meanings": {label: "care" if label.startswith("Answered") else "unknown" for label in rows["label"]},
                 "beside": ("The parts add up to all eligible calls. “Not triaged” is not “ineligible”.", "All hours and the whole city; “Eligible calls answered” has only the calls in the team's hours and area below its line.")},
        n=said_n(whole, eligible.metric),
    )  # fmt: skip
