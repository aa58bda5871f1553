"""Small linked tables, and what an adversary can know of them found by listing every possible table: the tests'
oracle."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import combinations, product

import numpy as np
import pandas as pd

from publicsafety.pipeline.release.intervals import Cells
from publicsafety.pipeline.release.structure import Key, Levels, System, assemble


def keys_of(levels: Levels, tables: Iterable[Sequence[str]]) -> list[Key]:
    """Every cell that the tables print, with the totals over each of their levels."""
    found: dict[Key, None] = {}
    for table in tables:
        for size in range(len(table) + 1):
            for chosen in combinations(table, size):
                for values in product(*(levels.values[level] for level in chosen)):
                    try:
                        found.setdefault(levels.key(dict(zip(chosen, values, strict=True))))
                    except ValueError:
                        continue  # an area outside the group
    return list(found)


def points_of(levels: Levels, records: Iterable[Mapping[str, str]]) -> pd.DataFrame:
    """Counted records, with the coarser level of each."""
    rows = []
    for record in records:
        row = dict(record)
        for level in record:
            for ancestor in levels.ancestors(level):
                row[ancestor] = levels.lift(level, record[level], ancestor)
        rows.append({**row, "count": 1})
    return pd.DataFrame(rows)


def cells_of(system: System, k: int, keep: Iterable[Key] = ((),)) -> Cells:
    """The usual rules: small counts are primary, zeros and headlines stay, larger totals cost more."""
    value = system.values
    small = (value > 0) & (value < k)
    keep = set(keep)
    shown = np.array([key in keep for key in system.keys]) | (value == 0)
    weight = np.array([1 + 4 / (1 + len(key)) + 0.1 * np.log1p(v) for key, v in zip(system.keys, value, strict=True)])
    none, silent = np.zeros(len(value), dtype=bool), np.zeros(len(value), dtype=bool)
    return Cells(
        value,
        np.full(len(value), k),
        small,
        small,
        shown,
        none,
        weight,
        np.ones(len(value)),
        np.full(len(value), np.inf),
        silent,
    )


def system_of(levels: Levels, tables: Sequence[Sequence[str]], points: pd.DataFrame) -> System:
    return assemble(levels, tables, keys_of(levels, tables), points)


@lru_cache(maxsize=64)
def compositions(total: int, cells: int) -> np.ndarray:
    """Every way to write `total` as a sum of `cells` whole numbers (stars and bars)."""
    bars = np.array(list(combinations(range(total + cells - 1), cells - 1)), dtype=np.int16).reshape(-1, cells - 1)
    edges = np.hstack([np.full((len(bars), 1), -1), bars, np.full((len(bars), 1), total + cells - 1)])
    return (np.diff(edges, axis=1) - 1).astype(np.int16)


class Oracle:
    """All full crosses that agree with what is published, the grand total among it."""

    def __init__(self, system: System, points: pd.DataFrame, withheld: np.ndarray) -> None:
        levels = system.levels
        self.finest = levels.finest(levels.values)
        self.cross = levels.frame(self.finest)
        total = int(points["count"].sum())
        everything = compositions(total, len(self.cross))
        self.keys = np.array([self.row(dict(key)) for key in system.keys]).reshape(len(system.keys), len(self.cross))
        figures = everything @ self.keys.T.astype(np.int16)
        values = system.values.round().astype(int)
        agrees = np.all(np.where(withheld, figures >= 1, figures == values), axis=1)
        self.tables, self.figures = everything[agrees], figures[agrees]

    def row(self, cell: Mapping[str, str]) -> np.ndarray:
        """Which finest cells a cell is the sum of."""
        inside = np.ones(len(self.cross), dtype=bool)
        for level, value in cell.items():
            inside &= (self.cross[level] == value).to_numpy()
        return inside.astype(int)

    def widths(self) -> np.ndarray:
        """For each key, largest minus smallest possible count."""
        return self.figures.max(axis=0) - self.figures.min(axis=0)
