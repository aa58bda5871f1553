"""Where do calls and needles come from? A finite set of address points in the areas, as a geocoder would give."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely

ADDRESSES, OUTSIDE, SPOTS = 6_000, 60, 25


@dataclass(frozen=True)
class Places:
    """Points by position: addresses first, then `parks` spots, then points outside, the geocoder's default last."""

    latitude: np.ndarray  # degrees, WGS 84, rounded to 5 decimals
    longitude: np.ndarray
    area: np.ndarray  # the area's name, '' outside
    kind: np.ndarray  # park, playground, school, street or other
    weight: np.ndarray  # chance of a call at an address; 0 elsewhere
    needle_weight: np.ndarray  # chance of a needle request
    outside: np.ndarray  # positions outside the city
    default: int  # position of the geocoder's default point

    def draw(self, rng: np.random.Generator, count: int, *, needles: bool = False) -> np.ndarray:
        """Positions of `count` calls (or needle requests)."""
        weights = np.cumsum(self.needle_weight if needles else self.weight)
        return np.searchsorted(weights, rng.random(count) * weights[-1], side="right")


def _features(path: Path) -> list[tuple[dict[str, Any], Any]]:
    raw = json.loads(path.read_text(encoding="utf-8"))
    return [
        (each["properties"], shapely.geometry.shape(each["geometry"])) for each in raw["features"] if each["geometry"]
    ]


def _within(rng: np.random.Generator, shape: Any, count: int, *, on_streets: bool) -> np.ndarray:
    """`count` points of a polygon: half of them (all, unless `on_streets`) anywhere, half on a grid."""
    west, south, east, north = shape.bounds
    shapely.prepare(shape)
    found = np.empty((0, 2))
    for _ in range(200):
        if len(found) >= count:
            return found[:count]
        x, y = rng.uniform(west, east, 4 * count), rng.uniform(south, north, 4 * count)
        draw = rng.random(4 * count) if on_streets else np.ones(4 * count)
        x = np.where(draw < 0.25, np.round(x / 0.0016) * 0.0016 + 0.0003, x)
        y = np.where((draw >= 0.25) & (draw < 0.5), np.round(y / 0.0012) * 0.0012 + 0.0001, y)
        points = np.round(np.column_stack([x, y]), 5)
        found = np.vstack([found, points[shapely.contains_xy(shape, points[:, 0], points[:, 1])]])
    inside = shape.representative_point()  # a sliver that chance does not hit
    return np.vstack([found, np.tile([inside.x, inside.y], (count, 1))])[:count]


def load_places(
    rng: np.random.Generator, areas: Path, parks: Path, center: tuple[float, float], bounds: tuple[float, ...]
) -> Places:
    """Lay out the city's points. `center` is latitude, longitude; `bounds` is south, west, north, east."""
    shapes = [(str(props["NAME"]), shape) for props, shape in _features(areas)]
    city = shapely.union_all([shape for _, shape in shapes])
    sizes = np.array([shape.area for _, shape in shapes]) ** 0.5
    points, names, kinds = [], [], []
    for (name, shape), share in zip(shapes, sizes / sizes.sum(), strict=True):
        drawn = _within(rng, shape, max(20, round(ADDRESSES * share)), on_streets=True)
        points.append(drawn)
        names += [name] * len(drawn)
        kinds += ["street"] * len(drawn)
    addresses = len(names)
    spots = 0
    for props, shape in _features(parks):
        drawn = _within(rng, shape, SPOTS, on_streets=False)
        spots += len(drawn)
        points.append(drawn)
        names += [next((name for name, each in shapes if each.intersects(shapely.Point(point))), "") for point in drawn]
        kinds += [str(props["kind"])] * len(drawn)
    south, west, north, east = bounds
    beyond = np.round(np.column_stack([rng.uniform(west, east, 900), rng.uniform(south, north, 900)]), 5)
    beyond = beyond[~shapely.contains_xy(city.buffer(0.001), beyond[:, 0], beyond[:, 1])][:OUTSIDE]
    points += [beyond, np.array([[center[1], center[0]]])]
    names += [""] * (len(beyond) + 1)
    kinds += ["other"] * (len(beyond) + 1)
    xy = np.vstack(points)
    weight, needle_weight = np.zeros(len(xy)), np.zeros(len(xy))
    weight[:addresses] = rng.pareto(2.2, addresses) + 0.3
    needle_weight[:addresses] = np.where(rng.random(addresses) < 0.03, rng.pareto(1.5, addresses) + 0.2, 0)
    hot = np.repeat(1.0 / np.arange(1, spots // SPOTS + 1) ** 1.1, SPOTS) * (rng.pareto(1.8, spots) + 0.2)
    needle_weight[addresses : addresses + spots] = hot
    needle_weight[:addresses] *= 0.8 * hot.sum() / max(needle_weight[:addresses].sum(), 1e-9)
    outside = np.arange(addresses + spots, addresses + spots + len(beyond))
    return Places(xy[:, 1], xy[:, 0], np.array(names), np.array(kinds), weight, needle_weight, outside, len(xy) - 1)
