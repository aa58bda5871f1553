"""A finding's rows as a reader sees them: named columns, units, dates in words, and no number that is not known."""

from typing import Any

import pandas as pd
import streamlit as st

from publicsafety import prose
from publicsafety.findings import Finding
from publicsafety.metrics import Metric

HIDDEN = {"kind"}
NAMES = {
    "period": "Period",
    "numerator": "n",
    "denominator": "of N",
    "n": "Rows counted",
    "low": "95% from",
    "high": "95% to",
    "status": "Note",
    "median": "Median",
    "p90": "9 in 10 within",
    "n_excluded": "Left out",
    "police_role": "Police",
    "unmet_reason": "Result",
    "place_kind": "Kind of place",
}


def title(column: str, metric: Metric | None = None) -> str:
    """A column's heading: "police_role" → "Police", the value by what it is ("Calls", "Percent")."""
    if column == "value" and metric:
        return metric.unit.capitalize()
    if " " in column or column[:1].isupper():  # a heading already: "n of N and interval", "Q3 2024"
        return column
    return NAMES.get(column, column.replace("_", " ").capitalize())


def shown(finding: Finding) -> pd.DataFrame:
    """The table of a finding: status letters in words, empty columns gone, periods as names."""
    frame = finding.frame.copy()
    if "status" in frame:
        frame["status"] = [prose.status_words(str(each)) if each else "" for each in frame["status"].fillna("")]
        if not frame["status"].any():
            frame = frame.drop(columns="status")
    if "period" in frame:
        grain = finding.filters.grain
        frame["period"] = [
            "All of it" if str(each) == "All" else prose.period_name(str(each), grain) for each in frame["period"]
        ]
        if grain == "all":
            frame = frame.drop(columns="period")
    if finding.metric and finding.metric.kind in ("count", "distinct"):
        frame = frame.drop(columns=[name for name in ("numerator", "denominator", "n") if name in frame])
    frame = frame.drop(columns=[name for name in frame if frame[name].isna().all() or name in HIDDEN])
    return frame.rename(columns={name: title(str(name), finding.metric) for name in frame})


def columns(finding: Finding) -> dict[str, Any]:
    """How Streamlit should write each column: percents as percents, measures with one decimal, counts with commas."""
    metric = finding.metric
    config: dict[str, Any] = {}
    for name in finding.frame:
        if not pd.api.types.is_numeric_dtype(finding.frame[name]):
            continue
        kind = "localized"
        if name == "share" or (metric and metric.unit == "percent" and name in ("value", "low", "high")):
            kind = "percent"
        config[title(str(name), metric)] = st.column_config.NumberColumn(format=kind)  # type: ignore[arg-type]
    return config
