"""How is a finding drawn? Observations → Plotly figure; one plain function per kind of picture.

Bars start at zero, lines are for time, rates are dots with intervals; gaps stay gaps; a withheld figure is a grey mark
with its letter. Labels stand at the bar's tip or the line's end, so there is no legend to decode. No function here
counts anything: what is drawn is what the finding's table says.
"""

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from publicsafety import palette, prose

HEIGHT = 320
SHOWN = 8
FONT = '"Source Sans", "Source Sans Pro", "Helvetica Neue", sans-serif'
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = "%b\n%Y"  # the year stands below, once
DASHES = ("solid", "dash", "dot", "dashdot")
MARKS = ("circle", "diamond", "square", "triangle-up")


class Picture(go.Figure):
    """A Plotly figure kept as the plain dictionaries it will be sent as.

    Plotly checks every property as it is set and copies the whole figure to send it, some 20 ms a chart and rerun; the
    tests put every drawing through those checks instead. The methods are those of `go.Figure` that charts need.
    """

    data: list[dict[str, Any]] = []  # noqa: RUF012 - shadows Plotly's own property; each picture has its own list
    layout: dict[str, Any] = {}  # noqa: RUF012

    def __init__(self, layout: dict[str, Any]) -> None:
        self.__dict__["data"], self.__dict__["layout"] = [], layout | {"annotations": [], "shapes": []}

    def add(self, kind: str, **trace: Any) -> "Picture":
        self.data.append({"type": kind, **trace})
        return self

    def add_annotation(self, annotation: dict[str, Any] | None = None, **more: Any) -> "Picture":
        self.layout["annotations"].append((annotation or {}) | more)
        return self

    def add_shape(self, **shape: Any) -> "Picture":
        self.layout["shapes"].append(shape)
        return self

    def set(self, part: str, **changes: Any) -> "Picture":
        """Change a part of the layout, such as "xaxis", "margin" or "legend"."""
        self.layout[part] = self.layout.get(part, {}) | changes
        return self

    def to_dict(self) -> dict[str, Any]:
        return {"data": self.data, "layout": self.layout}

    def to_plotly_json(self) -> dict[str, Any]:
        return self.to_dict()


def layout(height: int = HEIGHT, **changes: Any) -> dict[str, Any]:
    """The quiet frame of every chart: no grid but pale lines, no legend, no title (the card has it), room for labels."""
    ink, grey, line = (
        palette.colour("textColor"),
        palette.colour("grayTextColor"),
        palette.colour("dataframeBorderColor"),
    )
    axis = {
        "gridcolor": line,
        "linecolor": line,
        "zeroline": False,
        "fixedrange": True,
        "automargin": True,
        "tickfont": {"color": grey, "size": 13},
        "title": {"font": {"color": grey, "size": 13}},
    }
    settings: dict[str, Any] = {
        "height": height,
        "margin": {"l": 8, "r": 16, "t": 28, "b": 8},
        "font": {"family": FONT, "size": 14, "color": ink},
        "paper_bgcolor": palette.colour("backgroundColor"),
        "plot_bgcolor": palette.colour("backgroundColor"),
        "showlegend": False,
        "hovermode": "closest",
        "dragmode": False,
        "hoverlabel": {"font": {"family": FONT, "size": 14}},
        "xaxis": dict(axis),
        "yaxis": dict(axis),
        "uirevision": "keep",
    }
    return settings | changes


def note(text: str, x: float, y: float, **changes: Any) -> dict[str, Any]:
    """Text on a chart, plain: no arrow, and anything that looks like markup is shown, not obeyed."""
    settings = {
        "text": safe(text),
        "x": x,
        "y": y,
        "showarrow": False,
        "xanchor": "left",
        "yanchor": "bottom",
        "font": {"size": 13, "color": palette.colour("grayTextColor")},
    }
    return settings | changes


