"""A figure over time: lines with gaps as gaps, the range in which they usually move, signals and dated notes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from publicsafety import palette, prose
from publicsafety.charts.gaps import mark_gaps
from publicsafety.charts.picture import (
    DASHES,
    DAYS,
    HEIGHT,
    MARKS,
    MONTHS,
    Picture,
    fold,
    hue,
    interval,
    layout,
    moment,
    note,
    numbers,
    rate_axis,
    safe,
    unit_note,
    upright,
)
from publicsafety.rows import Row, Rows, records

LONGEST = 20  # letters in a line of a name at the end of its line


def line(drawn: Rows, options: dict[str, Any]) -> Picture:
    """A series over time with its expected range, signals, gaps and dated notes.

    `drawn`: period, value, status. `options`: unit, axis (text above), grain, meaning, limits (low, centre, high),
    since (the first period of the limits), signals (period → words), events (date, title), missing (period → why there
    is no figure).
    """
    unit, grain, colour = options["unit"], str(options.get("grain", "month")), hue(options.get("meaning", "care"))
    rows = records(drawn)
    values, times = numbers(rows), [moment(row["period"]) for row in rows]
    known = [value for value in values if value is not None]
    figure = Picture(layout())
    if options.get("limits"):
        _band(figure, options["limits"], times, str(options.get("since") or ""), colour)
    figure.add(
        "scatter",
        x=[str(row["period"]) for row in rows],
        y=values,
        mode="lines+markers" if len(rows) <= 40 else "lines",
        connectgaps=False,
        line={"color": colour, "width": 2.5},
        marker={"size": 6, "color": colour},
        customdata=[_hover(row, unit) for row in rows],
        text=[prose.period_name(str(row["period"]), grain) for row in rows],
        hovertemplate="%{text}: %{customdata}<extra></extra>",
    )
    signals = options.get("signals") or {}
    marked = [row for row in rows if row["period"] in signals]
    if marked:
        figure.add(
            "scatter",
            x=[str(row["period"]) for row in marked],
            y=numbers(marked),
            mode="markers",
            hoverinfo="skip",
            marker={"size": 15, "symbol": "circle-open", "color": palette.colour("textColor"), "line": {"width": 2}},
        )
    last = prose.measure(known[-1], unit) if known else ""
    _label_end(figure, rows, last, colour)
    _mark_withheld(figure, rows)
    mark_gaps(figure, rows, options.get("missing"))
    figure.add_annotation(unit_note(options.get("axis", unit)))
    figure.narrow(
        annotations=list(figure.layout["annotations"]), xaxis={"nticks": 5}
    )  # the notes below the chart name the dates
    _mark_events(figure, options.get("events") or (), times, low=unit == "percent" or _is_high(known, options))
    figure.set("yaxis", rangemode="tozero", nticks=5, tickformat=".0%" if unit == "percent" else ",")
    padded = [each.isoformat() for each in _padded(times)] or None
    figure.set("xaxis", showgrid=False, nticks=8, tickformat=_ticks(grain), tickangle=0, range=padded)
    figure.layout["margin"] = {"l": 8, "r": 16 + 8 * len(last), "t": 28, "b": 8}
    if unit == "percent":
        lowest = min([*known, *(options.get("limits") or ())[:1]], default=0)
        first = rate_axis(lowest)
        figure.set("yaxis", rangemode="normal", range=[first, 1 + (1 - first) * 0.04])
    return figure


def _band(figure: Picture, limits: tuple[float, float, float], times: list[datetime], since: str, colour: str) -> None:
    """The range in which the figure usually moves, and its middle, over the periods that they are made of."""
    low, centre, high = limits
    # From half a step before the first of them to the right edge, as a share of the plot: of shapes that are placed by two
    # axes Plotly makes a layer above all others, and a gap would lie below this band.
    span: dict[str, Any] = {"xref": "paper", "x0": 0.0, "x1": 1.0}
    padded = _padded(times)
    if since and padded and moment(since) > times[0]:
        first = moment(since) - (times[1] - times[0]) / 2
        span["x0"] = (first - padded[0]) / (padded[1] - padded[0])
    fill, line = palette.paler(colour, 0.9), {"color": palette.paler(colour, 0.5), "width": 1, "dash": "dot"}
    figure.add_shape(type="rect", y0=low, y1=high, layer="below", line={"width": 0}, fillcolor=fill, **span)
    figure.add_shape(type="line", y0=centre, y1=centre, layer="below", line=line, **span)


def lines(drawn: Rows, options: dict[str, Any]) -> Picture:
    """Up to four series over time, told apart by colour, dash and a label at their end. `drawn`: period, series, value."""
    figure, rows = Picture(layout()), records(drawn)
    names = list(dict.fromkeys(row["series"] for row in rows))[:4]
    meanings = options.get("meanings") or {}
    spare = iter(palette.series())
    grain, is_rate = str(options.get("grain", "month")), options.get("unit") == "percent"
    written = ".1%" if is_rate else ",.3~g"
    ends = []
    for place, name in enumerate(names):
        ones = [row for row in rows if row["series"] == name]
        colour = hue(meanings[name]) if name in meanings else next(spare)
        values = numbers(ones)
        figure.add(
            "scatter",
            x=[str(row["period"]) for row in ones],
            y=values,
            name=safe(name),
            mode="lines+markers",
            connectgaps=False,
            line={"color": colour, "width": 2.5, "dash": DASHES[place]},
            marker={"size": 6, "symbol": MARKS[place]},
            text=[prose.period_name(str(row["period"]), grain) for row in ones],
            hovertemplate=f"{safe(name)} %{{text}}: %{{y:{written}}}<extra></extra>",
        )
        known = [value for value in values if value is not None]
        if known:
            ends.append((float(known[-1]), str(name), colour))
    top = float(max((value for value in numbers(rows) if value is not None), default=0) or 1)
    texts = {name: fold(name, LONGEST) for _, name, _ in ends}
    is_folded = any("<br>" in text for text in texts.values())
    # Nothing is more than 100%: left to itself the axis would make room for names that were moved up.
    most = min(1.04, top * 1.15) if is_rate else None
    for value, name, colour in _spread(sorted(ends), top * (0.16 if is_folded else 0.09), most):
        figure.add_annotation(
            note(
                "",
                1,
                value,
                xref="paper",
                yanchor="middle",
                xshift=6,
                align="left",
                font={"size": 13, "color": palette.darker(colour)},
            )
            | {"text": texts[name]}
        )
    figure.add_annotation(unit_note(options.get("axis", "")))
    gaps = mark_gaps(figure, rows, options.get("missing"))
    figure.layout["margin"] = {
        "l": 8,
        "r": 12 + 7 * max((len(line) for text in texts.values() for line in text.split("<br>")), default=4),
        "t": 28,
        "b": 8,
    }
    # On a phone the names stand below, each with its line: beside the lines they would take half of the width.
    figure.narrow(
        annotations=[unit_note(options.get("axis", "")), *gaps], showlegend=True, margin={"r": 8, "b": 8}, height=HEIGHT + 22 * len(names), xaxis={"nticks": 5},
        legend={"orientation": "v", "y": -0.2, "yanchor": "top", "x": 0, "font": {"size": 13}, "itemclick": False, "itemdoubleclick": False},
    )  # fmt: skip
    figure.set("yaxis", rangemode="tozero", nticks=5, tickformat=".0%" if is_rate else ",")
    if most:
        figure.set("yaxis", rangemode="normal", range=[0, most])
    figure.set("xaxis", showgrid=False, nticks=8, tickformat=_ticks(grain), tickangle=0)
    return figure


def _ticks(grain: str) -> str:
    """How a time axis names its ticks: days within a month would all be called "Oct"."""
    return DAYS if grain in ("day", "week") else MONTHS


def _spread(
    ends: Sequence[tuple[float, str, str]], gap: float, most: float | None = None
) -> list[tuple[float, str, str]]:
    """Move labels up so far that none covers the one below it, and down again where they would leave the axis."""
    placed: list[tuple[float, str, str]] = []
    for value, name, colour in ends:
        placed.append((max(value, placed[-1][0] + gap) if placed else value, name, colour))
    if most is None:
        return placed
    return [
        (min(value, most - gap * (len(placed) - 1 - place)), name, colour)
        for place, (value, name, colour) in enumerate(placed)
    ]


def _hover(row: dict[str, Any], unit: str) -> str:
    return safe(prose.figure(row, unit, "proportion" if unit == "percent" else "count"))


def _padded(times: Sequence[datetime]) -> list[datetime]:
    """From where to where the axis goes: with a little air on the right for the last value's label. Empty for one time."""
    if len(times) < 2:
        return []
    width = times[-1] - times[0]
    return [times[0] - width * 0.02, times[-1] + width * 0.02]


