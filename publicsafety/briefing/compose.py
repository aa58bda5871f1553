"""The briefing of one period, section by section, from a council database."""

from dataclasses import replace
from datetime import date

from publicsafety.audience import Audience
from publicsafety.briefing import community, notes, published, work
from publicsafety.briefing.build import Asked
from publicsafety.briefing.core import Briefing, BriefingError, Period, Section
from publicsafety.findings import Finding, Source


def brief(source: Source, start: date, end: date) -> Briefing:
    """The briefing for one released period. Raises BriefingError for any other period, naming those there are.

    The source must be a council database: what a council gets becomes a public record, so the briefing holds what is
    released and nothing more.
    """
    if source.audience is not Audience.COUNCIL:
        raise BriefingError("A briefing is made from the council database and from no other.")
    figures = published.read(source)
    period = published.choose(figures, start, end)
    beside = comparisons(period)
    asked = Asked(
        source,
        figures,
        period,
        tuple(each for each in beside if figures.has(each)),
        tuple(each for each in beside if not figures.has(each)),
    )
    release = figures.release.get("number", "?")
    return Briefing(
        city=source.city, period=period, comparisons=asked.comparisons, build_id=source.build_id, release=release, as_of=source.as_of,
        is_synthetic=source.table("build_info").set_index("key")["value"].get("synthetic") == "true",
        summary=work.story(asked), tiles=work.tiles(asked), sections=sections(asked), limitations=notes.limitations(asked), not_shown=notes.NOT_SHOWN,
        definitions=notes.definitions(asked), sources=notes.sources(asked), revisions=notes.revisions(asked),
    )  # fmt: skip


def periods(source: Source) -> list[Period]:
    """The periods that a briefing can be about, the longest first and the latest first among equals."""
    return published.read(source).periods()


def comparisons(period: Period) -> tuple[Period, ...]:
    """The period before and the year before; for a year these are one and the same."""
    return tuple(dict.fromkeys((period.before, period.year_before)))


def sections(asked: Asked) -> tuple[Section, ...]:
    """The core of two pages, then the appendices."""
    demand, police, needles, people, referrals = (
        make(asked) for make in (work.demand, work.police, community.needles, community.people, community.referrals)
    )
    core = [
        Section("work", "What the team did", (work.key_figures(asked),)),
        Section("changes", "What changed", (notes.changes(asked),)),
        Section("demand", "Demand, met and unmet", tuple(demand)),
        Section("police", "Outcomes and police", tuple(police)),
        Section("needles", "Needles", tuple(needles)),
        Section("people", "People and cases", tuple(people)),
        Section("referrals", "Referrals", tuple(referrals)),
    ]
    appendices = [
        Section("trends", "Over time", tuple(work.trends(asked)), is_core=False),
        Section("places", "Parts of the city", tuple(work.places(asked)), is_core=False),
    ]
    return tuple(_distinct([section for section in (*core, *appendices) if section.findings]))


def _distinct(made: list[Section]) -> list[Section]:
    """Each finding under a key of its own: a bookmark, a slide and a sheet are named by it."""
    seen: set[str] = set()
    kept = []
    for section in made:
        findings: list[Finding] = []
        for found in section.findings:
            key = found.key if found.key not in seen else f"{section.key}_{found.key}"
            seen.add(key)
            findings.append(found if key == found.key else replace(found, key=key))
        kept.append(replace(section, findings=tuple(findings)))
    return kept
