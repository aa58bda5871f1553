"""Where is it? Areas, hexagons, parks and points on the city's own layer, drawn without any tile server.

The base is plain geometry in the chart's own axes: it needs neither the internet nor WebGL, and prints. A city that
sets `[map] tiles` in its file gets the same shapes over that server's pictures, which the visitor's browser asks for.
"""

import json
import math
from collections.abc import Callable, Iterable
from typing import Any

import pandas as pd
import shapely

from publicsafety import palette, prose
from publicsafety.breaks import natural_breaks
from publicsafety.charts import Picture, layout, note, safe
from publicsafety.language import gettext as _
from publicsafety.map_labels import Spot, annotation, placed
from publicsafety.rows import records
from publicsafety.tiles import tiles

HEIGHT = 520
CLASSES = 5
SEE_THROUGH = 0.75  # of a shape over tiles
PHONE = 300  # pixels of a map on a phone, without its legend
WIDE_MAP, NARROW_MAP = (640, 480), (290, 280)  # pixels that a map has at the least, on a desk and on a phone
LEAST_DISC, LARGEST_DISC = 8, 36  # pixels across
Rings = list[tuple[list[float | None], list[float | None]]]


def areas(frame: pd.DataFrame, options: dict[str, Any]) -> Picture:
    """Areas shaded by their figure, their names written on them. `frame`: label, value, status, geojson, and optionally density (words of the hover)."""
    figure = _base(options, outlined=False)
    _shade(figure, frame, options)
    edges, shades = _scale(frame["value"], options)
    for row in records(frame):
        centre = shapely.from_geojson(row["geojson"]).representative_point()
        shade = next((shade for edge, shade in zip(edges, shades, strict=True) if _reaches(row["value"], edge)), "")
        ink = palette.ink(shade) if shade else palette.colour("textColor")
        text = "<br>".join([_wrapped(row["label"]), _short(row, options["unit"])])
        figure.add_annotation(x=centre.x, y=centre.y, text=text, showarrow=False, font={"size": 10, "color": ink})
    figures = [each | {"text": each["text"].rsplit("<br>", 1)[-1]} for each in figure.layout["annotations"]]
    return _for_phones(figure, figures)  # figures alone: the names would cover each other


# Verdicts of a comparison, as findings/needles.py words them, and what they look like: never colour alone.
CHANGES = {"More": ("needles", 0.15), "Fewer": ("co-response", 0.35), "No": ("unknown", 0.85), "not": ("unknown", 0.85)}


def change(frame: pd.DataFrame, options: dict[str, Any]) -> Picture:
    """Areas by whether their count changed; on each the count now and, in brackets, then. `frame`: label, value, before, verdict, geojson."""
    figure = _base(options, outlined=False)
    border = {"width": 1, "color": palette.colour("backgroundColor")}
    for verdict, rows in frame.groupby("verdict"):
        meaning, share = CHANGES[str(verdict).split(" ")[0]]
        xs, ys = _joined(rows["geojson"])
        figure.add("scatter", 
            x=xs, y=ys, mode="lines", fill="toself", fillcolor=palette.paler(palette.colour(meaning), share), line=border, hoverinfo="skip", name=safe(verdict),
        )  # fmt: skip
    for row in records(frame):
        centre = shapely.from_geojson(row["geojson"]).representative_point()
        is_news = str(row["verdict"]).startswith(("More", "Fewer"))
        counts = f"{prose.count(row['value'])} ({prose.count(row['before'])})"
        text = "<br>".join([_wrapped(row["label"]), f"<b>{counts}</b>" if is_news else counts])
        figure.add_annotation(
            x=centre.x, y=centre.y, text=text, showarrow=False, font={"size": 10, "color": palette.colour("textColor")}
        )
    figures = [each | {"text": each["text"].rsplit("<br>", 1)[-1]} for each in figure.layout["annotations"]]
    return _for_phones(figure, figures)


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
            name=_("hot spot: with those around it, more than chance"),
            hoverinfo="skip",
            line={"width": 3, "color": palette.colour("textColor")},
        )
    _name_areas(figure, options)
    return _for_phones(figure, [])


def parks(frame: pd.DataFrame, options: dict[str, Any]) -> Picture:
    """Parks as discs as large as their counts, with name and number where they fit: a park is a few pixels of a city.

    `frame`: label, value, geojson, the largest first.
    """
    figure = _base(options, outlined=True)
    centres = [shapely.from_geojson(shape).representative_point() for shape in frame["geojson"]]
    top = max(float(frame["value"].max()), 1.0)
    sizes = [max(LEAST_DISC, LARGEST_DISC * math.sqrt(float(value) / top)) for value in frame["value"]]
    fill = palette.colour(options.get("meaning", "care"))
    figure.add(
        "scatter",
        x=[centre.x for centre in centres],
        y=[centre.y for centre in centres],
        mode="markers",
        marker={"size": sizes, "color": palette.paler(fill, 0.35), "opacity": 1, "line": {"width": 1.5, "color": fill}},
        text=[safe(f"{row['label']}: {prose.figure(row, options['unit'])}") for row in records(frame)],
        hovertemplate="%{text}<extra></extra>",
        name=options.get("legend", ""),
    )
    said = [(str(row["label"]), prose.count(row["value"])) for row in records(frame)]
    ways = [_labels(figure, options, centres, sizes, said, width, height) for width, height in (WIDE_MAP, NARROW_MAP)]
    figure.layout["annotations"] = ways[0]
    return _for_phones(figure, ways[1])


