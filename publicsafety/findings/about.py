"""How we count, how we protect, and what the figures reach, in plain words for readers of released figures.

The numbers are the release's own; the pages, the static edition and documents say the same.
"""

from datetime import date, timedelta

from publicsafety import prose
from publicsafety.findings import published
from publicsafety.findings.core import Source
from publicsafety.periods import add_months

WEEK = {
    "Mon": "Monday",
    "Tue": "Tuesday",
    "Wed": "Wednesday",
    "Thu": "Thursday",
    "Fri": "Friday",
    "Sat": "Saturday",
    "Sun": "Sunday",
}


def cards(source: Source) -> list[tuple[str, str, list[str]]]:
    """How we count and how we protect: key, title and lines of each."""
    return [
        ("how_we_count", "How we count", count_words(source)),
        ("how_we_protect", "How we protect people", protect_words(source)),
    ]


def count_words(source: Source) -> list[str]:
    """The rules of counting that matter most, each in a sentence or two."""
    return [
        f"A response is a call that the {source.city.team} was sent to. One call is one response, however many people went.",
        "Needle pickups are counted apart. They are not in the number of responses.",
        "“No police” means that no police unit was sent at any time. If nobody wrote down whether police went, the call is “not known”, and never “no police”.",
        "Every share is shown as “so many of so many”. The 95% interval shows how far chance alone could move it.",
        "A person is counted once in a year, however often we met. So people in shorter periods do not add up to people in a year.",
        "Reports, pickups and needles are three things: somebody told us, we went, and what we found.",
        "A referral is connected when the person has had a first service. A referral that is still open has not failed.",
        "We say that something changed only when it changed more than chance would explain. If not, we say “no sign of change”.",
        "We do not know what would have happened without the team, and we do not claim to.",
    ]


def protect_words(source: Source) -> list[str]:
    """The rules of the release that is open, in its own numbers."""
    release = {str(row["key"]): str(row["value"]) for row in source.table("release_info").to_dict("records")}
    return [
        "This site holds no names, no addresses and no record of a single call. It holds finished tables and nothing else.",
        f"We show a number of calls or reports when it is zero, or {release.get('threshold_events', '')} or more. "
        f"We show a number of people, cases or referrals when it is zero, or {release.get('threshold_people', '')} or more.",
        "A number that is too small is withheld. We write [c] in its place. A small number could point at a person.",
        "If a small number could be worked out from the others, we withhold another number too, and mark it [c] as well. So [c] does not tell you that a number is small.",
        f"A typical time is shown only when {release.get('least_median', '')} or more times are behind it.",
        f"A quarter is published when it has been over for {release.get('lag_days', '')} days. After that it does not change, unless we announce a correction; corrected numbers are marked [r].",
        "The map shows areas of a city block or more, never an address. Places with few reports are counted together.",
        "Before a release goes out, a program tries to work out what we have withheld, from this release and all earlier ones. If it can, nothing goes out.",
        f"Of {prose.count(release.get('cells', 0))} numbers in this release, {prose.count(release.get('cells_withheld', 0))} are withheld.",
    ]


def about(source: Source) -> list[str]:
    """What every page of released figures states: how far they go, when the next come, hours, area, who to ask."""
    release = {str(row["key"]): str(row["value"]) for row in source.table("release_info").to_dict("records")}
    city, service = source.city, source.city.service
    lines = [
        f"Released figures from {published.coverage(source)}, as of {prose.day(source.as_of)}. Release {release.get('number', '?')}."
    ]
    if release.get("next_release"):
        due = date.fromisoformat(release["next_release"])
        first = source.as_of + timedelta(days=1)
        quarter = prose.span(first, add_months(first, 3) - timedelta(days=1))
        lines.append(f"Next update: from {prose.day(due)}, with {quarter}.")
    place = f"{city.name}, {city.state}" if city.state else city.name
    lines.append(
        f"Service area: {place}. Hours of the {city.team}: {_days(service.days)}, {service.opens:%H:%M} to {service.closes:%H:%M}."
    )
    began = [
        f"{name} on {prose.day(day)}"
        for name, day in (("needle pickups", service.needle_pickups_since), ("9-1-1 response", service.calls_since))
        if day
    ]
    if began:
        lines.append(prose.sentence(f"Began: {prose.listing(began)}"))
    lines.append(
        f"Who to ask: {city.department}"
        + (f", {city.contact}" if city.contact else "")
        + (f", {city.website}" if city.website else "")
        + "."
    )
    lines.append("[c] in place of a number: withheld to protect people. “Definitions” says how.")
    return lines


def _days(days: tuple[str, ...]) -> str:
    """ "Monday to Friday" for days in a row, else a list."""
    names, order = [WEEK[day] for day in days], list(WEEK)
    if len(days) == len(WEEK):
        return "every day"
    places = [order.index(day) for day in days]
    in_a_row = places == list(range(places[0], places[0] + len(places)))
    return f"{names[0]} to {names[-1]}" if in_a_row and len(days) > 2 else prose.listing(names)
