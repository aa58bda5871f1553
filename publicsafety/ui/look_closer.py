"""Which category does a visitor want to see by itself? Two choices, kept in the address as the page words them."""

from dataclasses import replace
from typing import Any

import streamlit as st

from publicsafety import language
from publicsafety.findings import closer, published
from publicsafety.language import gettext as _
from publicsafety.ui import languages, links
from publicsafety.ui.state import Reader


def choice(reader: Reader, notes: Any) -> tuple[str, str] | None:
    """Draw the two choices over what is released: a dimension and one of its categories; none where nothing is.

    `notes` is where the page says what its link asked for and it does not have.
    """
    known = closer.values(reader)
    if not known:
        return None
    titles = published.figures(reader).titles
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom", key="look_closer"):
        options = {name: titles.get(name, name) for name in known}
        dimension = links.choose(st.selectbox, _("Look at"), "look", options, notes, width=320)
        # A key of its own for each: another dimension's categories are no values of this one.
        one, named = f"one_{dimension}", {value: _(value) for value in known[dimension]}
        name = links.choose(st.selectbox, options[dimension], one, named, notes, width=320)
    languages.remember("look", lambda: published.figures(replace(reader, language=language.code())).titles[dimension])
    languages.remember(one, lambda: _(name))
    return dimension, name