def safe(text: Any) -> str:
    """Text from data for a Plotly label, where a few HTML tags would otherwise be obeyed."""
    return str(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unit_note(text: str) -> dict[str, Any]:
    """The axis title, written where the eye starts: above the plot, on the left."""
    return note(text, 0, 1, xref="paper", yref="paper", yshift=6)


def hue(meaning: str) -> str:
    return palette.colour(meaning)


# Time ---------------------------------------------------------------------------------------------------------------


def line(frame: pd.DataFrame, options: dict[str, Any]) -> Picture:
    """A series over time with its expected range, signals, gaps and dated notes.

    `frame`: period, value, status. `options`: unit, axis (text above), grain, meaning, limits (low, centre, high),
    signals (period → words), events (date, title), comparison (frame of the same shape).
    """
    unit, colour = options["unit"], hue(options.get("meaning", "care"))
    times = pd.to_datetime(frame["period"])
    values = frame["value"].where(pd.notna(frame["value"]), None)
    figure = Picture(layout())
    limits = options.get("limits")
    if limits:
        low, centre, high = limits
        figure.add_shape(
            type="rect",
            xref="paper",
            x0=0,
            x1=1,
            y0=low,
            y1=high,
            layer="below",
            line={"width": 0},
            fillcolor=palette.paler(colour, 0.9),
        )
        figure.add_shape(
            type="line",
            xref="paper",
            x0=0,
            x1=1,
            y0=centre,
            y1=centre,
            layer="below",
            line={"color": palette.paler(colour, 0.5), "width": 1, "dash": "dot"},
        )
    other = options.get("comparison")
    if other is not None and len(other):
        figure.add(
            "scatter",
            x=times.iloc[: len(other)],
            y=list(other["value"].iloc[: len(times)]),
            mode="lines",
            connectgaps=False,
            line={"color": palette.paler(colour, 0.55), "width": 2, "dash": "dash"},
            hoverinfo="skip",
        )
    figure.add(
        "scatter",
        x=times,
        y=list(values),
        mode="lines+markers" if len(frame) <= 40 else "lines",
        connectgaps=False,
        line={"color": colour, "width": 2.5},
        marker={"size": 6, "color": colour},
        customdata=[_hover(row, unit) for row in frame.to_dict("records")],
        text=[prose.period_name(str(each), options.get("grain", "month")) for each in frame["period"]],
        hovertemplate="%{text}: %{customdata}<extra></extra>",
    )
    signals = options.get("signals") or {}
    marked = frame[frame["period"].isin(list(signals))]
    if len(marked):
        figure.add(
            "scatter",
            x=pd.to_datetime(marked["period"]),
            y=marked["value"],
            mode="markers",
            hoverinfo="skip",
            marker={"size": 15, "symbol": "circle-open", "color": palette.colour("textColor"), "line": {"width": 2}},
        )
    _label_end(figure, times, frame["value"], unit, colour)
    _mark_missing(figure, frame, times)
    _mark_events(figure, options.get("events") or (), times, low=unit == "percent")
    figure.add_annotation(unit_note(options.get("axis", unit)))
    figure.set("yaxis", rangemode="tozero", nticks=5, tickformat=".0%" if unit == "percent" else ",")
    figure.set("xaxis", showgrid=False, nticks=8, tickformat=MONTHS, tickangle=0, range=_padded(times))
    figure.layout["margin"] = {"l": 8, "r": 16 + 8 * len(_last(frame["value"], unit)), "t": 28, "b": 8}
    if unit == "percent":
        figure.set("yaxis", range=[0, 1.04])
    return figure


def lines(frame: pd.DataFrame, options: dict[str, Any]) -> Picture:
    """Up to four series over time, told apart by colour, dash and a label at their end. `frame`: period, series, value."""
    figure = Picture(layout())
    names = list(dict.fromkeys(frame["series"]))[:4]
    meanings = options.get("meanings") or {}
    spare = iter(("care", "co-response", "police", "needles"))
    ends = []
    for place, name in enumerate(names):
        rows = frame[frame["series"] == name]
        colour = hue(meanings.get(name) or next(spare))
        figure.add(
            "scatter",
            x=pd.to_datetime(rows["period"]),
            y=list(rows["value"].where(rows["value"].notna(), None)),
            name=safe(name),
            mode="lines+markers",
            connectgaps=False,
            line={"color": colour, "width": 2.5, "dash": DASHES[place]},
            marker={"size": 6, "symbol": MARKS[place]},
            hovertemplate=f"{safe(name)} %{{x|%b %Y}}: %{{y:,.3~g}}<extra></extra>",
        )
        kept = rows.dropna(subset=["value"])
        if len(kept):
            ends.append((float(kept["value"].iloc[-1]), str(name), colour))
    top = float(pd.to_numeric(frame["value"], errors="coerce").max() or 1)
    for value, name, colour in _spread(sorted(ends), top * 0.09):
        figure.add_annotation(
            note(
                name,
                1,
                value,
                xref="paper",
                yanchor="middle",
                xshift=6,
                font={"size": 13, "color": palette.darker(colour)},
            )
        )
    figure.add_annotation(unit_note(options.get("axis", "")))
    figure.layout["margin"] = {
        "l": 8,
        "r": 12 + 7 * max((len(name) for _, name, _ in ends), default=4),
        "t": 28,
        "b": 8,
    }
    figure.set("yaxis", rangemode="tozero", nticks=5, tickformat=".0%" if options.get("unit") == "percent" else ",")
    figure.set("xaxis", showgrid=False, nticks=8, tickformat=MONTHS, tickangle=0)
    return figure


def _spread(ends: Sequence[tuple[float, str, str]], gap: float) -> list[tuple[float, str, str]]:
    """Move labels up so far that none covers the one below it."""
    placed: list[tuple[float, str, str]] = []
    for value, name, colour in ends:
        placed.append((max(value, placed[-1][0] + gap) if placed else value, name, colour))
    return placed


def _hover(row: dict[str, Any], unit: str) -> str:
    return safe(prose.figure(row, unit, "proportion" if unit == "percent" else "count"))


def _padded(times: pd.Series) -> list[Any] | None:
    """A little air on the right for the last value's label."""
    if len(times) < 2:
        return None
    width = times.iloc[-1] - times.iloc[0]
    return [times.iloc[0] - width * 0.02, times.iloc[-1] + width * 0.02]


def _last(values: pd.Series, unit: str) -> str:
    kept = values.dropna()
    return prose.measure(kept.iloc[-1], unit) if len(kept) else ""


def _label_end(figure: Picture, times: pd.Series, values: pd.Series, unit: str, colour: str) -> None:
    kept = values.dropna()
    if len(kept):
        figure.add_annotation(
            x=times[kept.index[-1]],
            y=float(kept.iloc[-1]),
            text=f"<b>{_last(values, unit)}</b>",
            showarrow=False,
            xanchor="left",
            xshift=8,
            font={"color": palette.darker(colour), "size": 14},
        )


def _mark_missing(figure: Picture, frame: pd.DataFrame, times: pd.Series) -> None:
    """A withheld or unavailable period is a letter on the axis, never a zero."""
    if "status" not in frame:
        return
    missing = frame["value"].isna() & frame["status"].isin(["c", "x"])
    for when, status in zip(times[missing], frame["status"][missing], strict=True):
        figure.add_annotation(note(f"[{status}]", when, 0, yref="paper", xanchor="center", yshift=2))


def _mark_events(figure: Picture, events: Sequence[tuple[Any, str]], times: pd.Series, low: bool = False) -> None:
    """Launches and changed hours as thin marks with text; the texts step down so that they do not cover each other."""
    if len(times) < 2:
        return
    inside = [
        (pd.Timestamp(when), title) for when, title in events if times.iloc[0] <= pd.Timestamp(when) <= times.iloc[-1]
    ]
    for place, (when, title) in enumerate(inside):
        late = (when - times.iloc[0]) > (times.iloc[-1] - times.iloc[0]) / 2
        figure.add_shape(
            type="line",
            x0=when,
            x1=when,
            yref="paper",
            y0=0,
            y1=1,
            line={"width": 1, "color": palette.colour("grayTextColor"), "dash": "dot"},
        )
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
                font={"size": 12, "color": palette.colour("grayTextColor")},
            )
        )


