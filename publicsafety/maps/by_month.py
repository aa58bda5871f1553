"""Twelve small maps side by side, one for each month."""

import math
from typing import Any

from publicsafety import palette, prose
from publicsafety.charts import Picture, layout, note, numbers
from publicsafety.maps.base import draw
from publicsafety.maps.shading import scale
from publicsafety.rows import Row, Rows, records


def months(drawn: Rows, options: dict[str, Any]) -> Picture:
    """Twelve small maps with one scale, in order of time. `drawn`: period, value, geojson; `options`: months."""
    names, rows = list(options["months"]), records(drawn)
    steps = scale(numbers(rows), options)
    made = layout(margin={"l": 0, "r": 0, "t": 4, "b": 4})
    axes = {name: made.pop(name) for name in ("xaxis", "yaxis")}
    figure = Picture(made)
    stretch = 1 / math.cos(math.radians(float(options.get("latitude", 42.0))))
    for place, number in enumerate(_numbers(names)):
        ratio = {"scaleanchor": f"x{number}", "scaleratio": stretch, "anchor": f"x{number}"}
        figure.set(f"xaxis{number}", **axes["xaxis"], visible=False, constrain="domain", anchor=f"y{number}")
        figure.set(f"yaxis{number}", **axes["yaxis"], visible=False, constrain="domain", **ratio)
        _one_month(figure, [row for row in rows if row["period"] == names[place]], steps, options, number)
    columns = 4 if len(names) <= 8 else 6
    wide, narrow = _grid(names, columns, 150), _grid(names, 2, 130)
    figure.layout["height"], figure.layout["annotations"] = wide.pop("height"), wide.pop("annotations")
    for axis, domain in wide.items():
        figure.set(axis, **domain)
    return figure.narrow(**narrow)


def _numbers(names: list[str]) -> list[str]:
    """What Plotly calls the axes of each small map: x, x2, x3 …"""
    return [str(place + 1) if place else "" for place in range(len(names))]


def _grid(names: list[str], columns: int, tall: int) -> dict[str, Any]:
    """Where each small map stands and what is written above it, in so many columns; `tall` in pixels."""
    columns = min(columns, len(names))
    lines = math.ceil(len(names) / columns)
    title = 20 / (tall * lines)  # the share of the height that a month's name takes
    made: dict[str, Any] = {"height": tall * lines + 8, "annotations": []}
    for place, number in enumerate(_numbers(names)):
        left, top = place % columns / columns, 1 - place // columns / lines
        across, down = [left + 0.01, left + 1 / columns - 0.01], [max(0.0, top - 1 / lines + 0.01), top - title]
        made[f"xaxis{number}"], made[f"yaxis{number}"] = {"domain": across}, {"domain": down}
        made["annotations"].append(
            note(
                prose.period_name(names[place], "month"),
                sum(across) / 2,
                down[1],
                xref="paper",
                yref="paper",
                xanchor="center",
            )
        )
    return made


def _one_month(
    figure: Picture, rows: list[Row], steps: list[tuple[float, str]], options: dict[str, Any], number: str
) -> None:
    """The city's shape and a month's hexagons in their shades, on the axes of that number."""
    where = {"xaxis": f"x{number}", "yaxis": f"y{number}"}
    line = palette.colour("dataframeBorderColor")
    city = options["base"]["city"]["geojson"] if "city" in options.get("base", {}) else ()
    draw(figure, city, palette.paler(line, 0.6), {"width": 1, "color": line}, **where)
    below = 0.0
    for edge, shade in steps:
        shapes = [row["geojson"] for row in rows if prose.known(row["value"]) and below < row["value"] <= edge]
        if shapes:
            draw(figure, shapes, shade, {"width": 0.5, "color": shade}, **where)
        below = edge
