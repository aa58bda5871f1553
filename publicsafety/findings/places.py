"""Where: a count by area on the city's own layer, with the comparison period beside it in the table."""

from typing import Any

import numpy as np
import pandas as pd

from publicsafety import prose
from publicsafety.findings.core import Finding, Scope, Source, finding, matched, parts, total
from publicsafety.findings.words import meaning, said_n


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
    shapes = source.table("map_areas")
    drawn = pd.DataFrame({"label": shapes["area"], "geojson": shapes["geojson"]})
    value, status = matched(drawn, rows), matched(drawn, rows, "status")
    absent = pd.isna(status)
    drawn = drawn.assign(
        value=np.where(absent, 0.0, pd.array(value, dtype="Float64").to_numpy("float64", na_value=np.nan)),
        status=np.where(absent, "", status),
    )
    frame = pd.DataFrame({"area": rows["label"], "value": rows["value"], "status": rows["status"]})
    sizes = _sizes(source)
    frame, drawn = (_dense(each, name, sizes) for each, name in ((frame, "area"), (drawn, "label")))
    unit = prose.noun(now.metric.unit)
    drawn["density"] = [f"{_per_km2(each)} {unit} per km²" if prose.known(each) else "" for each in drawn["per_km2"]]
    then = scope.before(metric, by=("area",))
    if then is not None:
        before = parts(source.run(metric, then), "area")
        if len(gone := before[~before["label"].isin(rows["label"])]):  # an area that has none now had some then
            frame = pd.concat([frame, pd.DataFrame({"area": gone["label"]})], ignore_index=True)
        frame["before"] = matched(frame.rename(columns={"area": "label"}), before)
    off_map = rows[~rows["label"].isin(shapes["area"]) & rows["value"].notna()]
    lost = float(off_map["value"].sum()) if len(off_map) else 0.0
    notes = (f"{prose.count(lost, now.metric.unit)} without an area on this map; the table has them.",) if lost else ()
    crowded = frame[frame["per_km2"].notna()].sort_values("per_km2", ascending=False, kind="stable")
    if len(crowded) > 1 and crowded["per_km2"].iloc[0] > 0:
        notes = (
            f"Areas differ in size: most {unit} per km² are in {crowded['area'].iloc[0]}, {_per_km2(crowded['per_km2'].iloc[0])}; the table has all of them",
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
        source, key or f"{metric}_map", question or f"Where? {now.metric.title} by area", _say(rows, whole, now.metric.unit, scope), now, scope, frame=frame,
        drawing="map_areas" if prose.known(whole.get("value")) and whole["value"] else "", drawn=drawn, options=options, n=said_n(whole, now.metric),
    )  # fmt: skip


def _sizes(source: Source) -> dict[str, float]:
    """The square kilometres of each area, as the build measured them in an equal-area projection."""
    table = source.table("dim_areas") if source.has("dim_areas") else pd.DataFrame({"area": [], "km2": []})
    return dict(zip(table["area"].astype(str), table["km2"].astype(float), strict=True))


def _dense(frame: pd.DataFrame, name: str, sizes: dict[str, float]) -> pd.DataFrame:
    """The same rows with the square kilometres of their area and the count per km²; empty for what is no area."""
    km2 = np.array([sizes.get(str(each)) or np.nan for each in frame[name]], dtype="float64")
    return frame.assign(km2=km2.round(2), per_km2=(pd.to_numeric(frame["value"]).astype("float64") / km2).round(1))


def _per_km2(value: Any) -> str:
    """A count per km² as it is said: whole from 10 on, else with one decimal."""
    return prose.count(value) if value >= 10 else f"{value:.1f}"


def _say(rows: pd.DataFrame, whole: dict[str, Any], unit: str, scope: Scope) -> str:
    known = rows[rows["value"].notna() & (rows["value"].fillna(0) > 0)]
    if known.empty:
        return f"{prose.count(0, unit)} {scope.within}" if whole.get("value") == 0 else prose.figure(whole, unit)
    first = known.iloc[0]
    said = (
        f"{prose.count(whole['value'], unit)} {scope.within}"
        if prose.known(whole.get("value"))
        else f"By area {scope.within}"
    )
    return f"{said}; the area with most: {first['label']}, with {prose.count(first['value'])}"