# Comparison ---------------------------------------------------------------------------------------------------------


def bars(frame: pd.DataFrame, options: dict[str, Any]) -> Picture:
    """Horizontal bars from zero, the name above each bar, the figure at its tip, the comparison paler below.

    `frame`: label, value, status, and optionally before (the comparison's value) and text (what stands at the tip).
    """
    rows = frame.head(options.get("shown", SHOWN)).reset_index(drop=True)
    unit, colour = options["unit"], hue(options.get("meaning", "care"))
    paired = "before" in rows and rows["before"].notna().any()
    top = (
        float(pd.to_numeric(rows[["value", "before"] if paired else ["value"]].stack(), errors="coerce").max())
        if rows["value"].notna().any()
        else 1.0
    )
    fills = [
        hue(options["meanings"][label]) if label in options.get("meanings", {}) else colour for label in rows["label"]
    ]
    figure = Picture(layout(max(38 * len(rows) + 16, 96), margin={"l": 4, "r": 8, "t": 4, "b": 4}, bargap=0.5))
    places = [-float(place) for place in range(len(rows))]
    figure.add(
        "bar",
        x=list(rows["value"].fillna(0)),
        y=places,
        orientation="h",
        width=0.34,
        offset=-0.34,
        marker={
            "color": fills,
            "pattern": {"shape": ["/" if label in ("unknown", "Unknown") else "" for label in rows["label"]]},
        },
        customdata=[safe(label) for label in rows["label"]],
        text=[_tip(row, unit) for row in rows.to_dict("records")],
        textposition="outside",
        cliponaxis=False,
        constraintext="none",
        textfont={"size": 14},
        hovertemplate="%{customdata}: %{text}<extra></extra>",
    )
    if paired:
        figure.add(
            "bar",
            x=list(rows["before"].fillna(0)),
            y=places,
            orientation="h",
            width=0.1,
            offset=-0.45,
            hoverinfo="skip",
            marker={"color": [palette.paler(each, 0.55) for each in fills]},
        )
    for place, label in zip(places, rows["label"], strict=True):
        figure.add_annotation(
            note(_short(label), 0, place, yshift=0, font={"size": 14, "color": palette.colour("textColor")})
        )
    figure.set("xaxis", visible=False, range=[0, (top or 1) * 1.22])
    figure.set("yaxis", visible=False, range=[-len(rows) + 0.45, 0.6])
    return figure


