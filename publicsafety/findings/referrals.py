"""Referrals to partners: how far they get, where they stop, how soon they connect, and which wait too long."""

from dataclasses import replace

import pandas as pd

from publicsafety import prose
from publicsafety.findings import breakdown, recorded
from publicsafety.findings.core import MATURE, Finding, Scope, Source, finding, mature, shaped, total
from publicsafety.findings.words import said_n
from publicsafety.referral_stages import DATES
from publicsafety.statistics import wilson_interval

TICKS = (0, 30, 60, 90, 120, 150, 180)
LAST = 180  # days on the axis; the table has the rest
ENDS = {"completed": "Completed", "connected": "Connected", "accepted": "Accepted, no service yet", "open": "Open", "declined": "Declined by the client",
        "rejected": "Rejected by the partner", "no reply in 14 days": "No reply in 14 days", "lost": "Lost contact", "none": "Reached a service"}  # fmt: skip


def funnel(source: Source, scope: Scope) -> Finding:
    """Offered → sent → accepted → connected → completed, each with its count and its share of those sent."""
    rows = source.chart("referral_funnel", scope.on_chart("referral_funnel"))
    missing = recorded.unrecorded(source)
    rows = rows[~rows["stage"].isin(missing)].reset_index(drop=True)
    counts = dict(zip(rows["stage"], rows["value"], strict=True))
    sent = counts.get("sent") or 0
    said = f"No referrals {scope.within}"
    if sent:
        far = recorded.reached({stage: prose.count(n) for stage, n in counts.items()}, missing)
        said = f"Of {prose.count(counts['offered'], 'referrals')} offered {scope.within}, {prose.count(sent)} were sent; {far}{'' if len(missing) == len(DATES) else ' so far'}"
    drawn = rows.assign(
        label=rows["stage"].str.capitalize(), status="",
        text=[f"{prose.count(value)} · {prose.percent(share)} of sent" if prose.known(share) and stage != "offered" else prose.count(value) for stage, value, share in zip(rows["stage"], rows["value"], rows["share_of_sent"], strict=True)],
    )  # fmt: skip
    return shaped(
        source, "referral_funnel", "How far do referrals get?", said, rows[["stage", "value", "share_of_sent", "stopped", "mature_value"]].rename(columns={"value": "referrals", "stopped": "stopped_before", "mature_value": "sent_60_days_ago"}), scope,
        drawing="funnel" if counts.get("offered") else "", drawn=drawn, options={"unit": "referrals", "beside": ("Counted by the day they were offered; “referrals sent” above goes by the day of sending.", _of_mature(rows, missing), *recorded.left_out(missing))},
        n=f"n = {prose.count(counts.get('offered') or 0, 'referrals')} offered", shape="referral_funnel", filters=scope.on_chart("referral_funnel"),
    )  # fmt: skip


def _of_mature(rows: pd.DataFrame, missing: tuple[str, ...]) -> str:
    """The shares among those sent long enough ago: the others pull each share down, and have not failed."""
    counts = dict(zip(rows["stage"], rows["mature_value"], strict=True))
    sent = counts.get("sent") or 0
    if not sent:
        return f"Referrals of the last {MATURE} days have had little time"
    shares = {stage: f"{prose.percent(counts[stage] / sent)} ({prose.count(counts[stage])})" for stage in counts}
    return f"Of the {prose.count(sent)} sent at least {MATURE} days ago, {recorded.reached(shares, missing)}"


def rate_by(source: Source, scope: Scope, metric: str, dimension: str) -> Finding:
    """A rate of referrals by one dimension, without those that have had little time: partners get them at different times."""
    young = total(source.run(metric, scope.on(metric))).get("n_immature")
    older = mature(scope.filters, source.as_of)
    if not (prose.known(young) and young) or older is None:
        return breakdown.by(source, scope, metric, dimension)
    beside = (
        f"Without the {prose.count(young, 'referrals')} sent less than {MATURE} days ago, which are too recent to judge"
    )
    return breakdown.by(source, replace(scope, filters=older), metric, dimension, "", (beside,))


