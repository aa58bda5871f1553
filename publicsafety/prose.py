"""How is a figure said in words? Rules, never guesses.

A direction ("higher", "fewer") is said only where a process rule or an interval supports it; a withheld figure is
said to be withheld; nothing here explains a change. The same words are the headline, the chart's text alternative and
the speaker's note.
"""

import math
import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

import pandas as pd

from publicsafety import language
from publicsafety.language import gettext as _
from publicsafety.language import later, ngettext

NBSP = "\N{NO-BREAK SPACE}"

# unit: (one, many). "percent", "minutes" and "days" are measures, the rest are things that are counted.
NOUNS = {
    "calls": ("call", "calls"),
    "people": ("person", "people"),
    "needles": ("needle", "needles"),
    "requests": ("report", "reports"),
    "visits": ("visit", "visits"),
    "cases": ("case", "cases"),
    "needs": ("need", "needs"),
    "referrals": ("referral", "referrals"),
    "minutes": ("minute", "minutes"),
    "days": ("day", "days"),
    "hours": ("hour", "hours"),
    "months": ("month", "months"),
    "rows": ("row", "rows"),
    "files": ("file", "files"),
    "responses": ("response", "responses"),
    "contacts": ("contact", "contacts"),
    "services": ("service", "services"),
    "weeks": ("week", "weeks"),
    "quarters": ("quarter", "quarters"),
    "years": ("year", "years"),
    "figures": ("figure", "figures"),
}
OTHER_UNITS = (later("requests"), later("percent"))  # names that a reader sees beside those of NOUNS
STATUS = {
    "c": later("withheld, because it, or a number that would give it away, is small enough to point at a person"),
    "p": later("provisional"),
    "r": later("revised"),
    "x": later("not available"),
    "z": later("not applicable"),
}
# A length of time as the end of a heading, behind what is counted, and in the plural.
BY_GRAIN = {
    "day": later("by day"), "week": later("by week"), "month": later("by month"), "quarter": later("by quarter"), "year": later("by year"),
    "fiscal_year": later("by fiscal year"),
}  # fmt: skip
PER_GRAIN = {
    "day": later("{what} a day"), "week": later("{what} a week"), "month": later("{what} a month"), "quarter": later("{what} a quarter"),
    "year": later("{what} a year"), "fiscal_year": later("{what} a fiscal year"),
}  # fmt: skip
GRAINS = {
    "day": later("days"), "week": later("weeks"), "month": later("months"), "quarter": later("quarters"), "year": later("years"),
    "fiscal_year": later("fiscal years"),
}  # fmt: skip
LETTER = {code: f"[{code}]" for code in STATUS}


def known(value: Any) -> bool:
    """Whether there is a number at all: not missing, not NaN, not infinite."""
    return value is not None and value is not pd.NA and value == value and math.isfinite(float(value))


def count(value: Any, unit: str = "") -> str:
    """A whole number with its noun: "1 call", "1,589 needles"; with no unit the number alone."""
    text = language.number(value)
    return counted(text, unit, round(float(value))) if unit else text


def counted(text: str, unit: str, n: float) -> str:
    """A number that is already written, with the form of its noun that goes with it: "1 call", "3.5 days"."""
    one, many = NOUNS.get(unit, (unit, unit))
    return ngettext("{n} " + one, "{n} " + many, n).format(n=text)


def noun(unit: str) -> str:
    """What is counted, without a number: "calls", "percent"."""
    return _(NOUNS[unit][1] if unit in NOUNS else unit)


def by_grain(grain: str) -> str:
    """A length of time as the end of a heading: "by month"."""
    return _(BY_GRAIN.get(grain, grain))


def per_grain(unit: str, grain: str) -> str:
    """What is counted in a length of time: "calls a month"."""
    return _(PER_GRAIN.get(grain, "{what}")).format(what=noun(unit))


def unit_name(unit: str) -> str:
    """A unit as a definition or a column's heading names it: "requests", "percent"."""
    return _(unit)


def capital(text: str) -> str:
    """The first letter large, the others as they are."""
    return text[:1].upper() + text[1:]


def percent(value: Any) -> str:
    """A proportion from 0 to 1 with one decimal: "93.9%"."""
    return language.percent(value)


def measure(value: Any, unit: str) -> str:
    """A figure as a person would say it: "93.9%", "12 min", "1,589". A missing one is "not available"."""
    if not known(value):
        return _("not available")
    if unit == "percent":
        return percent(value)
    if unit == "minutes":
        return _("{n} min").format(n=_short(value)).replace(" ", NBSP)
    if unit == "days":
        return count_or_decimal(value, "days")
    return _short(value)


def _short(value: Any) -> str:
    """At most one decimal, and none for a whole number or anything of 100 or more."""
    number = float(value)
    return language.number(number, 0 if abs(number) >= 100 or abs(number - round(number)) < 0.05 else 1)


def count_or_decimal(value: Any, unit: str) -> str:
    """A measure with its noun: "1 day", "3.5 days"."""
    text = _short(value)
    return counted(text, unit, 1 if text == "1" else float(value) if float(value).is_integer() else 2)


def with_unit(value: Any, unit: str) -> str:
    """A figure with its unit spelled out: "58 calls", "93.9%", "12 min"."""
    if not known(value):
        return _("not available")
    return measure(value, unit) if unit in ("percent", "minutes", "days") else count(value, unit)


