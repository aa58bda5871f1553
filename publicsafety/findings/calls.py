"""Demand: when calls come, which of them the team could answer, and what became of the rest."""

from collections.abc import Sequence

from publicsafety import prose
from publicsafety.city import WEEKDAYS
from publicsafety.findings.core import Finding, Scope, Source, finding, known_rows, parts, total
from publicsafety.findings.words import said_n
from publicsafety.observations import ALL
from publicsafety.rows import Row

UNMET = ("no unit free", "outside hours", "outside area", "not triaged", "declined", "cancelled")


def by_hour(
    source: Source, scope: Scope, metric: str = "calls_for_service", question: str = "When do calls come?"
) -> Finding:
    """Hour by weekday, with the published hours of the team outlined."""
    now = source.run(metric, scope.on(metric, by=("weekday", "hour")))
    by_hour = [row | {"hour": int(row["hour"])} for row in now.rows if row["hour"] != ALL]
    cells = [row for row in by_hour if row["weekday"] != ALL]
    counts = [row["value"] for row in known_rows(cells)]
    unit = prose.NOUNS.get(now.metric.unit, ("", now.metric.unit))[1]
    return finding(
        source, f"{metric}_by_hour", question, _busiest(by_hour, total(now), unit, scope), now, scope,
        drawing="heat" if any(counts) else "", drawn=cells,
        options={"axis": f"{unit} by weekday and hour", "beside": (f"Pale: few. Dark: up to {prose.count(max(counts, default=0))} an hour of the week. Outlined: the team's published hours.",), "service": service(source),
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


def _busiest(rows: Sequence[Row], whole: Row, unit: str, scope: Scope) -> str:
    """The six hours in a row that hold most, of the day, and their share."""
    known = known_rows(rows)
    of_hour = {row["hour"]: row["value"] for row in known if row["weekday"] == ALL}
    counts = [of_hour.get(hour, 0.0) for hour in range(24)]
    if not any(counts):
        return f"No {unit} {scope.within}"
    width = 6
    start = max(range(24 - width + 1), key=lambda hour: sum(counts[hour : hour + width]))
    share = sum(counts[start : start + width]) / sum(counts)
    of_days = [(row["weekday"], row["value"]) for row in known if row["weekday"] != ALL]
    weekend = sum(value for day, value in of_days if day in ("Sat", "Sun")) / sum(value for _, value in of_days)
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
    rows = [
        _part("Answered: the team arrived", reached.get("numerator"), reached["status"], whole),
        *(_part(f"Not answered: {row['label']}", row["value"], row["status"], whole) for row in reasons),
    ]
    if prose.known(whole.get("value")) and whole["value"]:
        said = (
            f"Of {prose.count(whole['value'], 'calls')} that were eligible {scope.within}, the team reached {prose.count(reached['numerator'])} and did not reach {prose.count(missed['value'])}"
            if prose.known(reached.get("numerator"))
            else prose.figure(whole, "calls")
        )
        if reasons and prose.known(reasons[0]["value"]) and missed["value"]:
            said += f", most often: {reasons[0]['label']} ({prose.count(reasons[0]['value'])})"
    else:
        said = f"No eligible calls {scope.within}" if whole.get("value") == 0 else prose.figure(whole, "calls")
    return finding(
        source, "eligible_answered_unmet", "What became of the calls the team could take?", said, unmet, scope,
        frame=[{"part": row["label"]} | {name: row[name] for name in ("value", "status", "share")} for row in rows], others=(eligible,),
        drawing="bars" if known_rows(rows) and whole.get("value") else "", drawn=rows,
        options={"unit": "calls", "meanings": {label: "care" if label.startswith("Answered") else "unknown" for label in (row["label"] for row in rows)},
                 "beside": ("The parts add up to all eligible calls. “Not triaged” is not “ineligible”.", "All hours and the whole city; “Eligible calls answered” has only the calls in the team's hours and area below its line.")},
        n=said_n(whole, eligible.metric),
    )  # fmt: skip


def _part(label: str, value: float | None, status: str, whole: Row) -> Row:
    """A part of the eligible calls with its share of all of them."""
    share = value / whole["value"] if prose.known(value) and whole.get("value") else None
    text = "" if share is None else f"{prose.count(value)} · {prose.percent(share)}"
    return {"label": label, "value": value, "status": status, "share": share, "text": text}
