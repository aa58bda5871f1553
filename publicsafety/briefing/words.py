"""How is a released figure said to a council? One rule a metric, number and verb agreeing, withheld said as withheld."""

from collections.abc import Callable
from typing import Any

from publicsafety import prose
from publicsafety.briefing.core import Cell, Period
from publicsafety.briefing.published import GRAIN_NAMES, Published

Row = dict[str, Any]
# What a briefing never says: the figures do not show causes, and nobody is to read them as if they did.
CAUSAL = (
    "because of", "due to", "caused", "causes", "thanks to", "as a result", "resulted in", "led to", "leads to", "impact", "effect of", "owing to",
    "driven by", "drove", "attributable", "reduced crime", "prevented", "saved", "improved", "worsened", "success", "diverted", "diversion", "mitigated",
)  # fmt: skip


def were(value: Any) -> str:
    """The verb that agrees with a count: one needle was, two needles were, none were."""
    return "was" if round(float(value)) == 1 else "were"


def _responses(row: Row, within: str, team: str) -> str:
    return f"The {team} was sent to {prose.count(row['value'], 'calls')} {within}, needle pickups not counted"


def _no_police(row: Row, within: str, team: str) -> str:
    return (
        f"No police unit was sent to {prose.count(row['numerator'])} of the {prose.count(row['denominator'], 'calls')} {within} whose police record is known: "
        f"{prose.percent(row['value'])} ({_interval(row)})"
    )


def _people(row: Row, within: str, team: str) -> str:
    return f"In crisis response the {team} met {prose.count(row['value'], 'people')} {within}, each counted once however often met"


def _needles(row: Row, within: str, team: str) -> str:
    return f"{prose.count(row['value'], 'needles')} {were(row['value'])} removed {within}"


def _reports(row: Row, within: str, team: str) -> str:
    return f"{prose.count(row['value'], 'requests')} of needles {were(row['value'])} received {within}"


def _pickups(row: Row, within: str, team: str) -> str:
    return f"{prose.count(row['value'], 'visits')} {were(row['value'])} made to pick needles up {within}, those that found none included"


def _cases(row: Row, within: str, team: str) -> str:
    return f"Ongoing case management had {prose.count(row['value'], 'cases')} open on at least one day {within}"


def _clients(row: Row, within: str, team: str) -> str:
    return f"{prose.count(row['value'], 'people')} {were(row['value'])} clients of ongoing case management on at least one day {within}"


def _sent(row: Row, within: str, team: str) -> str:
    return f"{prose.count(row['value'], 'referrals')} {were(row['value'])} sent to partners {within}"


def _connected(row: Row, within: str, team: str) -> str:
    return f"After {prose.of(row['numerator'], row['denominator'])} {_noun(row['denominator'], 'referrals')} sent {within} a first service followed: {prose.percent(row['value'])} ({_interval(row)})"


def _response_minutes(row: Row, within: str, team: str) -> str:
    return f"Half of the {prose.count(row['n'], 'calls')} {within} with usable times had the team on scene within {prose.measure(row['value'], 'minutes')} of the call being received"


RULES: dict[str, Callable[[Row, str, str], str]] = {
    "care_responses": _responses,
    "no_police_rate": _no_police,
    "people_served": _people,
    "needles_removed": _needles,
    "needle_reports": _reports,
    "needle_pickups": _pickups,
    "active_cases": _cases,
    "active_clients": _clients,
    "referrals_sent": _sent,
    "referral_connection_rate": _connected,
    "response_minutes": _response_minutes,
}


def said(published: Published, metric: str, row: Row, period: Period, team: str) -> str:
    """One figure as a sentence. Withheld and unpublished figures are said to be so, and never guessed."""
    title = published.title(metric)
    if not prose.known(row.get("value")):
        return prose.sentence(f"{title} {period.within}: {unavailable(published, metric, row, period)}")
    rule = RULES.get(metric)
    # A sentence such as "184 of the 196" needs all its parts; a table may publish fewer.
    parts = (
        ("numerator", "denominator")
        if published.kind(metric) == "proportion"
        else ("n",)
        if published.kind(metric) == "median"
        else ()
    )
    if rule and all(prose.known(row.get(part)) for part in parts):
        text = rule(row, period.within, team)
    else:
        text = f"{title}: {prose.figure(row, published.unit(metric), published.kind(metric))} {period.within}"
    return prose.sentence(text + (" (revised since it was first published)" if row.get("status") == "r" else ""))


def unavailable(published: Published, metric: str, row: Row, period: Period) -> str:
    """Why there is no number, in words."""
    if row.get("status") == "c":
        return prose.STATUS["c"]
    if row.get("status") == "z":
        return "nothing to count"
    grains = [GRAIN_NAMES[grain] for grain in published.grains(metric) if grain != period.grain]
    return f"not published for this period; published for {prose.listing(grains)}" if grains else "not in the release"


def cell(row: Row, unit: str) -> Cell:
    """A figure as a cell: its text with the letter of its status, and its number."""
    if not prose.known(row.get("value")):
        return Cell(prose.LETTER.get(str(row.get("status") or "x"), "[x]"))
    mark = " [r]" if row.get("status") == "r" else ""
    return Cell(prose.measure(row["value"], unit) + mark, float(row["value"]), unit)


def basis(row: Row, kind: str) -> str:
    """What a figure rests on, for a narrow column: "184 of 196; 95% interval 89.6–96.5%", "n = 188"."""
    if not prose.known(row.get("value")):
        return ""
    if kind == "proportion" and prose.known(row.get("numerator")):
        return "; ".join(part for part in (prose.of(row["numerator"], row["denominator"]), _interval(row)) if part)
    return f"median, n = {prose.count(row['n'])}" if kind == "median" and prose.known(row.get("n")) else ""


def withheld(rows: list[Row]) -> str:
    """How many of the rows are withheld, in words; empty when none is."""
    hidden = sum(1 for row in rows if row.get("status") == "c")
    if not hidden:
        return ""
    return f"{prose.count(hidden, 'figures')} {'is' if hidden == 1 else 'are'} withheld, marked [c]: small enough, or close enough to a small one, to point at a person"


def _interval(row: Row) -> str:
    return prose.interval(row.get("low"), row.get("high"), "percent")


def _noun(value: Any, unit: str) -> str:
    one, many = prose.NOUNS[unit]
    return one if round(float(value)) == 1 else many
