"""Which category does a visitor want to see by itself? Two choices, kept in the address as the page words them."""

from dataclasses import replace

import streamlit as st

from publicsafety import language
from publicsafety.findings import closer, published
from publicsafety.language import gettext as _
from publicsafety.ui import languages
from publicsafety.ui.state import Reader


def choice(reader: Reader) -> tuple[str, str] | None:
    """Draw the two choices over what is released: a dimension and one of its categories; none where nothing is."""
    known = closer.values(reader)
    if not known:
        return None
    titles = published.figures(reader).titles
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom", key="look_closer"):
        dimension = st.selectbox(
            _("Look at"), list(known), format_func=lambda name: titles.get(name, name), key="look", bind="query-params", width=240,
        )  # fmt: skip
        dimension = dimension if dimension in known else next(iter(known))
        # A key of its own for each: another dimension's categories are no values of this one.
        name = st.selectbox(
            titles.get(dimension, dimension), list(known[dimension]), format_func=_, key=f"one_{dimension}", bind="query-params", width=320,
        )  # fmt: skip
    name = name if name in known[dimension] else known[dimension][0]
    languages.remember("look", lambda: published.figures(replace(reader, language=language.code())).titles[dimension])
    languages.remember(f"one_{dimension}", lambda: _(name))
    return dimension, name
