"""Other cities' published figures, each with its period, its definition, why it differs, and its source."""

import streamlit as st

from publicsafety import prose
from publicsafety.findings import Finding
from publicsafety.language import gettext as _

ABREAST = 320  # pixels that a figure needs


def show(found: Finding) -> None:
    """One figure of ours in words, and a block for each city beside it."""
    with st.container(border=True, key=f"card_{found.key}"):
        st.header(found.question, anchor=found.key.replace("_", "-"))
        st.text(found.sentence)
        grid = st.grid(2, min_column_width=ABREAST, gap="small")
        for place, row in enumerate(found.frame.to_dict("records")):
            with grid.container(border=True, height="stretch", gap="xsmall", key=f"{found.key}_{place}"):
                st.subheader(row["city"], anchor=False)
                st.caption(prose.plain(f"{row['team']} · {prose.span(row['starts'], row['ends'])}"))
                st.text(row["figure"])
                st.text(_("What is counted: {text}").format(text=row["counts"]))
                st.text(_("Not comparable because: {text}").format(text=row["differs"]))
                st.link_button(
                    _("Source: {name}").format(name=row["source"]),
                    row["address"],
                    type="tertiary",
                    icon=":material/open_in_new:",
                )
        st.caption(prose.plain(" ".join(map(prose.sentence, found.caveats[:1]))))
