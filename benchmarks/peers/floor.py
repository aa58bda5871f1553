"""What Streamlit takes for itself: the area filter, the four key figures and CARDS cards of the product's elements but the chart.

Nothing is counted: the figures of every area lie ready. Run with `streamlit run`; PEER_DATA names the data (see calls.py).
"""

import os
import sys
from pathlib import Path
from typing import Any

import streamlit as st

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from benchmarks.peers import calls

CARDS = int(os.environ.get("CARDS", "0"))


@st.cache_resource
def ready() -> dict[tuple[str, ...], dict[str, Any]]:
    """The key figures without a filter and of each area."""
    return {area: calls.figures(*calls.split(calls.narrow(list(area)))) for area in [(), *((each,) for each in calls.areas())]}  # fmt: skip


@st.fragment
def actions(number: int) -> None:
    with st.container(horizontal=True, key=f"actions_{number}"):
        st.pills("More", ["Table", "Definition", "Rows"], key=f"more_{number}", label_visibility="collapsed")
        st.download_button("CSV", data="", key=f"csv_{number}", on_click="ignore")


st.set_page_config(page_title="Call volume", layout="wide")
st.title("Call volume")
chosen = tuple(st.multiselect("Area", calls.areas()))
found = ready()[chosen[:1]]
for column, (name, (value, earlier)) in zip(st.columns(len(found)), found.items(), strict=True):
    column.metric(name, value, f"{earlier} the year before", delta_color="off")
said = ", ".join(f"{name} {value}" for name, (value, _) in found.items())
for number in range(CARDS):
    with st.container(border=True, key=f"card_{number}"):
        st.header(f"Question {number}")
        st.text(said)
        st.caption(f"What needs to be said of it.\n\n{said} · source: an export")
        actions(number)
