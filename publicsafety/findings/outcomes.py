"""What became of the calls: police involvement with every denominator in sight, results, people met again."""

from typing import Any

import pandas as pd

from publicsafety import prose
from publicsafety.findings.core import Finding, Scope, Source, finding, known_rows, parts, total
from publicsafety.findings.words import POLICE, said_n
from publicsafety.observations import Observations
from publicsafety.statistics import wilson_interval

POLICE_KPIS = ("no_police_rate", "police_backup_rate", "eligible_calls_answered", "care_share_of_calls")
BANDS = (5, 10, 20, 40)


def side_by_side(
    source: Source, scope: Scope, *names: str, question: str = "", key: str = "police_side_by_side"
) -> Finding:
    """Several proportions as dots with intervals, each with its own n of N: never one number for all of them."""
    found = [source.run(name, scope.on(name)) for name in names]
    rows = pd.DataFrame([_rate_row(each) for each in found])
    known = rows[rows["value"].notna()]
    said = "; ".join(f"{row['label'].lower()}: {row['text']}" for row in known.to_dict("records"))
    return finding(
        source, key, question or "How often were police part of it?", f"{said} {scope.within}" if said else f"Nothing to count {scope.within}", found[0], scope,
        frame=rows.drop(columns=["text", "basis"]).rename(columns={"label": "figure"}), others=tuple(found[1:]), drawing="dots" if len(known) else "", drawn=rows,
        options={"unit": "percent", "beside": ("Each has its own denominator, so they do not add up to 100%.",)},
        caveats=tuple(caveat for each in found for caveat in each.metric.caveats),
    )  # fmt: skip


def _rate_row(observations: Observations) -> dict[str, Any]:
    row, metric = total(observations), observations.metric
    known = prose.known(row.get("value"))
    return {
        "label": metric.title, "numerator": row.get("numerator"), "denominator": row.get("denominator"), "value": row.get("value"),
        "low": row.get("low"), "high": row.get("high"), "status": row.get("status", ""), "counts": f"{metric.numerator} / {metric.denominator}",
        "basis": f"of {metric.denominator}",
        "text": f"{prose.percent(row['value'])} ({prose.of(row['numerator'], row['denominator'])})" if known else prose.mark(str(row.get("status") or "x")),
    }  # fmt: skip


def roles(source: Source, scope: Scope) -> Finding:
    """Who went: the team alone, with police in one of three ways, or not known, which is a class of its own."""
    now = source.run("care_responses", scope.on("care_responses", by=("police_role",)))
    rows = parts(now, "police_role")
    if rows and all(row["label"] != "unknown" for row in rows):  # none without a record is said too
        rows = [*rows, dict.fromkeys(rows[0]) | {"label": "unknown", "value": 0, "status": ""}]
    whole, of_role = total(now), {str(row["label"]): row["value"] for row in rows}
    alone, unknown = of_role.get("none"), of_role.get("unknown")
    said = f"No calls {scope.within}"
    if prose.known(whole.get("value")) and whole["value"] and prose.known(alone):
        said = f"On {prose.of(alone, whole['value'])} calls {scope.within} no police went"
        if prose.known(unknown):
            said += (
                f"; for {prose.count(unknown)} nobody recorded whether police went"
                if unknown
                else "; every call has a record of whether police went"
            )
    elif whole.get("value") is None:
        said = prose.figure(whole, "calls")
    return finding(
        source, "police_roles", "Who went to the calls?", said, now, scope, drawing="bars" if prose.known(whole.get("value")) and whole["value"] else "",
        drawn=[row | {"label": POLICE.get(str(row["label"]), str(row["label"]))} for row in rows],
        options={"unit": "calls", "meanings": {POLICE["none"]: "care", POLICE["back-up"]: "police", POLICE["co-response"]: "co-response", POLICE["police"]: "police", POLICE["unknown"]: "unknown"}},
        n=said_n(whole, now.metric),
    )  # fmt: skip


