"""Where is it? Areas, hexagons, parks and points on the city's own layer, drawn without any tile server.

The base is plain geometry in the chart's own axes: it needs neither the internet nor WebGL, and prints. A city that
sets `[map] tiles` in its file gets the same shapes on that background.
"""

import json
import math
from collections.abc import Callable, Iterable
from typing import Any

import pandas as pd
import shapely

from publicsafety import palette, prose
from publicsafety.charts import Picture, layout, note, safe
from publicsafety.language import gettext as _

HEIGHT = 520
CLASSES = 5
Rings = list[tuple[list[float | None], list[float | None]]]


def areas(frame: pd.DataFrame, options: dict[str, Any]) -> Picture:
    """Areas shaded by their figure, their names written on them. `frame`: label, value, status, geojson."""
    figure = _base(options, outlined=False)
    _shade(figure, frame, options)
    for row in frame.to_dict("records"):
        centre = shapely.from_geojson(row["geojson"]).representative_point()
        dark = _is_dark(row["value"], frame["value"])
        ink = palette.colour("backgroundColor" if dark else "textColor")
        text = "<br>".join([_wrapped(row["label"]), _short(row, options["unit"])])
        figure.add_annotation(x=centre.x, y=centre.y, text=text, showarrow=False, font={"size": 10, "color": ink})
    return figure


def hexagons(frame: pd.DataFrame, options: dict[str, Any]) -> Picture:
    """Hexagons (or parks) shaded by count; statistically hot ones outlined. `frame`: label, value, geojson, is_hot."""
    figure = _base(options, outlined=True)
    _shade(figure, frame, options)
    hot = frame[frame["is_hot"].fillna(False).astype(bool)] if "is_hot" in frame else frame.head(0)
    if len(hot):
        xs, ys = _joined(hot["geojson"])
        figure.add(
            "scatter",
            x=xs,
            y=ys,
            mode="lines",
            name=_("hot spot: more than chance would put here"),
            hoverinfo="skip",
            line={"width": 3, "color": palette.colour("textColor")},
        )
    _name_areas(figure, options)
    return figure


def points(frame: pd.DataFrame, options: dict[str, Any]) -> Picture:
    """Exact places as dots, for those who may see them. `frame`: longitude, latitude, label."""
    figure = _base(options, outlined=True)
    figure.add(
        "scatter",
        x=list(frame["longitude"]),
        y=list(frame["latitude"]),
        mode="markers",
        name=options.get("axis", ""),
        text=[safe(label) for label in frame["label"]],
        hovertemplate="%{text}<extra></extra>",
        marker={"size": 7, "color": palette.colour(options.get("meaning", "care")), "opacity": 0.45},
    )
    _name_areas(figure, options)
    return figure


def classes(values: pd.Series) -> list[float]:
    """Upper edges of at most five classes with about as many places in each; every edge is a value that occurs."""
    known = pd.to_numeric(values, errors="coerce").dropna()
    known = known[known > 0]
    if known.empty:
        return []
    different = sorted(set(known))
    if len(different) <= CLASSES:
        return different
    edges = [float(known.quantile((place + 1) / CLASSES, interpolation="higher")) for place in range(CLASSES)]
    return sorted(set(edges))


