"""A stretch of time without a figure: a grey band with the reason in words. A gap in a line is no zero."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from publicsafety import palette, prose
from publicsafety.charts.picture import Picture, moment, note
from publicsafety.rows import Row

LEVELS, LEVEL = 3, 16  # texts of gaps side by side stand on so many levels, of so many pixels
EDGE = 0.15  # of the time shown: nearer to an end of it a text would be cut off


def mark_gaps(figure: Picture, rows: Sequence[Row], words: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    """Band the periods in which nothing is known and say why; returns the texts, for a phone has few others.

    `rows`: period, value, status, of one series or of several. `words`: the reason of a period, else "not available".
    """
    shown = {str(row["period"]) for row in rows if row.get("status") != "x" or prose.known(row["value"])}
    order = sorted({str(row["period"]) for row in rows})
    if len(shown) == len(order):
        return []
    times = [moment(period) for period in order]
    reasons = ["" if period in shown else (words or {}).get(period, prose.mark("x")) for period in order]
    texts: list[dict[str, Any]] = []
    for reason, places in _runs(reasons):
        first, last = _edges(times, places)
        figure.add_shape(
            type="rect", yref="paper", x0=first.isoformat(), x1=last.isoformat(), y0=0, y1=1, layer="below", line={"width": 0},
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


def _edges(times: list[datetime], places: list[int]) -> tuple[datetime, datetime]:
    """From half a step before the first of these periods to half a step after the last."""
    step = (times[1] - times[0]) / 2 if len(times) > 1 else timedelta(days=15)
    return times[places[0]] - step, times[places[-1]] + step


def _text(reason: str, first: datetime, last: datetime, times: list[datetime]) -> dict[str, Any]:
    """The reason in the middle of its band; at an end of the axis inside it."""
    whole = (times[-1] - times[0]) or timedelta(days=1)
    middle = first + (last - first) / 2
    share = (middle - times[0]) / whole
    when, anchor = (first, "left") if share < EDGE else (last, "right") if share > 1 - EDGE else (middle, "center")
    return note(
        reason,
        when.isoformat(),
        0,
        yref="paper",
        xanchor=anchor,
        font={"size": 12, "color": palette.colour("textColor")},
    )
