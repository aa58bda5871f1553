"""Needles, people and cases, and referrals: what the release says of each, and where the words must be careful."""

import pandas as pd

from publicsafety import prose
from publicsafety.briefing import words
from publicsafety.briefing.build import Asked, breakdown, found, heading, notes, rates
from publicsafety.briefing.core import Cell, Table, table
from publicsafety.briefing.published import Row
from publicsafety.findings import Finding
from publicsafety.findings.needles import WHERE_REPORTED
from publicsafety.findings.places import base
from publicsafety.language import gettext as _
from publicsafety.language import ngettext

NEEDLES = ("needle_reports", "needle_pickups", "needles_removed")
PEOPLE = (
    "people_served",
    "repeat_contacts",
    "active_clients",
    "active_cases",
    "cases_opened",
    "cases_closed",
    "needs_met",
)
REFERRAL_RATES = ("referral_acceptance_rate", "referral_connection_rate", "referral_closed_loop_rate")


def figures(
    asked: Asked, key: str, question: str, names: tuple[str, ...], caveats: tuple[str, ...] = ()
) -> Finding | None:
    """Several figures as sentences and a table; None where the release has none of them."""
    known = [name for name in names if asked.published.grains(name)]
    if not known:
        return None
    lines = [
        [Cell(asked.published.title(name)), words.cell(asked.total(name), asked.published.unit(name)), Cell(_basis(asked, name)),
         *(words.cell(asked.total(name, other), asked.published.unit(name)) for other in asked.comparisons)]
        for name in known
    ]  # fmt: skip
    laid = table((_("Figure"), heading(asked.period), _("Based on"), *map(heading, asked.comparisons)), lines)
    caveats += tuple(
        prose.plain_caveat(caveat)
        for name in known
        for caveat in asked.published.cards.get(name, {}).get("caveats", ())
    )
    shown = laid if asked.has_any(known) else None
    return found(asked, key, question, asked.say_all(known), shown, known[0], caveats=caveats)


def _basis(asked: Asked, name: str) -> str:
    """What a figure rests on; a plain count, on its own unit."""
    row = asked.total(name)
    told = words.basis(row, asked.published.kind(name))
    return told or (prose.noun(asked.published.unit(name)) if prose.known(row.get("value")) else "")


def needles(asked: Asked) -> list[Finding]:
    """Reports, pickups and needles side by side, and a map of where people report."""
    counts = figures(
        asked,
        "needles",
        _("How many needles, reports and pickups?"),
        NEEDLES,
        (_("Reports, pickups and needles are three counts that are not alike."),),
    )
    return [each for each in (counts, by_area(asked) or by_hexagon(asked) or no_map(asked)) if each]


def by_area(asked: Asked) -> Finding | None:
    """Reports (else pickups, else needles) by area on the city's outline; None where no such table is published."""
    for metric in NEEDLES:
        rows = asked.published.by(metric, "area", asked.period) or asked.published.by(
            metric, "area_group", asked.period
        )
        if rows and prose.known(asked.total(metric).get("value")):
            shapes = named(asked.source.table("map_areas"))
            drawn = pd.DataFrame(
                [{"label": row["label"], "value": row["value"], "status": row["status"] or ""} for row in rows]
            ).merge(shapes, on="label", how="inner")
            return on_map(asked, metric, rows, drawn, "map_areas", _("Area"))
    return None


def by_hexagon(asked: Asked) -> Finding | None:
    """Reports by hexagon, those with few requests together as published."""
    rows = asked.published.by("needle_reports", "h3", asked.period)
    if not rows:
        return None
    shapes = asked.source.table("map_hexagons").rename(columns={"h3": "label"})
    drawn = pd.DataFrame(
        [{"label": row["label"], "value": row["value"], "status": row["status"] or ""} for row in rows]
    ).merge(shapes, on="label", how="inner")
    return on_map(asked, "needle_reports", rows, drawn, "map_hexagons", _("Hexagon (H3)"))


def named(shapes: pd.DataFrame) -> pd.DataFrame:
    """The shapes of areas with their names as `label`, in the language in use like the figures that they are joined to."""
    return shapes.assign(label=[_(str(area)) for area in shapes["area"]]).drop(columns="area")


