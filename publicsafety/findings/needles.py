"""Needles: reports, pickups and needles are three counts that are not alike, and a map shows where people report."""

from typing import Any

import pandas as pd

from publicsafety import prose
from publicsafety.filters import Filters
from publicsafety.findings import places
from publicsafety.findings.core import Finding, Scope, Source, parts, shaped
from publicsafety.language import gettext as _
from publicsafety.language import later
from publicsafety.statistics import false_discoveries, share_of_two

# What the visitor may count: the metric, its column in queries/charts, its name in hot_spots, its words.
MEASURES = {
    "reports": ("needle_reports", "value", "reports"),
    "pickups": ("needle_pickups", "visits", "pickups"),
    "needles": ("needles_removed", "needles", "needles"),
}
NAMES = {"reports": "Reports", "pickups": "Pickups", "needles": "Needles"}
UNITS = {"reports": "requests", "pickups": "visits", "needles": "needles"}
WHERE_REPORTED = later(
    "The map shows where people report needles. Places that nobody walks past or reports are not on it, and a report's time is not the time of discard."
)

# What a comparison of two periods finds in an area.
MORE, FEWER, SAME = "More than chance would make", "Fewer than chance would make", "No sign of change"


def ground(source: Source, measure: str) -> dict[str, Any]:
    """The options that all needle maps share."""
    return {
        "unit": UNITS[measure],
        "meaning": "needles",
        "base": places.base(source),
        "latitude": source.city.map.center[0],
        "beside": (_(WHERE_REPORTED), *places.credit(source)),
    }


def by_area(source: Source, scope: Scope, measure: str = "reports") -> Finding:
    """The chosen count by area, with that of the comparison period in the table."""
    return places.by_area(
        source,
        scope,
        MEASURES[measure][0],
        _question(measure),
        key=f"needle_map_areas_{measure}",
        beside=(WHERE_REPORTED,),
    )


def by_hexagon(source: Source, scope: Scope, measure: str = "reports") -> Finding:
    """The chosen count by hexagon; hot spots are those of the period's year, or of all years where it is no single year."""
    column = MEASURES[measure][1]
    rows = source.chart("needle_hexagons", scope.on_chart("needle_hexagons"))
    rows = rows.assign(value=rows[column].astype(float))
    hot, of_when = _hot(source, scope, measure)
    shapes = source.table("map_hexagons")
    drawn = rows[rows["value"] > 0].merge(shapes, on="h3", how="inner").assign(label="Hexagon", status="")
    drawn["is_hot"] = drawn["h3"].isin(hot)
    frame = (
        rows[["h3", "value"]]
        .rename(columns={"value": measure})
        .assign(hot_spot=rows["h3"].isin(hot))
        .sort_values(measure, ascending=False)
    )
    said = f"No {measure} with a place {scope.within}"
    if len(drawn):
        said = f"{prose.count(rows['value'].sum(), UNITS[measure])} {scope.within} in {len(drawn)} {'hexagon' if len(drawn) == 1 else 'hexagons'} of about 0.1 km²; {_hot_words(int(drawn['is_hot'].sum()), of_when)}"
    options = ground(source, measure)
    options["beside"] = (
        *options["beside"],
        "Outlined: hot spots by Getis–Ord Gi* with a false-discovery rate of 5%. A dark hexagon without an outline is busy, and may be so by chance.",
    )
    return shaped(
        source, f"needle_map_hexagons_{measure}", _question(measure), said, frame, scope, drawing="map_hexagons" if len(drawn) else "", drawn=drawn, options=options,
        n=f"n = {prose.count(rows['value'].sum(), UNITS[measure])}", shape="needle_hexagons", filters=scope.on_chart("needle_hexagons"),
    )  # fmt: skip


def _hot_words(number: int, of_when: str) -> str:
    """Whether busy places are more than chance, and for which years that was computed."""
    if not of_when:
        return "hot spots are those of the whole city, and are not marked while a filter is set"
    if not number:
        return f"none of them is a hot spot {of_when}"
    return f"{number} of them {'is a hot spot' if number == 1 else 'are hot spots'} {of_when}: with the hexagons around them, more than chance would put there"


def _hot(source: Source, scope: Scope, measure: str) -> tuple[set[str], str]:
    """The hot hexagons, and for which years they were computed."""
    if not source.has("hot_spots") or scope.on_chart("needle_hexagons").where:
        return set(), ""
    table = source.table("hot_spots")
    start, end = scope.filters.start, scope.filters.end
    year = start.year if start and end and start.year == end.year else 0
    chosen = table[(table["measure"] == measure) & (table["year"] == year) & table["is_hot"]]
    return set(chosen["h3"]), f"of {year}" if year else "over all years"


