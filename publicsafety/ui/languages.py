"""Which language does this visitor read, and how does a visitor change it? The language is in the address: `?lang=es`.

Only the public edition speaks more than English: what council and leadership see beyond it is in no catalogue.
"""

import html
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from publicsafety import language
from publicsafety.audience import Audience, ceiling
from publicsafety.language import gettext as _

KEY = "lang"
_KEPT, _NAMED = "_language", "_named"


def offered() -> tuple[language.Language, ...]:
    """The languages of this edition; none where there is nothing to choose."""
    found = language.languages()
    return found if len(found) > 1 and ceiling() is Audience.PUBLIC else ()


def begin() -> None:
    """Use the language of the address; on another page of the same visit, that of the page before."""
    if not offered():
        language.select(language.ENGLISH)
        return
    asked = st.query_params.get(KEY) or st.session_state.get(_KEPT, language.ENGLISH)
    language.select(str(asked))
    st.session_state[_KEPT] = language.code()
    st.session_state[_NAMED] = {}
    if language.code() != language.ENGLISH and st.query_params.get(KEY) != language.code():
        st.query_params[KEY] = language.code()


def remember(parameter: str, name: Callable[[], str]) -> None:
    """What a chosen value of the address is called in each language, so that a link to the same view can say it."""
    named = {}
    for each in language.codes():
        with language.use(each):
            named[each] = name()
    st.session_state.setdefault(_NAMED, {})[parameter] = named


def links(slot: Any) -> None:
    """The languages on offer as links to this same view, each named in itself; nothing where there is only one."""
    if not offered():
        return
    shown = " · ".join(map(_link, offered()))
    slot.html(f'<nav class="languages" aria-label="{html.escape(_("Language"))}">{shown}</nav>')


def _link(each: language.Language) -> str:
    name, marks = html.escape(each.name), f'lang="{each.code}" dir="{each.direction}"'
    if each.code == language.code():
        return f'<span aria-current="true" {marks}>{name}</span>'
    return f'<a href="?{html.escape(_query(each.code))}" hreflang="{each.code}" target="_self" {marks}>{name}</a>'


def _query(code: str) -> str:
    named = st.session_state.get(_NAMED, {})
    kept = {name: st.query_params.get_all(name) for name in st.query_params if name != KEY}
    kept |= {name: [said[code]] for name, said in named.items() if name in kept}
    return urlencode({**kept, KEY: code}, doseq=True)
