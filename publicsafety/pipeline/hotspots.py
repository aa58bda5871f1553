"""Which hexagons are hot spots, and which are merely busy? Getis–Ord Gi* with false-discovery control, at build time.

A hexagon is hot when it and its neighbours together hold more than an even spread of the same total would put there by
chance. Busy places beside quiet ones are not hot; several busy ones in a row are.
"""

import json
import warnings

import duckdb
import h3
import numpy as np
import pandas as pd

ALPHA = 0.05  # share of hexagons called hot that may be so by chance (Benjamini and Hochberg 1995)
FEWEST_CELLS = 30  # below this the normal approximation of Gi* says little (Ord and Getis 1995)
FEWEST_EVENTS = 50
RESOLUTION = 9  # hexagons of about 0.1 km²


def hot_spots(counts: pd.DataFrame, alpha: float = ALPHA) -> pd.DataFrame:
    """Gi* of every hexagon: columns h3, count, z, p (one-sided, hot), is_hot.

    `counts` has h3 (one resolution) and count, one row per hexagon of the study area, hexagons without any included:
    an area of which only the busy hexagons are given has no cold background to stand out from (see `with_zeros`).
    With too few hexagons or events, z and p are missing and nothing is hot. z is the statistic of Getis and Ord (1992)
    in the form of Ord and Getis (1995), computed by esda with binary weights, the hexagon itself included.
    """
    frame = (
        counts[["h3", "count"]].groupby("h3", as_index=False)["count"].sum().sort_values("h3").reset_index(drop=True)
    )
    values = frame["count"].to_numpy(float)
    if len(frame) < FEWEST_CELLS or values.sum() < FEWEST_EVENTS or np.ptp(values) == 0:
        return frame.assign(z=np.nan, p=np.nan, is_hot=False)
    from scipy.stats import false_discovery_control, norm  # takes a second, which a build without needles is spared

    z = _scores(list(frame["h3"]), values)
    p = norm.sf(z)
    return frame.assign(z=z, p=p, is_hot=false_discovery_control(p) <= alpha)


def with_zeros(counts: pd.DataFrame, study_area: list[str]) -> pd.DataFrame:
    """The same counts with a zero for each hexagon of the study area that had none."""
    known = counts.groupby("h3")["count"].sum()
    return known.reindex(sorted(set(known.index) | set(study_area)), fill_value=0).rename_axis("h3").reset_index()


def by_year(events: pd.DataFrame, study_area: list[str], alpha: float = ALPHA) -> pd.DataFrame:
    """Hot spots for every year and measure: `events` has h3, year, measure, count; the answer adds z, p, is_hot."""
    made = [
        hot_spots(with_zeros(group, study_area), alpha).assign(year=year, measure=measure)
        for (year, measure), group in events.groupby(["year", "measure"])
    ]
    columns = ["h3", "year", "measure", "count", "z", "p", "is_hot"]
    return pd.concat(made, ignore_index=True)[columns] if made else pd.DataFrame(columns=columns)


def _scores(cells: list[str], values: np.ndarray) -> np.ndarray:
    """Gi* as z-scores, from esda; a hexagon's neighbours are those of its ring that lie in the study area."""
    from esda.getisord import G_Local  # heavy, and only a build needs it
    from libpysal.weights import W

    inside = set(cells)
    neighbours = {cell: [each for each in h3.grid_disk(cell, 1) if each != cell and each in inside] for cell in cells}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # islands and disconnected parts are fine: a hexagon alone is its own sum
        weights = W(neighbours, silence_warnings=True)
        weights.transform = "B"
        found = G_Local(values, weights, transform="B", permutations=0, star=True)
    return np.nan_to_num(np.asarray(found.Zs, dtype=float), nan=0.0)


def study_area(outline: str, resolution: int = RESOLUTION) -> list[str]:
    """Every hexagon whose centre lies in the city: `outline` is the GeoJSON geometry of the city."""
    return sorted(h3.geo_to_cells(json.loads(outline), resolution))


def write_hot_spots(con: duckdb.DuckDBPyConnection) -> None:
    """Create `hot_spots(h3, year, measure, count, z, p, is_hot)` from fct_pickups and map_city; year 0 is all years."""
    counts = "h3_9 as h3, year(reported_at)::integer as year"
    events = con.execute(
        f"""with events as (
            select {counts}, 'reports' as measure, 1 as count from fct_pickups where is_report
            union all select {counts}, 'pickups', 1 from fct_pickups where is_pickup
            union all select {counts}, 'needles', needles_found from fct_pickups where needles_found > 0)
        select h3, measure, coalesce(year, 0) as year, sum(count)::bigint as count from events where h3 is not null
        group by grouping sets ((h3, measure, year), (h3, measure)) order by all"""
    ).df()
    outline = con.execute("select geojson from map_city").fetchall()
    cells = study_area(outline[0][0]) if outline and outline[0][0] else []
    con.register(
        "frame_in",
        by_year(events, cells).astype(
            {"year": "int32", "count": "int64", "z": "float64", "p": "float64", "is_hot": bool}
        ),
    )
    con.execute("create or replace table hot_spots as select * from frame_in order by all")
    con.unregister("frame_in")
