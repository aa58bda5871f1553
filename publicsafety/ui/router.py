"""Who is asking → audience → menu → page. Called on every rerun by dashboard.py."""

import atexit
import gc
from functools import cache
from pathlib import Path
from threading import Semaphore

import pandas as pd
import streamlit as st
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

from publicsafety.city import home_city
from publicsafety.language import gettext as _
from publicsafety.pages import pages_for
from publicsafety.ui import access, header, languages, state

# Runs of one process go one after another: together they only hinder one another, as Python runs one thread at a time
# (benchmarks/sessions.py has the difference). Nobody waits for a long one for ever.
TURN, PATIENCE = Semaphore(), 5.0  # seconds
SIDEBAR = 230  # pixels; on a phone it is folded away
STYLE, ICON = (Path(__file__).with_name(name) for name in ("style.css", "favicon.svg"))


def is_visit() -> bool:
    """Whether this is a rerun for a visitor, rather than the server's import of the application."""
    return get_script_run_ctx(suppress_warning=True) is not None


def prepare() -> None:
    """Once, before the first visitor. Streamlit takes a folder named pages/ for its own older kind of multipage app until
    some visitor's run has called st.navigation: the first deep link would be met with "page not found".

    A page's frames have few rows: for these pandas' own texts are quicker than Arrow's, which pay off by the thousand.
    """
    PagesManager.uses_pages_directory = False
    pd.options.mode.string_storage = "python"


def serve() -> None:
    """Show the menu of the visitor's audience and run the page asked for, when it is this visitor's turn."""
    mine = TURN.acquire(timeout=PATIENCE)
    try:
        _serve()
    finally:
        if mine:
            TURN.release()


def _serve() -> None:
    city = home_city()
    languages.begin()
    state.begin()
    st.set_page_config(
        page_title=f"{_(city.product)} · {city.name}", page_icon=str(ICON), layout="wide", initial_sidebar_state=SIDEBAR
    )
    st.html(STYLE)
    audience = access.audience()
    found = pages_for(audience)
    first = next(iter(found.values()))[0]
    # One list without section titles: with them the menu's list holds more than list items, which screen readers trip over.
    menu = [
        st.Page(
            page.path, title=_(page.title), icon=page.icon, url_path=page.stem, help=_(page.help), default=page == first
        )
        for pages in found.values()
        for page in pages
    ]
    chosen = st.navigation(menu, position="sidebar", expanded=True)
    reader = state.reader(audience)
    access.note(chosen.url_path or first.stem, audience, reader.build_id)
    slot = header.frame(reader)
    chosen.run()
    languages.links(slot)
    header.foot(reader)
    _settle()


@cache
def _settle() -> None:
    """Once warm, take what has been loaded out of the garbage collector's sight: later collections cost little."""
    gc.collect()
    gc.freeze()
    atexit.register(gc.unfreeze)  # or native modules report their frozen objects as leaks when the server stops
