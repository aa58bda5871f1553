"""Where do the classes of a map begin and end? Natural breaks: as few unlike figures in one class as can be."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from publicsafety import prose

FINEST = 400  # different figures that are told apart
Numbers = NDArray[np.float64]


def natural_breaks(values: Iterable[float | None], most: int) -> list[float]:
    """Upper edges of at most `most` classes of the figures above zero; every edge is a figure that occurs.

    Fisher (1958), "On Grouping for Maximum Homogeneity": the cut that leaves the smallest sum of squares within classes.
    Of square roots, for a count spreads as its root: one place with 77 does not share a class with those of 7, as it did
    when every class had as many places as the others.
    """
    known = [float(value) for value in values if value is not None and prose.known(value)]
    figures, times = np.unique([value for value in known if value > 0], return_counts=True)
    if len(figures) <= most:
        return [float(each) for each in figures]
    if len(figures) > FINEST:  # the cut takes the square of their number: neighbours go together
        kept = np.unique(np.linspace(0, len(figures) - 1, FINEST).astype(int))
        times = np.add.reduceat(times, np.concatenate([[0], kept[:-1] + 1]))
        figures = figures[kept]
    spread = _spread(np.sqrt(figures), times.astype("float64"))
    best, firsts = spread[0], []  # of the figures up to each: the least within so many classes; where the last begins
    for _ in range(most - 1):
        sums = np.vstack([np.full(len(figures), np.inf), best[:-1, None] + spread[1:]])
        firsts.append(sums.argmin(axis=0))
        best = sums.min(axis=0)
    last = len(figures) - 1
    edges = [last]
    for first in reversed(firsts):
        last = int(first[last]) - 1
        edges.append(last)
    return [float(figures[each]) for each in reversed(edges)]


def _spread(figures: Numbers, times: Numbers) -> Numbers:
    """The sum of squares around their mean of the figures from each (row) to each (column); infinite where there are none."""
    n, sums, squares = (np.concatenate([[0.0], np.cumsum(times * figures**power)]) for power in (0, 1, 2))
    after, before = slice(1, None), (slice(None, -1), None)
    counts = n[after] - n[before]
    with np.errstate(invalid="ignore", divide="ignore"):
        within = squares[after] - squares[before] - (sums[after] - sums[before]) ** 2 / counts
    return np.where(counts > 0, np.maximum(within, 0.0), np.inf)
