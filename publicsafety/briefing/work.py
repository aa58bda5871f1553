"""What did the team do? Key figures beside earlier periods, demand by kind of call and place, police, over time."""

import pandas as pd

from publicsafety import metrics, prose
from publicsafety.briefing import words
from publicsafety.briefing.build import Asked, breakdown, found, heading, notes, over_time, rates
from publicsafety.briefing.compare import Change, began, change, difference_words
from publicsafety.briefing.core import Cell, Period, table
from publicsafety.findings import Finding
from publicsafety.findings.words import out_of
from publicsafety.language import gettext as _
from publicsafety.language import ngettext

# In the order in which a council asks; a city whose release has fewer of them gets fewer.
KEY = (
    "care_responses", "no_police_rate", "people_served", "needles_removed", "needle_reports", "needle_pickups", "active_clients", "active_cases",
    "referrals_sent", "referral_connection_rate", "response_minutes", "calls_for_service", "eligible_calls_answered",
)  # fmt: skip
STORY = (
    "care_responses",
    "no_police_rate",
    "people_served",
    "needles_removed",
    "active_clients",
    "active_cases",
    "referral_connection_rate",
)
POLICE_KPIS = ("no_police_rate", "police_backup_rate", "eligible_calls_answered", "care_share_of_calls")


def key_figures(asked: Asked) -> Finding:
    """Every headline that is published for a period of this length, beside the period before and the year before."""
    names = [name for name in KEY if asked.period.grain in asked.published.grains(name)]
    lines = []
    for name in names:
        unit, kind, row = asked.published.unit(name), asked.published.kind(name), asked.total(name)
        line = [
            Cell(asked.published.title(name)),
            words.cell(row, unit),
            Cell(words.basis(row, kind) or prose.noun(unit)),
        ]
        for other in asked.comparisons:
            made = compared(asked, name, other)
            line += [
                words.cell(made.before, unit),
                Cell("; ".join(part for part in (difference_words(made, unit), made.verdict) if part)),
            ]
        lines.append(line)
    columns = [_("Figure"), heading(asked.period), _("Based on")]
    for other in asked.comparisons:
        columns += [heading(other), _("Against {period}").format(period=heading(other))]
    return found(
        asked, "key_figures", _("What did the team do?"), " ".join(asked.say(name) for name in names[:1]) or _("No key figure is published for this period"),
        table(columns, lines), names[0] if names else "", caveats=(*elsewhere(asked), *comparability(asked)),
    )  # fmt: skip


def tile(asked: Asked, metric: str) -> Finding:
    """A headline as a tile shows it: the value large, n of N and interval, and the earlier figures beside it."""
    unit, kind, row = asked.published.unit(metric), asked.published.kind(metric), asked.total(metric)
    beside = [(other, compared(asked, metric, other)) for other in asked.comparisons]
    known = [
        _("{figure} {when}").format(
            figure=words.cell(made.before, unit).text, when=_("in {period}").format(period=heading(other))
        )
        for other, made in beside
        if prose.known(made.before.get("value"))
    ]
    verdict = next((made.verdict for _, made in beside if made.verdict), "")
    is_rate = kind == "proportion" and prose.known(row.get("value"))
    lines = {
        "label": asked.published.title(metric), "value": words.cell(row, unit).text, "target": "", "before": "; ".join(known),
        "detail": out_of(row, metrics.registry()[metric]) if is_rate else words.basis(row, kind) or ("" if prose.known(row.get("value")) or row["status"] not in prose.STATUS else prose.status_words(str(row["status"]))),
        "interval": prose.interval(row.get("low"), row.get("high"), unit) if is_rate else "", "verdict": verdict, "is_signal": False,
    }  # fmt: skip
    return found(
        asked,
        metric,
        str(asked.published.cards.get(metric, {}).get("question", "")),
        asked.say(metric),
        None,
        metric,
        options=lines,
    )


def tiles(asked: Asked) -> tuple[Finding, ...]:
    """The headlines of the story as tiles, at most six."""
    return tuple(tile(asked, name) for name in headlines(asked)[:6])


def compared(asked: Asked, metric: str, other: Period) -> Change:
    """A metric's figure beside that of another period, with what may be said of it."""
    unit, kind = asked.published.unit(metric), asked.published.kind(metric)
    return change(
        unit,
        kind,
        asked.total(metric),
        asked.total(metric, other),
        asked.period,
        other,
        began(asked.source.city, metric),
    )


def elsewhere(asked: Asked) -> tuple[str, ...]:
    """The headlines that this period is too short for: where they are published."""
    lacking = [
        name for name in KEY if asked.published.grains(name) and asked.period.grain not in asked.published.grains(name)
    ]
    if not lacking:
        return ()
    titles = prose.listing(
        asked.published.title(name) if place == 0 else asked.published.title(name).lower()
        for place, name in enumerate(lacking)
    )
    text = ngettext(
        "{figures} is published for longer or other periods only, so that nobody can be singled out by subtracting.",
        "{figures} are published for longer or other periods only, so that nobody can be singled out by subtracting.",
        len(lacking),
    )
    return (text.format(figures=titles),)


