"""The oracle: every table there is, tried one by one. Slow and obviously right, for tables of a few records."""

from collections.abc import Sequence
from functools import cache
from itertools import product

import numpy as np

from publicsafety.pipeline.audit.knowledge import Region, Statement, Structure, Target


@cache
def all_tables(cells: int, records: int) -> np.ndarray:
    """Every way to put `records` records into `cells` cells, one per row."""
    if cells == 1:
        return np.array([[records]], dtype=np.int16)
    rows = [
        np.column_stack([np.full(len(rest), first), rest])
        for first in range(records + 1)
        for rest in [all_tables(cells - 1, records - first)]
    ]
    return np.concatenate(rows)


def finest(structure: Structure, universe: str) -> list[dict[str, str]]:
    """The full cross of all attributes."""
    values = structure.values[universe]
    return [dict(zip(values, one, strict=True)) for one in product(*values.values())]


def weights(terms: Sequence[tuple[float, Region]], cells: Sequence[dict[str, str]]) -> np.ndarray:
    """How often each finest cell counts in a sum of regions."""
    total = np.zeros(len(cells))
    for weight, region in terms:
        total += weight * np.array([all(one[name] in allowed for name, allowed in region.where) for one in cells])
    return total


def true_intervals(
    statements: Sequence[Statement], targets: Sequence[Target], structure: Structure, universe: str, records: range
) -> list[tuple[int, int]] | None:
    """The smallest and largest value of each target over all tables that fit, or None when no table does."""
    cells = finest(structure, universe)
    tables = np.concatenate([all_tables(len(cells), n) for n in records])
    fits = np.ones(len(tables), dtype=bool)
    for one in statements:
        sums = tables @ weights(one.terms, cells)
        fits &= (sums >= one.low - 1e-9) & (sums <= one.high + 1e-9)
    if not fits.any():
        return None
    values = [tables[fits] @ weights(one.terms, cells) for one in targets]
    return [(int(one.min()), int(one.max())) for one in values]
