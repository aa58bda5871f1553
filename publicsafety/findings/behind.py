"""Which rows are behind a finding, and by what can they be told apart: one bar, one cell, one month of it?"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pandas as pd

from publicsafety import prose
from publicsafety.counted import PART, parts_of
from publicsafety.filters import NAMES, Filters, dimension_words
from publicsafety.findings.core import Finding, Source
from publicsafety.findings.words import value_words
from publicsafety.observations import Observations
from publicsafety.periods import next_period
from publicsafety.shapes import shapes

PERIOD = "period"
COUNTED = {"numerator": "Counted (numerator)", "denominator": "Out of (denominator)"}
COLUMNS = {"h3": "Hexagon", "bin": "From minute", "label": "Reason", "drop_off": "Stopped at", "exported_area": "Area in the export",
           "point_area": "Area of the point"}  # fmt: skip


@dataclass(frozen=True)
class Choice:
    """Something by which rows can be told apart, a dimension, a column of a chart or `period`, and the values it has."""

    name: str
    title: str
    values: Mapping[str, str]  # each with its words


@dataclass(frozen=True)
class Behind:
    """The rows of one metric or chart: its name, its title, what was asked of it, and the choices among them."""

    name: str
    title: str
    filters: Filters
    choices: tuple[Choice, ...] = ()


def behind(source: Source, *found: Finding) -> tuple[Behind, ...]:
    """What has rows behind some findings: each metric that they asked, or else the chart that they are drawn from."""
    asked: dict[tuple[str, Filters], Behind] = {}
    for each in found:
        for one in each.observations:
            asked.setdefault((one.metric.name, one.filters), _of_metric(one))
        if each.shape and (not each.observations or shapes()[each.shape].parts):
            asked.setdefault((each.shape, each.filters), _of_chart(source, each))
    return tuple(asked.values())


def has_rows(found: Finding) -> bool:
    """Whether a finding counts single records, rather than reading what a load or a release says of itself."""
    return bool(found.observations or found.shape)


def narrowed(filters: Filters, picked: Mapping[str, str]) -> Filters:
    """The filters of the rows of one value: of a month those days that the finding asked for, of a dimension that one."""
    start, end = filters.start, filters.end
    if PERIOD in picked:
        first = date.fromisoformat(picked[PERIOD][:10])
        last = next_period(first, filters.grain) - timedelta(days=1)
        start, end = max(first, start or first), min(last, end or last)
    where = dict(filters.where) | {name: (value,) for name, value in picked.items() if name != PERIOD}
    return replace(filters, start=start, end=end, by=(), where=tuple(where.items()))


def _of_metric(found: Observations) -> Behind:
    frame, asked = found.frame, found.filters
    choices = [_choice(name, dict.fromkeys(frame.loc[frame[name] != "All", name])) for name in asked.by]
    if asked.grain != "all":
        known = frame.loc[(frame[PERIOD] != "All") & frame["value"].notna(), PERIOD]
        words = {str(each): prose.period_name(str(each), asked.grain) for each in sorted(set(known), reverse=True)}
        choices.append(Choice(PERIOD, asked.grain.replace("_", " ").capitalize(), words))
    if parts := parts_of(found.metric):
        choices.append(Choice(PART, "Part of the figure", {name: COUNTED[name] for name in parts}))
    return Behind(found.metric.name, found.metric.title, asked, tuple(choices))


def _of_chart(source: Source, found: Finding) -> Behind:
    """A chart's parts have the values that its own answer has for the same filters."""
    about = shapes()[found.shape]
    rows = source.chart(found.shape, found.filters) if about.parts else pd.DataFrame()
    choices = tuple(_choice(name, dict.fromkeys(map(_text, rows[name].dropna()))) for name in about.parts)
    return Behind(found.shape, about.title, found.filters, choices)


def _choice(name: str, values: Mapping[str, None]) -> Choice:
    title = dimension_words(name) if name in NAMES else COLUMNS.get(name, name.capitalize())
    return Choice(name, title, {str(value): value_words(name, str(value)) for value in values})


def _text(value: object) -> str:
    """A value as the database writes it: a day without a time."""
    return value.date().isoformat() if isinstance(value, pd.Timestamp) else str(value)
