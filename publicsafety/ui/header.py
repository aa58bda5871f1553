"""What stands on every page: whose dashboard it is, who may see it, how far the data goes, and whether it is synthetic."""

from typing import Any

import streamlit as st

from publicsafety import prose
from publicsafety.audience import Audience
from publicsafety.findings import about
from publicsafety.language import gettext as _
from publicsafety.language import later
from publicsafety.ui.state import Reader

BADGES = {
    Audience.LEADERSHIP: (later("For leadership only"), ":material/lock:", "violet"),
    Audience.COUNCIL: (later("For council"), ":material/groups:", "blue"),
    Audience.PUBLIC: (later("Public"), ":material/public:", "gray"),
}


def frame(reader: Reader) -> Any:
    """The line above every page's title; returns the place for the languages, which are linked once the page is known."""
    city = reader.city
    label, icon, colour = BADGES[reader.audience]
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key="masthead"):
        st.markdown(f"**{prose.plain(_(city.product))}** · {prose.plain(city.name)}", width="content")
        with st.container(horizontal=True, width="content", gap="small", key="badges"):
            if reader.is_synthetic:
                st.badge(_("Synthetic sample"), icon=":material/science:", color="orange")
            st.badge(_(label), icon=icon, color=colour)  # type: ignore[arg-type]
            st.badge(
                _("Data to {day}").format(day=prose.short_day(reader.as_of)), icon=":material/event:", color="gray"
            )
            return st.empty()


def foot(reader: Reader) -> None:
    """The line below every page: whom to ask, and which build the figures come from."""
    if not reader.has_records:
        _about(reader)
        return
    city = reader.city
    who = _("Questions: {contact}.").format(contact=city.contact) + " " if city.contact else ""
    build = _("Build {build}").format(build=reader.build_id)
    with st.container(key="foot"):
        st.text(f"{_(city.department)}, {city.name}. {who}{build}.")


def _about(reader: Reader) -> None:
    """The foot of released figures: how far they go, when the next come, service hours and area, who to ask."""
    with st.container(border=True, key="foot"):
        st.header(_("About these figures"), anchor=False)
        st.markdown("\n".join(f"- {prose.plain(line)}" for line in about.about(reader)))
        st.caption(_("Build {build}").format(build=reader.build_id))
