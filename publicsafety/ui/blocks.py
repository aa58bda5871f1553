"""Rows to be read one by one: a block each, where a table would squeeze sentences into cells."""

import streamlit as st

from publicsafety import prose
from publicsafety.findings import Finding
from publicsafety.findings.peers import COLUMNS
from publicsafety.language import gettext as _

ABREAST = 320  # pixels that a block needs


def show(found: Finding) -> None:
    """Other cities' figures, each with its period, its definition, why it differs, and its source."""
    grid = st.grid(2, min_column_width=ABREAST, gap="small")
    for place, values in enumerate(found.frame.itertuples(index=False, name=None)):
        row = dict(zip(COLUMNS, values, strict=True))
        with grid.container(border=True, height="stretch", gap="xsmall", key=f"{found.key}_{place}"):
            st.subheader(row["city"], anchor=False)
            st.caption(prose.plain(f"{row['team']} · {prose.span(row['starts'], row['ends'])}"))
            st.text(row["figure"])
            for name in ("counts", "differs"):
                st.text(f"{_(COLUMNS[name])}: {row[name]}")
            st.link_button(
                prose.plain(f"{_(COLUMNS['source'])}: {row['source']}"),
                row["address"],
                type="tertiary",
                icon=":material/open_in_new:",
            )
