"""How we count, how we protect, and what the figures reach, in plain words for readers of released figures.

The numbers are the release's own; the pages, the static edition and documents say the same.
"""

from datetime import date, timedelta

from publicsafety import language, prose
from publicsafety.city import WEEKDAYS
from publicsafety.findings import published
from publicsafety.findings.core import Source
from publicsafety.language import gettext as _
from publicsafety.periods import add_months


def cards(source: Source) -> list[tuple[str, str, list[str]]]:
    """How we count and how we protect: key, title and lines of each."""
    return [
        ("how_we_count", _("How we count"), count_words(source)),
        ("how_we_protect", _("How we protect people"), protect_words(source)),
    ]


def count_words(source: Source) -> list[str]:
    """The rules of counting that matter most, each in a sentence or two."""
    return [
        _(
            "A response is a call that the {team} was sent to. One call is one response, however many people went."
        ).format(team=_(source.city.team)),
        _("Needle pickups are counted apart. They are not in the number of responses."),
        _(
            "“No police” means that no police unit was sent at any time. If nobody wrote down whether police went, the call is “not known”, and never “no police”."
        ),
        _("Every share is shown as “so many of so many”. The 95% interval shows how far chance alone could move it."),
        _(
            "A person is counted once in a year, however often we met. So people in shorter periods do not add up to people in a year."
        ),
        _("Reports, pickups and needles are three things: somebody told us, we went, and what we found."),
        _(
            "A referral is connected when the person has had a first service. A referral that is still open has not failed."
        ),
        _(
            "We say that something changed only when it changed more than chance would explain. If not, we say “no sign of change”."
        ),
        _("We do not know what would have happened without the team, and we do not claim to."),
    ]


def protect_words(source: Source) -> list[str]:
    """The rules of the release that is open, in its own numbers."""
    release = {str(row["key"]): str(row["value"]) for row in source.table("release_info").to_dict("records")}
    return [
        _(
            "This site holds no names, no addresses and no record of a single call. It holds finished tables and nothing else."
        ),
        _(
            "We show a number of calls or reports when it is zero, or {events} or more. We show a number of people, cases or referrals when it is zero, or {people} or more."
        ).format(events=release.get("threshold_events", ""), people=release.get("threshold_people", "")),
        _("A number that is too small is withheld. We write [c] in its place. A small number could point at a person."),
        _(
            "If a small number could be worked out from the others, we withhold another number too, and mark it [c] as well. So [c] does not tell you that a number is small."
        ),
        _("A typical time is shown only when {n} or more times are behind it.").format(
            n=release.get("least_median", "")
        ),
        _(
            "A quarter is published when it has been over for {n} days. After that it does not change, unless we announce a correction; corrected numbers are marked [r]."
        ).format(n=release.get("lag_days", "")),
        _(
            "The map shows areas of a city block or more, never an address. Places with few reports are counted together."
        ),
        _(
            "Before a release goes out, a program tries to work out what we have withheld, from this release and all earlier ones. If it can, nothing goes out."
        ),
        _("Of {n} numbers in this release, {withheld} are withheld.").format(
            n=prose.count(release.get("cells", 0)), withheld=prose.count(release.get("cells_withheld", 0))
        ),
    ]


def about(source: Source) -> list[str]:
    """What every page of released figures states: how far they go, when the next come, hours, area, who to ask."""
    release = {str(row["key"]): str(row["value"]) for row in source.table("release_info").to_dict("records")}
    city, service = source.city, source.city.service
    lines = [
        _("Released figures from {periods}, as of {day}. Release {number}.").format(
            periods=published.coverage(source), day=prose.day(source.as_of), number=release.get("number", "?")
        )
    ]
    if release.get("next_release"):
        due = date.fromisoformat(release["next_release"])
        first = source.as_of + timedelta(days=1)
        quarter = prose.span(first, add_months(first, 3) - timedelta(days=1))
        lines.append(_("Next update: from {day}, with {period}.").format(day=prose.day(due), period=quarter))
    place = f"{city.name}, {_(city.state)}" if city.state else city.name
    lines.append(
        _("Service area: {place}. Hours of the {team}: {days}, {opens} to {closes}.").format(
            place=place,
            team=_(city.team),
            days=_days(service.days),
            opens=f"{service.opens:%H:%M}",
            closes=f"{service.closes:%H:%M}",
        )
    )
    began = []
    if service.needle_pickups_since:
        began.append(_("needle pickups on {day}").format(day=prose.day(service.needle_pickups_since)))
    if service.calls_since:
        began.append(_("9-1-1 response on {day}").format(day=prose.day(service.calls_since)))
    if began:
        lines.append(prose.sentence(_("Began: {services}").format(services=prose.listing(began))))
    who = ", ".join(filter(None, (_(city.department), city.contact, city.website)))
    lines.append(_("Who to ask: {who}.").format(who=who))
    lines.append(_("[c] in place of a number: withheld to protect people. “Definitions” says how."))
    if published.leaves_out(source):
        lines.append(_("[x] in place of a number: not published for that period. It does not mean zero."))
    return lines


def _days(days: tuple[str, ...]) -> str:
    """ "Monday to Friday" for days in a row, else a list."""
    places = [WEEKDAYS.index(day) for day in days]
    names = [language.weekday(place) for place in places]
    if len(days) == len(WEEKDAYS):
        return _("every day")
    in_a_row = places == list(range(places[0], places[0] + len(places)))
    if in_a_row and len(days) > 2:
        return _("{first} to {last}").format(first=names[0], last=names[-1])
    return prose.listing(names)