def comparability(asked: Asked) -> tuple[str, ...]:
    """Which periods are not alike, and how a direction is found."""
    said = []
    for since in {began(asked.source.city, name): None for name in ("needles_removed", "care_responses")}:
        unlike = [
            period for period in (asked.period, *asked.comparisons) if since and period.start < since.day <= period.end
        ]
        said += [
            prose.sentence(
                _("{began}, so {period} is not a whole period of it").format(began=since.words, period=heading(period))
            )
            for period in unlike
            if since
        ]
    said += [
        _("There are no released figures {within} to compare with.").format(within=other.within)
        for other in asked.not_compared
    ]
    if not asked.comparisons:
        return tuple(said)
    return (
        *said,
        _(
            "“More”, “fewer”, “higher” and “lower” are said only where a 95% interval supports it; a % change only where both counts are 50 or more."
        ),
    )


def story(asked: Asked) -> tuple[str, ...]:
    """The period in a few sentences: the headlines of the release, each with its denominator."""
    return tuple(asked.say(name) for name in headlines(asked))


def headlines(asked: Asked) -> list[str]:
    """The headlines that are published for a period of this length; clients rather than cases where there are both."""
    here = [name for name in (*STORY, *KEY) if asked.period.grain in asked.published.grains(name)]
    names = [name for name in STORY if name in here] or here
    return [name for name in names if name != "active_cases" or "active_clients" not in names]


def demand(asked: Asked) -> list[Finding]:
    """Which calls the team was sent to, and what the release says of those that it could not take."""
    made = [
        breakdown(asked, "care_responses", "nature", _("Which calls was the team sent to?")),
        breakdown(
            asked, "unmet_calls", "unmet_reason", _("Why did the team not reach the other calls it could have taken?")
        ),
        breakdown(asked, "eligible_calls", "nature", _("Which calls could the team have taken?")),
    ]
    return [each for each in made if each] + ([] if made[1] else [unmet_note(asked)])


def unmet_note(asked: Asked) -> Finding:
    """The question that the release does not answer, asked and left open in so many words."""
    has = bool(asked.published.grains("unmet_calls"))
    said = (
        asked.say("unmet_calls")
        if has
        else _("The release has no figures on eligible calls that the team did not reach, nor on the reasons")
    )
    return found(asked, "unmet_demand", _("Which calls did the team not reach?"), said, None, "unmet_calls" if has else "",
                 caveats=(_("What is not in the release is not known to this briefing; it is not zero."),))  # fmt: skip


def police(asked: Asked) -> list[Finding]:
    """The four police figures, each with its own denominator, and who went."""
    who = breakdown(asked, "care_responses", "police_role", _("Who went to the calls?"))
    four = rates(asked, POLICE_KPIS, "police_kpis", _("How often were police part of it?"), asked.say_all(POLICE_KPIS))
    return [four, *([who] if who else [])]


def places(asked: Asked) -> list[Finding]:
    """Responses by part of the city and by neighborhood, as tables and bars; a table of two dimensions as it was published."""
    made = [breakdown(asked, "care_responses", name, question) for name, question in
            (("area_group", _("In which parts of the city?")), ("area", _("In which neighborhoods?")))]  # fmt: skip
    return [each for each in [*made, by_place_and_nature(asked)] if each]


def by_place_and_nature(asked: Asked) -> Finding | None:
    """The published table of parts of the city by kind of call, withheld cells and all."""
    rows = asked.published.cross("care_responses", "area_group", "nature", asked.period)
    if not rows:
        return None
    across = [*sorted({row["second"] for row in rows} - {"All"}), "All"]
    down = [*sorted({row["first"] for row in rows} - {"All"}), "All"]
    at = {(row["first"], row["second"]): row for row in rows}
    lines = [
        [Cell(_(first)), *(words.cell(at.get((first, second), {}), "calls") for second in across)] for first in down
    ]
    said = words.withheld(rows) or _("No figure of this table is withheld")
    return found(asked, "responses_by_place_and_nature", _("Which calls in which part of the city?"), said, table((_("Part of the city"), *map(_, across)), lines), "care_responses",
                 drawn=pd.DataFrame(), caveats=notes(rows))  # fmt: skip


def trends(asked: Asked) -> list[Finding]:
    """The published series over time."""
    made = [
        over_time(asked, "care_responses", _("Has the number of calls changed?")),
        over_time(asked, "needles_removed", _("Has the number of needles changed?")),
    ]
    return [each for each in made if each]
