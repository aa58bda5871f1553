"""A second attacker, as naive as can be: the full cross of all dimensions by months, and one linear program a side.

It knows nothing of junction trees, presolve or shared solutions. It is slow, and cannot do many years of several
bases at once; for one base of one release it says what the clever one must say too.
"""

from collections.abc import Iterator
from datetime import date
from itertools import product

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

from publicsafety.pipeline.audit.published import Release, Row, Table, number

Key = tuple[str, str, tuple[tuple[str, str], ...]]


class FullCross:
    """Every combination of month and categories as one unknown, with the masks of the published rows."""

    def __init__(self, release: Release, base: str) -> None:
        self.tables = [table for table in release.tables if table.meaning.base == base]
        self.above = {parent: (child, inside) for child, parent, inside in release.hierarchies}
        values: dict[str, set[str]] = {}
        for table in self.tables:
            for row in table.rows:
                for name, value in row.dimensions:
                    if name not in self.above:
                        values.setdefault(name, set()).add(value)
        for child, _, inside in release.hierarchies:
            if child in values:
                values[child] |= set(inside)
        self.names = sorted(values)
        options = [sorted(values[name]) for name in self.names]
        self.cells = list(product(self._months(), *options))

    def _months(self) -> list[date]:
        quarters = {row.start for table in self.tables if table.grain == "quarter" for row in table.rows}
        return sorted(date(day.year, day.month + step, 1) for day in quarters for step in range(3))

    def mask(self, table: Table, row: Row, column: str) -> np.ndarray:
        """Which unknowns a count of a row is the sum of."""
        wanted: dict[str, set[str]] = {}
        for name, value in row.dimensions:
            child, inside = self.above.get(name, (name, {}))
            wanted[child] = {one for one, parent in inside.items() if parent == value} if inside else {value}
        for condition in table.meaning.columns[column].conditions:
            if condition.column in table.meaning.named:
                wanted[condition.column] = set(condition.values)
        places = {name: place + 1 for place, name in enumerate(self.names)}
        return np.array([
            row.start <= cell[0] < row.end and all(cell[places[name]] in chosen for name, chosen in wanted.items())
            for cell in self.cells
        ], dtype=float)  # fmt: skip

    def counts(self) -> Iterator[tuple[Table, Row, np.ndarray, float | None]]:
        """Every count that is published, and every withheld one of a count table."""
        for table in self.tables:
            for row in table.rows:
                for column in table.meaning.columns:
                    shown = number(row.numbers.get(column, ""))
                    if shown is not None or table.meaning.kind == "count":
                        yield table, row, self.mask(table, row, column), shown


def naive_intervals(release: Release, base: str) -> dict[Key, tuple[float, float]]:
    """The interval of every withheld cell of a base, from all published counts and 'withheld is at least one'."""
    cross = FullCross(release, base)
    known, totals, hidden = [], [], {}
    for table, row, mask, shown in cross.counts():
        if shown is None:
            hidden[table.name, row.period, row.dimensions] = mask
        else:
            known.append(mask)
            totals.append(shown)
    _, first = np.unique(np.vstack([*known, *hidden.values()]), axis=1, return_index=True)
    equal = sparse.csr_matrix(np.array(known)[:, first])
    least = sparse.csr_matrix(-np.array(list(hidden.values()))[:, first])
    found = {}
    for key, mask in hidden.items():
        ends = [
            linprog(sign * mask[first], A_ub=least, b_ub=-np.ones(len(hidden)), A_eq=equal, b_eq=totals).fun
            for sign in (1, -1)
        ]
        found[key] = (float(ends[0]), float(-ends[1]))
    return found
