"""Ways through a process: from need to partner to result, and how soon people get there."""

from typing import Any

import pandas as pd

from publicsafety import palette, prose
from publicsafety.charts.picture import HEIGHT, Picture, hue, layout, safe, short, unit_note
from publicsafety.rows import Rows, framed

REACHED = ("Completed", "Connected")  # ends of a way at a service, as findings/referrals.py words them
# What stands in the three columns of the flow: heading, stage of its links, their side.
STAGES = (("Needs", 0, "source"), ("Partners", 1, "source"), ("Results", 1, "target"))
REST = "All others"
LONGEST = 26  # letters of a name beside its bar
ROW = 21  # pixels of a bar with its name
SURVIVAL_AXIS = "days since sent; below: followed so far and not connected by then"


def sankey(drawn: Rows, options: dict[str, Any]) -> Picture:
    """From need to partner to result: one band per path, as wide as its count. `drawn`: source, target, value, stage."""
    frame = framed(drawn)
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
            "color": [palette.paler(ink, 0.5 if each in REACHED else 0.8) for each in frame["target"]],
            "hovertemplate": "%{source.label} to %{target.label}: %{value:,}<extra></extra>",
        },
        textfont={"size": 13, "color": palette.colour("textColor")},
    )
    return _stages(figure, frame)


def _stages(figure: Picture, frame: pd.DataFrame) -> Picture:
    """On a phone a bar for each need, partner and result, in three groups below one another: bands of 280 pixels cross.

    Of a partner's bar the dark part reached a service. The traces are there on a desk too, and not shown.
    """
    ink, line = hue("care"), palette.colour("textColor")
    rows: list[tuple[str, float, float, str]] = []  # name, length, dark part of it, text at its tip
    for heading, stage, side in STAGES:
        some = frame[frame["stage"] == stage]
        whole = some.groupby(side)["value"].sum().sort_values(ascending=False, kind="stable")
        whole = pd.concat([whole.drop(REST, errors="ignore"), whole[whole.index == REST]])  # the rest comes last
        dark = some[some["target"].isin(REACHED)].groupby(side)["value"].sum().reindex(whole.index).fillna(0)
        is_parted = (stage, side) == (1, "source")
        rows.append((f"<b>{heading}</b>", 0.0, 0.0, "reached a service" if is_parted else ""))
        rows += [
            (safe(short(name, LONGEST)), float(many), float(reached if stage else 0), prose.of(reached, many) if is_parted else prose.count(many))
            for name, many, reached in zip(whole.index, whole, dark, strict=True)
        ]  # fmt: skip
    places = [-float(place) for place in range(len(rows))]
    for length, colour, texts in ((1, palette.paler(ink, 0.6), [row[3] for row in rows]), (2, ink, [])):
        figure.add(
            "bar", visible=False, orientation="h", x=[row[length] for row in rows], y=places, width=0.7, marker={"color": colour}, text=texts,
            textposition="outside", cliponaxis=False, constraintext="none", textfont={"size": 12, "color": line}, hoverinfo="skip",
        )  # fmt: skip
    quiet = {"visible": False, "showgrid": False}
    figure.set("xaxis", **quiet)
    figure.set("yaxis", **quiet)
    names = {"tickvals": places, "ticktext": [row[0] for row in rows], "tickfont": {"size": 11, "color": line}}
    longest = max((row[1] for row in rows), default=0.0) or 1.0
    return figure.narrow(
        [{"visible": False}, {"visible": True}, {"visible": True}],
        height=ROW * len(rows) + 16,
        barmode="overlay",
        xaxis={"range": [0, longest * 2.1]},  # the text at the tip has the other half
        yaxis=names | {"visible": True, "showline": False, "range": [-len(rows) + 0.4, 0.6]},
    )


def survival(drawn: Rows, options: dict[str, Any]) -> Picture:
    """The Kaplan–Meier share connected by each day, with its interval and the number still at risk. `drawn`: day, share, low, high, at_risk."""
    colour, frame = hue("care"), framed(drawn)
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