def parts(frame: pd.DataFrame, options: dict[str, Any]) -> Picture:
    """Bars of which a dark part is done: `before` of `value`. `frame`: label, value, before, text."""
    rows = frame.head(options.get("shown", SHOWN))
    whole = bars(rows.drop(columns="before"), options)
    colour = hue(options.get("meaning", "care"))
    whole.data[0]["marker"]["color"] = palette.paler(colour, 0.6)
    whole.add(
        "bar",
        x=list(rows["before"].fillna(0)),
        y=list(whole.data[0]["y"]),
        orientation="h",
        width=0.34,
        offset=-0.34,
        hoverinfo="skip",
        marker={"color": colour},
    )
    whole.layout["barmode"] = "overlay"
    return whole


def _tip(row: dict[str, Any], unit: str) -> str:
    if row.get("text"):
        return safe(row["text"])
    if not prose.known(row["value"]):
        return prose.LETTER.get(str(row.get("status") or "x"), "[x]")
    return prose.measure(row["value"], unit)


def _short(label: Any, width: int = 46) -> str:
    text = str(label)
    return text if len(text) <= width else text[: width - 1].rstrip() + "…"


def dots(frame: pd.DataFrame, options: dict[str, Any]) -> Picture:
    """Rates (or medians) as dots with their intervals, the name above each, n of N beside it. `frame`: label, value, low, high, text."""
    rows = frame.head(options.get("shown", SHOWN)).reset_index(drop=True)
    unit, colour = options["unit"], hue(options.get("meaning", "care"))
    figure = Picture(layout(max(36 * len(rows) + 44, 110), margin={"l": 4, "r": 8, "t": 4, "b": 24}))
    places = [-float(place) for place in range(len(rows))]
    low, high = (rows[name] if name in rows else rows["value"] for name in ("low", "high"))
    figure.add(
        "scatter",
        x=list(rows["value"]),
        y=[place - 0.2 for place in places],
        mode="markers",
        marker={"size": 11, "color": colour},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": list((high - rows["value"]).fillna(0)),
            "arrayminus": list((rows["value"] - low).fillna(0)),
            "color": palette.paler(colour, 0.4),
            "thickness": 3,
            "width": 0,
        },
        customdata=[safe(label) for label in rows["label"]],
        text=[_tip(row, unit) for row in rows.to_dict("records")],
        hovertemplate="%{customdata}: %{text}<extra></extra>",
    )
    for place, row in zip(places, rows.to_dict("records"), strict=True):
        said = f"<b>{_tip(row, unit)}</b> {safe(_short(row['label'], 52))}"
        ink = {"size": 14, "color": palette.colour("textColor")}
        figure.add_annotation(note("", 0, place, xref="paper", yshift=2, font=ink) | {"text": said})
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
        figure.add_shape(
            type="line",
            x0=target,
            x1=target,
            yref="paper",
            y0=0,
            y1=1,
            line={"width": 1, "dash": "dash", "color": palette.colour("grayTextColor")},
        )
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
    upper = 1.0 if unit == "percent" else float(pd.concat([high, rows["value"]]).max() or 1) * 1.1
    figure.set(
        "xaxis",
        range=[-0.02 * upper, upper * 1.02],
        nticks=5,
        tickformat=".0%" if unit == "percent" else ",",
        showgrid=True,
    )
    figure.set("yaxis", visible=False, range=[-len(rows) + 0.4, 0.75])
    return figure


