"""How far do referrals get, by partner, need or month sent? Every stage with its count, and with its share of those sent."""

from typing import Any

import pandas as pd

from publicsafety import prose
from publicsafety.findings import recorded
from publicsafety.findings.breakdown import LEAST, extremes
from publicsafety.findings.core import MATURE, Finding, Scope, Source, finding
from publicsafety.findings.explorer import MOST, share_of
from publicsafety.metrics import registry
from publicsafety.referral_stages import DATES
from publicsafety.rows import records

SPLITS = {"partner": "Partner", "need": "Need", "month": "Month sent"}
STAGES = {stage: stage.capitalize() for stage in DATES}
ALL = "All referrals"


def by(source: Source, scope: Scope, split: str = "partner") -> Finding:
    """Sent → accepted → connected → completed for each partner, need or month; shares are of those sent long enough ago."""
    rows = source.chart("referral_stages", scope.on_chart("referral_stages"))
    rows = rows[rows["split"].isin([split, "all"])].reset_index(drop=True)
    rows = rows.assign(is_judged=_judged(rows, split))
    whole, parts = rows[rows["split"] == "all"], rows[rows["split"] == split]
    if split == "month":
        parts = parts.sort_values("label", ascending=False, kind="stable")
    rows = pd.concat([whole, parts], ignore_index=True)
    rows["label"] = [_words(row, split) for row in records(rows)]
    missing = recorded.unrecorded(source)
    stages = {stage: name for stage, name in STAGES.items() if stage not in missing}
    asked = {"grain": "month"} if split == "month" else {"by": (split,)}
    found = [source.run(f"referrals_{each}", scope.on(f"referrals_{each}", **asked)) for each in ("sent", *stages)]  # type: ignore[arg-type]
    sent = int(whole["sent"].iloc[0]) if len(whole) else 0
    beside = ["In each cell: the share that got this far, and of how many sent.", *_young(rows, split)]
    if len(parts) > MOST:
        beside.append(
            f"The chart shows the {'latest' if split == 'month' else 'largest'} {MOST} of {len(parts)}; the table has them all."
        )
    beside += recorded.left_out(missing)
    beside.append("By the day of sending, as the figures at the top; the stages above go by the day of the offer.")
    return finding(
        source, "referral_stages", f"Who gets how far? Stages by {SPLITS[split].lower()}", _say(rows, split, scope, missing), found[0], scope, frame=_table(rows, split, stages),
        others=tuple(found[1:]), drawing="matrix" if sent and stages else "", drawn=_cells(rows, stages),
        options={"rows": list(rows["label"].head(MOST + 1)), "columns": list(stages.values()), "unit": "percent", "meaning": "care", "top": 1.0, "beside": tuple(beside)},
        n=f"n = {prose.count(sent, 'referrals')} sent", shape="referral_stages",
    )  # fmt: skip


def _judged(rows: pd.DataFrame, split: str) -> pd.Series:
    """Whether a row's share can be told: some are mature, and all of a month's are, as its few first say nothing of it."""
    if split == "month":
        return (rows["mature"] > 0) & ((rows["mature"] == rows["sent"]) | (rows["split"] == "all"))
    return rows["mature"] > 0


def _words(row: dict[str, Any], split: str) -> str:
    if row["split"] == "all":
        return ALL
    return prose.period_name(row["label"], "month") if split == "month" and row["label"][:1].isdigit() else row["label"]


def _cells(rows: pd.DataFrame, stages: dict[str, str]) -> pd.DataFrame:
    """The matrix: a share with its n; in brackets, and without a shade, what is too recent to judge."""
    made = []
    for row in records(rows):
        for stage, name in stages.items():
            value, text = None, f"[{prose.of(row[stage], row['sent'])}]"
            if row["is_judged"]:
                value = row[f"mature_{stage}"] / row["mature"]
                text = share_of(value, row["mature"])
            made.append({"row": row["label"], "column": name, "value": value, "text": text})
    return pd.DataFrame(made, columns=["row", "column", "value", "text"]).astype({"value": "float64"})


def _young(rows: pd.DataFrame, split: str) -> list[str]:
    """Which referrals are too recent, and how their rows can be told."""
    whole = rows[rows["split"] == "all"]
    young = int((whole["sent"] - whole["mature"]).sum())
    if not young:
        return []
    said = [
        f"Without the {prose.count(young, 'referrals')} sent less than {MATURE} days ago, which are too recent to judge."
    ]
    if not rows["is_judged"].all():
        those = "months that are too recent" if split == "month" else f"each {split} that has no others"
        said.append(f"In brackets: {those}, with how many got this far until now.")
    return said


def _table(rows: pd.DataFrame, split: str, stages: dict[str, str]) -> pd.DataFrame:
    """Counts of all that were sent, then the shares among those that were sent long enough ago."""
    columns = {"label": f"{split}_sent" if split == "month" else split, "mature": f"sent_{MATURE}_days_ago"}
    frame = rows[["label", "sent", *stages, "mature"]].rename(columns=columns)
    for stage in stages:
        frame[f"share_{stage}"] = (rows[f"mature_{stage}"] / rows["mature"]).where(rows["is_judged"])
    return frame


def _say(rows: pd.DataFrame, split: str, scope: Scope, missing: tuple[str, ...] = ()) -> str:
    """How many reached a first service: the whole with the lowest and the highest, or the latest month old enough."""
    judged = rows[rows["is_judged"]]
    if rows.empty or not rows["sent"].iloc[0]:
        return f"No referrals were sent {scope.within}"
    if judged.empty:
        return f"All {prose.count(rows['sent'].iloc[0], 'referrals')} sent {scope.within} are too recent to judge"
    row = records(judged)[0 if split != "month" or len(judged) == 1 else 1]
    got = recorded.reached({stage: prose.count(row[f"mature_{stage}"]) for stage in STAGES}, missing)
    if split == "month" and row["label"] != ALL:
        return f"Of the {prose.count(row['mature'], 'referrals')} sent in {row['label']}, the latest month old enough to judge, {got}"
    old = "" if row["mature"] == row["sent"] else f" and at least {MATURE} days ago"
    said = f"Of the {prose.count(row['mature'], 'referrals')} sent {scope.within}{old}, {got}"
    known = judged[judged["label"] != ALL]
    known = known.assign(
        numerator=known["mature_connected"],
        denominator=known["mature"],
        n=known["mature"],
        value=known["mature_connected"] / known["mature"],
    ).sort_values("value", ascending=False, kind="stable")
    if (known["n"] >= LEAST).sum() < 2 or "connected" in missing:
        return said
    reached = extremes(records(known), registry()["referral_connection_rate"]).removeprefix("; ")
    return f"{said}. First service by {split}: {reached}"
