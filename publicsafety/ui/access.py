"""Who is asking? The deployment's ceiling and the visitor's claims, whichever is lower. Unknown means public.

An internal process (ceiling council or leadership) serves nothing at all to a visitor who is not let in:
- with `[auth]` in the secrets everyone signs in, and `publicsafety.access` decides on every rerun;
- without it only the machine itself is served (a laptop with `make run`), never the network, unless
  `PUBLICSAFETY_OPEN=1` says that something in front of this process keeps others out.
"""

import ipaddress
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import urlsplit

import streamlit as st
from streamlit.auth_util import get_cookie_with_chunks
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from publicsafety import access, audit_log
from publicsafety.audience import Audience, ceiling

FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "x-forwarded-host", "via")
VISIT = "_visit"  # in the session: the Visit of its latest rerun
RECHECK_SECONDS = 30  # an open page that nobody touches is closed this soon after its reader has lost access
NOT_LOCAL = (
    "This dashboard is for internal use, and sign-in is not set up on this server, so it answers on its own machine "
    "only. Set up [auth] in .streamlit/secrets.toml as deploy/README.md says."
)
NO_LIST = "The list of people who may open this dashboard cannot be read. Tell whoever runs the server."
NO_LOG = "Visits are written down here, which is not possible now, so nothing is shown. Tell whoever runs the server."


@dataclass(frozen=True)
class Visit:
    """Who looks at which page in the rerun at hand, and what that reader may see: worked out once for all downloads on it."""

    claims: Mapping[str, Any] | None
    signs_in: bool
    allowed: Audience | None
    page: str
    filters: Mapping[str, object]


def audience() -> Audience:
    """The audience that this rerun may be served as, worked out anew on every rerun.

    When it is none: shows sign-in or a refusal, and ends the rerun.
    """
    found = decision(_claims())
    if found.audience is None:
        _refuse(found.reason)
    if signs_in() and ceiling() is not Audience.PUBLIC:
        _account()
        _recheck(found.audience)
    return found.audience


def decision(claims: Mapping[str, Any] | None) -> access.Decision:
    """What a visitor with these claims is served as now, by the access file as it is now."""
    if ceiling() is Audience.PUBLIC:
        return access.Decision(Audience.PUBLIC)
    if not signs_in():
        is_open = os.environ.get("PUBLICSAFETY_OPEN") == "1" or is_own_machine()
        return access.Decision(ceiling()) if is_open else access.Decision(None, NOT_LOCAL)
    try:
        return access.decide(claims, access.current(), ceiling(), time.time())
    except access.AccessError as error:
        print(error, file=sys.stderr, flush=True)  # for the server's journal; the visitor learns no path
        return access.Decision(None, NO_LIST)


def signs_in() -> bool:
    """Whether the deployment has set up sign-in."""
    try:
        return "auth" in st.secrets
    except FileNotFoundError:
        return False


def is_own_machine() -> bool:
    """Whether the visitor of this rerun sits at the machine that serves."""
    return _is_local(st.context.headers, st.context.ip_address)


def _is_local(headers: Mapping[str, str], address: str | None) -> bool:
    """Loopback address, loopback name, no proxy between.

    The name matters because a hostile page can point its own at 127.0.0.1 (DNS rebinding).
    """
    host = urlsplit(f"//{headers.get('host') or 'localhost'}").hostname or ""
    is_forwarded = any(headers.get(name) for name in FORWARDED)
    return _is_loopback(address) and _is_loopback(host) and not is_forwarded


def may_fetch(headers: Mapping[str, str], cookies: Mapping[str, str], address: str) -> bool:
    """Whether a plain request, outside any rerun, comes from someone who would be let in at this moment."""
    if ceiling() is not Audience.PUBLIC and not signs_in():
        return os.environ.get("PUBLICSAFETY_OPEN") == "1" or _is_local(headers, address)
    return decision(_signed_claims(cookies)).audience is not None