def by_park(source: Source, scope: Scope, measure: str = "reports") -> Finding:
    """The chosen count by park."""
    column = MEASURES[measure][1]
    rows = source.chart("needle_parks", scope.on_chart("needle_parks")).rename(columns={"park": "label"})
    rows = (
        rows.assign(value=rows[column].astype(float), status="")
        .sort_values("value", ascending=False)
        .reset_index(drop=True)
    )
    drawn = rows[rows["value"] > 0].merge(
        source.table("map_parks").rename(columns={"park": "label"}), on="label", how="inner"
    )
    said = f"No {measure} in a park {scope.within}"
    if len(drawn):
        said = f"{prose.count(rows['value'].sum(), UNITS[measure])} in {len(rows)} parks {scope.within}; most in {rows['label'].iloc[0]} ({prose.count(rows['value'].iloc[0])})"
    options = {
        **ground(source, measure),
        "open_table": True,
        "legend": f"larger disc: more {measure}",
    }  # a small park's name may have no room on the map
    return shaped(
        source, f"needle_map_parks_{measure}", _question(measure), said, rows[["label", "value"]].rename(columns={"label": "park", "value": measure}), scope,
        drawing="map_parks" if len(drawn) else "", drawn=drawn, options=options, shape="needle_parks", filters=scope.on_chart("needle_parks"),
    )  # fmt: skip


def points(source: Source, scope: Scope, measure: str = "reports") -> Finding:
    """Exact points, on the screen alone: the table and the download hold months and no places."""
    rows = source.chart("needle_points", scope.on_chart("needle_points"))
    if measure != "reports":
        rows = rows[rows["is_visit"] if measure == "pickups" else rows["needles"] > 0].reset_index(drop=True)
    many = prose.count(len(rows), "visits" if measure == "pickups" else "requests")
    found = " that found needles" if measure == "needles" else ""
    months = pd.to_datetime(rows["reported_on"]).dt.strftime("%Y-%m")
    frame = months.value_counts().sort_index().rename_axis("month").reset_index(name="points")
    drawn = rows.assign(
        label=[
            f"{prose.short_day(pd.Timestamp(day).date())}: {prose.count(n, 'needles') if prose.known(n) else 'no visit yet'}"
            for day, n in zip(rows["reported_on"], rows["needles"], strict=True)
        ]
    )
    options = {**ground(source, measure), "axis": "one visit" if measure == "pickups" else "one report"}
    options["beside"] = (
        *options["beside"],
        "Exact points are for leadership, on the screen only. A point can be somebody's home.",
    )
    return shaped(
        source, f"needle_points_{measure}", _question(measure), f"The latest {many}{found} with a place {scope.within}" if len(rows) else f"No {measure} with a place {scope.within}",
        frame, scope, drawing="map_points" if len(rows) else "", drawn=drawn, options=options, shape="needle_points", filters=scope.on_chart("needle_points"),
    )  # fmt: skip


def months(source: Source, scope: Scope, measure: str = "reports") -> Finding:
    """The same map month by month, as small multiples: the latest twelve months of the period."""
    rows = source.chart("needle_months", scope.on_chart("needle_months"))
    rows = rows.assign(value=rows[measure].astype(float), period=pd.to_datetime(rows["month"]).dt.strftime("%Y-%m-%d"))
    latest = sorted(rows["period"].unique())[-12:]
    drawn = rows[rows["period"].isin(latest) & (rows["value"] > 0)].merge(
        source.table("map_hexagons"), on="h3", how="inner"
    )
    counts = rows.groupby("period")["value"].sum()
    said = f"No {measure} with a place {scope.within}"
    if len(drawn):
        top = counts.loc[latest].idxmax()
        many = f"the latest {len(latest)} months" if len(latest) > 1 else "one month"
        said = f"The busiest of {many} was {prose.period_name(top, 'month')}, with {prose.count(counts[top], UNITS[measure])}"
    frame = rows[["period", "h3", "value"]].rename(columns={"value": measure})
    return shaped(
        source, f"needle_months_{measure}", "Does it move from month to month?", said, frame, scope, drawing="map_months" if len(drawn) else "", drawn=drawn,
        options={**ground(source, measure), "months": latest}, shape="needle_months", filters=scope.on_chart("needle_months"),
    )  # fmt: skip


def again(source: Source, scope: Scope, measure: str = "reports") -> Finding:
    """Places with reports on many days: where a box, a light or a visit may help."""
    column, unit = MEASURES[measure][1], UNITS[measure]
    rows = source.chart("needle_place_repeats", scope.on_chart("needle_place_repeats"))
    rows = rows[rows["days"] >= 2].sort_values([column, "h3_9"], ascending=[False, True]).reset_index(drop=True)
    names = [
        row["park"] if isinstance(row["park"], str) and row["park"] else row["area"] for row in rows.to_dict("records")
    ]
    said = f"No place had reports on more than one day {scope.within}"
    if len(rows):
        most = prose.count(rows[column].iloc[0], unit)
        said = f"{prose.count(len(rows))} {'place' if len(rows) == 1 else 'places'} had reports on more than one day {scope.within}; most {measure} in {names[0]}, with {most} and reports on {prose.count(rows['days'].iloc[0], 'days')}"
    drawn = rows.assign(
        value=rows[column].astype(float), status="", label=[f"{name} · place {n}" for n, name in enumerate(names, 1)]
    )
    return shaped(
        source, f"needle_places_again_{measure}", "Which places come up again and again?", said, rows.drop(columns=["h3_9"]).rename(columns={"value": "reports"}), scope,
        drawing="bars" if len(rows) else "", drawn=drawn, options={"unit": unit, "meaning": "needles", "beside": ("A place is a hexagon of about 0.1 km², not an address.",)},
        shape="needle_place_repeats", filters=scope.on_chart("needle_place_repeats"),
    )  # fmt: skip


