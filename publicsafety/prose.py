"""How is a figure said in words? Rules, never guesses.

A direction ("higher", "fewer") is said only where a process rule or an interval supports it; a withheld figure is
said to be withheld; nothing here explains a change. The same words are the headline, the chart's text alternative and
the speaker's note.
"""

import math
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

import pandas as pd

NBSP = "\N{NO-BREAK SPACE}"
EN_DASH = "\N{EN DASH}"

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
STATUS = {
    "c": "withheld, because it, or a number that would give it away, is small enough to point at a person",
    "p": "provisional",
    "r": "revised",
    "x": "not available",
    "z": "not applicable",
}
LETTER = {code: f"[{code}]" for code in STATUS}


def known(value: Any) -> bool:
    """Whether there is a number at all: not missing, not NaN, not infinite."""
    return value is not None and not pd.isna(value) and math.isfinite(float(value))


def count(value: Any, unit: str = "") -> str:
    """A whole number with its noun: "1 call", "1,589 needles"; with no unit the number alone."""
    text = f"{float(value):,.0f}"
    if not unit:
        return text
    one, many = NOUNS.get(unit, (unit, unit))
    return f"{text} {one if round(float(value)) == 1 else many}"


def percent(value: Any) -> str:
    """A proportion from 0 to 1 with one decimal: "93.9%"."""
    return f"{float(value) * 100:.1f}%"


def measure(value: Any, unit: str) -> str:
    """A figure as a person would say it: "93.9%", "12 min", "1,589". A missing one is "not available"."""
    if not known(value):
        return "not available"
    if unit == "percent":
        return percent(value)
    if unit == "minutes":
        return f"{_short(value)}{NBSP}min"
    if unit == "days":
        return count_or_decimal(value, "days")
    return _short(value)


def _short(value: Any) -> str:
    """At most one decimal, and none for a whole number or anything of 100 or more."""
    number = float(value)
    return f"{number:,.0f}" if abs(number) >= 100 or abs(number - round(number)) < 0.05 else f"{number:,.1f}"


def count_or_decimal(value: Any, unit: str) -> str:
    """A measure with its noun: "1 day", "3.5 days"."""
    text = _short(value)
    one, many = NOUNS.get(unit, (unit, unit))
    return f"{text} {one if text == '1' else many}"


def with_unit(value: Any, unit: str) -> str:
    """A figure with its unit spelled out: "58 calls", "93.9%", "12 min"."""
    if not known(value):
        return "not available"
    return measure(value, unit) if unit in ("percent", "minutes", "days") else count(value, unit)


def of(numerator: Any, denominator: Any) -> str:
    """n of N: "184 of 196"."""
    return f"{count(numerator)} of {count(denominator)}"


def interval(low: Any, high: Any, unit: str) -> str:
    """The 95% interval in words, or nothing when there is none: "95% interval 89.8–96.5%"."""
    if not (known(low) and known(high)):
        return ""
    if unit == "percent":
        return f"95% interval {float(low) * 100:.1f}{EN_DASH}{float(high) * 100:.1f}%"
    return f"95% interval {_short(low)}{EN_DASH}{measure(high, unit)}"


def expected(low: float, high: float, unit: str) -> str:
    """The range in which a figure usually moves: "4 to 26", "82.0% to 97.5%"."""
    if unit in ("percent", "minutes", "days"):
        return f"{measure(low, unit)} to {measure(high, unit)}"
    return f"{math.ceil(low - 1e-9):,} to {math.floor(high + 1e-9):,}"


def status_words(status: str) -> str:
    """What a status letter means; an unknown letter is said as it is."""
    return STATUS.get(status, status)


def figure(row: Mapping[str, Any], unit: str, kind: str = "count") -> str:
    """One observation in words: "93.9% (184 of 196)", "58 calls", "withheld, because …"."""
    if row.get("status") and not known(row.get("value")):
        return status_words(str(row["status"]))
    if not known(row.get("value")):
        return "not available"
    text = with_unit(row["value"], unit)
    if kind == "proportion" and known(row.get("numerator")) and known(row.get("denominator")):
        text += f" ({of(row['numerator'], row['denominator'])})"
    return text


# Dates ------------------------------------------------------------------------------------------------------------


def day(when: date) -> str:
    """A date in a sentence: "31 October 2026"."""
    return f"{when.day} {when:%B %Y}"


def short_day(when: date) -> str:
    """A date in a table or badge: "31 Oct 2026"."""
    return f"{when.day} {when:%b %Y}"


def _is_month_start(when: date) -> bool:
    return when.day == 1


def _is_month_end(when: date) -> bool:
    return (when + timedelta(days=1)).day == 1


def span(start: date | None, end: date | None) -> str:
    """A period as a name: "October 2026", "2025", "July 2025 to June 2026", "all time"."""
    if start is None and end is None:
        return "all time"
    if start is None or end is None:
        return f"since {day(start)}" if start else f"up to {day(end)}" if end else ""
    if _is_month_start(start) and _is_month_end(end):
        if (start.year, start.month) == (end.year, end.month):
            return f"{start:%B %Y}"
        if start.year == end.year:
            return str(start.year) if (start.month, end.month) == (1, 12) else f"{start:%B} to {end:%B %Y}"
        return f"{start:%B %Y} to {end:%B %Y}"
    if start == end:
        return day(start)
    return f"{day(start)} to {day(end)}"


def within(start: date | None, end: date | None) -> str:
    """A period as the end of a sentence: "in October 2026", "from July 2025 to June 2026", "in all"."""
    name = span(start, end)
    if name == "all time":
        return "in all the data"
    if name.startswith(("since", "up to")):
        return name
    if start == end and start:
        return f"on {name}"
    return f"from {name}" if " to " in name else f"in {name}"


def period_name(period: str, grain: str, fiscal_year_starts: int = 1) -> str:
    """One period of a series as an axis or table names it: "Oct 2026", "2026", "Q3 2026", "12 Oct 2026"."""
    if period == "All":
        return "All"
    when = date.fromisoformat(str(period)[:10])
    if grain == "year":
        return str(when.year)
    if grain == "quarter":
        return f"Q{(when.month - 1) // 3 + 1} {when.year}"
    if grain == "month":
        return f"{when:%b %Y}"
    return short_day(when)


# Lists and verdicts -----------------------------------------------------------------------------------------------


def listing(items: Iterable[str]) -> str:
    """Words joined as in a sentence: "a", "a and b", "a, b and c"."""
    words = list(items)
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""


def sentence(text: str) -> str:
    """A text as a sentence: first letter large, one full stop at the end."""
    text = " ".join(text.split())
    if not text:
        return ""
    text = text[0].upper() + text[1:]
    return text if text.endswith((".", "?", "!")) else text + "."


def plain(text: Any) -> str:
    """Text from data as Markdown that shows exactly that text: every sign that could mean something is escaped."""
    return "".join(
        f"\\{sign}" if sign in "\\`*_{}[]()<>#+-.!|~$:&@/^='\"" else sign for sign in " ".join(str(text).split())
    )
