"""Key figures as tiles: the number large, then n of N, the interval, what it was before, and a verdict in words."""

import streamlit as st

from publicsafety.findings import Finding

SIGNAL = ":blue[:material/flag:]"
TILE = 140  # pixels: two a row on a phone
SMALL = ("span", "detail", "gaps", "interval", "settled", "before", "target")  # the lines below the number


def show(findings: list[Finding], key: str) -> None:
    """A wall of tiles that reflows with the width."""
    with st.container(key=f"tiles_{key}"):
        grid = st.grid(max(len(findings), 4), min_column_width=TILE, gap="small")
        for found in findings:
            with grid.container(border=True, height="stretch", gap="xxsmall", key=f"tile_{found.key}"):
                _tile(found)


def _tile(found: Finding) -> None:
    lines = found.options
    st.markdown(lines["label"], help=found.question)
    st.metric(lines["label"], lines["value"], label_visibility="collapsed")
    small = [lines[name] for name in SMALL if lines.get(name)]  # a tile of a briefing has fewer
    verdict, about = lines["verdict"], lines.get("judged")
    if verdict and about:
        verdict = f"{about}: {verdict}"
    if verdict and not lines["is_signal"]:
        small.append(verdict)
    if small:
        st.caption("\n\n".join(small))  # one element for all of them: a tile has up to eight
    if verdict and lines["is_signal"]:
        st.markdown(f"**:small[{SIGNAL} {verdict}]**")
