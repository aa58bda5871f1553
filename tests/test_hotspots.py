"""Hot spots are statistically so: Gi* against its formula written out, and against chance."""

import h3
import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from publicsafety.pipeline.hotspots import by_year, hot_spots, with_zeros

CENTRE = h3.latlng_to_cell(42.37, -71.11, 9)
CELLS = sorted(h3.grid_disk(CENTRE, 6))


def gi_star(counts: pd.DataFrame) -> np.ndarray:
    """Ord and Getis 1995, formula for Gi*, term by term and with no library."""
    x = counts["count"].to_numpy(float)
    mean, spread, n = x.mean(), x.std(), len(x)
    found = []
    for cell in counts["h3"]:
        near = set(h3.grid_disk(cell, 1))
        w = np.array([float(other in near) for other in counts["h3"]])
        found.append((w @ x - mean * w.sum()) / (spread * np.sqrt((n * (w**2).sum() - w.sum() ** 2) / (n - 1))))
    return np.array(found)


@given(st.lists(st.integers(0, 30), min_size=len(CELLS), max_size=len(CELLS)))
def test_the_score_is_that_of_the_published_formula(values: list[int]) -> None:
    counts = pd.DataFrame({"h3": CELLS, "count": values})
    found = hot_spots(counts)
    if sum(values) < 50 or len(set(values)) == 1:
        assert not found["is_hot"].any()
        assert found["z"].isna().all()
    else:
        np.testing.assert_allclose(found["z"], gi_star(counts), atol=1e-9)


def test_a_cluster_is_hot_and_one_busy_place_alone_is_not() -> None:
    values = pd.Series(np.random.default_rng(1).poisson(2, len(CELLS)), index=CELLS)
    cluster = sorted(h3.grid_disk(CENTRE, 1))
    values[cluster] += 10
    lonely = h3.latlng_to_cell(42.385, -71.11, 9)
    lonely = lonely if lonely in values.index else CELLS[0]
    values[lonely] += 10
    found = hot_spots(values.rename_axis("h3").rename("count").reset_index()).set_index("h3")
    assert found.loc[CENTRE, "is_hot"]
    assert not found.loc[lonely, "is_hot"]


def test_chance_alone_makes_hot_spots_in_at_most_about_one_city_in_twenty() -> None:
    rng = np.random.default_rng(7)
    cities = [hot_spots(pd.DataFrame({"h3": CELLS, "count": rng.poisson(5, len(CELLS))})) for _ in range(100)]
    assert sum(bool(city["is_hot"].any()) for city in cities) <= 15


def test_hexagons_without_events_are_counted_as_zero_for_each_year_and_measure() -> None:
    events = pd.DataFrame({"h3": [CELLS[0]] * 2, "year": [2025, 2026], "measure": "reports", "count": [60, 70]})
    found = by_year(events, CELLS)
    assert len(found) == 2 * len(CELLS)
    assert with_zeros(events[events["year"] == 2025], CELLS)["count"].sum() == 60