def drop_off(source: Source, scope: Scope) -> Finding:
    """Why referrals did not lead to a first service."""
    rows = source.chart("referral_drop_off", scope.on_chart("referral_drop_off"))
    stopped = rows[~rows["drop_off"].isin(["none", "open"])].reset_index(drop=True)
    drawn = stopped.assign(label=stopped["drop_off"].map(lambda end: ENDS.get(str(end), str(end))), status="")
    whole, lost = int(rows["value"].sum()) if len(rows) else 0, int(stopped["value"].sum()) if len(stopped) else 0
    said = f"No referrals {scope.within}" if not whole else f"{prose.of(lost, whole)} referrals stopped {scope.within}"
    if lost:
        said += f", most often: {drawn['label'].iloc[0].lower()} ({prose.count(drawn['value'].iloc[0])})"
    return shaped(
        source, "referral_drop_off", "Where do referrals stop?", said, rows.rename(columns={"drop_off": "stopped_at", "value": "referrals"}), scope,
        drawing="bars" if lost else "", drawn=drawn, options={"unit": "referrals", "beside": ("Open referrals are neither a success nor a failure yet; they are in the table.",)},
        n=f"n = {prose.count(whole, 'referrals')}", shape="referral_drop_off", filters=scope.on_chart("referral_drop_off"),
    )  # fmt: skip


def days(source: Source, scope: Scope) -> Finding:
    """Kaplan–Meier: the share connected by each day, open referrals counted as long as they were followed."""
    now = source.run("days_to_connection", scope.on("days_to_connection"))
    rows = source.chart("survival_curve", scope.on_chart("survival_curve"))
    row = total(now)
    said = f"No referrals were sent {scope.within}"
    ticks: list[tuple[int, int]] = []
    if len(rows) and rows["at_risk"].iloc[0]:
        last = float(rows["day"].max())
        ticks = [(day, _at_risk(rows, day)) for day in TICKS if day <= last]
        month = rows[rows["day"] <= 30].iloc[-1]
        within = f"{prose.percent(month['share'])} of referrals sent {scope.within} connected within 30 days" + (
            f" ({prose.interval(month['low'], month['high'], 'percent')})" if prose.known(month["low"]) else ""
        )
        half = (
            f"half within {prose.count_or_decimal(row['value'], 'days')}"
            if prose.known(row.get("value"))
            else "fewer than half have connected so far"
        )
        said = f"{within}; {half}"
    return finding(
        source, "days_to_connection_curve", "How soon do people reach a service?", said, now, scope, frame=rows,
        drawing="survival" if ticks else "", drawn=rows, options={"ticks": tuple(ticks), "last": min(LAST, float(rows["day"].max()) if len(rows) else LAST), "beside": ("Open referrals are counted for as long as they were followed: open is not failed. The numbers below the axis include referrals that were rejected, lost or left without a reply. Band: 95% interval.",)},
        n=said_n(row, now.metric), shape="survival_curve",
    )  # fmt: skip


def _at_risk(rows: pd.DataFrame, day: int) -> int:
    """How many referrals were followed up to a day and not connected before it, those that had ended otherwise included."""
    later = rows[rows["day"] >= day]
    return int(later["at_risk"].iloc[0]) if len(later) else 0