def sensitivity(source: Source, scope: Scope) -> Finding:
    """How the answer moves with the definition: the same calls, counted in the five ways that are argued over."""
    now = source.run("care_responses", scope.on("care_responses", by=("police_role",)))
    counts = {str(row["label"]): float(row["value"]) for row in known_rows(parts(now, "police_role"))}
    none, unknown, both, backup = (counts.get(role, 0.0) for role in ("none", "unknown", "co-response", "back-up"))
    all_calls = sum(counts.values())
    with_needles = total(source.run("no_police_rate_with_needles", scope.on("no_police_rate_with_needles")))
    ways = [
        ("As defined: no police, of calls with a known record", none, all_calls - unknown),
        ("Not known counted as police", none, all_calls),
        ("Not known counted as no police", none + unknown, all_calls),
        ("Co-response left out of the calls", none, all_calls - unknown - both),
        ("Back-up that the team asked for counted as no police", none + backup, all_calls - unknown),
        ("Needle pickups counted as calls", with_needles.get("numerator"), with_needles.get("denominator")),
    ]
    rows = pd.DataFrame([_way(*way) for way in ways])
    known = rows[rows["value"].notna()]
    said = f"No calls {scope.within}"
    if len(known):
        low, high = known.loc[known["value"].idxmin()], known.loc[known["value"].idxmax()]
        said = f"By definition the share {scope.within} lies between {prose.percent(low['value'])} ({low['label'].lower()}) and {prose.percent(high['value'])} ({high['label'].lower()})"
    return finding(
        source, "police_sensitivity", "How much does the definition matter?", said, now, scope,
        frame=rows.drop(columns="text").rename(columns={"label": "definition"}), drawing="dots" if len(known) else "", drawn=rows,
        options={"unit": "percent", "beside": ("The first line is the definition in use; the others show what another choice would print.",)},
        n=f"n = {prose.count(all_calls, 'calls')}",
    )  # fmt: skip


def _way(label: str, numerator: Any, denominator: Any) -> dict[str, Any]:
    found = (
        wilson_interval(float(numerator), float(denominator))
        if prose.known(numerator) and prose.known(denominator)
        else None
    )
    if found is None:
        return {
            "label": label,
            "numerator": numerator,
            "denominator": denominator,
            "value": None,
            "low": None,
            "high": None,
            "text": "[z]",
        }
    value = float(numerator) / float(denominator)
    text = f"{prose.percent(value)} ({prose.of(numerator, denominator)})"
    return {
        "label": label,
        "numerator": int(numerator),
        "denominator": int(denominator),
        "value": value,
        "low": found[0],
        "high": found[1],
        "text": text,
    }


def repeat_bands(source: Source, scope: Scope) -> Finding:
    """Few people, many contacts: how many people had five, ten, twenty or forty contacts within a calendar year."""
    now = source.run("repeat_contacts", scope.on("repeat_contacts"))
    row = total(now)
    people = row.get("denominator")
    rows = pd.DataFrame(
        [
            {
                "label": f"{band} or more contacts in a year",
                "value": row.get(f"n_{band}_plus"),
                "status": row.get("status", ""),
            }
            for band in BANDS
        ]
    )
    said = f"No people with a key {scope.within}"
    if prose.known(people) and people:
        first = rows["value"].iloc[0]
        said = f"Of {prose.count(people, 'people')} met {scope.within}, {prose.count(row['numerator'])} were met again within 30 days"
        said += f", and {prose.count(first)} had five or more contacts in a calendar year" if prose.known(first) else ""
    return finding(
        source, "repeat_bands", "Who is met again and again?", said, now, scope, frame=rows.rename(columns={"label": "band", "value": "people"}),
        drawing="bars" if rows["value"].notna().any() and people else "", drawn=rows, options={"unit": "people"}, n=said_n(row, now.metric),
    )  # fmt: skip


def people(source: Source, scope: Scope) -> Finding:
    """People served, how they were counted, and how many contacts had no person to count."""
    now = source.run("people_served", scope.on("people_served"))
    row = total(now)
    without = row.get("n_without_key")
    contacts = total(source.run("contacts", scope.on("contacts")))
    rows = pd.DataFrame([
        {"what": "Different people met", "value": row.get("value")},
        {"what": "Contacts with them and with others", "value": contacts.get("value")},
        {"what": "Contacts without a person key", "value": without},
    ])  # fmt: skip
    said = f"{prose.figure(row, 'people')} {scope.within}"
    if prose.known(without):
        said += (
            f"; {prose.count(without, 'contacts')} had no person key, so that nobody can say how many people they were"
        )
    return finding(
        source, "people_method", "How many people is that?", said, now, scope, frame=rows, options={"open_table": True},
        caveats=("A person is counted once in a period, however often met, by a keyed hash of the name and birth date that never leaves the build.",
                 "Months cannot be added up: somebody met in two months is one person in the year."),
    )  # fmt: skip
