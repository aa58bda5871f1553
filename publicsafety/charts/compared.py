"""Figures side by side: bars from zero, parts of a whole, rates as dots with their intervals."""

from collections.abc import Sequence
from typing import Any

from publicsafety import palette, prose
from publicsafety.charts.picture import (
    HEIGHT,
    LETTER,
    NARROW,
    SHOWN,
    WIDE,
    Picture,
    fold,
    hue,
    interval,
    layout,
    note,
    numbers,
    rate_axis,
    safe,
    short,
    tip,
    unit_note,
    upright,
)
from publicsafety.rows import Rows, records

UNKNOWN = ("unknown", "Unknown", "Not known")  # hatched: a class of its own
THICK = 0.34  # of the room of a row: its bar
ROW = 44  # pixels of a dot with its name
ACROSS = 40  # letters of a name in one line on a phone
BASIS = 44  # letters of what a rate is a share of, in one of its two lines on a phone
LINE = 20  # pixels of one more line of a name


def bars(drawn: Rows, options: dict[str, Any]) -> Picture:
    """Horizontal bars from zero, the name above each bar, the figure at its tip, the comparison paler below.

    `drawn`: label, value, status, and optionally before (the comparison's value) and text (what stands at the tip).
    """
    rows = records(drawn)[: options.get("shown", SHOWN)]
    unit, colour = options["unit"], hue(options.get("meaning", "care"))
    labels, tips = [row["label"] for row in rows], [tip(row, unit) for row in rows]
    values, before = numbers(rows), numbers(rows, "before")
    fills = [hue(options["meanings"][label]) if label in options.get("meanings", {}) else colour for label in labels]
    figure = Picture(layout(max(40 * len(rows) + 16, 96), margin={"l": 4, "r": 8, "t": 4, "b": 4}, bargap=0.5))
    places = [-float(place) for place in range(len(rows))]
    _lay(
        figure, values, places, THICK, -THICK,
        marker={
            "color": fills,
            "pattern": {"shape": ["/" if label in UNKNOWN else "" for label in labels]},
        },
        customdata=[safe(label) for label in labels],
        text=tips,
        textposition="outside",
        cliponaxis=False,
        constraintext="none",
        textfont={"size": 14},
        hovertemplate="%{customdata}: %{text}<extra></extra>",
    )  # fmt: skip
    if any(value is not None for value in before):
        pale = {"color": [palette.paler(each, 0.55) for each in fills]}
        _lay(figure, before, places, 0.1, -0.45, hoverinfo="skip", marker=pale)
    for place, label in zip(places, labels, strict=True):
        figure.add_annotation(
            note(short(label), 0, place, yshift=0, font={"size": 14, "color": palette.colour("textColor")})
        )
    lengths = [max(now or 0, then or 0) for now, then in zip(values, before, strict=True)]
    widest = [_reach(lengths, tips, pixels) for pixels in (WIDE, NARROW)]
    figure.set("xaxis", visible=False, range=[0, widest[0]])
    names = [fold(label, ACROSS) for label in labels]
    figure.narrow(
        xaxis={"range": [0, widest[1]]},
        annotations=[
            each | {"text": name, "align": "left"}
            for each, name in zip(figure.layout["annotations"], names, strict=True)
        ],
    )
    if any("<br>" in name for name in names):
        figure.narrow(height=max(58 * len(rows) + 16, 96))
    figure.set("yaxis", visible=False, range=[-len(rows) + 0.45, 0.6])
    return figure


def _lay(
    figure: Picture, values: Sequence[float | None], places: list[float], width: float, offset: float, **more: Any
) -> None:
    """Bars from zero to the right, one at each place; what is not known has no length."""
    lengths = [value or 0.0 for value in values]
    figure.add("bar", x=lengths, y=places, orientation="h", width=width, offset=offset, **more)


def _reach(lengths: list[float], tips: list[str], pixels: int) -> float:
    """How far the axis must go for every bar and the text at its tip to fit into so many pixels."""
    shares = [max(0.3, 1 - (LETTER * len(tip) + 10) / pixels) for tip in tips]
    return max((length / share for length, share in zip(lengths, shares, strict=True)), default=0.0) or 1.0


def parts(drawn: Rows, options: dict[str, Any]) -> Picture:
    """Bars of which a dark part is done: `before` of `value`. `drawn`: label, value, before, text."""
    rows = records(drawn)[: options.get("shown", SHOWN)]
    whole = bars([row | {"before": None} for row in rows], options)
    colour = hue(options.get("meaning", "care"))
    whole.data[0]["marker"]["color"] = palette.paler(colour, 0.6)
    _lay(whole, numbers(rows, "before"), whole.data[0]["y"], THICK, -THICK, hoverinfo="skip", marker={"color": colour})
    whole.layout["barmode"] = "overlay"
    return whole


def funnel(drawn: Rows, options: dict[str, Any]) -> Picture:
    """Stages from top to bottom, each with its count and its share of those sent. `drawn`: label, value, text."""
    return bars(drawn, {**options, "shown": 10})


