"""Is it more than before? Two published figures side by side, and a direction only where an interval supports it.

Counts of events are compared by their share of the two periods' sum (a binomial, conditional on the sum), proportions by
Newcombe's interval of their difference. Needles come in batches and people in families of calls: no direction is said of them.
"""

import math
from dataclasses import dataclass
from datetime import date
from typing import Any

from publicsafety import language, prose
from publicsafety.briefing.core import Period
from publicsafety.city import City
from publicsafety.language import gettext as _
from publicsafety.language import later
from publicsafety.statistics import wilson_interval

ENOUGH = 50  # both counts: below it a % change is mostly chance (at 50, about 28% either way)
EVENTS = ("calls", "requests", "visits", "referrals", "contacts", "services")  # what is counted one by one
NO_CHANGE = later("no sign of change")


@dataclass(frozen=True)
class Change:
    """Two figures of the same metric. `difference` and `percent` are None where they would mislead."""

    period: Period
    before: dict[str, Any]
    difference: float | None = None
    percent: float | None = None
    verdict: str = ""
    note: str = ""


@dataclass(frozen=True)
class Start:
    """When the service behind a metric began, and what it is called."""

    day: date
    name: str

    @property
    def words(self) -> str:
        return _("{service} began on {day}").format(service=_(self.name), day=prose.day(self.day))


def began(city: City, metric: str) -> Start | None:
    """The start of the service behind a metric, where the city's settings tell it.

    Cases and referrals have no date of their own there. Most come from calls, so they are taken to begin with these:
    better no comparison than one with a year that was half a year.
    """
    service = city.service
    if metric.startswith("needle"):
        return Start(service.needle_pickups_since, later("needle pickups")) if service.needle_pickups_since else None
    return Start(service.calls_since, later("9-1-1 response")) if service.calls_since else None


def change(
    unit: str,
    kind: str,
    now: dict[str, Any],
    then: dict[str, Any],
    period: Period,
    other: Period,
    since: Start | None,
) -> Change:
    """What may be said of a figure beside that of another period."""
    if since and other.end < since.day:
        return Change(other, then, note=since.words)
    if not (prose.known(now.get("value")) and prose.known(then.get("value"))):
        return Change(other, then, note=_why(now, then, period, other))
    if not are_alike(period, other, since):
        return Change(other, then, note=_("not alike: {why}").format(why=since.words if since else ""))
    a, b = float(now["value"]), float(then["value"])
    percent = (a - b) / b if kind in ("count", "distinct") and min(a, b) >= ENOUGH else None
    return Change(other, then, a - b, percent, _verdict(unit, kind, now, then, period, other))


def are_alike(period: Period, other: Period, since: Start | None) -> bool:
    """Whether the service ran during the whole of both periods."""
    return since is None or min(other.start, period.start) >= since.day


def _why(now: dict[str, Any], then: dict[str, Any], period: Period, other: Period) -> str:
    """Why two figures are not compared."""
    lacking, name = (then, other.name) if not prose.known(then.get("value")) else (now, period.name)
    return f"{name}: {_('withheld') if lacking.get('status') == 'c' else _('no published figure')}"


def _verdict(unit: str, kind: str, now: dict[str, Any], then: dict[str, Any], period: Period, other: Period) -> str:
    if kind == "proportion":
        found = newcombe(now["numerator"], now["denominator"], then["numerator"], then["denominator"])
        return (
            ""
            if found is None
            else _("higher than {period}").format(period=other.within)
            if found[0] > 0
            else _("lower than {period}").format(period=other.within)
            if found[1] < 0
            else _(NO_CHANGE)
        )
    if kind != "count" or unit not in EVENTS:
        return ""
    a, b = float(now["value"]), float(then["value"])
    found = wilson_interval(a, a + b)
    if found is None:
        return ""
    even = period.days / (period.days + other.days)
    return (
        _("more than {period}").format(period=other.within)
        if found[0] > even
        else _("fewer than {period}").format(period=other.within)
        if found[1] < even
        else _(NO_CHANGE)
    )


def newcombe(a: float, n: float, b: float, m: float) -> tuple[float, float] | None:
    """The 95% interval of the difference a/n − b/m from the two Wilson intervals; None when there was no trial.

    Newcombe, "Interval estimation for the difference between independent proportions", Statistics in Medicine 17 (1998), method 10.
    """
    one, two = wilson_interval(float(a), float(n)), wilson_interval(float(b), float(m))
    if one is None or two is None:
        return None
    p, q = float(a) / float(n), float(b) / float(m)
    low = p - q - math.sqrt((p - one[0]) ** 2 + (two[1] - q) ** 2)
    high = p - q + math.sqrt((one[1] - p) ** 2 + (q - two[0]) ** 2)
    return low, high


def difference_words(found: Change, unit: str) -> str:
    """The variance as a cell prints it: "+12 (+15.0%)", "+1.2 points", or why there is none."""
    if found.difference is None:
        return found.note or "–"
    sign = "+" if found.difference > 0 else "−" if found.difference < 0 else "±"
    size = abs(found.difference)
    if unit == "percent":
        return _("{difference} points").format(difference=f"{sign}{language.number(size * 100, 1)}")
    text = f"{sign}{prose.measure(size, unit)}"
    if found.percent is None:
        return text
    return (
        f"{text} ({'+' if found.percent > 0 else '−' if found.percent < 0 else '±'}{prose.percent(abs(found.percent))})"
    )
