"""What the three peers share: the frame, the key figures and the charts of the call volume page, in pandas and Plotly Express.

Written as somebody who knows pandas would: only the columns that the page needs, read once a process; text as
categories; the areas' shapes read once; each change of the filter narrows the frame once and groups what is left.
PEER_DATA names a folder with calls.parquet and areas.geojson.
"""

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import plotly.express as px
import plotly.graph_objects as go

FOLDER = Path(os.environ.get("PEER_DATA", "."))
TEXT = ("area", "nature", "source", "priority", "weekday", "unmet_reason")
FLAGS = (
    "is_call_for_service",
    "is_eligible",
    "is_care_response",
    "is_needle_pickup",
    "is_answered",
    "in_service_hours",
    "in_service_area",
)
WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
TOP = 8


@cache
def load() -> pd.DataFrame:
    """Calls for service: one row each."""
    calls = pd.read_parquet(
        FOLDER / "calls.parquet", columns=["received_at", "hour", "time_on_task_minutes", *TEXT, *FLAGS]
    )
    calls = calls[calls["is_call_for_service"]].reset_index(drop=True)
    for name in TEXT:
        calls[name] = calls[name].astype("category")
    calls["month"] = calls["received_at"].dt.to_period("M").dt.to_timestamp().astype("category")
    return calls


@cache
def shapes() -> dict[str, Any]:
    return dict(json.loads((FOLDER / "areas.geojson").read_text()))


def areas() -> list[str]:
    return sorted(load()["area"].cat.categories)


def narrow(area: list[str], nature: list[str] = [], source: list[str] = []) -> pd.DataFrame:  # noqa: B006
    """The calls that the filters leave."""
    calls = load()
    for name, values in (("area", area), ("nature", nature), ("source", source)):
        if values:
            calls = calls[calls[name].isin(values)]
    return calls


def split(chosen: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The last twelve months, and the twelve before."""
    end = load()["received_at"].max().normalize() + pd.Timedelta(days=1)
    start, earlier = end - pd.DateOffset(years=1), end - pd.DateOffset(years=2)
    received = chosen["received_at"]
    return chosen[received >= start], chosen[(received >= earlier) & (received < start)]


def within_reach(frame: pd.DataFrame) -> pd.DataFrame:
    """Eligible calls in the team's hours and area."""
    return frame[frame["is_eligible"] & frame["in_service_hours"] & frame["in_service_area"]]


def responses(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame["is_care_response"] & ~frame["is_needle_pickup"]]


def figures(now: pd.DataFrame, before: pd.DataFrame) -> dict[str, tuple[str, str]]:
    """Each key figure and that of the year before, as text."""
    return {
        "Calls for service": (f"{len(now):,}", f"{len(before):,}"),
        "Eligible calls": (f"{now['is_eligible'].sum():,}", f"{before['is_eligible'].sum():,}"),
        "Responses of the team": (f"{len(responses(now)):,}", f"{len(responses(before)):,}"),
        "Eligible calls answered": (
            f"{within_reach(now)['is_answered'].mean():.1%}",
            f"{within_reach(before)['is_answered'].mean():.1%}",
        ),
    }


def charts(chosen: pd.DataFrame, now: pd.DataFrame) -> list[go.Figure]:
    """The fourteen charts of the page, top to bottom; the first seven have a row of their own, the others half of one."""
    return [
        _by_month(chosen, "Calls by month"),
        _heat(now),
        _by_month(responses(chosen), "Responses by month"),
        _what_became(now),
        _workload(now),
        _map(now),
        *(_bars(now, name, f"Calls by {name}") for name in ("nature", "source", "area", "priority")),
        *(_bars(responses(now), name, f"Responses by {name}") for name in ("nature", "area")),
        *(_rates(within_reach(now), name) for name in ("nature", "area")),
    ]


def _by_month(frame: pd.DataFrame, title: str) -> go.Figure:
    counts = frame.groupby("month", observed=False).size().reset_index(name="calls")
    return px.line(counts, x="month", y="calls", title=title)


def _heat(now: pd.DataFrame) -> go.Figure:
    counts = now.groupby(["weekday", "hour"], observed=False).size().unstack(fill_value=0).reindex(WEEKDAYS)
    return px.imshow(counts, title="When do calls come?")


def _what_became(now: pd.DataFrame) -> go.Figure:
    reasons = now[now["is_eligible"]].groupby("unmet_reason", observed=True).size().reset_index(name="calls")
    return px.bar(reasons, x="calls", y="unmet_reason", orientation="h", title="What became of the calls?")


def _workload(now: pd.DataFrame) -> go.Figure:
    hours = (now.groupby("hour")["time_on_task_minutes"].sum() / 60).reset_index(name="hours on task")
    return px.bar(hours, x="hour", y="hours on task", title="When is the team busy?")


def _map(now: pd.DataFrame) -> go.Figure:
    counts = now.groupby("area", observed=False).size().reset_index(name="calls")
    counts = counts[counts["area"].isin([each["id"] for each in shapes()["features"]])]
    figure = px.choropleth(counts, geojson=shapes(), locations="area", color="calls", title="Where?")
    return figure.update_geos(visible=False, fitbounds="locations")


def _bars(frame: pd.DataFrame, name: str, title: str) -> go.Figure:
    counts = frame.groupby(name, observed=True).size().sort_values(ascending=False).head(TOP).reset_index(name="calls")
    return px.bar(counts, x="calls", y=name, orientation="h", title=title)


def _rates(frame: pd.DataFrame, name: str) -> go.Figure:
    rates = frame.groupby(name, observed=True)["is_answered"].mean().head(TOP).reset_index(name="share")
    return px.scatter(rates, x="share", y=name, title=f"Answered by {name}")
