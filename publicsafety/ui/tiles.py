"""Key figures as tiles: the number large, then n of N, the interval, what it was before, and a verdict in words."""

import streamlit as st

from publicsafety.findings import Finding

TILE = 168  # pixels: two a row on a phone, four or five on a desk


def show(findings: list[Finding], key: str) -> None:
    """A wall of tiles that reflows with the width."""
    with st.container(key=f"tiles_{key}"), st.grid("auto", min_column_width=TILE, gap="small") as grid:
        for found in findings:
            with grid.cell(), st.container(border=True, height="stretch", gap="xxsmall", key=f"tile_{found.key}"):
                _tile(found)


def _tile(found: Finding) -> None:
    lines = found.options
    st.metric(lines["label"], lines["value"], help=f"{found.sentence} {found.question}")
    for name in ("detail", "interval", "target"):
        if lines[name]:
            st.caption(lines[name])
    if lines["before"]:
        st.caption(lines["before"])
    if lines["verdict"]:
        st.badge(
            lines["verdict"],
            color="blue" if lines["is_signal"] else "gray",
            icon=":material/notification_important:" if lines["is_signal"] else None,
        )
