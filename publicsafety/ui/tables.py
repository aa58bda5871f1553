"""A finding's rows as a reader sees them: named columns, units, dates in words, and no number that is not known."""

from typing import Any, Literal

import pandas as pd
import streamlit as st

from publicsafety import prose
from publicsafety.findings import Finding
from publicsafety.language import gettext as _
from publicsafety.language import later
from publicsafety.metrics import Metric

LETTER, WIDEST = 6.7, 480  # pixels: a letter's mean width in a table, and the most that a column has
LONG = 14  # letters of a heading from which a number at its far end is out of sight on a phone
WHOLE = 15  # rows up to which a table is shown whole, without a scroll bar of its own
HIDDEN = {"kind"}
NAMES = {
    "period": later("Period"),
    "numerator": "n",
    "denominator": later("of N"),
    "n": later("Rows counted"),
    "low": later("95% from"),
    "high": later("95% to"),
    "status": later("Note"),
    "median": later("Median"),
    "p90": later("9 in 10 within"),
    "n_excluded": later("Left out"),
    "police_role": later("Police"),
    "unmet_reason": later("Result"),
    "place_kind": later("Kind of place"),
    "km2": "km²",
    "per_km2": "Per km²",  # leadership alone sees it
    "label": later("Label"),
    "value": later("Value"),
}


def title(column: str, metric: Metric | None = None) -> str:
    """A column's heading: "police_role" → "Police", the value by what it is ("Calls", "Percent")."""
    if column == "value" and metric:
        return prose.capital(prose.unit_name(metric.unit))
    if " " in column or column[:1].isupper():  # a heading already: "n of N and interval", "Q3 2024"
        return column
    return _(NAMES[column]) if column in NAMES else prose.capital(_(column.replace("_", " ").capitalize()))


def shown(finding: Finding) -> pd.DataFrame:
    """The table of a finding: status letters in words, empty columns gone, periods as names."""
    frame = finding.frame.copy()
    if "status" in frame:
        reasons = finding.options.get("missing", {})  # why there is no figure for a period, where that is known
        periods = frame["period"].astype(str) if "period" in frame else [""] * len(frame)
        frame["status"] = [
            reasons.get(period, prose.status_words("x"))
            if each == "x"
            else prose.status_words(str(each))
            if each
            else ""
            for each, period in zip(frame["status"].fillna(""), periods, strict=True)
        ]
        if not frame["status"].any():
            frame = frame.drop(columns="status")
    if "period" in frame:
        grain = finding.filters.grain
        frame["period"] = [
            _("All of it") if str(each) == "All" else prose.period_name(str(each), grain) for each in frame["period"]
        ]
        if grain == "all":
            frame = frame.drop(columns="period")
    if finding.metric and finding.metric.kind in ("count", "distinct"):
        frame = frame.drop(columns=[name for name in ("numerator", "denominator", "n") if name in frame])
    for name in frame.select_dtypes("datetime"):
        frame[name] = [_moment(each) for each in frame[name]]
    frame = frame.drop(columns=[name for name in frame if frame[name].isna().all() or name in HIDDEN])
    return frame.rename(columns={name: title(str(name), finding.metric) for name in frame})


def _moment(value: pd.Timestamp) -> str:
    """A day, with the time of day unless it is midnight; sorting as text keeps the order of time."""
    if pd.isna(value):
        return ""
    return f"{value:%Y-%m-%d}" if value == value.normalize() else f"{value:%Y-%m-%d %H:%M}"


def widths(frame: pd.DataFrame) -> dict[str, Any]:
    """Columns of text as wide as what they say, up to a limit; the last has what is left.

    The grid shares out too little room by itself, and cuts cells off beside columns that have more than they need.
    """
    made = {}
    for name in list(frame)[:-1]:
        if not pd.api.types.is_numeric_dtype(frame[name]):
            longest = max([len(str(name)), *(len(str(each)) for each in frame[name])])
            made[str(name)] = st.column_config.Column(width=min(int(LETTER * longest) + 24, WIDEST))
    return made


def columns(finding: Finding) -> dict[str, Any]:
    """How Streamlit should write each column: percents as percents, measures with one decimal, counts with commas."""
    metric = finding.metric
    config: dict[str, Any] = widths(shown(finding))
    numbers = [name for name in finding.frame if pd.api.types.is_numeric_dtype(finding.frame[name])]
    side = "left" if any(len(title(str(name), metric)) > LONG for name in numbers) else None
    for name in finding.frame:
        if not pd.api.types.is_numeric_dtype(finding.frame[name]):
            continue
        kind = "localized"
        if str(name).startswith("share") or (metric and metric.unit == "percent" and name in ("value", "low", "high")):
            kind = "percent"
        config[title(str(name), metric)] = st.column_config.NumberColumn(format=kind, alignment=side)  # type: ignore[arg-type]
    return config


def height(frame: pd.DataFrame) -> Literal["content", "auto"]:
    """All rows of a short table; of a longer one as many as Streamlit shows."""
    return "content" if len(frame) <= WHOLE else "auto"
