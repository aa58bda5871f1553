"""What stands on each public page of released figures, in order: the one list for the dashboard and the static edition.

The title and the line of help of a page are those of its file in pages/public.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from publicsafety.briefing.core import Period
from publicsafety.filters import Filters
from publicsafety.findings import kpi, peers, published
from publicsafety.findings.core import Finding, Scope, Source
from publicsafety.findings.outcomes import POLICE_KPIS
from publicsafety.language import gettext as _
from publicsafety.language import later
from publicsafety.warehouse import WarehouseError

NOT_PUBLISHED = later("The figures of this page are not published.")
Ask = tuple[Any, ...]  # a builder and its arguments


@dataclass(frozen=True)
class Contents:
    """One page. `figures`: the metrics whose periods it offers, all where none is named. `answers`: the first of these
    that is released for the period is the sentence under the title. `rows`: findings that stand side by side. `grains`: the periods that the static edition
    has a file for; a month has few figures, and its numbers are in the charts and tables over time.
    """

    figures: tuple[str, ...]
    answers: tuple[str, ...]
    tiles_title: str
    tiles: tuple[str, ...]
    rows: tuple[tuple[Ask, ...], ...]
    grains: tuple[str, ...] = ("year", "quarter")

    @property
    def asks(self) -> tuple[tuple[Ask, ...], ...]:
        """The rows with their questions in the language in use."""
        return tuple(tuple((build, *map(_said, arguments)) for build, *arguments in row) for row in self.rows)


def _said(argument: str) -> str:
    """A question in the language in use; the name of a metric, dimension or grain as it is."""
    return _(argument) if argument.endswith("?") else argument


def one(build: Callable[..., Finding], *arguments: Any) -> tuple[Ask, ...]:
    """A row with a single finding."""
    return ((build, *arguments),)


BY_MONTH = later("How many calls did the team go to, month by month?")
BY_POLICE = later("With police or without, quarter by quarter?")
BY_NATURE = later("Which calls was the team sent to?")

PAGES: dict[str, Contents] = {
    "overview": Contents(
        figures=(),
        answers=("care_responses",),
        tiles_title=later("What did the team do?"),
        tiles=("care_responses", "people_served", "no_police_rate", "needles_removed"),
        rows=(
            one(published.story),
            one(published.over_time, "care_responses", BY_MONTH),
            (
                (published.breakdown, "care_responses", "nature", BY_NATURE),
                (published.breakdown, "care_responses", "police_role", later("Did police go too?")),
            ),
            one(published.over_time, "needles_removed", later("How many needles were removed, month by month?")),
        ),
    ),
    "call_volume": Contents(
        figures=("calls_for_service", "care_responses"),
        answers=("calls_for_service", "care_responses"),
        tiles_title=later("How much work is there?"),
        tiles=("calls_for_service", "eligible_calls", "care_responses", "eligible_calls_answered"),
        rows=(
            (
                (published.breakdown, "calls_for_service", "response", later("To which calls was the team sent?")),
                (published.breakdown, "unmet_calls", "unmet_reason", later("Why were eligible calls not reached?")),
            ),
            (
                (
                    published.over_time,
                    "calls_for_service",
                    later("How many calls came in, quarter by quarter?"),
                    "quarter",
                ),
                (published.over_time, "care_responses", BY_MONTH),
            ),
            (
                (
                    published.categories_over_time,
                    "care_responses",
                    "nature",
                    later("Which kinds of call, quarter by quarter?"),
                ),
                (published.categories_over_time, "care_responses", "police_role", BY_POLICE),
            ),
            one(published.map_of_areas, "care_responses", later("In which neighborhoods?")),
            (
                (published.breakdown, "care_responses", "nature", BY_NATURE),
                (published.breakdown, "care_responses", "area_group", later("In which parts of the city?")),
            ),
            one(
                published.cross,
                "care_responses",
                "area_group",
                "nature",
                later("Which calls in which part of the city?"),
            ),
            (
                (published.several, later("How soon was the team there?"), "response_minutes"),
                (
                    published.breakdown,
                    "care_responses",
                    "timing",
                    later("For how many calls is the response time known?"),
                ),
            ),
        ),
    ),
    "outcomes": Contents(
        figures=("no_police_rate", "care_responses"),
        answers=("no_police_rate",),
        tiles_title=later("How did calls end?"),
        tiles=("no_police_rate", "police_backup_rate", "transports", "follow_ups"),
        rows=(
            one(published.rates, later("How often were no police sent?"), *POLICE_KPIS, "no_police_rate_with_needles"),
            (
                (published.breakdown, "care_responses", "police_role", later("Who went to the calls?")),
                (published.over_time, "no_police_rate", later("Has the share without police changed?"), "quarter"),
            ),
            one(published.categories_over_time, "care_responses", "police_role", BY_POLICE),
            one(published.several, later("How many people is that?"), "people_served"),
        ),
    ),
    "needle_pickups": Contents(
        figures=("needle_reports", "needle_pickups", "needles_removed"),
        answers=("needles_removed",),
        tiles_title=later("How many?"),
        tiles=("needle_reports", "needle_pickups", "needles_removed", "needle_minutes_to_pickup"),
        rows=(
            one(published.hexagons),
            one(published.map_of_areas, "needle_reports", later("In which neighborhoods do people report needles?")),
            one(
                published.several,
                later("How many reports, visits and needles?"),
                "needle_reports",
                "needle_pickups",
                "needles_removed",
            ),
            (
                (published.over_time, "needle_reports", later("How many reports, month by month?")),
                (published.over_time, "needles_removed", later("How many needles, month by month?")),
            ),
            one(published.breakdown, "needle_reports", "visit", later("Was a visit made?")),
        ),
    ),
    "referrals": Contents(
        figures=("referrals_sent",),
        answers=("referrals_sent",),
        tiles_title=later("How many, and how far?"),
        tiles=(
            "referrals_sent",
            "referral_acceptance_rate",
            "referral_connection_rate",
            "referral_closed_loop_rate",
            "days_to_connection",
        ),
        rows=(
            (
                (published.breakdown, "referrals_sent", "partner", later("To which partners were people referred?")),
                (
                    published.rates,
                    later("How many referrals came to something?"),
                    "referral_acceptance_rate",
                    "referral_connection_rate",
                ),
            ),
            (
                (published.breakdown, "referrals_sent", "accepted", later("Did the partner accept?")),
                (published.breakdown, "referrals_sent", "connected", later("Did a first service follow?")),
            ),
            one(published.cross, "referrals_sent", "accepted", "connected", later("Accepted, and then connected?")),
            one(
                published.several,
                later("How many people have ongoing support?"),
                "active_cases",
                "cases_opened",
                "cases_closed",
                "needs_met",
            ),
            (
                (published.breakdown, "needs_identified", "need_group", later("What did people need?")),
                (published.breakdown, "needs_identified", "met", later("Was the need met?")),
            ),
        ),
    ),
    "peers": Contents(
        figures=("care_responses",),
        answers=("care_responses",),
        tiles_title="",
        tiles=(),
        rows=tuple(one(peers.beside, metric) for metric in peers.METRICS),
        grains=("year",),
    ),
}


def scope(source: Source, period: Period, figures: tuple[str, ...] = ()) -> Scope:
    """What a page is asked for one published period: the year before stands beside it where that is published too."""
    filters, before = Filters(period.start, period.end), period.year_before
    if before not in published.periods(source, figures):
        return Scope(filters)
    return Scope(filters, replace(filters, start=before.start, end=before.end), before.within)


def find(source: Source, asked: Scope, build: Callable[..., Finding], *arguments: Any) -> Finding | None:
    """One finding; None where the release has no such figures for the period."""
    try:
        made = build(source, asked, *arguments)
    except (published.NotPublished, WarehouseError):
        return None
    return None if made.is_unavailable else made


def ways_to_answer(contents: Contents) -> list[Ask]:
    """What may be the page's answer, the best first: a figure as a sentence of its own, else as its tile says it."""
    return [(build, name) for build in (published.said, kpi.kpi) for name in contents.answers]
