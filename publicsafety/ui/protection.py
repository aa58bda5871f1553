"""How we count and how we protect, in plain words, for readers of released figures."""

import streamlit as st

from publicsafety import prose
from publicsafety.findings import about
from publicsafety.ui.state import Reader


def show(reader: Reader) -> None:
    """Two cards: what is counted, and how nobody can be found in it."""
    for key, title, lines in about.cards(reader):
        with st.container(border=True, key=f"card_{key}"):
            st.header(title)
            st.markdown("\n".join(f"- {prose.plain(line)}" for line in lines))
