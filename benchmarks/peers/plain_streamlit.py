"""The call volume page in plain Streamlit and pandas, as a competent user would write it: one cached frame, filtered anew.

Run with `streamlit run`; PEER_DATA is a Parquet file of the calls. The frame is cached as a resource, which spares the
copy that st.cache_data makes of it on every rerun.
"""

import os

import pandas as pd
import plotly.express as px
import streamlit as st

st.set_page_config(page_title="Call volume", layout="wide")


@st.cache_resource
def load() -> pd.DataFrame:
    calls = pd.read_parquet(os.environ["PEER_DATA"])
    for name in ("area", "nature", "source", "priority", "weekday", "unmet_reason"):
        calls[name] = calls[name].astype("category")
    calls["month"] = calls["received_at"].dt.to_period("M").dt.to_timestamp()
    return calls


calls = load()
last = calls["received_at"].max()
st.title("Call volume")
left, middle, right = st.columns(3)
area = left.multiselect("Area", sorted(calls["area"].unique()))
nature = middle.multiselect("Nature", sorted(calls["nature"].unique()))
source = right.multiselect("Source", sorted(calls["source"].unique()))
chosen = calls[calls["is_call_for_service"]]
for name, values in (("area", area), ("nature", nature), ("source", source)):
    if values:
        chosen = chosen[chosen[name].isin(values)]
now = chosen[chosen["received_at"] > last - pd.DateOffset(years=1)]
before = chosen[
    (chosen["received_at"] > last - pd.DateOffset(years=2)) & (chosen["received_at"] <= last - pd.DateOffset(years=1))
]


def answered(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame["is_eligible"] & frame["in_service_hours"] & frame["in_service_area"]]


tiles = st.columns(4)
for place, (name, pick) in enumerate({
    "Calls for service": lambda frame: len(frame),
    "Eligible calls": lambda frame: int(frame["is_eligible"].sum()),
    "Responses of the team": lambda frame: int((frame["is_care_response"] & ~frame["is_needle_pickup"]).sum()),
    "Eligible calls answered": lambda frame: f"{answered(frame)['is_answered'].mean():.1%}",
}.items()):  # fmt: skip
    tiles[place].metric(name, pick(now), f"{pick(before)} the year before", delta_color="off")
st.plotly_chart(
    px.line(chosen.groupby("month").size().reset_index(name="calls"), x="month", y="calls", title="Calls by month")
)
hours = now.pivot_table(index="weekday", columns="hour", values="incident_number", aggfunc="count", observed=False)
st.plotly_chart(px.imshow(hours, title="When do calls come?"))
reasons = now[now["is_eligible"]].groupby("unmet_reason", observed=True).size().reset_index(name="calls")
st.plotly_chart(px.bar(reasons, x="calls", y="unmet_reason", orientation="h", title="What became of the calls?"))
for pair in (("nature", "source"), ("area", "priority")):
    for column, name in zip(st.columns(2), pair, strict=True):
        counts = now.groupby(name, observed=True).size().sort_values(ascending=False).head(8).reset_index(name="calls")
        column.plotly_chart(px.bar(counts, x="calls", y=name, orientation="h", title=f"Calls by {name}"))
for column, name in zip(st.columns(2), ("nature", "area"), strict=True):
    rates = answered(now).groupby(name, observed=True)["is_answered"].mean().head(8).reset_index(name="share")
    column.plotly_chart(px.scatter(rates, x="share", y=name, title=f"Answered by {name}"))
