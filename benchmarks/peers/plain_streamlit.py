"""The call volume page in plain Streamlit and pandas. Run with `streamlit run`; PEER_DATA names the data (see calls.py)."""

import sys
from pathlib import Path

import streamlit as st

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from benchmarks.peers import calls

st.set_page_config(page_title="Call volume", layout="wide")
frame = calls.load()
st.title("Call volume")
left, middle, right = st.columns(3)
area = left.multiselect("Area", calls.areas())
nature = middle.multiselect("Nature", sorted(frame["nature"].cat.categories))
source = right.multiselect("Source", sorted(frame["source"].cat.categories))
chosen = calls.narrow(area, nature, source)
now, before = calls.split(chosen)
found = calls.figures(now, before)
for column, (name, (value, earlier)) in zip(st.columns(len(found)), found.items(), strict=True):
    column.metric(name, value, f"{earlier} the year before", delta_color="off")
made = calls.charts(chosen, now)
for figure in made[:6]:
    st.plotly_chart(figure)
for first, second in zip(made[6::2], made[7::2], strict=True):
    for column, figure in zip(st.columns(2), (first, second), strict=True):
        column.plotly_chart(figure)
