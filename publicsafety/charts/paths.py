"""Ways through a process: from need to partner to result, and how soon people get there."""

from typing import Any

import pandas as pd

from publicsafety import palette
from publicsafety.charts.picture import HEIGHT, Picture, hue, layout, safe, short, unit_note

SURVIVAL_AXIS = "days since sent; below: followed so far and not connected by then"


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
            "label": [safe(short(name, 28)) for _, name in names],
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
    node = figure.data[0]["node"] | {"label": [safe(short(name, 14)) for _, name in names], "pad": 20, "thickness": 6}
    figure.narrow([{"node": node, "textfont": {"size": 11, "color": palette.colour("textColor")}}], height=520)
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
        hovertemplate="Day %{x}: %{y:.0%} connected, %{customdata} not connected by then<extra></extra>",
    )
    figure.add_annotation(unit_note("share of referrals connected"))
    figure.set("yaxis", range=[0, 1], tickformat=".0%", nticks=5)
    ticks = options.get("ticks", ())
    figure.set(
        "xaxis",
        showgrid=False,
        title={"text": SURVIVAL_AXIS},
        tickvals=[day for day, _ in ticks],
        ticktext=[f"{day}<br>{risk:,}" for day, risk in ticks],
        tickangle=0,
        range=[0, options.get("last", 180)],
    )
    few = ticks[::2]
    figure.narrow(
        xaxis={"title": {"text": SURVIVAL_AXIS.replace("; ", ";<br>"), "font": figure.layout["xaxis"]["title"]["font"]},
               "tickvals": [day for day, _ in few], "ticktext": [f"{day}<br>{risk:,}" for day, risk in few]}
    )  # fmt: skip
    return figure