def dots(drawn: Rows, options: dict[str, Any]) -> Picture:
    """Rates (or medians) as dots with their intervals, the name above each, n of N beside it, 9 in 10 of a time too.

    `drawn`: label, value, low, high, text, and optionally p90 (up to which the line of a median goes) and basis (what the rate is a share of, in a line of its own).
    """
    rows = records(drawn)[: options.get("shown", SHOWN)]
    unit, colour = options["unit"], hue(options.get("meaning", "care"))
    labels, values = [row["label"] for row in rows], numbers(rows)
    under = [row.get("basis", "") for row in rows]
    room = ROW + LINE * any(under)
    figure = Picture(layout(max(room * len(rows) + 44, 110), margin={"l": 4, "r": 18, "t": 4, "b": 24}))
    places = [-float(place) for place in range(len(rows))]
    tips = [
        tip(row, unit) + (f", 9 in 10: {prose.measure(row['p90'], unit)}" if prose.known(row.get("p90")) else "")
        for row in rows
    ]
    figure.add(
        "scatter",
        x=values,
        y=[place - 0.2 for place in places],
        mode="markers",
        marker={"size": 11, "color": colour},
        error_x=interval(rows, palette.paler(colour, 0.4), 3),
        customdata=[safe(label) for label in labels],
        text=tips,
        hovertemplate="%{customdata}: %{text}<extra></extra>",
    )
    two_lines = []
    for place, label, beside, basis in zip(places, labels, tips, under, strict=True):
        more, folded = (f"<br>{safe(basis)}", f"<br>{fold(basis, BASIS)}") if basis else ("", "")
        first, second = f"<b>{beside}</b>", safe(short(label, 52))
        ink = {"size": 14, "color": palette.colour("textColor")}
        said = note("", 0, place, xref="paper", yshift=-2, font=ink)
        figure.add_annotation(said | {"align": "left", "text": f"{first} {second}{more}"})
        is_long = LETTER * len(beside + str(label)) > NARROW
        two_lines.append(
            said
            | {
                "align": "left",
                "text": (f"{first}<br>{fold(label, ACROSS)}" if is_long else f"{first} {second}") + folded,
            }
        )
        figure.add_shape(
            type="line",
            xref="paper",
            x0=0,
            x1=1,
            y0=place - 0.2,
            y1=place - 0.2,
            layer="below",
            line={"width": 1, "color": palette.colour("dataframeBorderColor")},
        )
    target = options.get("target")
    if target is not None:
        upright(figure, target, {"width": 1, "dash": "dash", "color": palette.colour("grayTextColor")})
        figure.add_annotation(
            note(
                f"target {prose.measure(target, unit)}",
                target,
                0,
                yref="paper",
                yanchor="top",
                xanchor="right",
                xshift=-4,
            )
        )
    if any("<br>" in each["text"] for each in two_lines):
        tall = ROW + LINE * max(each["text"].count("<br>") for each in two_lines)
        figure.narrow(
            annotations=[*two_lines, *figure.layout["annotations"][len(rows) :]], height=max(tall * len(rows) + 44, 128)
        )
        figure.narrow(yaxis={"range": [-len(rows) + 0.55, 0.8]})
    low, high = ([value for value in (*numbers(rows, name), *values) if value is not None] for name in ("low", "high"))
    upper = 1.0 if unit == "percent" else (max(high, default=0) or 1) * 1.1
    lowest = min([*low, *([target] if target is not None else [])], default=None)
    lower = rate_axis(lowest) if unit == "percent" else 0.0
    air = 0.02 * (upper - lower)
    figure.set(
        "xaxis",
        range=[lower - air, upper + air],
        nticks=5,
        tickformat=".0%" if unit == "percent" else ",",
        showgrid=True,
    )
    figure.set("yaxis", visible=False, range=[-len(rows) + 0.4, 0.75 if room == ROW else 0.8])
    return figure


def stacked(drawn: Rows, options: dict[str, Any]) -> Picture:
    """Parts that add up to a whole, one bar per row (a period or group). `drawn`: label, part, value."""
    rows = records(drawn)
    labels, parts = (list(dict.fromkeys(row[name] for row in rows)) for name in ("label", "part"))
    lengths = {(row["label"], row["part"]): value or 0 for row, value in zip(rows, numbers(rows), strict=True)}
    figure = Picture(layout(options.get("height", HEIGHT), barmode="stack", bargap=0.35, showlegend=True))
    meanings = options.get("meanings") or {}
    shades = palette.steps()
    for place, part in enumerate(parts):
        colour = hue(meanings[part]) if part in meanings else shades[-1 - place % len(shades)]
        figure.add(
            "bar",
            x=[safe(short(label, 24)) for label in labels],
            y=[lengths.get((label, part), 0) for label in labels],
            name=safe(part),
            marker={
                "color": colour,
                "pattern": {"shape": "/" if part in UNKNOWN else ""},
                "line": {"color": palette.colour("backgroundColor"), "width": 1},
            },
            hovertemplate=f"%{{x}}, {safe(part)}: %{{y:,}}<extra></extra>",
        )
    figure.layout["legend"] = {"orientation": "h", "y": -0.14, "x": 0, "traceorder": "normal", "font": {"size": 13}}
    figure.add_annotation(unit_note(options.get("axis", "")))
    figure.set("yaxis", rangemode="tozero", nticks=5)
    figure.set("xaxis", showgrid=False)
    return figure
