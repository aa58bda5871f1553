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
        dimension = _chosen("look", _("Look at"), {name: titles.get(name, name) for name in known}, notes)
        # A key of its own for each: another dimension's categories are no values of this one.
        one, named = f"one_{dimension}", {value: _(value) for value in known[dimension]}
        name = _chosen(one, titles.get(dimension, dimension), named, notes)
    languages.remember("look", lambda: published.figures(replace(reader, language=language.code())).titles[dimension])
    languages.remember(one, lambda: _(name))
    return dimension, name


def _chosen(key: str, label: str, options: dict[str, str], notes: Any) -> str:
    """One of the values that a choice offers, by what they are called here."""
    wanted = links.asked(key, options)
    found = st.selectbox(
        label,
        list(options),
        format_func=lambda value: options.get(value, value),
        key=key,
        bind="query-params",
        width=320,
    )
    found = found if found in options else next(iter(options))
    links.say(notes, key, wanted, options[found])
    return found
