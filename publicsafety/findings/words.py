"""What dimensions and their values are called, which colour a metric has, and how an n is said."""

from collections.abc import Mapping, Sequence
from typing import Any

from publicsafety import prose
from publicsafety.language import gettext as _
from publicsafety.language import later
from publicsafety.metrics import Metric

WORDS = {
    "nature": "nature of the call", "area": "area", "source": "source", "priority": "priority", "disposition": "result",
    "police_role": "police involvement", "place_kind": "kind of place", "partner": "partner", "need": "need",
    "unmet_reason": "reason", "hour": "hour", "weekday": "weekday", "referral_source": "source of the case", "close_reason": "reason for closing",
}  # fmt: skip
POLICE = {
    "none": "No police",
    "back-up": "Police as back-up",
    "co-response": "Co-response with police",
    "police": "Police only",
    "unknown": "Not known",
}
MEANINGS = {
    "No police": "care",
    "Police as back-up": "police",
    "Co-response with police": "co-response",
    "Police only": "police",
    "Police involved": "police",
    "Not known": "unknown",
}
# Between which two moments a time is taken: no time is read without them.
SPANS = {
    "processing_minutes": later("received to dispatched (T0 to T2)"), "turnout_minutes": later("dispatched to en route (T2 to T3)"),
    "travel_minutes": later("en route to on scene (T3 to T4)"), "response_minutes": later("received to on scene (T0 to T4)"),
    "on_scene_minutes": later("on scene to cleared (T4 to T5)"), "time_on_task_minutes": later("dispatched to cleared (T2 to T5)"),
    "needle_minutes_to_pickup": later("reported to closed"), "days_to_connection": later("sent to first service"), "days_open": later("opened to closed"),
}  # fmt: skip


def value_words(dimension: str, value: str) -> str:
    """A dimension's value as a reader knows it: "none" → "No police", "2" → "Priority 2", "13" → "13:00"."""
    if dimension == "police_role":
        return POLICE.get(value, value)
    if dimension == "priority":  # a bare "2" says nothing beside a bar
        return f"Priority {value}" if len(value) <= 2 else value
    return f"{value}:00" if dimension == "hour" else value


def first_of(names: Sequence[str], most: int) -> str:
    """The first names of a list, and how many there are besides: "May 2026, Jun 2026 and 3 more"."""
    return prose.listing([*names[:most], *([f"{len(names) - most} more"] if len(names) > most else [])])


# What the denominator of a proportion is made of, by the mart that it is counted in.
OUT_OF = {"fct_calls": "calls", "fct_contacts": "people", "fct_needs": "needs", "fct_referrals": "referrals"}


def out_of(row: Mapping[str, Any], metric: Metric) -> str:
    """n of N of a proportion, in words: "184 of 196 calls"."""
    return prose.of(row["numerator"], row["denominator"], OUT_OF.get(metric.mart, ""))


def meaning(metric: Metric) -> str:
    """Which colour a metric has everywhere: needles orange, police plum, the team's work dark blue."""
    if metric.name.startswith("needle"):
        return "needles"
    return "police" if metric.name.startswith("police") else "care"


def said_n(row: dict[str, Any], metric: Metric) -> str:
    """How many observations a figure rests on: "n = 196 calls"."""
    n = row.get("denominator") if metric.kind == "proportion" else row.get("n", row.get("value"))
    if not prose.known(n):
        return ""
    return _("n = {n}").format(
        n=prose.count(n) if metric.kind in ("proportion", "median") else prose.count(n, metric.unit)
    )