def _is_high(known: Sequence[float], options: dict[str, Any]) -> bool:
    """Whether a series keeps so far from zero that words have room below it, where they would cover it above."""
    marks = [*known, *(options.get("limits") or ())]
    return bool(marks) and min(marks) > 0.35 * max(marks)


def _label_end(figure: Picture, rows: Sequence[Row], text: str, colour: str) -> None:
    """The last figure beside the end of the line."""
    for row in [row for row in rows if prose.known(row["value"])][-1:]:
        figure.add_annotation(
            x=str(row["period"]),
            y=float(row["value"]),
            text=f"<b>{text}</b>",
            showarrow=False,
            xanchor="left",
            xshift=8,
            font={"color": palette.darker(colour), "size": 14},
        )


def _mark_withheld(figure: Picture, rows: Sequence[Row]) -> None:
    """A withheld period is a letter on the axis, never a zero."""
    for row in rows:
        if row.get("status") == "c" and not prose.known(row["value"]):
            figure.add_annotation(
                note(prose.mark("c"), str(row["period"]), 0, yref="paper", xanchor="center", yshift=2)
            )


def _mark_events(figure: Picture, events: Sequence[tuple[str, str]], times: list[datetime], low: bool = False) -> None:
    """Launches and changed hours as thin marks with text; the texts step down so that they do not cover each other."""
    if len(times) < 2:
        return
    inside = [(when, title) for when, title in events if times[0] <= moment(when) <= times[-1]]
    for place, (when, title) in enumerate(inside):
        late = (moment(when) - times[0]) > (times[-1] - times[0]) / 2
        upright(figure, when, {"width": 1, "color": palette.colour("grayTextColor"), "dash": "dot"})
        figure.add_annotation(
            note(
                title,
                when,
                0 if low else 1,
                yref="paper",
                yanchor="bottom" if low else "top",
                xanchor="right" if late else "left",
                xshift=-4 if late else 4,
                yshift=(16 if low else -16) * (place % 3),
                bgcolor=palette.clear(palette.colour("backgroundColor"), 0.8),  # the mark of another date ends at it
                font={"size": 12, "color": palette.colour("grayTextColor")},
            )
        )


def cohorts(drawn: Rows, options: dict[str, Any]) -> Picture:
    """A share by month, mature months as solid dots with their interval, young ones hollow. `drawn`: period, value, low, high, is_mature."""
    colour, months = hue("care"), records(drawn)
    figure = Picture(layout())
    for is_mature in (True, False):
        rows = [row for row in months if row["is_mature"] == is_mature]
        figure.add(
            "scatter",
            x=[str(row["period"]) for row in rows],
            y=numbers(rows),
            mode="markers",
            customdata=[prose.of(row["connected"], row["sent"]) for row in rows],
            marker={
                "size": 10,
                "color": colour,
                "symbol": "circle" if is_mature else "circle-open",
                "line": {"width": 2, "color": colour},
            },
            error_y=interval(rows, palette.paler(colour, 0.5 if is_mature else 0.75), 2),
            hovertemplate="%{x|%b %Y}: %{y:.0%} (%{customdata})<extra></extra>",
        )
    figure.add_annotation(unit_note("share connected so far, by month sent"))
    figure.set("yaxis", range=[0, 1.02], tickformat=".0%", nticks=5)
    figure.set("xaxis", showgrid=False, nticks=8, tickformat=MONTHS, tickangle=0)
    return figure
