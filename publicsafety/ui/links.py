"""What did the link ask for that the page does not have? One quiet sentence, instead of another view without a word.

Streamlit drops a value that is none of a control's options, and takes it out of the address. What was asked is kept for
the visit to the page, until the visitor chooses something.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import streamlit as st

from publicsafety import prose
from publicsafety.language import gettext as _

KEPT, PAGE = "_asked_for", "_asked_on"
LONGEST = 40  # characters of an address that a page repeats
PLAIN = " -.'’"  # besides letters and digits


def begin(page: str) -> bool:
    """Whether the visitor has just come to a page; then what a link to another page asked for is over."""
    is_new: bool = st.session_state.get(PAGE) != page
    if is_new:
        st.session_state[PAGE], st.session_state[KEPT] = page, {}
    return is_new


def choose(
    control: Callable[..., Any], label: str, key: str, options: Mapping[Any, str], notes: Any, said: Callable[[str], str] = str, **look: Any
) -> Any:  # fmt: skip
    """One of the values of a control that is kept in the address; `notes` says what the link asked for and is not there.

    `control`: st.selectbox or st.segmented_control. `options`: values and what they are called. What the control starts
    with (`default`, or `index` in the list, else the first) stands for an answer that is no option. `said`: how the
    sentence puts the words of an option.
    """
    wanted, values = asked(key, options), list(options)
    found = control(
        label, values, format_func=lambda value: options.get(value, str(value)), key=key, bind="query-params", **look
    )
    found = found if found in options else look.get("default", values[look.get("index", 0)])
    say(notes, key, wanted, said(options[found]))
    return found


def asked(parameter: str, options: Mapping[Any, str]) -> str | None:
    """What the address asks of a control and the page does not have, in plain characters; None where it has all of it.

    Called before the control is drawn. `options` are its values and what they are called, by which Streamlit knows them in
    an address; a link that says the value itself ("?view=points") is understood too.
    """
    kept: dict[str, tuple[str, str | None]] = st.session_state.setdefault(KEPT, {})
    given = [each for each in st.query_params.get_all(parameter) if each]
    names = set(options.values())
    by_value = {str(value): value for value in options}
    if len(given) == 1 and given[0] not in names and given[0] in by_value:
        st.session_state.setdefault(parameter, by_value[given[0]])
        given = []
    unknown = [each for each in given if each not in names]
    if given:
        kept.pop(parameter, None)
    if unknown:
        kept[parameter] = (readable(unknown[0]), None)
    return kept[parameter][0] if parameter in kept else None


def say(slot: Any, parameter: str, wanted: str | None, shown: str = "") -> None:
    """The sentence, for as long as the control stands where it stood when the link was opened."""
    if wanted is None:
        return
    kept: dict[str, tuple[str, str | None]] = st.session_state.setdefault(KEPT, {})
    before = kept.get(parameter, (wanted, None))[1]
    if before is not None and before != shown:
        kept.pop(parameter, None)
        return
    kept[parameter] = (wanted, shown)
    named = f"“{wanted}”" if wanted else _("something")
    text = _("The link asked for {asked}, which this page does not have.")
    if shown:
        text = _("The link asked for {asked}, which this page does not have; showing {shown}.")
    slot.caption(prose.plain(text.format(asked=named, shown=shown)))


def readable(text: str) -> str:
    """The first letters, digits and spaces of a text from an address, and nothing that could be markup; "" of none."""
    kept = "".join(each for each in text[: 10 * LONGEST].replace("_", " ") if each.isalnum() or each in PLAIN)
    short = " ".join(kept.split())
    return short if len(short) <= LONGEST else short[: LONGEST - 1].rstrip() + "…"


def same(values: Iterable[str]) -> dict[str, str]:
    """Options that are called as they are."""
    return {value: value for value in values}
