"""The case work: how many at once, how long, which needs, and who carries them."""

from dataclasses import replace

import pandas as pd

from publicsafety import prose
from publicsafety.findings import gaps
from publicsafety.findings.core import Finding, Scope, Source, by_size, finding, parts, shaped, total
from publicsafety.findings.series import complete, events, history
from publicsafety.findings.words import said_n
from publicsafety.rows import Row

FLOW = {"cases_opened": "Opened", "cases_closed": "Closed", "active_cases": "Active"}


def flow(source: Source, scope: Scope) -> Finding:
    """Active, opened and closed by month, as three lines."""
    found = {name: history(source, scope, name) for name in FLOW}
    frames = [complete(each).assign(series=FLOW[name]) for name, each in found.items()]
    rows = pd.concat(frames, ignore_index=True)
    rows = rows[rows["status"].fillna("") != "z"]
    active = found["active_cases"]
    known = rows[(rows["series"] == "Active") & rows["value"].notna()]
    said = "No case was open"
    if len(known):
        last = known.iloc[-1]
        said = f"{prose.count(last['value'], 'cases')} were open on some day of {prose.period_name(last['period'], 'month')}"
        for name, verb in (("Opened", "opened"), ("Closed", "closed")):
            same = rows[(rows["series"] == name) & (rows["period"] == last["period"])]
            if len(same) and prose.known(same["value"].iloc[0]):
                said += f"; {prose.count(same['value'].iloc[0])} {verb}"
    return finding(
        source, "cases_flow", "Is the caseload growing?", said, active, scope, frame=rows[["period", "series", "value", "status"]],
        others=tuple(each for name, each in found.items() if name != "active_cases"), drawing="lines" if len(known) else "", drawn=rows,
        options={"axis": "cases a month", "unit": "cases", "meanings": {"Active": "care"}, "missing": gaps.missing(rows), "beside": gaps.beside(rows, "month"), "events": events(source)},
    )  # fmt: skip


def needs(source: Source, scope: Scope) -> Finding:
    """Needs by kind: how many clients had them, and how many of them were met."""
    now = source.run("needs_met", scope.on("needs_met", by=("need",)))
    rows = by_size(parts(now, "need"), "denominator")
    drawn = [row | {"value": row["denominator"], "before": row["numerator"], "text": _met(row)} for row in rows]
    whole = total(now)
    said = f"No needs were identified {scope.within}"
    if prose.known(whole.get("denominator")) and whole["denominator"] and rows:
        top = drawn[0]
        said = f"Of {prose.count(whole['denominator'], 'needs')} identified {scope.within}, {prose.count(whole['numerator'])} were met; the most common was {top['label'].lower()} ({top['text']})"
    return finding(
        source, "needs_by_kind", "Which needs do clients have, and which are met?", said, now, scope, frame=replace(now, rows=tuple(row | {"need": row["label"]} for row in rows)),
        drawing="parts" if prose.known(whole.get("denominator")) and whole["denominator"] else "", drawn=drawn, options={"unit": "needs", "beside": ("Dark: met. Pale: identified and not met so far.",)}, n=said_n(whole, now.metric),
    )  # fmt: skip


def _met(row: Row) -> str:
    known = prose.known(row["numerator"]) and prose.known(row["denominator"])
    return f"{prose.of(row['numerator'], row['denominator'])} met" if known else ""


def workers(source: Source, scope: Scope) -> Finding:
    """Active cases by worker; workers are keyed, so the list shows how even the load is and not who carries it."""
    rows = source.chart("caseload", scope.on_chart("caseload"))
    said = f"No case was active {scope.within}"
    if len(rows):
        low, high = rows["value"].min(), rows["value"].max()
        said = (
            f"{prose.count(len(rows))} workers carried from {prose.count(low)} to {prose.count(high, 'cases')} {scope.within}"
            if len(rows) > 1
            else f"One worker carried {prose.count(high, 'cases')} {scope.within}"
        )
    return shaped(
        source, "caseload", "How evenly are cases spread over workers?", said, rows.rename(columns={"value": "cases"}), scope, drawing="bars" if len(rows) else "",
        drawn=rows.rename(columns={"worker": "label"}).assign(status=""), options={"unit": "cases"}, shape="caseload", filters=scope.on_chart("caseload"),
    )  # fmt: skip