def _signed_claims(cookies: Mapping[str, str]) -> dict[str, Any] | None:
    """The claims in the cookie that Streamlit signed at sign-in; None when there is none or it was altered."""
    if not cookies or not signs_in():
        return None

    def signed(name: str) -> bytes | None:
        value = cookies.get(name)
        # Cookies arrive as Latin-1 (RFC 9110); a value with other letters was never one of ours.
        return decode_signed_value(get_cookie_secret(), name, value.encode("latin-1", "replace")) if value else None

    try:
        found = json.loads(get_cookie_with_chunks(signed, USER_COOKIE_NAME) or b"null")
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _is_loopback(address: str | None) -> bool:
    if address is None or address.lower() == "localhost":  # Streamlit's word for a local visitor is None
        return True
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    # A server that listens on both protocols names a local IPv4 visitor ::ffff:127.0.0.1.
    return (getattr(found, "ipv4_mapped", None) or found).is_loopback


def guarded(make: Callable[[], Any], key: str, build_id: str) -> Callable[[], Any]:
    """A download that asks again, when it is clicked, whether the reader is still let in, and writes it down."""
    if ceiling() is Audience.PUBLIC:
        return make
    visit: Visit = st.session_state.get(VISIT) or _visit()

    def answer() -> Any:
        # Runs outside any rerun, where there is no visitor to ask: the claims are of the rerun that drew the button.
        if visit.signs_in and decision(visit.claims).audience is not visit.allowed:
            raise PermissionError("You are signed out. Load the page again.")
        who = _who(visit.claims)
        audit_log.write(who, visit.page, str(visit.allowed), build_id, visit.filters, download=key)
        return make()

    return answer


def note(page: str, audience: Audience, build_id: str) -> None:
    """Write down that this reader looks at this page with these filters; once for as long as nothing changes."""
    if ceiling() is Audience.PUBLIC:
        return
    visit = st.session_state[VISIT] = _visit(page)
    seen = (page, build_id, str(visit.filters))
    if st.session_state.get("_noted") == seen:
        return
    try:
        audit_log.write(_who(visit.claims), page, audience, build_id, visit.filters)
    except audit_log.AuditLogError as error:
        print(error, file=sys.stderr, flush=True)
        _refuse(NO_LOG)
    st.session_state["_noted"] = seen


def _visit(page: str = "") -> Visit:
    claims = _claims()
    return Visit(claims, signs_in(), decision(claims).audience, page, _filters())


def _claims() -> dict[str, Any] | None:
    return dict(st.user.to_dict()) if signs_in() else None


def _who(claims: Mapping[str, Any] | None) -> str:
    """The subject, as the provider knows the person; it is opaque to anyone who is not the provider."""
    return str((claims or {}).get("sub") or "own machine")


def _filters() -> dict[str, object]:
    return {name: st.query_params.get_all(name) for name in st.query_params}


@st.fragment(run_every=RECHECK_SECONDS)
def _recheck(served: Audience) -> None:
    """Close a page that is left open once its reader has lost access or the sign-in has aged."""
    if decision(_claims()).audience is not served:
        st.rerun()


def _account() -> None:
    with st.sidebar:
        st.button("Sign out", icon=":material/logout:", type="tertiary", on_click=st.logout, key="sign_out")


def _refuse(reason: str) -> NoReturn:
    """The page of a visitor who is not let in: a sentence, and a way to sign in where there is one."""
    # A menu that was drawn before access was lost stays in the browser until another one takes its place.
    st.navigation([st.Page(lambda: None, title="Sign in", url_path="sign_in", default=True)], position="hidden")
    st.title("Sign in")
    st.text(reason)
    if signs_in() and ceiling() is not Audience.PUBLIC:
        for name in _providers():
            label, arguments = (f"Sign in with {name}", (name,)) if name else ("Sign in", ())
            st.button(
                label, icon=":material/login:", type="primary", on_click=st.login, args=arguments, key=f"in_{name}"
            )
        if getattr(st.user, "is_logged_in", False):
            st.button("Sign out", icon=":material/logout:", type="tertiary", on_click=st.logout, key="sign_out")
    st.stop()


def _providers() -> list[str | None]:
    """The names of the providers in the secrets; one that has no name is None."""
    auth = st.secrets["auth"]
    named: list[str | None] = [name for name in auth if isinstance(auth[name], Mapping) and name != "client_kwargs"]
    return named or [None]