def on_map(asked: Asked, metric: str, rows: list[Row], drawn: pd.DataFrame, drawing: str, column: str) -> Finding:
    """A map with its table: how many places are shown, which holds most, and what lies elsewhere."""
    unit, whole = asked.published.unit(metric), asked.total(metric)
    rows = sorted(rows, key=lambda row: (row["value"] is None, -(row["value"] or 0), row["label"]))
    on = set(drawn["label"])
    shown = [row for row in rows if row["label"] in on and prose.known(row["value"])]
    lines = [[Cell(row["label"]), words.cell(row, unit)] for row in rows] + [[Cell(_("All")), words.cell(whole, unit)]]
    said = asked.say(metric)
    if shown:
        said += " " + _on_map(drawing, len(shown)).format(
            n=prose.count(len(shown)), most=prose.count(shown[0]["value"], unit)
        )
    for row in rows:
        if row["label"] not in on and prose.known(row["value"]) and row["value"]:
            said += f" {row['label']}: {prose.count(row['value'], unit)}."
    options = {
        "unit": unit,
        "meaning": "needles",
        "base": base(asked.source),
        "latitude": asked.source.city.map.center[0],
        "appendix_table": True,
    }
    values = drawn.assign(value=pd.to_numeric(drawn["value"], errors="coerce").astype("float64"))
    return found(asked, f"{metric}_map", _("Where do people report needles?") if metric == "needle_reports" else _("Where were needles picked up?"), said,
                 table((column, unit_heading(asked, unit)), lines), metric, drawing=drawing if len(shown) else "", drawn=values, options=options, caveats=(_(WHERE_REPORTED), *notes(rows)))  # fmt: skip


def unit_heading(asked: Asked, unit: str) -> str:
    return f"{prose.capital(prose.noun(unit))}, {heading(asked.period)}"


def _on_map(drawing: str, places: int) -> str:
    """How many places a map shows and how much the fullest holds."""
    if drawing == "map_hexagons":
        return ngettext(
            "The map shows {n} hexagon; the most shown in one hexagon is {most}.",
            "The map shows {n} hexagons; the most shown in one hexagon is {most}.",
            places,
        )
    return ngettext(
        "The map shows {n} area; the most shown in one area is {most}.",
        "The map shows {n} areas; the most shown in one area is {most}.",
        places,
    )


def no_map(asked: Asked) -> Finding:
    """A period for which no map is released."""
    years = [
        period.name
        for period in asked.published.periods()
        if asked.published.by("needle_reports", "h3", period) or asked.published.by("needle_reports", "area", period)
    ]
    text = _("No map is published {within}; it is for {periods}") if years else _("No map is published {within}")
    said = text.format(within=asked.period.within, periods=prose.listing(sorted(years)))
    return found(asked, "needle_map", _("Where do people report needles?"), said, None,
                 caveats=(_("A map of a short period would show single requests."),))  # fmt: skip


def people(asked: Asked) -> list[Finding]:
    """People met and the case work."""
    made = figures(asked, "people_and_cases", _("How many people and cases?"), PEOPLE)
    return [
        made
        or found(
            asked,
            "people_and_cases",
            _("How many people and cases?"),
            _("The release has no figures on people or cases"),
        )
    ]


def referrals(asked: Asked) -> list[Finding]:
    """Referrals by kind of partner, and how many came to a first service."""
    by = breakdown(asked, "referrals_sent", "partner", _("To which partners were people referred?"))
    known = [name for name in REFERRAL_RATES if asked.published.grains(name)]
    reached = rates(asked, known, "referral_rates", _("How many referrals came to a first service?")) if known else None
    each = breakdown_of_rate(asked)
    if not (by or reached):
        return [found(asked, "referrals", _("What became of referrals?"), asked.say("referrals_sent"))]
    return [one for one in (by, reached, each) if one]


def breakdown_of_rate(asked: Asked) -> Finding | None:
    """Connection by kind of partner, where that is released."""
    rows = asked.published.by("referral_connection_rate", "partner", asked.period)
    if not rows:
        return None
    lines = [[Cell(row["label"]), words.cell(row, "percent"), Cell(words.basis(row, "proportion"))] for row in rows]
    drawn = pd.DataFrame([{"label": row["label"], "value": row["value"], "low": row["low"], "high": row["high"], "status": row["status"] or "",
                           "of": prose.of(row["numerator"], row["denominator"]) if prose.known(row["value"]) else "",
                           "text": f"{prose.percent(row['value'])} ({prose.of(row['numerator'], row['denominator'])})" if prose.known(row["value"]) else "[c]"} for row in rows])  # fmt: skip
    drawn = drawn.astype({"value": "float64", "low": "float64", "high": "float64"})
    laid: Table = table((_("Kind of partner"), heading(asked.period), _("n of N and interval")), lines)
    return found(asked, "connection_by_partner", _("How many came to a first service, by kind of partner?"), asked.say("referral_connection_rate"), laid, "referral_connection_rate",
                 drawing="dots" if drawn["value"].notna().any() else "", drawn=drawn, options={"unit": "percent", "meaning": "care"}, caveats=notes(rows))  # fmt: skip
