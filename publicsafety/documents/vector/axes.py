"""The axes of a plot: which values they span, where their ticks stand and what the ticks say."""

import math
import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from html import unescape
from typing import Any

from publicsafety import language

MONTH_LABEL = 84  # pixels: the room that "Sep 2026" takes on an axis, with some air


@dataclass(frozen=True)
class Axis:
    """One axis: values → pixels. `names` are the categories of a category axis, in order."""

    low: float
    high: float
    start: float
    end: float
    names: tuple[str, ...] = ()
    is_date: bool = False

    def at(self, value: Any) -> float:
        """Where a value of the figure stands: a number, a date or the name of a category."""
        return self.pixel(self.number(value))

    def pixel(self, number: float) -> float:
        return self.start + (number - self.low) / ((self.high - self.low) or 1) * (self.end - self.start)

    def number(self, value: Any) -> float:
        if self.names and str(value) in self.names:
            return float(self.names.index(str(value)))
        return day(value) if self.is_date and not isinstance(value, int | float) else float(value)


def axis_over(
    traces: list[dict[str, Any]],
    settings: dict[str, Any],
    layout: dict[str, Any],
    letter: str,
    start: float,
    end: float,
) -> Axis:
    """An axis over everything that is drawn along it, or over the range that the figure states."""
    values = [value for trace in traces for value in trace.get(letter, ()) if value is not None and value == value]
    is_date = bool(values) and any(isinstance(each, str) and re.match(r"\d{4}-\d\d-\d\d", each) for each in values[:3])
    names = (
        ()
        if is_date or all(isinstance(each, int | float) for each in values)
        else tuple(dict.fromkeys(map(str, values)))
    )
    if names:
        low, high = -0.5, len(names) - 0.5
        if any(trace.get("type") == "heatmap" for trace in traces) and settings.get("autorange") == "reversed":
            low, high = high, low
        return Axis(low, high, start, end, names)
    numbers = [day(each) if is_date else float(each) for each in values] or [0.0, 1.0]
    along = [
        trace for trace in traces if trace.get("type") == "bar" and (trace.get("orientation") == "h") == (letter == "x")
    ]
    if along and layout.get("barmode") == "stack":
        totals: dict[str, float] = {}
        for trace in along:
            for place, value in zip(trace.get("y" if letter == "x" else "x", ()), trace.get(letter, ()), strict=False):
                totals[str(place)] = totals.get(str(place), 0) + float(value or 0)
        numbers += list(totals.values())
    low, high = min(numbers), max(numbers)
    if any(trace.get("type") == "heatmap" for trace in traces):
        low, high = low - 0.5, high + 0.5
    elif settings.get("rangemode") == "tozero" or along:
        low, high = min(low, 0.0), max(high, 0.0)
        high += (high - low) * 0.06
    stated = settings.get("range") or (None, None)
    low, high = (
        (day(given) if is_date and not isinstance(given, int | float) else float(given)) if given is not None else own
        for given, own in zip(stated, (low, high), strict=True)
    )
    return Axis(low, high if high != low else low + 1, start, end, is_date=is_date)


def true_to_scale(x: Axis, y: Axis, ratio: float) -> tuple[Axis, Axis]:
    """Axes on which a unit of y is `ratio` units of x long, as large as the box allows and in its middle."""
    wide, tall = x.high - x.low, (y.high - y.low) * ratio
    scale = min((x.end - x.start) / wide, (y.start - y.end) / tall) * 0.97
    middle, centre = (x.start + x.end) / 2, (y.start + y.end) / 2
    return (
        replace(x, start=middle - wide * scale / 2, end=middle + wide * scale / 2),
        replace(y, start=centre + tall * scale / 2, end=centre - tall * scale / 2),
    )


def ticks_of(axis: Axis, settings: dict[str, Any]) -> list[tuple[float, str]]:
    """Where ticks stand and what they say: as the figure states, else categories, calendar steps or round numbers."""
    if settings.get("tickvals") is not None:
        texts = settings.get("ticktext") or settings["tickvals"]
        return [(axis.number(value), str(text)) for value, text in zip(settings["tickvals"], texts, strict=True)]
    if axis.names:
        return [(float(place), unescape(name)) for place, name in enumerate(axis.names)]
    low, high = min(axis.low, axis.high), max(axis.low, axis.high)
    if axis.is_date:
        return _dates(low, high, max(2, min(7, int(abs(axis.end - axis.start) / MONTH_LABEL))))
    rough = (high - low) / (int(settings.get("nticks") or 5) or 5)
    step = next(
        each * 10 ** math.floor(math.log10(rough))
        for each in (1, 2, 2.5, 5, 10)
        if each * 10 ** math.floor(math.log10(rough)) >= rough * 0.999
    )
    share = "%" in str(settings.get("tickformat", ""))
    if not share and high >= 5:
        step = max(step, 1)
    places = [math.ceil(low / step) * step + n * step for n in range(60)]
    return [
        (value, language.percent(value, 0) if share else language.number(value, 0 if step >= 1 else 1))
        for value in places
        if value <= high + step * 1e-6
    ]


def _dates(low: float, high: float, most: int) -> list[tuple[float, str]]:
    """Ticks on the first of months, as many as have room and at most `most`, with the year where it begins."""
    first, last = datetime.fromtimestamp(low * 86400, UTC).date(), datetime.fromtimestamp(high * 86400, UTC).date()
    months = max((last.year - first.year) * 12 + last.month - first.month, 1)
    step = next((each for each in (1, 2, 3, 6, 12, 24, 60) if months / each <= most), 120)
    number = first.year * 12 + first.month - 1
    number += -number % step
    found = []
    while (when := date(number // 12, number % 12 + 1, 1)) <= last:
        if when >= first:
            found.append((day(when), f"{when:%Y}" if step >= 12 else language.short_month(when)))
        number += step
    return found or [(low, f"{first.day} {first:%b %Y}"), (high, f"{last.day} {last:%b}")]


def day(value: Any) -> float:
    """A date or time as days since 1970."""
    when = datetime.fromisoformat(str(value)[:19])
    return when.replace(tzinfo=UTC).timestamp() / 86400


def title_of(settings: dict[str, Any]) -> str:
    title = settings.get("title")
    return str((title or {}).get("text") or "") if isinstance(title, dict) else str(title or "")


def lines_of(settings: dict[str, Any]) -> int:
    return max((str(each).count("<br>") for each in settings.get("ticktext") or ()), default=0)