def _labels(
    figure: Picture, options: dict[str, Any], centres: list[Any], sizes: list[float], said: list[tuple[str, str]], width: float, height: float
) -> list[dict[str, Any]]:  # fmt: skip
    """Name and number of each place, or its number alone, where they fit on a map of so many pixels."""
    xs, ys = _extent(figure)
    across = math.cos(math.radians(float(options.get("latitude", 42.0))))
    # Pixels a degree of latitude: Plotly leaves some 5% free on every side.
    scale = 0.9 * min(height / (ys[1] - ys[0]), width / ((xs[1] - xs[0]) * across))
    spots = [
        Spot(width / 2 + (centre.x - sum(xs) / 2) * across * scale, height / 2 + (centre.y - sum(ys) / 2) * scale, size / 2, (f"{number} {name}", number))
        for centre, size, (name, number) in zip(centres, sizes, said, strict=True)
    ]  # fmt: skip
    ink, behind = palette.colour("textColor"), palette.clear(palette.colour("backgroundColor"), 0.65)
    found = []
    for made in placed(spots, width, height):
        number, _space, name = made.text.partition(" ")
        centre = centres[made.spot]
        found.append(annotation(f"<b>{safe(number)}</b> {safe(name)}".strip(), centre.x, centre.y, made, ink, behind))
    return found


def _extent(figure: Picture) -> tuple[tuple[float, float], tuple[float, float]]:
    """The least and the greatest of all that is drawn, along both axes."""
    drawn = [
        [each for trace in figure.data for each in trace.get(axis, ()) if each is not None] or [0.0, 1.0]
        for axis in ("x", "y")
    ]
    xs, ys = ((min(each), max(each) if max(each) > min(each) else min(each) + 0.01) for each in drawn)
    return xs, ys


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
    return _for_phones(figure, [])


def classes(values: pd.Series) -> list[float]:
    """Upper edges of at most five classes; every edge is a value that occurs."""
    return natural_breaks(values, CLASSES)


def _scale(values: pd.Series, options: dict[str, Any]) -> tuple[list[float], list[str]]:
    """The upper edges of the classes and the shade of each, from pale to dark."""
    edges = classes(values)
    return edges, palette.steps(options.get("meaning", "care"))[-len(edges) :] if edges else []


def _reaches(value: Any, edge: float) -> bool:
    """Whether a figure belongs to the class that ends at this edge, when those below have been asked."""
    return prose.known(value) and 0 < float(value) <= edge


def _base(options: dict[str, Any], outlined: bool) -> Picture:
    """City outline, parks and area borders, at true proportions, with no axes."""
    made = layout(options.get("height", HEIGHT), margin={"l": 0, "r": 0, "t": 4, "b": 4}, showlegend=True)
    figure = Picture(made)
    base, line = options.get("base", {}), palette.colour("dataframeBorderColor")
    if "city" in base:
        xs, ys = _joined(base["city"]["geojson"])
        pictures = _pictures(base, xs, ys)
        figure.layout["images"] = pictures
        figure.add("scatter", 
            x=xs, y=ys, mode="lines", fill="none" if pictures else "toself", fillcolor=palette.paler(line, 0.75), hoverinfo="skip", showlegend=False,
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


def _pictures(base: dict[str, Any], xs: Any, ys: Any) -> list[dict[str, Any]]:
    """The tiles behind the city's outline; none unless the city file names a tile server."""
    url = getattr(base.get("tiles"), "tiles", "")
    if not url:
        return []
    x, y = [each for each in xs if each is not None], [each for each in ys if each is not None]
    return tiles(url, (min(x), min(y), max(x), max(y)))


def _shade(figure: Picture, frame: pd.DataFrame, options: dict[str, Any]) -> None:
    """One trace a class, from pale to dark; places without any, and withheld ones, in grey."""
    unit, (edges, shades) = options["unit"], _scale(frame["value"], options)
    seen = SEE_THROUGH if figure.layout.get("images") else 1.0
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
                fillcolor=palette.clear(shade, seen),
                line=border,
                hoverinfo="skip",
                name=_span(float(values[rows.index].min()), edge, unit),
            )
        below = edge
    for rows, name in ((frame[values == 0], _("none")), (frame[values.isna()], _("[c] withheld or not available"))):
        if len(rows):
            xs, ys = _joined(rows["geojson"])
            figure.add("scatter", 
                x=xs, y=ys, mode="lines", fill="toself", fillcolor=palette.clear(palette.colour("secondaryBackgroundColor"), seen), line=border, hoverinfo="skip", name=name,
            )  # fmt: skip
    centres = [shapely.from_geojson(shape).representative_point() for shape in frame["geojson"]]
    figure.add("scatter", 
        x=[centre.x for centre in centres], y=[centre.y for centre in centres], mode="markers", showlegend=False,
        marker={"size": 14, "opacity": 0}, hovertemplate="%{text}<extra></extra>",
        text=[safe("; ".join(filter(None, (f"{row['label']}: {prose.figure(row, unit)}", row.get("density"))))) for row in records(frame)],
    )  # fmt: skip


