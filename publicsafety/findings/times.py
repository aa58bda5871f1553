"""How long it takes: the spread behind a median, and everything that was left out of it, by reason."""

import pandas as pd

from publicsafety import prose
from publicsafety.findings import gaps
from publicsafety.findings.core import Finding, Scope, Source, finding, shaped, total
from publicsafety.findings.series import complete, events, history
from publicsafety.findings.words import SPANS, said_n
from publicsafety.rows import records

STEPS = tuple(name for name in SPANS if name.endswith("_minutes") and not name.startswith("needle"))
READING = "Dot: the median. Line: up to the 90th percentile, within which 9 in 10 were."
REASONS = ("missing stamp", "midnight sentinel", "negative", "longer than bound")  # of queries/marts/fct_calls.sql
LONGEST = 120  # minutes on the axis; the table has the rest


def spread(source: Source, scope: Scope) -> Finding:
    """The distribution of response times in steps of five minutes, median and 90th percentile marked."""
    now = source.run("response_minutes", scope.on("response_minutes"))
    row = total(now)
    bins = source.chart("response_histogram", scope.on_chart("response_histogram"))
    said = f"No response has a usable time {scope.within}"
    marks: tuple[tuple[str, float, float], ...] = ()
    if prose.known(row.get("median")):
        median, p90 = prose.measure(row["median"], "minutes"), prose.measure(row["p90"], "minutes")
        said = f"Half of the responses {scope.within} took at most {median}, 9 in 10 at most {p90} (n = {prose.count(row['n'])}), from the call received (T0) to on scene (T4)"
        marks = ((f"median {median}", row["median"], 1.0), (f"9 in 10: {p90}", row["p90"], 0.82))
    whole = range(0, int(bins["bin"].max()) + 5, 5) if len(bins) else []
    drawn = (
        bins.set_index("bin")["count"].reindex(whole, fill_value=0).rename_axis("bin").reset_index()
        if len(bins)
        else bins
    )
    beyond = int(drawn.loc[drawn["bin"] >= LONGEST, "count"].sum()) if len(drawn) else 0
    beside = (
        (f"{prose.count(beyond, 'calls')} of more than {LONGEST} minutes are in the table, not in the chart.",)
        if beyond
        else ()
    )
    return finding(
        source, "response_spread", "How long do people wait?", said, now, scope, frame=bins.rename(columns={"bin": "from_minute", "count": "calls"}),
        drawing="histogram" if len(bins) else "", drawn=drawn[drawn["bin"] < LONGEST] if len(drawn) else drawn,
        options={"width": 5, "marks": marks, "axis": "responses", "x_axis": "minutes from received (T0) to on scene (T4)", "beside": beside},
        n=said_n(row, now.metric), shape="response_histogram",
    )  # fmt: skip


def left_out(source: Source, scope: Scope) -> Finding:
    """Used + left out by reason = all responses: nothing disappears from the count."""
    rows = source.chart("response_excluded", scope.on_chart("response_excluded"))
    absent = [reason for reason in REASONS if len(rows) and reason not in set(rows["label"])]
    rows = pd.concat([rows, pd.DataFrame({"label": absent, "value": 0})], ignore_index=True) if absent else rows
    whole = int(rows["value"].sum()) if len(rows) else 0
    used = int(rows.loc[rows["label"] == "used", "value"].sum()) if len(rows) else 0
    said = (
        f"Of {prose.count(whole, 'responses')} {scope.within}, {prose.count(used)} have a usable response time and {prose.count(whole - used)} were left out"
        if whole
        else f"No responses {scope.within}"
    )
    drawn = rows.assign(
        label=rows["label"].map(lambda label: "Used" if label == "used" else f"Left out: {label}"), status=""
    )
    return shaped(
        source, "response_left_out", "What was left out, and why?", said, rows.rename(columns={"label": "reason", "value": "responses"}), scope,
        drawing="bars" if whole else "", drawn=drawn, options={"unit": "responses", "meanings": {f"Left out: {label}": "unknown" for label in rows["label"]}, "beside": ("The parts add up to all responses.",)},
        n=f"n = {prose.count(whole, 'responses')}", shape="response_excluded", filters=scope.on_chart("response_excluded"),
    )  # fmt: skip


