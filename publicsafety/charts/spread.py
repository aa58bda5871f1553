"""How figures spread: over minutes, hours and weekdays, or over two dimensions at once."""

from typing import Any

from publicsafety import palette, prose
from publicsafety.charts.picture import DASHES, Picture, hue, layout, note, numbers, safe, short, unit_note, upright
from publicsafety.rows import Rows, framed, records

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
HOURS = {"tickvals": [0, 6, 12, 18, 23], "ticktext": ["midnight", "6:00", "noon", "18:00", "23:00"]}


def histogram(drawn: Rows, options: dict[str, Any]) -> Picture:
    """How a measure spreads: bars of equal width from zero, the median and the 90th percentile marked. `drawn`: bin, count."""
    width, rows = options.get("width", 1), records(drawn)
    figure = Picture(layout(bargap=0.06))
    figure.add(
        "bar",
        x=[row["bin"] + width / 2 for row in rows],
        y=[row["count"] for row in rows],
        width=width * 0.94,
        marker={"color": palette.paler(hue("care"), 0.25)},
        customdata=[f"{row['bin']:g} to {row['bin'] + width:g}" for row in rows],
        hovertemplate="%{customdata}: %{y:,}<extra></extra>",
    )
    for name, value, height in options.get("marks", ()):
        upright(figure, value, {"width": 2, "color": palette.colour("textColor")}, height)
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
    title = str(options.get("x_axis", ""))
    figure.set("xaxis", showgrid=False, title={"text": title}, range=[0, None])
    figure.narrow(
        xaxis={"title": {"text": title.replace(" to ", "<br>to ", 1), "font": figure.layout["xaxis"]["title"]["font"]}}
    )
    figure.set("yaxis", rangemode="tozero", nticks=5)
    return figure


def _stepped(shades: list[str]) -> list[list[Any]]:
    """Steps of one hue as a scale of colours: no shade between two of them."""
    return [
        [edge, shade] for place, shade in enumerate(shades) for edge in (place / len(shades), (place + 1) / len(shades))
    ]


def heat(drawn: Rows, options: dict[str, Any]) -> Picture:
    """Weekday by hour: five steps of one hue, hours of service outlined. `drawn`: weekday, hour, value."""
    rows = records(drawn)
    counts = {(row["weekday"], int(row["hour"])): value for row, value in zip(rows, numbers(rows), strict=True)}
    table = [[float(counts.get((day, hour)) or 0) for hour in range(24)] for day in WEEKDAYS]
    top = max(1.0, *map(max, table))
    figure = Picture(layout(margin={"l": 8, "r": 8, "t": 28, "b": 8}))
    figure.add(
        "heatmap",
        z=table,
        x=list(range(24)),
        y=list(WEEKDAYS),
        colorscale=_stepped(palette.steps(options.get("meaning", "care"))),
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
    figure.set("xaxis", showgrid=False, **HOURS)
    return figure


def matrix(drawn: Rows, options: dict[str, Any]) -> Picture:
    """Rows by columns with the figure in each cell, five steps of one hue. `drawn`: row, column, value, text."""
    frame = framed(drawn)
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
    names = [prose.period_name(each, "month") if options.get("months") else safe(short(each, 22)) for each in columns]
    figure = Picture(layout(max(28 * len(rows) + 70, 140), margin={"l": 8, "r": 8, "t": 8, "b": 8}))
    figure.add(
        "heatmap",
        z=values.to_numpy(float).tolist(),
        x=list(range(len(columns))),
        y=list(range(len(rows))),
        zmin=0,
        zmax=top,
        colorscale=_stepped(shades),
        xgap=2,
        ygap=2,
        showscale=False,
        hoverinfo="skip",
    )
    for line, row in enumerate(rows):
        for place, column in enumerate(columns):
            text, value = texts.loc[row, column], values.loc[row, column]
            if isinstance(text, str) and text:
                shade = (
                    shades[min(int(float(value) / top * len(shades)), len(shades) - 1)] if prose.known(value) else ""
                )
                ink = palette.ink(shade) if shade else palette.colour("textColor")
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
    few = _some(len(columns), 6)
    figure.narrow(
        xaxis={"tickvals": few, "ticktext": [names[place] for place in few], "tickangle": -60},
        yaxis={"ticktext": [safe(short(row, 16)) for row in rows]},
        # Figures in cells narrower than themselves would cover each other; the table has them.
        annotations=figure.layout["annotations"] if len(columns) <= 5 else [],
    )
    figure.set(
        "yaxis",
        showgrid=False,
        tickvals=list(range(len(rows))),
        ticktext=[safe(short(row, 24)) for row in rows],
        autorange="reversed",
    )
    return figure


def _some(length: int, most: int) -> list[int]:
    """At most `most` places of a long axis, evenly."""
    return list(range(0, length, max(1, -(-length // most))))


def hours(drawn: Rows, options: dict[str, Any]) -> Picture:
    """One or two series by hour of the day, as lines with a label at their end. `drawn`: hour, series, value."""
    figure = Picture(layout(margin={"l": 8, "r": 72, "t": 28, "b": 8}))
    spare, points = iter(palette.series()), records(drawn)
    for place, name in enumerate(dict.fromkeys(row["series"] for row in points)):
        rows = [row for row in points if row["series"] == name]
        colour = hue(options["meanings"][name]) if name in options["meanings"] else next(spare)
        figure.add(
            "scatter",
            x=[row["hour"] for row in rows],
            y=numbers(rows),
            mode="lines",
            line={"color": colour, "width": 2.5, "dash": DASHES[place], "shape": "hvh"},
            hovertemplate=f"{safe(name)} %{{x}}:00: %{{y:,.0f}}<extra></extra>",
        )
        ink = {"size": 13, "color": palette.darker(colour)}
        figure.add_annotation(
            note(name, 1, float(rows[-1]["value"]), xref="paper", yanchor="middle", xshift=6, font=ink)
        )
    figure.add_annotation(unit_note(options.get("axis", "")))
    figure.set("yaxis", rangemode="tozero", nticks=5)
    figure.set("xaxis", showgrid=False, **HOURS)
    return figure