def stacked(frame: pd.DataFrame, options: dict[str, Any]) -> Picture:
    """Parts that add up to a whole, one bar per row (a period or group). `frame`: label, part, value."""
    labels, parts = list(dict.fromkeys(frame["label"])), list(dict.fromkeys(frame["part"]))
    figure = Picture(layout(options.get("height", HEIGHT), barmode="stack", bargap=0.35, showlegend=True))
    meanings = options.get("meanings") or {}
    shades = palette.steps()
    for place, part in enumerate(parts):
        rows = frame[frame["part"] == part].set_index("label")["value"].reindex(labels)
        colour = hue(meanings[part]) if part in meanings else shades[-1 - place % len(shades)]
        figure.add(
            "bar",
            x=[safe(_short(label, 24)) for label in labels],
            y=list(rows.fillna(0)),
            name=safe(part),
            marker={
                "color": colour,
                "pattern": {"shape": "/" if part == "unknown" else ""},
                "line": {"color": palette.colour("backgroundColor"), "width": 1},
            },
            hovertemplate=f"%{{x}}, {safe(part)}: %{{y:,}}<extra></extra>",
        )
    figure.layout["legend"] = {"orientation": "h", "y": -0.14, "x": 0, "traceorder": "normal", "font": {"size": 13}}
    figure.add_annotation(unit_note(options.get("axis", "")))
    figure.set("yaxis", rangemode="tozero", nticks=5)
    figure.set("xaxis", showgrid=False)
    return figure


