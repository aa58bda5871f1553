"""What stands on every page: whose dashboard it is, who may see it, how far the data goes, and whether it is synthetic."""

import streamlit as st

from publicsafety import prose
from publicsafety.audience import Audience
from publicsafety.findings import about
from publicsafety.ui.state import Reader

BADGES = {
    Audience.LEADERSHIP: ("For leadership only", ":material/lock:", "violet"),
    Audience.COUNCIL: ("For council", ":material/groups:", "blue"),
    Audience.PUBLIC: ("Public", ":material/public:", "gray"),
}


def frame(reader: Reader) -> None:
    """The line above every page's title."""
    city = reader.city
    label, icon, colour = BADGES[reader.audience]
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key="masthead"):
        st.markdown(f"**{prose.plain(city.product)}** · {prose.plain(city.name)}", width="content")
        with st.container(horizontal=True, width="content", gap="small", key="badges"):
            if reader.is_synthetic:
                st.badge("Synthetic sample", icon=":material/science:", color="orange")
            st.badge(label, icon=icon, color=colour)  # type: ignore[arg-type]
            st.badge(f"Data to {prose.short_day(reader.as_of)}", icon=":material/event:", color="gray")


def foot(reader: Reader) -> None:
    """The line below every page: whom to ask, and which build the figures come from."""
    if not reader.has_records:
        _about(reader)
        return
    city = reader.city
    who = f"Questions: {city.contact}. " if city.contact else ""
    with st.container(key="foot"):
        st.text(f"{city.department}, {city.name}. {who}Build {reader.build_id}.")


def _about(reader: Reader) -> None:
    """The foot of released figures: how far they go, when the next come, service hours and area, who to ask."""
    with st.container(border=True, key="foot"):
        st.header("About these figures", anchor=False)
        st.markdown("\n".join(f"- {prose.plain(line)}" for line in about.about(reader)))
        st.caption(f"Build {reader.build_id}")
