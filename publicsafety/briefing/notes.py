"""What must be known to read a briefing: changes of the service, limits of the figures, definitions, corrections."""

import json
from datetime import date

from publicsafety import prose
from publicsafety.briefing.build import Asked, found
from publicsafety.briefing.core import Cell, Definition, table, text_row
from publicsafety.briefing.published import Row
from publicsafety.findings import Finding


def changes(asked: Asked) -> Finding:
    """Launches and changed hours, areas or definitions, within the period and those it is set beside."""
    dated = sorted(set(events(asked)))
    first = min([asked.period.start, *(other.start for other in asked.comparisons)])
    inside = [(when, title) for when, title in dated if first <= when <= asked.period.end]
    hours = service_hours(asked)
    said = (
        " ".join(prose.sentence(f"{title} on {prose.day(when)}") for when, title in inside)
        or f"No change of hours, area or definitions is recorded from {prose.day(first)} to {prose.day(asked.period.end)}"
    )
    laid = (
        table(("Date", "What changed"), [text_row(prose.short_day(when), title) for when, title in dated])
        if dated
        else None
    )
    return found(
        asked,
        "service_changes",
        "What changed in hours, area or definitions?",
        f"{prose.sentence(said)} {hours}",
        laid,
        caveats=tuple(versions(asked)),
    )


def events(asked: Asked) -> list[tuple[date, str]]:
    """Dated changes that the database tells: its events, else the first days of the services."""
    try:
        rows = asked.source.table("dim_events").to_dict("records")
    except RuntimeError:
        rows = []
    if rows:
        return [
            (row["date"].date() if hasattr(row["date"], "date") else row["date"], str(row["title"])) for row in rows
        ]
    service = asked.source.city.service
    told = ((service.needle_pickups_since, "Needle pickups began"), (service.calls_since, "9-1-1 response began"))
    return [(when, title) for when, title in told if when]


def service_hours(asked: Asked) -> str:
    """The published hours as the city file has them."""
    service = asked.source.city.service
    days = f"{service.days[0]} to {service.days[-1]}" if len(service.days) > 2 else prose.listing(service.days)
    return prose.sentence(f"Published hours: {days}, {service.opens:%H:%M} to {service.closes:%H:%M}")


def versions(asked: Asked) -> list[str]:
    """Figures whose definition is not the first one."""
    later = [
        (card["title"], card["version"]) for card in asked.published.cards.values() if int(card.get("version") or 1) > 1
    ]
    return [f"{title} is counted by version {version} of its definition." for title, version in later]


def limitations(asked: Asked) -> tuple[str, ...]:
    """What limits every figure of the briefing."""
    release = asked.published.release
    said = [
        f"Only closed quarters are released, when they have been over for {release.get('lag_days', '30')} days; figures reach to {prose.day(asked.source.as_of)}.",
        f"Counts of 1 to {_below(release.get('threshold_events'))} calls or requests, and of 1 to {_below(release.get('threshold_people'))} people, cases or referrals, are withheld and marked [c]; "
        "so are others from which these could be worked out.",
        "A proportion has its own n of N and a 95% Wilson interval; where intervals overlap, no difference is claimed.",
        "People and cases are counted once in a period, so shorter periods do not add up to longer ones.",
        "Figures count what was recorded. What was not recorded, or not exported, is not in them.",
    ]
    if asked.source.table("build_info").set_index("key")["value"].get("synthetic") == "true":
        said.insert(0, "These are synthetic sample data: no figure describes a real person or event.")
    return tuple(said)


NOT_SHOWN = (
    "They do not show what would have happened without the team.",
    "They do not show whether anyone was better off afterwards: a first service is a step, not an outcome of a life.",
    "They say nothing about crime, arrests or cost.",
    "“No police unit was sent” does not mean that police would otherwise have been sent.",
    "Needles removed are not needles used or discarded: they are those that were reported and found.",
    "A map of reports shows where people report, not where needles are.",
)


def definitions(asked: Asked) -> tuple[Definition, ...]:
    """The card of every figure in the release, as it stood at the release."""
    made = []
    for name, card in sorted(asked.published.cards.items(), key=lambda each: str(each[1]["title"])):
        lines = [
            ("Question", str(card.get("question", ""))),
            ("Counted", str(card.get("numerator", ""))),
            ("Out of", str(card.get("denominator", ""))),
            ("Includes", "; ".join(card.get("includes", ()))),
            ("Leaves out", "; ".join(card.get("excludes", ()))),
            ("Limits", " ".join(prose.sentence(prose.plain_caveat(each)) for each in card.get("caveats", ()))),
            ("Data to", prose.day(asked.source.as_of)),
            (
                "Steward and version",
                f"{card.get('steward', '')}, version {card.get('version', '')}, reviewed {_day(card.get('reviewed'))}",
            ),
        ]
        made.append(
            Definition(
                name, str(card["title"]), tuple((label, prose.plain_caveat(text)) for label, text in lines if text)
            )
        )
    return tuple(made)


def sources(asked: Asked) -> tuple[str, ...]:
    """Where the figures come from and who answers for them."""
    city, release = asked.source.city, asked.published.release
    said = [
        f"Release {release.get('number', '?')} of “{release.get('title', 'the public figures')}”, figures to {prose.day(asked.source.as_of)}, build {asked.source.build_id}.",
        "Every figure is a cell of that release, the same that the public sees; differences and % changes are worked out from two such cells.",
        f"{city.department}, {city.name}. " + (f"Questions: {city.contact}." if city.contact else ""),
    ]
    if release.get("next_release"):
        said.append(f"The next release is due on {prose.day(date.fromisoformat(release['next_release']))}.")
    return tuple(" ".join(each.split()) for each in said)


def revisions(asked: Asked) -> Finding:
    """Published figures that have changed since an earlier release."""
    rows = [row for row in asked.published.cells if row["status"] == "r"]
    why = corrected(asked)
    if not rows:
        return found(
            asked,
            "revisions",
            "Which published figures have changed since?",
            "No figure of this release differs from one that was published before",
        )
    lines = [
        [
            Cell(asked.published.title(row["metric"])),
            Cell(_when(row)),
            Cell(_what(row)),
            Cell(
                prose.figure(
                    row | {"status": ""}, asked.published.unit(row["metric"]), asked.published.kind(row["metric"])
                )
            ),
            Cell(why),
        ]
        for row in rows
    ]
    said = f"{prose.count(len(rows), 'figures')} {'has' if len(rows) == 1 else 'have'} changed since first published: {why}"
    return found(asked, "revisions", "Which published figures have changed since?", said, table(("Figure", "Period", "Of", "Now", "Why"), lines),
                 caveats=("The earlier figures stay in the archive of releases.",))  # fmt: skip


def corrected(asked: Asked) -> str:
    """Why figures were revised: the reasons that the release declares, else what a revision always is."""
    try:
        declared = json.loads(asked.published.release.get("corrections", "[]"))
        reasons = list(dict.fromkeys(str(each["reason"]) for each in declared))
    except (ValueError, TypeError, KeyError):
        reasons = []
    return (
        "; ".join(reasons) or "a later export corrected the records, and the correction was declared before the release"
    )


def _when(row: Row) -> str:
    return prose.period_name(str(row["period"]), str(row["grain"]))


def _what(row: Row) -> str:
    return ", ".join(str(value) for value in row["dimensions"].values()) or "All"


def _below(threshold: str | None) -> str:
    return str(int(threshold) - 1) if threshold else "few"


def _day(text: object) -> str:
    try:
        return prose.short_day(date.fromisoformat(str(text)))
    except ValueError:
        return str(text or "")
