"""May this visitor come in, and as whom? Verified claims of an identity provider → an audience, or a refusal.

Pure: no network, no streamlit, the time is an argument. Anything unknown, expired, missing or malformed is the
public; a process that serves council or leadership does not serve the public, so there it is a refusal. The lists
of people are in `data/access.toml` (`PUBLICSAFETY_ACCESS` names another file). They are read again when the file
changes, so a person who is taken off the list is out at the next look, without a restart.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from publicsafety.audience import Audience
from publicsafety.city import DATA, line_of

FILE = DATA / "access.toml"
EARLY = 300  # seconds by which a provider's clock may run ahead of ours
LONGEST_CLAIM = 320  # an e-mail address is not longer (RFC 5321); nor is the name of a group
MOST_GROUPS = 2000
NOT_LISTED = "Your account is not on the list of people who may open this dashboard. Ask the department to add it."
KINDS = ("emails", "domains", "groups")
SETTINGS = {"max_age_hours": float, "groups_claim": str, "require_verified_email": bool}
DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
EMAIL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~.-]+@" + DOMAIN.pattern)


class AccessError(ValueError):
    """The access file cannot be used, so nobody is let in; the message names the file, the line and what to change."""


@dataclass(frozen=True)
class Grant:
    """Who is let in as one audience: exact addresses, whole domains, groups of the identity provider."""

    emails: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Access:
    """The content of an access file. Nobody is on an empty list, and nobody is let in by it."""

    grants: Mapping[Audience, Grant] = field(default_factory=dict)
    max_age_hours: float = 8
    groups_claim: str = "groups"
    require_verified_email: bool = True


@dataclass(frozen=True)
class Decision:
    """What a visitor is served as; `audience` is None when this process serves them nothing. `reason` is a sentence."""

    audience: Audience | None
    reason: str = ""


def decide(claims: Mapping[str, Any] | None, access: Access, ceiling: Audience, now: float) -> Decision:
    """The audience of a visitor with these claims: the lower of the ceiling and what the lists grant.

    `claims` are those of a verified identity token (None: not signed in), `now` is in seconds since 1970.
    """
    if ceiling is Audience.PUBLIC:
        return Decision(Audience.PUBLIC)
    granted, reason = _granted(claims, access, now)
    if granted is Audience.PUBLIC:
        return Decision(None, reason)
    return Decision(granted if ceiling.may_open(granted) else ceiling)


def _granted(claims: Mapping[str, Any] | None, access: Access, now: float) -> tuple[Audience, str]:
    if not isinstance(claims, Mapping) or claims.get("is_logged_in") is not True:
        return Audience.PUBLIC, "Sign in to go on."
    if not _is_fresh(claims, access, now):
        return Audience.PUBLIC, f"Your sign-in is older than {access.max_age_hours:g} hours. Sign in again."
    email, groups = _email(claims, access), _groups(claims, access)
    for audience in reversed(Audience):
        grant = access.grants.get(audience)
        if audience is not Audience.PUBLIC and grant and _is_in(grant, email, groups):
            return audience, ""
    return Audience.PUBLIC, NOT_LISTED


def _is_fresh(claims: Mapping[str, Any], access: Access, now: float) -> bool:
    """Whether the token was issued within the allowed time. A token that does not say when is not fresh."""
    issued = claims.get("iat")
    if isinstance(issued, bool) or not isinstance(issued, int | float):
        return False
    return -EARLY <= now - issued <= access.max_age_hours * 3600  # false for nan and infinities


def _email(claims: Mapping[str, Any], access: Access) -> str:
    """The verified address, in lower case; empty when there is none. ASCII only: look-alike letters match nobody."""
    email = claims.get("email")
    if not isinstance(email, str) or len(email) > LONGEST_CLAIM or not email.isascii():
        return ""
    if claims.get("email_verified") is not True and (access.require_verified_email or "email_verified" in claims):
        return ""
    return email.lower() if EMAIL.fullmatch(email.lower()) else ""


def _groups(claims: Mapping[str, Any], access: Access) -> frozenset[str]:
    groups = claims.get(access.groups_claim)
    if not isinstance(groups, list | tuple) or len(groups) > MOST_GROUPS:
        return frozenset()
    return frozenset(each for each in groups if isinstance(each, str) and len(each) <= LONGEST_CLAIM)


def _is_in(grant: Grant, email: str, groups: frozenset[str]) -> bool:
    domain = email.rpartition("@")[2]
    return bool(groups & grant.groups) or (bool(email) and (email in grant.emails or domain in grant.domains))


def current() -> Access:
    """The access file as it is now. Raises AccessError when it cannot be used."""
    path = Path(os.environ.get("PUBLICSAFETY_ACCESS") or FILE)
    try:
        at = path.stat()
    except OSError as error:
        raise AccessError(f"{path}: cannot be read ({error.strerror}), so nobody is let in.") from None
    return _loaded(path, at.st_mtime_ns, at.st_size, at.st_ino)


@lru_cache(maxsize=4)
def _loaded(path: Path, *version: int) -> Access:
    return load(path)


def load(path: Path) -> Access:
    """Read and check an access file. A typo is an error: a rule that silently does nothing is worse than none."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        raw = tomllib.loads(text)
    except OSError as error:
        raise AccessError(f"{path}: cannot be read ({error.strerror}), so nobody is let in.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise AccessError(f"{path}: is not valid TOML, so nobody is let in: {error}.") from None

    def fail(key: str, problem: str) -> AccessError:
        return AccessError(f"{path} line {line_of(text, key)}: {key} {problem} Nobody is let in until it is mended.")

    audiences = [each for each in Audience if each is not Audience.PUBLIC]
    for key in raw:
        if key not in SETTINGS and key not in audiences:
            raise fail(key, f"is not a setting. Known: {', '.join([*SETTINGS, *audiences])}.")
    grants: dict[Audience, Grant] = {audience: _grant(raw.get(audience, {}), audience, fail) for audience in audiences}
    return Access(grants, **_settings(raw, fail))


def _settings(raw: Mapping[str, Any], fail: Any) -> dict[str, Any]:
    found = {key: raw[key] for key in SETTINGS if key in raw}
    for key, value in found.items():
        kind = (int, float) if SETTINGS[key] is float else SETTINGS[key]
        if not isinstance(value, kind) or (isinstance(value, bool) and SETTINGS[key] is not bool):
            raise fail(key, f"= {value!r} is not of the right form.")
    if not 0 < found.get("max_age_hours", 8) <= 24:
        raise fail("max_age_hours", "must be above 0 and at most 24.")
    return found


def _grant(raw: Any, audience: Audience, fail: Any) -> Grant:
    if not isinstance(raw, dict):
        raise fail(audience, f"must be a table, such as [{audience}].")
    for key, value in raw.items():
        if key not in KINDS:
            raise fail(key, f"is not a list of [{audience}]. Known: {', '.join(KINDS)}.")
        if not isinstance(value, list) or not all(isinstance(each, str) and each.strip() for each in value):
            raise fail(key, "must be a list of texts.")
        pattern = {"emails": EMAIL, "domains": DOMAIN}.get(key)
        for each in value:
            if pattern and not pattern.fullmatch(each.lower()):
                wanted = "an address" if key == "emails" else "a domain, such as city.gov"
                raise fail(key, f'has "{each}", which is not {wanted}.')
    lower = {key: frozenset(each.lower() for each in raw.get(key, [])) for key in ("emails", "domains")}
    return Grant(groups=frozenset(raw.get("groups", [])), **lower)