def cohorts(source: Source, scope: Scope) -> Finding:
    """The share connected so far by month sent; months younger than 60 days are drawn as immature."""
    rows = source.chart("referral_cohorts", scope.on_chart("referral_cohorts"))
    intervals = [
        wilson_interval(float(row["connected"]), float(row["sent"])) or (None, None) for row in rows.to_dict("records")
    ]
    rows = rows.assign(
        period=pd.to_datetime(rows["month"]).dt.strftime("%Y-%m-%d"),
        value=rows["connected"] / rows["sent"],
        low=[each[0] for each in intervals],
        high=[each[1] for each in intervals],
        is_mature=rows["mature"] == rows["sent"],
    )
    mature = rows[rows["is_mature"]]
    said = f"No referrals were sent {scope.within}"
    if len(mature):
        last = mature.iloc[-1]
        said = f"Of the {prose.count(last['sent'], 'referrals')} sent in {prose.period_name(last['period'], 'month')}, the latest month old enough to judge, {prose.count(last['connected'])} have connected"
    elif len(rows):
        said = "No month is old enough to judge: referrals have had less than 60 days"
    return shaped(
        source, "referral_cohorts", "Do later referrals connect as often as earlier ones?", said, rows[["period", "sent", "connected", "value", "low", "high", "is_mature"]].rename(columns={"period": "month_sent", "value": "share"}), scope,
        drawing="cohorts" if len(rows) else "", drawn=rows, options={"beside": ("Hollow: months younger than 60 days, whose referrals may still connect.",)},
        n=f"n = {prose.count(rows['sent'].sum() if len(rows) else 0, 'referrals')}", shape="referral_cohorts", filters=scope.on_chart("referral_cohorts"),
    )  # fmt: skip


def flow(source: Source, scope: Scope) -> Finding:
    """From need to partner to result, as wide as the number of referrals."""
    rows = source.chart("referral_flow", scope.on_chart("referral_flow"))
    said = f"No referrals were sent {scope.within}"
    drawn = pd.DataFrame(columns=["source", "target", "value", "stage"])
    if len(rows):
        named = rows.assign(
            need=_largest(rows, "need", 7),
            partner=_largest(rows, "partner", 7),
            result=rows["result"].map(lambda end: ENDS.get(str(end), str(end))),
        )
        first = (
            named.groupby(["need", "partner"], as_index=False)["value"]
            .sum()
            .set_axis(["source", "target", "value"], axis=1)
            .assign(stage=0)
        )
        second = (
            named.groupby(["partner", "result"], as_index=False)["value"]
            .sum()
            .set_axis(["source", "target", "value"], axis=1)
            .assign(stage=1)
        )
        drawn = pd.concat([first, second], ignore_index=True)
        top = first.sort_values("value", ascending=False).iloc[0]
        said = f"The most common way {scope.within}: {top['source'].lower()} to {top['target']} ({prose.count(top['value'], 'referrals')} of {prose.count(rows['value'].sum())})"
    return shaped(
        source, "referral_flow", "Which needs go to which partners, and what comes of it?", said, rows.rename(columns={"value": "referrals"}), scope,
        drawing="sankey" if len(drawn) else "", drawn=drawn, n=f"n = {prose.count(rows['value'].sum() if len(rows) else 0, 'referrals')}", shape="referral_flow", filters=scope.on_chart("referral_flow"),
    )  # fmt: skip


def _largest(rows: pd.DataFrame, column: str, most: int) -> pd.Series:
    """The column with its smaller values joined as "All others", so that a picture stays readable."""
    kept = rows.groupby(column)["value"].sum().nlargest(most).index
    return rows[column].where(rows[column].isin(kept), "All others")


def waiting(source: Source, scope: Scope) -> Finding:
    """Open too long: a work list, oldest first. It starts with the first export: what waits longest was sent before any period."""
    scope = replace(scope, filters=replace(scope.filters, start=None), comparison=None)
    rows = source.chart("referrals_open", scope.on_chart("referrals_open"))
    said = f"No referral sent {scope.within} waits too long"
    if len(rows):
        said = f"{prose.count(len(rows), 'referrals')} sent {scope.within} {'waits' if len(rows) == 1 else 'wait'}, the oldest for {prose.count(rows['days_open'].max(), 'days')}"
    return shaped(
        source, "referrals_waiting", "Which referrals have waited too long?", said, rows, scope, options={"open_table": True},
        caveats=("No reply for 14 days, or accepted and no first service for 30 days.", "Whenever they were sent: the list does not begin with the period."),
        shape="referrals_open", filters=scope.on_chart("referrals_open"),
    )  # fmt: skip