def _base(options: dict[str, Any], outlined: bool) -> Picture:
    """City outline, parks and area borders, at true proportions, with no axes."""
    made = layout(options.get("height", HEIGHT), margin={"l": 0, "r": 0, "t": 4, "b": 4}, showlegend=True)
    figure = Picture(made)
    base, line = options.get("base", {}), palette.colour("dataframeBorderColor")
    if "city" in base:
        xs, ys = _joined(base["city"]["geojson"])
        figure.add("scatter", 
            x=xs, y=ys, mode="lines", fill="toself", fillcolor=palette.paler(line, 0.75), hoverinfo="skip", showlegend=False,
            line={"width": 1.5, "color": palette.colour("grayTextColor")},
        )  # fmt: skip
    if outlined and "parks" in base and len(base["parks"]):
        xs, ys = _joined(base["parks"]["geojson"])
        figure.add("scatter", 
            x=xs, y=ys, mode="lines", fill="toself", fillcolor=palette.paler(palette.colour("greenTextColor"), 0.82), hoverinfo="skip",
            line={"width": 0}, name=_("parks"),
        )  # fmt: skip
    if outlined and "areas" in base:
        xs, ys = _joined(base["areas"]["geojson"])
        figure.add(
            "scatter", x=xs, y=ys, mode="lines", hoverinfo="skip", showlegend=False, line={"width": 1, "color": line}
        )
    latitude = float(options.get("latitude", 42.0))
    figure.set("xaxis", visible=False, constrain="domain")
    figure.set("yaxis", visible=False, scaleanchor="x", scaleratio=1 / math.cos(math.radians(latitude)))
    figure.layout["legend"] = {
        "orientation": "h",
        "x": 0,
        "y": 0,
        "yanchor": "top",
        "font": {"size": 13},
        "itemclick": False,
        "itemdoubleclick": False,
    }
    return figure


def _shade(figure: Picture, frame: pd.DataFrame, options: dict[str, Any]) -> None:
    """One trace a class, from pale to dark; places without any, and withheld ones, in grey."""
    unit, edges = options["unit"], classes(frame["value"])
    shades = palette.steps(options.get("meaning", "care"))[-len(edges) :] if edges else []
    border = {"width": 1, "color": palette.colour("backgroundColor")}
    values = pd.to_numeric(frame["value"], errors="coerce")
    below = 0.0
    for edge, shade in zip(edges, shades, strict=True):
        rows = frame[(values > below) & (values <= edge)]
        if len(rows):
            xs, ys = _joined(rows["geojson"])
            figure.add(
                "scatter",
                x=xs,
                y=ys,
                mode="lines",
                fill="toself",
                fillcolor=shade,
                line=border,
                hoverinfo="skip",
                name=_span(float(values[rows.index].min()), edge, unit),
            )
        below = edge
    for rows, name in ((frame[values == 0], _("none")), (frame[values.isna()], _("[c] withheld or not available"))):
        if len(rows):
            xs, ys = _joined(rows["geojson"])
            figure.add("scatter", 
                x=xs, y=ys, mode="lines", fill="toself", fillcolor=palette.colour("secondaryBackgroundColor"), line=border, hoverinfo="skip", name=name,
            )  # fmt: skip
    centres = [shapely.from_geojson(shape).representative_point() for shape in frame["geojson"]]
    figure.add("scatter", 
        x=[centre.x for centre in centres], y=[centre.y for centre in centres], mode="markers", showlegend=False,
        marker={"size": 14, "opacity": 0}, hovertemplate="%{text}<extra></extra>",
        text=[safe(f"{row['label']}: {prose.figure(row, unit)}") for row in frame.to_dict("records")],
    )  # fmt: skip


def _span(first: float, last: float, unit: str) -> str:
    """A class in words, from the lowest figure in it to the highest: "3 to 5 reports", "1 report"."""
    if first >= last:
        return prose.with_unit(last, unit)
    return _("{first} to {last}").format(first=prose.measure(first, unit), last=prose.with_unit(last, unit))


def _name_areas(figure: Picture, options: dict[str, Any]) -> None:
    base = options.get("base", {})
    for row in base["areas"].to_dict("records") if "areas" in base else []:
        centre = shapely.from_geojson(row["geojson"]).representative_point()
        figure.add_annotation(
            x=centre.x,
            y=centre.y,
            text=_wrapped(row["area"]),
            showarrow=False,
            bgcolor=palette.colour("backgroundColor"),
            borderpad=1,
            opacity=0.85,
            font={"size": 11, "color": palette.colour("textColor")},
        )


def _joined(shapes: Iterable[str]) -> Rings | Any:
    """The outlines of many shapes as one line with breaks, so that a thousand hexagons are one trace."""
    xs: list[float | None] = []
    ys: list[float | None] = []
    for text in shapes:
        for ring in rings(json.loads(text)):
            xs += [*(x for x, _ in ring), None]
            ys += [*(y for _, y in ring), None]
    return xs, ys