def histogram(frame: pd.DataFrame, options: dict[str, Any]) -> Picture:
    """How a measure spreads: bars of equal width from zero, the median and the 90th percentile marked. `frame`: bin, count."""
    width = options.get("width", 1)
    figure = Picture(layout(bargap=0.06))
    figure.add(
        "bar",
        x=[value + width / 2 for value in frame["bin"]],
        y=list(frame["count"]),
        width=width * 0.94,
        marker={"color": palette.paler(hue("care"), 0.25)},
        customdata=[f"{value:g} to {value + width:g}" for value in frame["bin"]],
        hovertemplate="%{customdata}: %{y:,}<extra></extra>",
    )
    for name, value, height in options.get("marks", ()):
        figure.add_shape(
            type="line",
            x0=value,
            x1=value,
            yref="paper",
            y0=0,
            y1=height,
            line={"width": 2, "color": palette.colour("textColor")},
        )
        figure.add_annotation(
            note(
                name,
                value,
                height,
                yref="paper",
                yanchor="top",
                xshift=5,
                bgcolor=palette.colour("backgroundColor"),
                font={"size": 14, "color": palette.colour("textColor")},
            )
        )
    figure.add_annotation(unit_note(options.get("axis", "calls")))
    figure.set("xaxis", showgrid=False, title={"text": options.get("x_axis", "")}, range=[0, None])
    figure.set("yaxis", rangemode="tozero", nticks=5)
    return figure


def heat(frame: pd.DataFrame, options: dict[str, Any]) -> Picture:
    """Weekday by hour: five steps of one hue, hours of service outlined. `frame`: weekday, hour, value."""
    table = (
        frame.pivot_table(index="weekday", columns="hour", values="value", aggfunc="sum")
        .reindex(index=list(WEEKDAYS), columns=range(24))
        .fillna(0)
    )
    top = max(float(table.to_numpy().max()), 1)
    shades = palette.steps(options.get("meaning", "care"))
    scale = [
        [edge, shade] for place, shade in enumerate(shades) for edge in (place / len(shades), (place + 1) / len(shades))
    ]
    figure = Picture(layout(margin={"l": 8, "r": 8, "t": 28, "b": 8}))
    figure.add(
        "heatmap",
        z=table.to_numpy().tolist(),
        x=list(range(24)),
        y=list(table.index),
        colorscale=scale,
        zmin=0,
        zmax=top,
        xgap=2,
        ygap=2,
        showscale=False,
        hovertemplate="%{y} %{x}:00: %{z:,}<extra></extra>",
    )
    for first_day, last_day, opens, closes in options.get("service", ()):
        figure.add_shape(
            type="rect",
            x0=opens - 0.5,
            x1=closes - 0.5,
            y0=WEEKDAYS.index(first_day) - 0.5,
            y1=WEEKDAYS.index(last_day) + 0.5,
            line={"width": 2, "color": palette.colour("textColor")},
        )
    figure.add_annotation(unit_note(options.get("axis", "")))
    figure.set("yaxis", autorange="reversed", showgrid=False)
    figure.set(
        "xaxis", showgrid=False, tickvals=[0, 6, 12, 18, 23], ticktext=["midnight", "6:00", "noon", "18:00", "23:00"]
    )
    return figure