def of(numerator: Any, denominator: Any, unit: str = "") -> str:
    """n of N, with what they are where there is room to say it: "184 of 196", "184 of 196 calls"."""
    return _("{n} of {total}").format(n=count(numerator), total=count(denominator, unit))


def interval(low: Any, high: Any, unit: str) -> str:
    """The 95% interval in words, or nothing when there is none: "95% interval 89.8–96.5%"."""
    if not (known(low) and known(high)):
        return ""
    if unit == "percent":
        low, high = language.number(float(low) * 100, 1), percent(high)
    else:
        low, high = _short(low), measure(high, unit)
    return _("95% interval {low}–{high}").format(low=low, high=high)


def expected(low: float, high: float, unit: str) -> str:
    """The range in which a figure usually moves: "4 to 26", "82.0% to 97.5%"."""
    if unit in ("percent", "minutes", "days"):
        return _("{first} to {last}").format(first=measure(low, unit), last=measure(high, unit))
    return _("{first} to {last}").format(first=count(math.ceil(low - 1e-9)), last=count(math.floor(high + 1e-9)))


def status_words(status: str) -> str:
    """What a status letter means; an unknown letter is said as it is."""
    return _(STATUS.get(status, status))


def mark(status: str) -> str:
    """What stands in the place of a figure: the letter of a withheld one, which every page explains, else words."""
    return LETTER[status] if status in STATUS and status != "x" else _(STATUS["x"])


def figure(row: Mapping[str, Any], unit: str, kind: str = "count") -> str:
    """One observation in words: "93.9% (184 of 196)", "58 calls", "withheld, because …"."""
    if row.get("status") and not known(row.get("value")):
        return status_words(str(row["status"]))
    if not known(row.get("value")):
        return _("not available")
    text = with_unit(row["value"], unit)
    if kind == "proportion" and known(row.get("numerator")) and known(row.get("denominator")):
        text += f" ({of(row['numerator'], row['denominator'])})"
    return text


# Dates ------------------------------------------------------------------------------------------------------------


def day(when: date) -> str:
    """A date in a sentence: "31 October 2026"."""
    return language.day(when)


def short_day(when: date) -> str:
    """A date in a table or badge: "31 Oct 2026"."""
    return language.short_day(when)


def _is_month_start(when: date) -> bool:
    return when.day == 1


def _is_month_end(when: date) -> bool:
    return (when + timedelta(days=1)).day == 1


def span(start: date | None, end: date | None) -> str:
    """A period as a name: "October 2026", "2025", "July 2025 to June 2026", "all time"."""
    if start is None or end is None:
        return _open(start, end) or _("all time")
    if _is_month_start(start) and _is_month_end(end):
        if (start.month, end.month) == (1, 12) and start.year == end.year:
            return str(start.year)
        if (start.year, start.month) == (end.year, end.month):
            return language.month(start)
        return _("{first} to {last}").format(first=_first_month(start, end), last=language.month(end))
    return day(start) if start == end else _("{first} to {last}").format(first=day(start), last=day(end))


def within(start: date | None, end: date | None) -> str:
    """A period as the end of a sentence: "in October 2026", "from July 2025 to June 2026", "in all"."""
    if start is None or end is None:
        return _open(start, end) or _("in all the data")
    if start == end:
        return _("on {day}").format(day=day(start))
    if not (_is_month_start(start) and _is_month_end(end)):
        return _("from {first_day} to {last_day}").format(first_day=day(start), last_day=day(end))
    if (start.month, end.month) == (1, 12) and start.year == end.year:
        return _("in {period}").format(period=start.year)
    if (start.year, start.month) == (end.year, end.month):
        return _("in {period}").format(period=language.month(start))
    return _("from {first} to {last}").format(first=_first_month(start, end), last=language.month(end))


def _open(start: date | None, end: date | None) -> str:
    """A period that is open at one side; nothing when it is open at both."""
    if start:
        return _("since {day}").format(day=day(start))
    return _("up to {day}").format(day=day(end)) if end else ""


def _first_month(start: date, end: date) -> str:
    """The month in which a span begins; its year is said once where it ends in the same."""
    return language.month_name(start) if start.year == end.year else language.month(start)


def period_name(period: str, grain: str) -> str:
    """One period of a series as an axis or table names it: "Oct 2026", "2026", "Q3 2026", "12 Oct 2026"."""
    if period == "All":
        return _("All")
    when = date.fromisoformat(str(period)[:10])
    if grain == "year":
        return str(when.year)
    if grain == "quarter":
        return language.quarter(when)
    if grain == "month":
        return language.short_month(when)
    return short_day(when)


# Lists and verdicts -----------------------------------------------------------------------------------------------


def listing(items: Iterable[str]) -> str:
    """Words joined as in a sentence: "a", "a and b", "a, b and c"."""
    return language.listing(items)


def plain_caveat(text: Any) -> str:
    """A caveat without the names of columns: "(n_unknown)" says nothing to a reader."""
    return re.sub(r" \(n_\w+\)", "", str(text))


def sentence(text: str) -> str:
    """A text as a sentence: first letter large, one full stop at the end."""
    text = " ".join(text.split())
    if not text:
        return ""
    text = text[0].upper() + text[1:]
    return text if text.endswith((".", "?", "!", "。", "።", "।", "？")) else text + language.full_stop()


def plain(text: Any) -> str:
    """Text from data as Markdown that shows exactly that text: every sign that could mean something is escaped."""
    return "".join(
        f"\\{sign}" if sign in "\\`*_{}[]()<>#+-.!|~$:&@/^='\"" else sign for sign in " ".join(str(text).split())
    )
