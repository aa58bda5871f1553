"""Who may see what: the deployment's ceiling and the order of audiences. Unknown always means public."""

import os
from enum import StrEnum


class Audience(StrEnum):
    """An audience, named as its database file and its folder under `pages/` are."""

    PUBLIC = "public"
    COUNCIL = "council"
    LEADERSHIP = "leadership"

    def may_open(self, other: "Audience") -> bool:
        """Whether this audience may open a page meant for `other` or for everyone below it."""
        order = list(Audience)
        return order.index(self) >= order.index(other)


def parse(text: str | None) -> Audience:
    """The audience that a setting or a claim names; anything unknown, empty or malformed is the public."""
    try:
        return Audience((text or "").strip().lower())
    except ValueError:
        return Audience.PUBLIC


def ceiling() -> Audience:
    """The most that this process may show: `PUBLICSAFETY_AUDIENCE`, public when it is not set."""
    return parse(os.environ.get("PUBLICSAFETY_AUDIENCE"))