def matrix(frame: pd.DataFrame, options: dict[str, Any]) -> Picture:
    """Rows by columns with the figure in each cell, five steps of one hue. `frame`: row, column, value, text."""
    rows, columns = list(options["rows"]), list(options["columns"])
    values = frame.pivot_table(index="row", columns="column", values="value", aggfunc="first").reindex(
        index=rows, columns=columns
    )
    texts = frame.pivot_table(index="row", columns="column", values="text", aggfunc="first").reindex(
        index=rows, columns=columns
    )
    if options.get("own_scale"):
        values = values.div(values.max(axis=1).where(lambda top: top > 0), axis=0)
    top = float(options.get("top") or values.max().max() or 1)
    shades = palette.steps(options.get("meaning", "care"))
    scale = [
        [edge, shade] for place, shade in enumerate(shades) for edge in (place / len(shades), (place + 1) / len(shades))
    ]
    names = [prose.period_name(each, "month") if options.get("months") else safe(_short(each, 22)) for each in columns]
    figure = Picture(layout(max(28 * len(rows) + 70, 140), margin={"l": 8, "r": 8, "t": 8, "b": 8}))
    figure.add(
        "heatmap",
        z=values.to_numpy(float).tolist(),
        x=list(range(len(columns))),
        y=list(range(len(rows))),
        zmin=0,
        zmax=top,
        colorscale=scale,
        xgap=2,
        ygap=2,
        showscale=False,
        hoverinfo="skip",
    )
    for line, row in enumerate(rows):
        for place, column in enumerate(columns):
            text, value = texts.loc[row, column], values.loc[row, column]
            if isinstance(text, str) and text:
                ink = palette.colour("backgroundColor" if prose.known(value) and value > top * 0.6 else "textColor")
                figure.add_annotation(
                    x=place, y=line, text=safe(text), showarrow=False, font={"size": 12, "color": ink}
                )
    figure.set(
        "xaxis",
        showgrid=False,
        tickvals=_some(len(columns), 14),
        ticktext=[names[place] for place in _some(len(columns), 14)],
        side="bottom",
        tickangle=-35 if len(columns) > 6 else 0,
    )
    figure.set(
        "yaxis",
        showgrid=False,
        tickvals=list(range(len(rows))),
        ticktext=[safe(_short(row, 24)) for row in rows],
        autorange="reversed",
    )
    return figure


