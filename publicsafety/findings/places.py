"""Where: a count by area on the city's own layer, with the comparison period beside it in the table."""

from typing import Any

import pandas as pd

from publicsafety import prose
from publicsafety.findings.core import Finding, Scope, Source, by_size, finding, known_rows, parts, total
from publicsafety.findings.words import meaning, said_n
from publicsafety.remembered import remembered
from publicsafety.rows import Row, records

COLUMNS = ("area", "value", "status", "km2", "per_km2")


def base(source: Source) -> dict[str, Any]:
    """The quiet ground of every map: city outline, parks, areas, and the city's tile server where it names one."""
    shapes = {name: source.table(f"map_{name}") for name in ("city", "parks", "areas") if source.has(f"map_{name}")}
    return shapes | ({"tiles": source.city.map} if source.city.map.tiles else {})


def credit(source: Source) -> tuple[str, ...]:
    """Whose pictures lie under the map, as their makers ask to be named."""
    return (f"Map: {source.city.map.attribution}.",) if source.city.map.tiles and source.city.map.attribution else ()


def by_area(
    source: Source, scope: Scope, metric: str, question: str = "", key: str = "", beside: tuple[str, ...] = ()
) -> Finding:
    """A count by area as a map; areas without any are shown as none, withheld ones as withheld."""
    now = source.run(metric, scope.on(metric, by=("area",)))
    rows, whole = parts(now, "area"), total(now)
    shapes = records(source.table("map_areas"))
    unit, sizes = prose.noun(now.metric.unit), _sizes(source)
    of_area = {row["label"]: row for row in rows}
    drawn = [_shape(each, of_area.get(each["area"]), unit, sizes) for each in shapes]
    frame = [_dense({"area": row["label"], "value": row["value"], "status": row["status"]}, sizes) for row in rows]
    then = scope.before(metric, by=("area",))
    if then is not None:
        before = {row["label"]: row["value"] for row in parts(source.run(metric, then), "area")}
        gone = [area for area in before if area not in of_area]  # an area that has none now had some then
        none = dict.fromkeys(COLUMNS[1:])
        frame = [
            row | {"before": before.get(row["area"])} for row in (*frame, *({"area": area} | none for area in gone))
        ]
    on_map = {each["area"] for each in shapes}
    lost = sum(row["value"] for row in known_rows(rows) if row["label"] not in on_map)
    notes = (f"{prose.count(lost, now.metric.unit)} without an area on this map; the table has them.",) if lost else ()
    crowded = by_size([row for row in frame if prose.known(row["per_km2"])], "per_km2")
    if len(crowded) > 1 and crowded[0]["per_km2"] > 0:
        notes = (
            f"Areas differ in size: most {unit} per km² are in {crowded[0]['area']}, {_per_km2(crowded[0]['per_km2'])}; the table has all of them",
            *notes,
        )
    options = {
        "unit": now.metric.unit,
        "meaning": meaning(now.metric),
        "base": base(source),
        "latitude": source.city.map.center[0],
        "beside": (*beside, *notes, *credit(source)),
    }
    return finding(
        source, key or f"{metric}_map", question or f"Where? {now.metric.title} by area", _say(rows, whole, now.metric.unit, scope), now, scope, frame=frame or pd.DataFrame(columns=COLUMNS),
        drawing="map_areas" if prose.known(whole.get("value")) and whole["value"] else "", drawn=drawn, options=options, n=said_n(whole, now.metric),
    )  # fmt: skip


@remembered(32)
def _sizes(source: Source) -> dict[str, float]:
    """The square kilometres of each area, as the build measured them in an equal-area projection."""
    rows = records(source.table("dim_areas")) if source.has("dim_areas") else []
    return {str(row["area"]): float(row["km2"]) for row in rows if prose.known(row["km2"])}


def _shape(area: Row, row: Row | None, unit: str, sizes: dict[str, float]) -> Row:
    """An area of the map with its figure; one without any has none."""
    figure = {"value": row["value"], "status": row["status"]} if row else {"value": 0.0, "status": ""}
    made = _dense({"area": area["area"]} | figure, sizes)
    density = f"{_per_km2(made['per_km2'])} {unit} per km²" if prose.known(made["per_km2"]) else ""
    return made | {"label": area["area"], "geojson": area["geojson"], "density": density}


def _dense(row: Row, sizes: dict[str, float]) -> Row:
    """The same row with the square kilometres of its area and the count per km²; empty for what is no area."""
    km2 = sizes.get(str(row["area"]))
    per_km2 = round(row["value"] / km2, 1) if km2 and prose.known(row["value"]) else None
    return row | {"km2": km2 and round(km2, 2), "per_km2": per_km2}


def _per_km2(value: float) -> str:
    """A count per km² as it is said: whole from 10 on, else with one decimal."""
    return prose.count(value) if value >= 10 else f"{value:.1f}"


def _say(rows: list[Row], whole: Row, unit: str, scope: Scope) -> str:
    known = [row for row in known_rows(rows) if row["value"] > 0]
    if not known:
        return f"{prose.count(0, unit)} {scope.within}" if whole.get("value") == 0 else prose.figure(whole, unit)
    first = known[0]
    said = (
        f"{prose.count(whole['value'], unit)} {scope.within}"
        if prose.known(whole.get("value"))
        else f"By area {scope.within}"
    )
    return f"{said}; the area with most: {first['label']}, with {prose.count(first['value'])}"