def _span(first: float, last: float, unit: str) -> str:
    """A class in words, from the lowest figure in it to the highest: "3 to 5 reports", "1 report"."""
    if first >= last:
        return prose.with_unit(last, unit)
    return _("{first} to {last}").format(first=prose.measure(first, unit), last=prose.with_unit(last, unit))


def _for_phones(figure: Picture, annotations: list[dict[str, Any]]) -> Picture:
    """Lower, with the legend as a list below and as few texts on the map as it can bear."""
    entries = sum(1 for trace in figure.data if trace.get("name") and trace.get("showlegend") is not False)
    legend = figure.layout["legend"] | {"orientation": "v", "font": {"size": 12}}
    return figure.narrow(annotations=annotations, height=PHONE + 20 * entries, legend=legend)


def _name_areas(figure: Picture, options: dict[str, Any]) -> None:
    base = options.get("base", {})
    for row in records(base["areas"]) if "areas" in base else []:
        centre = shapely.from_geojson(row["geojson"]).representative_point()
        figure.add_annotation(
            x=centre.x,
            y=centre.y,
            text=_wrapped(_(str(row["area"]))),
            showarrow=False,
            bgcolor=palette.clear(palette.colour("backgroundColor"), 0.65),  # what lies below is seen through it
            borderpad=1,
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
    """A long name on two lines, broken at the space or hyphen nearest its middle."""
    text = safe(name)
    ends = [place + 1 for place, sign in enumerate(text) if sign in " -"]
    if len(text) <= width or not ends:
        return text
    middle = min(ends, key=lambda place: abs(place - len(text) / 2))
    return f"{text[:middle].rstrip(' ')}<br>{text[middle:]}"


def months(frame: pd.DataFrame, options: dict[str, Any]) -> Picture:
    """Twelve small maps with one scale, in order of time. `frame`: period, value, geojson; `options`: months."""
    names = list(options["months"])
    made = layout(margin={"l": 0, "r": 0, "t": 4, "b": 4})
    axes = {name: made.pop(name) for name in ("xaxis", "yaxis")}
    figure = Picture(made)
    stretch = 1 / math.cos(math.radians(float(options.get("latitude", 42.0))))
    for place, number in enumerate(_numbers(names)):
        ratio = {"scaleanchor": f"x{number}", "scaleratio": stretch, "anchor": f"x{number}"}
        figure.set(f"xaxis{number}", **axes["xaxis"], visible=False, constrain="domain", anchor=f"y{number}")
        figure.set(f"yaxis{number}", **axes["yaxis"], visible=False, constrain="domain", **ratio)
        _one_month(figure, frame, options, names[place], number)
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


def _one_month(figure: Picture, frame: pd.DataFrame, options: dict[str, Any], name: str, number: str) -> None:
    """The city's shape and the month's hexagons in their shades, on the axes of that number."""
    where = {"xaxis": f"x{number}", "yaxis": f"y{number}", "hoverinfo": "skip", "mode": "lines", "fill": "toself"}
    line = palette.colour("dataframeBorderColor")
    city: Rings | Any = _joined(options["base"]["city"]["geojson"]) if "city" in options.get("base", {}) else ([], [])
    figure.add(
        "scatter", x=city[0], y=city[1], fillcolor=palette.paler(line, 0.6), line={"width": 1, "color": line}, **where
    )
    edges = classes(frame["value"])
    shades = palette.steps(options.get("meaning", "care"))[-len(edges) :]
    rows, below = frame[frame["period"] == name], 0.0
    for edge, shade in zip(edges, shades, strict=True):
        some = rows[(rows["value"] > below) & (rows["value"] <= edge)]
        if len(some):
            xs, ys = _joined(some["geojson"])
            figure.add("scatter", x=xs, y=ys, fillcolor=shade, line={"width": 0.5, "color": shade}, **where)
        below = edge


DRAWINGS: dict[str, Callable[[pd.DataFrame, dict[str, Any]], Picture]] = {
    "map_areas": areas,
    "map_change": change,
    "map_hexagons": hexagons,
    "map_parks": parks,
    "map_points": points,
    "map_months": months,
}