def steps(source: Source, scope: Scope) -> Finding:
    """The way from call to cleared in steps, each with its end points, median and 90th percentile."""
    found = [source.run(name, scope.on(name)) for name in STEPS]
    rows = pd.DataFrame(
        [
            {
                "label": prose.capital(SPANS[each.metric.name]),
                **{name: total(each).get(name) for name in ("value", "p90", "n", "n_excluded", "status")},
            }
            for each in found
        ]
    )
    rows["text"] = [
        prose.measure(row["value"], "minutes") if prose.known(row["value"]) else prose.mark(str(row["status"] or "x"))
        for row in rows.to_dict("records")
    ]
    rows = rows.assign(low=rows["value"], high=rows["p90"])
    known = rows[rows["value"].notna()]
    said = f"No stamps to measure {scope.within}"
    if len(known):
        said = "Medians: " + "; ".join(
            f"{row['label'][0].lower()}{row['label'][1:]} {prose.measure(row['value'], 'minutes')}"
            for row in known.to_dict("records")
        )
    return finding(
        source, "time_steps", "Where does the time go?", said, found[0], scope, frame=rows.drop(columns=["text", "low", "high"]).rename(columns={"label": "step"}),
        others=tuple(found[1:]), drawing="dots" if len(known) else "", drawn=rows,
        options={"unit": "minutes", "beside": (READING, "Medians of steps do not add up to the median of the whole.",)},
    )  # fmt: skip


def over_time(source: Source, scope: Scope, metric: str = "response_minutes") -> Finding:
    """The median and the 90th percentile by month: a median can stand still while the longest waits grow."""
    long = history(source, scope, metric)
    months = complete(long)
    months = months[months["status"].fillna("") != "z"]
    known = months[months["value"].notna()]
    said = "There is no figure for any month yet"
    if len(known):
        last = known.iloc[-1]
        said = f"In {prose.period_name(last['period'], 'month')} half took at most {prose.measure(last['value'], 'minutes')} and 9 in 10 at most {prose.measure(last['p90'], 'minutes')} (n = {prose.count(last['n'])})"
    drawn = pd.concat(
        [
            months.assign(series=name, value=months[column])
            for column, name in (("p90", "9 in 10"), ("value", "Median"))
        ],
        ignore_index=True,
    )
    return finding(
        source, f"{metric}_percentiles", "Do the longest waits change as the median does?", said, long, scope, frame=months,
        drawing="lines" if len(known) else "", drawn=drawn,
        options={"axis": f"minutes, {SPANS[metric]}", "unit": "minutes", "meanings": {"Median": "care"}, "events": events(source), "missing": gaps.missing(months),
                 "beside": (*gaps.beside(months, "month"), "9 in 10: the 90th percentile, within which 9 in 10 were. Few responses a month make it move much.",)},
        n=f"n = {prose.count(len(months), 'months')}",
    )  # fmt: skip


def workload(source: Source, scope: Scope) -> Finding:
    """Hours on task beside hours staffed, by hour of the day; staffed hours only where a roster was exported."""
    busy, staffed = (
        {int(row["hour"]): float(row["value"]) for row in records(source.chart(name, scope.on_chart(name)))}
        for name in ("time_on_task_by_hour", "staffed_by_hour")
    )
    rows = [{"hour": hour, "hours_on_task": busy[hour], "hours_staffed": staffed.get(hour)} for hour in busy]
    task, duty = sum(busy.values()), sum(staffed.values())
    said = f"The team spent {prose.count(task, 'hours')} on task {scope.within}"
    said += (
        f" of {prose.count(duty, 'hours')} staffed: {prose.percent(task / duty)}"
        if duty
        else "; staffed hours are not available, because no roster was exported for this period"
    )
    drawn = [
        {"series": name, "hour": hour, "value": value}
        for name, hours in (("On task", busy), ("Staffed", {hour: staffed[hour] for hour in busy if hour in staffed}))
        for hour, value in hours.items()
    ]
    return shaped(
        source, "workload", "Is the team staffed when it is busy?", said, rows, scope, drawing="hours" if task or duty else "", drawn=drawn,
        options={"axis": "hours, by hour of the day", "meanings": {"On task": "care"},
                 "beside": ("Time on task is counted in the hour in which the call came.",)},
        shape="time_on_task_by_hour", filters=scope.on_chart("time_on_task_by_hour"),
    )  # fmt: skip
