"""Many figures at a glance: one small chart each, with what it says above it."""

import math
from typing import Any

import pandas as pd

from publicsafety import palette
from publicsafety.charts.picture import Picture, fold, hue, layout, note, safe
from publicsafety.rows import Rows, framed

COLUMNS, TALL, WORDS = 5, 146, 80  # small charts in a row; pixels of one, and of the words above it
LETTERS, LINE = 22, 16  # of a name in a line on a phone; pixels of one more line


def sparks(drawn: Rows, options: dict[str, Any]) -> Picture:
    """One small line a figure, signals first. `drawn`: label, period, value, low, high, latest, verdict, is_signal, ringed, meaning."""
    frame = framed(drawn)
    names = list(dict.fromkeys(frame["label"]))
    made = layout(margin={"l": 4, "r": 4, "t": 4, "b": 4})
    axes = {name: made.pop(name) for name in ("xaxis", "yaxis")}
    figure = Picture(made)
    for place, name in enumerate(names):
        number = str(place + 1) if place else ""
        rows = frame[frame["label"] == name]
        quiet = {"visible": False, "showgrid": False}
        figure.set(f"xaxis{number}", **axes["xaxis"] | quiet, anchor=f"y{number}", range=_wide(rows["period"]))
        figure.set(f"yaxis{number}", **axes["yaxis"] | quiet, anchor=f"x{number}", rangemode="normal")
        _spark(figure, rows, number)
    wide, narrow = (_grid(frame, names, columns) for columns in (COLUMNS, 2))
    figure.layout["height"], figure.layout["annotations"] = wide.pop("height"), wide.pop("annotations")
    for axis, domain in wide.items():
        figure.set(axis, **domain)
    return figure.narrow(**narrow)


def _wide(periods: pd.Series) -> list[Any]:
    times = pd.to_datetime(periods)
    air = (times.max() - times.min()) * 0.05
    return [times.min() - air, times.max() + air]


def _spark(figure: Picture, rows: pd.DataFrame, number: str) -> None:
    """The line, its usual range as a band, rings where a rule fired, a dot at the latest value."""
    colour, where = hue(rows["meaning"].iloc[0]), {"xaxis": f"x{number}", "yaxis": f"y{number}", "hoverinfo": "skip"}
    times, values = pd.to_datetime(rows["period"]), rows["value"].where(rows["value"].notna(), None)
    if rows["low"].notna().any():
        for name, fill in (("low", "none"), ("high", "tonexty")):
            figure.add("scatter", x=times, y=list(rows[name]), mode="lines", line={"width": 0}, fill=fill, fillcolor=palette.paler(colour, 0.88), **where)  # fmt: skip
    figure.add(
        "scatter", x=times, y=list(values), mode="lines", connectgaps=False, line={"color": colour, "width": 2}, **where
    )
    ringed, last = rows[rows["ringed"]], rows[rows["value"].notna()].tail(1)
    ring = {"size": 11, "symbol": "circle-open", "color": palette.colour("textColor"), "line": {"width": 2}}
    for marked, marker in ((ringed, ring), (last, {"size": 6, "color": colour})):
        if len(marked):
            figure.add(
                "scatter",
                x=pd.to_datetime(marked["period"]),
                y=list(marked["value"]),
                mode="markers",
                marker=marker,
                **where,
            )


def _grid(frame: pd.DataFrame, names: list[str], columns: int) -> dict[str, Any]:
    """Where each small chart stands, and its name, latest value and verdict above it."""
    titles = {name: fold(name, LETTERS) if columns < COLUMNS else safe(name) for name in names}
    more = LINE * any("<br>" in title for title in titles.values())
    columns = min(columns, len(names))
    lines = math.ceil(len(names) / columns)
    height = (TALL + more) * lines
    made: dict[str, Any] = {"height": height + 8, "annotations": []}
    for place, name in enumerate(names):
        number = str(place + 1) if place else ""
        left, top = place % columns / columns, 1 - place // columns / lines
        down = [max(0.0, top - 1 / lines + 8 / height), top - (WORDS + more) / height]
        made[f"xaxis{number}"], made[f"yaxis{number}"] = {"domain": [left, left + 1 / columns - 0.02]}, {"domain": down}
        row = frame[frame["label"] == name].iloc[0]
        verdict = (
            safe(row["verdict"]).replace(" since ", "<br>since ").replace(" in ", "<br>in ")
        )  # "higher than expected" fills a line
        said = f"{titles[name]}<br><b>{safe(row['latest'])}</b><br>" + (
            f"<b>{verdict}</b>" if row["is_signal"] else verdict
        )
        ink = {"size": 12, "color": palette.colour("textColor")}
        text = note("", left, top, xref="paper", yref="paper", yanchor="top", align="left", font=ink)
        made["annotations"].append(text | {"text": said})
    return made