def rings(shape: dict[str, Any]) -> list[list[tuple[float, float]]]:
    """The rings of a GeoJSON polygon or multi-polygon; anything else has none."""
    coordinates = shape.get("coordinates") or []
    polygons = coordinates if shape["type"] == "MultiPolygon" else [coordinates] if shape["type"] == "Polygon" else []
    return [[(point[0], point[1]) for point in ring] for polygon in polygons for ring in polygon]


def _short(row: dict[str, Any], unit: str) -> str:
    return (
        prose.measure(row["value"], unit)
        if prose.known(row["value"])
        else prose.LETTER.get(str(row.get("status") or "x"), "")
    )


def _wrapped(name: Any, width: int = 12) -> str:
    """A long name on two lines, broken at the space nearest its middle."""
    text = safe(name)
    spaces = [place for place, sign in enumerate(text) if sign == " "]
    if len(text) <= width or not spaces:
        return text
    middle = min(spaces, key=lambda place: abs(place - len(text) / 2))
    return f"{text[:middle]}<br>{text[middle + 1 :]}"


def _is_dark(value: Any, values: pd.Series) -> bool:
    edges = classes(values)
    return prose.known(value) and len(edges) > 2 and float(value) > edges[-3]


def months(frame: pd.DataFrame, options: dict[str, Any]) -> Picture:
    """Twelve small maps with one scale, in order of time. `frame`: period, value, geojson; `options`: months."""
    names = list(options["months"])
    columns = min(4, len(names))
    lines = math.ceil(len(names) / columns)
    made = layout(max(170 * lines, 200), margin={"l": 0, "r": 0, "t": 24, "b": 4})
    frame_of_all = {name: made.pop(name) for name in ("xaxis", "yaxis")}
    figure = Picture(made)
    edges = classes(frame["value"])
    shades = palette.steps(options.get("meaning", "care"))[-len(edges) :]
    city: Rings | Any = _joined(options["base"]["city"]["geojson"]) if "city" in options.get("base", {}) else ([], [])
    line = palette.colour("dataframeBorderColor")
    stretch = 1 / math.cos(math.radians(float(options.get("latitude", 42.0))))
    for place, name in enumerate(names):
        number = str(place + 1) if place else ""
        left, top = place % columns / columns, 1 - place // columns / lines
        across, down = [left, left + 1 / columns - 0.02], [top - 1 / lines + 0.02, top - 0.07]
        where = {"xaxis": f"x{number}", "yaxis": f"y{number}", "hoverinfo": "skip", "mode": "lines", "fill": "toself"}
        figure.set(
            f"xaxis{number}",
            **frame_of_all["xaxis"]
            | {"visible": False, "constrain": "domain", "domain": across, "anchor": f"y{number}"},
        )
        figure.set(
            f"yaxis{number}",
            **frame_of_all["yaxis"]
            | {
                "visible": False,
                "scaleanchor": f"x{number}",
                "scaleratio": stretch,
                "domain": down,
                "anchor": f"x{number}",
            },
        )
        figure.add_annotation(
            note(
                prose.period_name(name, "month"), sum(across) / 2, down[1], xref="paper", yref="paper", xanchor="center"
            )
        )
        figure.add(
            "scatter",
            x=city[0],
            y=city[1],
            fillcolor=palette.paler(line, 0.6),
            line={"width": 1, "color": line},
            **where,
        )
        rows, below = frame[frame["period"] == name], 0.0
        for edge, shade in zip(edges, shades, strict=True):
            some = rows[(rows["value"] > below) & (rows["value"] <= edge)]
            if len(some):
                xs, ys = _joined(some["geojson"])
                figure.add("scatter", x=xs, y=ys, fillcolor=shade, line={"width": 0.5, "color": shade}, **where)
            below = edge
    return figure


DRAWINGS: dict[str, Callable[[pd.DataFrame, dict[str, Any]], Picture]] = {
    "map_areas": areas,
    "map_hexagons": hexagons,
    "map_points": points,
    "map_months": months,
}
