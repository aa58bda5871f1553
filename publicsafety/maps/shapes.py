"""Areas and hexagons as shapes: shaded by a figure, or by what became of it."""

from typing import Any

from publicsafety import palette, prose
from publicsafety.charts import Picture, safe
from publicsafety.language import gettext as _
from publicsafety.maps.base import base, centre, draw, for_phones, name_areas, wrapped
from publicsafety.maps.shading import reaches, shaded
from publicsafety.rows import Row, Rows, records

# Verdicts of a comparison, as findings/needles.py words them, and what they look like: never colour alone.
CHANGES = {"More": ("needles", 0.15), "Fewer": ("co-response", 0.35), "No": ("unknown", 0.85), "not": ("unknown", 0.85)}


def areas(drawn: Rows, options: dict[str, Any]) -> Picture:
    """Areas shaded by their figure, their names written on them. `drawn`: label, value, status, geojson, and optionally density (words of the hover)."""
    figure, places = base(options, outlined=False), records(drawn)
    steps = shaded(figure, places, options)
    for row in places:
        x, y = centre(row["geojson"])
        shade = next((shade for edge, shade in steps if reaches(row["value"], edge)), "")
        ink = palette.ink(shade) if shade else palette.colour("textColor")
        text = "<br>".join([wrapped(row["label"]), _short(row, options["unit"])])
        figure.add_annotation(x=x, y=y, text=text, showarrow=False, font={"size": 10, "color": ink})
    figures = [each | {"text": each["text"].rsplit("<br>", 1)[-1]} for each in figure.layout["annotations"]]
    return for_phones(figure, figures)  # figures alone: the names would cover each other


def change(drawn: Rows, options: dict[str, Any]) -> Picture:
    """Areas by whether their count changed; on each the count now and, in brackets, then. `drawn`: label, value, before, verdict, geojson."""
    figure, places = base(options, outlined=False), records(drawn)
    border = {"width": 1, "color": palette.colour("backgroundColor")}
    for verdict in sorted({row["verdict"] for row in places}):
        meaning, share = CHANGES[str(verdict).split(" ")[0]]
        shapes = [row["geojson"] for row in places if row["verdict"] == verdict]
        draw(figure, shapes, palette.paler(palette.colour(meaning), share), border, name=safe(verdict))
    for row in places:
        x, y = centre(row["geojson"])
        is_news = str(row["verdict"]).startswith(("More", "Fewer"))
        counts = f"{prose.count(row['value'])} ({prose.count(row['before'])})"
        text = "<br>".join([wrapped(row["label"]), f"<b>{counts}</b>" if is_news else counts])
        figure.add_annotation(
            x=x, y=y, text=text, showarrow=False, font={"size": 10, "color": palette.colour("textColor")}
        )
    figures = [each | {"text": each["text"].rsplit("<br>", 1)[-1]} for each in figure.layout["annotations"]]
    return for_phones(figure, figures)


def hexagons(drawn: Rows, options: dict[str, Any]) -> Picture:
    """Hexagons (or parks) shaded by count; statistically hot ones outlined. `drawn`: label, value, geojson, is_hot."""
    figure, places = base(options, outlined=True), records(drawn)
    shaded(figure, places, options)
    hot = [row["geojson"] for row in places if row.get("is_hot") is True]
    if hot:
        words = _("hot spot: with those around it, more than chance")
        draw(figure, hot, "", {"width": 3, "color": palette.colour("textColor")}, name=words)
    name_areas(figure, options)
    return for_phones(figure, [])


def _short(row: Row, unit: str) -> str:
    return (
        prose.measure(row["value"], unit)
        if prose.known(row["value"])
        else prose.LETTER.get(str(row.get("status") or "x"), "")
    )
