"""How is a released figure said to a council? One rule a metric, number and verb agreeing, withheld said as withheld."""

from collections.abc import Callable
from typing import Any

from publicsafety import prose
from publicsafety.briefing.core import Cell, Period
from publicsafety.briefing.published import GRAIN_NAMES, Published
from publicsafety.language import gettext as _
from publicsafety.language import ngettext

Row = dict[str, Any]
# What a briefing never says: the figures do not show causes, and nobody is to read them as if they did.
CAUSAL = (
    "because of", "due to", "caused", "causes", "thanks to", "as a result", "resulted in", "led to", "leads to", "impact", "effect of", "owing to",
    "driven by", "drove", "attributable", "reduced crime", "prevented", "saved", "improved", "worsened", "success", "diverted", "diversion", "mitigated",
)  # fmt: skip


def _responses(row: Row, within: str, team: str) -> str:
    text = _("The {team} was sent to {calls} {within}, needle pickups not counted")
    return text.format(team=team, calls=prose.count(row["value"], "calls"), within=within)


def _no_police(row: Row, within: str, team: str) -> str:
    text = _(
        "No police unit was sent to {n} of the {calls} {within} whose police record is known: {percent} ({interval})"
    )
    return text.format(
        n=prose.count(row["numerator"]),
        calls=prose.count(row["denominator"], "calls"),
        within=within,
        percent=prose.percent(row["value"]),
        interval=_interval(row),
    )


def _people(row: Row, within: str, team: str) -> str:
    text = _("In crisis response the {team} met {people} {within}, each counted once however often met")
    return text.format(team=team, people=prose.count(row["value"], "people"), within=within)


def _needles(row: Row, within: str, team: str) -> str:
    text = ngettext("{needles} was removed {within}", "{needles} were removed {within}", _whole(row["value"]))
    return text.format(needles=prose.count(row["value"], "needles"), within=within)


def _reports(row: Row, within: str, team: str) -> str:
    text = ngettext(
        "{reports} of needles was received {within}",
        "{reports} of needles were received {within}",
        _whole(row["value"]),
    )
    return text.format(reports=prose.count(row["value"], "requests"), within=within)


def _pickups(row: Row, within: str, team: str) -> str:
    text = ngettext(
        "{visits} was made to pick needles up {within}, those that found none included",
        "{visits} were made to pick needles up {within}, those that found none included",
        _whole(row["value"]),
    )
    return text.format(visits=prose.count(row["value"], "visits"), within=within)


def _cases(row: Row, within: str, team: str) -> str:
    text = _("Ongoing case management had {cases} open on at least one day {within}")
    return text.format(cases=prose.count(row["value"], "cases"), within=within)


def _clients(row: Row, within: str, team: str) -> str:
    text = ngettext(
        "{people} was clients of ongoing case management on at least one day {within}",
        "{people} were clients of ongoing case management on at least one day {within}",
        _whole(row["value"]),
    )
    return text.format(people=prose.count(row["value"], "people"), within=within)


def _sent(row: Row, within: str, team: str) -> str:
    text = ngettext(
        "{referrals} was sent to partners {within}", "{referrals} were sent to partners {within}", _whole(row["value"])
    )
    return text.format(referrals=prose.count(row["value"], "referrals"), within=within)


def _connected(row: Row, within: str, team: str) -> str:
    text = ngettext(
        "After {n} of {total} referral sent {within} a first service followed: {percent} ({interval})",
        "After {n} of {total} referrals sent {within} a first service followed: {percent} ({interval})",
        _whole(row["denominator"]),
    )
    return text.format(
        n=prose.count(row["numerator"]),
        total=prose.count(row["denominator"]),
        within=within,
        percent=prose.percent(row["value"]),
        interval=_interval(row),
    )


def _response_minutes(row: Row, within: str, team: str) -> str:
    text = _(
        "Half of the {calls} {within} with usable times had the team on scene within {time} of the call being received"
    )
    return text.format(calls=prose.count(row["n"], "calls"), within=within, time=prose.measure(row["value"], "minutes"))


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
        why = unavailable(published, metric, row, period)
        return prose.sentence(_("{title} {within}: {why}").format(title=title, within=period.within, why=why))
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
        figure = prose.figure(row, published.unit(metric), published.kind(metric))
        text = _("{title}: {figure} {within}").format(title=title, figure=figure, within=period.within)
    return prose.sentence(
        text + (" " + _("(revised since it was first published)") if row.get("status") == "r" else "")
    )


def unavailable(published: Published, metric: str, row: Row, period: Period) -> str:
    """Why there is no number, in words."""
    if row.get("status") == "c":
        return prose.status_words("c")
    if row.get("status") == "z":
        return _("nothing to count")
    grains = [_(GRAIN_NAMES[grain]) for grain in published.grains(metric) if grain != period.grain]
    if not grains:
        return _("not in the release")
    return _("not published for this period; published for {periods}").format(periods=prose.listing(grains))


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
    if kind != "median" or not prose.known(row.get("n")):
        return ""
    return _("median, n = {n}").format(n=prose.count(row["n"]))


def withheld(rows: list[Row]) -> str:
    """How many of the rows are withheld, in words; empty when none is."""
    hidden = sum(1 for row in rows if row.get("status") == "c")
    if not hidden:
        return ""
    text = ngettext(
        "{figures} is withheld, marked [c]: small enough, or close enough to a small one, to point at a person",
        "{figures} are withheld, marked [c]: small enough, or close enough to a small one, to point at a person",
        hidden,
    )
    return text.format(figures=prose.count(hidden, "figures"))


def _interval(row: Row) -> str:
    return prose.interval(row.get("low"), row.get("high"), "percent")


def _whole(value: Any) -> int:
    """The number that a plural goes with."""
    return round(float(value))
