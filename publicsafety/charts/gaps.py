"""A stretch of time without a figure: a grey band with the reason in words. A gap in a line is no zero."""

from collections.abc import Mapping
from itertools import groupby
from typing import Any

import pandas as pd

from publicsafety import palette, prose
from publicsafety.charts.picture import Picture, note

LEVELS, LEVEL = 3, 16  # texts of gaps side by side stand on so many levels, of so many pixels
EDGE = 0.15  # of the time shown: nearer to an end of it a text would be cut off


def mark_gaps(figure: Picture, frame: pd.DataFrame, words: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    """Band the periods in which nothing is known and say why; returns the texts, for a phone has few others.

    `frame`: period, value, status, of one series or of several. `words`: the reason of a period, else "not available".
    """
    if "status" not in frame or frame.empty:
        return []
    known = (frame["value"].notna() | (frame["status"] != "x")).tolist()
    if all(known):
        return []
    periods = [str(each) for each in frame["period"]]
    shown = {period for period, is_known in zip(periods, known, strict=True) if is_known}
    order = sorted(set(periods))
    times = list(pd.to_datetime(order))
    reasons = ["" if period in shown else (words or {}).get(period, prose.mark("x")) for period in order]
    texts: list[dict[str, Any]] = []
    for reason, places in _runs(reasons):
        first, last = _edges(times, places)
        figure.add_shape(
            type="rect", yref="paper", x0=first, x1=last, y0=0, y1=1, layer="below", line={"width": 0},
            fillcolor=palette.colour("secondaryBackgroundColor"),
        )  # fmt: skip
        texts.append(_text(reason, first, last, times) | {"yshift": 2 + LEVEL * (len(texts) % LEVELS)})
    for text in texts:
        figure.add_annotation(text)
    return texts


def _runs(reasons: list[str]) -> list[tuple[str, list[int]]]:
    """Periods in a row with the same reason, and their places; those with a figure are left out."""
    runs = groupby(range(len(reasons)), key=lambda place: reasons[place])
    return [(reason, list(places)) for reason, places in runs if reason]


def _edges(times: list[pd.Timestamp], places: list[int]) -> tuple[pd.Timestamp, pd.Timestamp]:
    """From half a step before the first of these periods to half a step after the last."""
    step = (times[1] - times[0]) / 2 if len(times) > 1 else pd.Timedelta(days=15)
    return times[places[0]] - step, times[places[-1]] + step


def _text(reason: str, first: pd.Timestamp, last: pd.Timestamp, times: list[pd.Timestamp]) -> dict[str, Any]:
    """The reason in the middle of its band; at an end of the axis inside it."""
    whole = (times[-1] - times[0]) or pd.Timedelta(days=1)
    middle = first + (last - first) / 2
    share = (middle - times[0]) / whole
    when, anchor = (first, "left") if share < EDGE else (last, "right") if share > 1 - EDGE else (middle, "center")
    return note(reason, when, 0, yref="paper", xanchor=anchor, font={"size": 12, "color": palette.colour("textColor")})