def change(source: Source, scope: Scope, measure: str = "reports") -> Finding:
    """Where are there more, or fewer, than in the comparison period, beyond what chance would make?"""
    metric = MEASURES[measure][0]
    asked = scope.before(metric, by=("area",))
    rows = _two_periods(source, scope, metric, asked)
    tested = measure != "needles"  # needles come in bags: they are not counted one by one
    rows["verdict"] = _verdicts(rows, _length(scope)) if tested else "not tested"
    shapes = source.table("map_areas")[["area", "geojson"]].rename(columns={"area": "label"})
    drawn = shapes.merge(rows, on="label", how="inner")
    options = {**ground(source, measure), "comparison": scope.comparison_name}
    options["beside"] = (
        *options["beside"],
        f"In brackets: {scope.comparison_name}. Two counts differ when chance would seldom split them so (exact test, false-discovery rate of 5% over all areas)."
        if tested
        else "Needles come in bags, so that a test of single ones would find changes that are none.",
    )
    known = bool(len(drawn)) and asked is not None
    return shaped(
        source, f"needle_map_change_{measure}", "Where has it changed?", _said_change(rows, measure, scope, asked is not None), rows.rename(columns={"label": "area", "value": measure}), scope,
        observations=(source.run(metric, scope.on(metric, by=("area",))),), drawing="map_change" if known else "", drawn=drawn, options=options, filters=scope.on(metric, by=("area",)), n=f"n = {prose.count(rows['value'].sum(), UNITS[measure])}",
    )  # fmt: skip


def _two_periods(source: Source, scope: Scope, metric: str, asked: Filters | None) -> pd.DataFrame:
    """Each area's count now and in the comparison period; an area without any in one of them counts 0."""
    areas = source.table("map_areas")["area"].rename("label").to_frame()
    for name, filters in (("value", scope.on(metric, by=("area",))), ("before", asked)):
        found = {row["label"]: row["value"] for row in parts(source.run(metric, filters), "area")} if filters else {}
        areas[name] = areas["label"].map(found).astype("float64")
    return areas.fillna({"value": 0.0, "before": 0.0}).sort_values("value", ascending=False).reset_index(drop=True)


def _length(scope: Scope) -> float:
    """How long the period is, over the one that it is compared with."""
    days = [
        (each.end - each.start).days + 1 if each and each.start and each.end else 1
        for each in (scope.filters, scope.comparison)
    ]
    return days[0] / days[1]


def _verdicts(rows: pd.DataFrame, length: float) -> list[str]:
    pairs = [(int(now), int(then)) for now, then in zip(rows["value"], rows["before"], strict=True)]
    differ = false_discoveries([share_of_two(now, then, length) for now, then in pairs])
    return [
        (MORE if now > then * length else FEWER) if changed else SAME
        for (now, then), changed in zip(pairs, differ, strict=True)
    ]


def _said_change(rows: pd.DataFrame, measure: str, scope: Scope, is_compared: bool) -> str:
    if not is_compared:
        return "Choose a period to compare with: the filters above have “The year before”"
    if measure == "needles":
        return f"Needles are not tested for change; {prose.count(rows['value'].sum(), 'needles')} {scope.within}, {prose.count(rows['before'].sum())} {scope.comparison_name}"
    changed = rows[rows["verdict"].isin([MORE, FEWER])]
    if changed.empty:
        return f"No area has a sign of change in {measure} {scope.within}, compared with {scope.comparison_name}"
    said = [
        f"{row['verdict'].split(' ')[0].lower()} in {row['label']} ({prose.count(row['value'])}, {prose.count(row['before'])} {scope.comparison_name})"
        for row in changed.to_dict("records")
    ]
    return f"{NAMES[measure]} {scope.within}: {prose.listing(said)}; no sign of change in the other {len(rows) - len(changed)} areas"


VIEWS = {"hexagons": by_hexagon, "areas": by_area, "parks": by_park, "points": points, "change": change}


def _question(measure: str) -> str:
    return {
        "reports": "Where do people report needles?",
        "pickups": "Where were needles looked for?",
        "needles": "Where were needles found?",
    }[measure]