def _some(length: int, most: int) -> list[int]:
    """At most `most` places of a long axis, evenly."""
    return list(range(0, length, max(1, -(-length // most))))


def hours(frame: pd.DataFrame, options: dict[str, Any]) -> Picture:
    """One or two series by hour of the day, as lines with a label at their end. `frame`: hour, series, value."""
    figure = Picture(layout(margin={"l": 8, "r": 72, "t": 28, "b": 8}))
    for place, (name, rows) in enumerate(frame.groupby("series", sort=False)):
        colour = hue(options["meanings"].get(name, "care"))
        figure.add(
            "scatter",
            x=list(rows["hour"]),
            y=list(rows["value"]),
            mode="lines",
            line={"color": colour, "width": 2.5, "dash": DASHES[place], "shape": "hvh"},
            hovertemplate=f"{safe(name)} %{{x}}:00: %{{y:,.0f}}<extra></extra>",
        )
        ink = {"size": 13, "color": palette.darker(colour)}
        figure.add_annotation(
            note(name, 1, float(rows["value"].iloc[-1]), xref="paper", yanchor="middle", xshift=6, font=ink)
        )
    figure.add_annotation(unit_note(options.get("axis", "")))
    figure.set("yaxis", rangemode="tozero", nticks=5)
    figure.set(
        "xaxis", showgrid=False, tickvals=[0, 6, 12, 18, 23], ticktext=["midnight", "6:00", "noon", "18:00", "23:00"]
    )
    return figure


def funnel(frame: pd.DataFrame, options: dict[str, Any]) -> Picture:
    """Stages from top to bottom, each with its count and its share of those sent. `frame`: label, value, text."""
    return bars(frame, {**options, "shown": 10})


def sankey(frame: pd.DataFrame, options: dict[str, Any]) -> Picture:
    """From need to partner to result: one band per path, as wide as its count. `frame`: source, target, value, stage."""
    names = list(
        dict.fromkeys(
            [*zip(frame["stage"], frame["source"], strict=True), *zip(frame["stage"] + 1, frame["target"], strict=True)]
        )
    )
    place = {name: index for index, name in enumerate(names)}
    ink = hue("care")
    figure = Picture(
        layout(
            max(HEIGHT, 26 * max(pd.Series([stage for stage, _ in names]).value_counts())),
            margin={"l": 4, "r": 4, "t": 8, "b": 8},
        )
    )
    figure.add(
        "sankey",
        node={
            "label": [safe(_short(name, 28)) for _, name in names],
            "color": ink,
            "pad": 12,
            "thickness": 10,
            "line": {"width": 0},
            "hovertemplate": "%{label}: %{value:,}<extra></extra>",
        },
        link={
            "source": [place[key] for key in zip(frame["stage"], frame["source"], strict=True)],
            "target": [place[key] for key in zip(frame["stage"] + 1, frame["target"], strict=True)],
            "value": list(frame["value"]),
            "color": [
                palette.paler(ink, 0.5 if each in ("Completed", "Connected") else 0.8) for each in frame["target"]
            ],
            "hovertemplate": "%{source.label} to %{target.label}: %{value:,}<extra></extra>",
        },
        textfont={"size": 13, "color": palette.colour("textColor")},
    )
    return figure


def survival(frame: pd.DataFrame, options: dict[str, Any]) -> Picture:
    """The Kaplan–Meier share connected by each day, with its interval and the number still at risk. `frame`: day, share, low, high, at_risk."""
    colour = hue("care")
    figure = Picture(layout(margin={"l": 8, "r": 16, "t": 28, "b": 8}))
    for name, fill in (("high", None), ("low", "tonexty")):
        figure.add(
            "scatter",
            x=list(frame["day"]),
            y=list(frame[name]),
            mode="lines",
            line={"shape": "hv", "width": 0},
            fill=fill,
            fillcolor=palette.paler(colour, 0.85),
            hoverinfo="skip",
        )
    figure.add(
        "scatter",
        x=list(frame["day"]),
        y=list(frame["share"]),
        mode="lines",
        line={"shape": "hv", "width": 2.5, "color": colour},
        customdata=list(frame["at_risk"]),
        hovertemplate="Day %{x}: %{y:.0%} connected, %{customdata} still open<extra></extra>",
    )
    figure.add_annotation(unit_note("share of referrals connected"))
    figure.set("yaxis", range=[0, 1], tickformat=".0%", nticks=5)
    ticks = options.get("ticks", ())
    figure.set(
        "xaxis",
        showgrid=False,
        title={"text": "days since sent; below: still open and followed"},
        tickvals=[day for day, _ in ticks],
        ticktext=[f"{day}<br>{risk:,}" for day, risk in ticks],
        tickangle=0,
        range=[0, options.get("last", 180)],
    )
    return figure


def cohorts(frame: pd.DataFrame, options: dict[str, Any]) -> Picture:
    """A share by month, mature months as solid dots with their interval, young ones hollow. `frame`: period, value, low, high, is_mature."""
    colour = hue("care")
    figure = Picture(layout())
    for is_mature in (True, False):
        rows = frame[frame["is_mature"] == is_mature]
        figure.add(
            "scatter",
            x=pd.to_datetime(rows["period"]),
            y=list(rows["value"]),
            mode="markers",
            customdata=[prose.of(n, all_) for n, all_ in zip(rows["connected"], rows["sent"], strict=True)],
            marker={
                "size": 10,
                "color": colour,
                "symbol": "circle" if is_mature else "circle-open",
                "line": {"width": 2, "color": colour},
            },
            error_y={
                "type": "data",
                "symmetric": False,
                "array": list((rows["high"] - rows["value"]).fillna(0)),
                "arrayminus": list((rows["value"] - rows["low"]).fillna(0)),
                "color": palette.paler(colour, 0.5 if is_mature else 0.75),
                "thickness": 2,
                "width": 0,
            },
            hovertemplate="%{x|%b %Y}: %{y:.0%} (%{customdata})<extra></extra>",
        )
    figure.add_annotation(unit_note("share connected so far, by month sent, with 95% interval"))
    figure.set("yaxis", range=[0, 1.02], tickformat=".0%", nticks=5)
    figure.set("xaxis", showgrid=False, nticks=8, tickformat=MONTHS, tickangle=0)
    return figure


DRAWINGS: dict[str, Callable[[pd.DataFrame, dict[str, Any]], Picture]] = {
    "line": line,
    "lines": lines,
    "bars": bars,
    "parts": parts,
    "dots": dots,
    "stacked": stacked,
    "histogram": histogram,
    "heat": heat,
    "hours": hours,
    "matrix": matrix,
    "funnel": funnel,
    "sankey": sankey,
    "survival": survival,
    "cohorts": cohorts,
}
