"""Everything an attacker knows as one system of linear inequalities over whole numbers, cut into independent parts."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from .cells import Cells, finest_cells
from .distinct import distinct_rules
from .knowledge import Region, Statement, Structure, Target

CLOSE = 1e-6


@dataclass(frozen=True)
class System:
    """low ≤ matrix @ x ≤ high, x ≥ 0 and whole; `targets` @ x are the sums an attacker wants."""

    matrix: sparse.csr_matrix
    low: np.ndarray
    high: np.ndarray
    targets: sparse.csr_matrix
    labels: tuple[str, ...]
    whole: bool


@dataclass(frozen=True)
class Part:
    """One independent part of a system: its own rows and unknowns, and the targets that need only it.

    `constant` is the value of each target that the presolve already found; `columns[i]` names a merged unknown.
    """

    matrix: sparse.csr_matrix
    low: np.ndarray
    high: np.ndarray
    targets: sparse.csr_matrix
    constant: np.ndarray
    numbers: np.ndarray
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Reduced:
    """A system after presolve: independent parts, and the unknowns that single equations gave away, by name."""

    parts: tuple[Part, ...]
    settled: tuple[tuple[str, float], ...]


class Contradiction(ValueError):
    """The published numbers cannot all be true of one set of records."""


def assemble(statements: Sequence[Statement], targets: Sequence[Target], structure: Structure) -> System:
    """The joint system of all universes; regions are written with the finest cells of their universe."""
    regions = _regions(statements, targets)
    blocks, writes, agree, labels, extra, whole = [], {}, [], [], [], True
    width = 0
    for universe in sorted({one.universe for one in regions}):
        mine = [one for one in regions if one.universe == universe]
        if universe in structure.distinct:
            known = [(i, one) for i, one in enumerate(mine)]
            for number, one in known:
                writes[one] = {width + number: 1.0}
            extra += distinct_rules(mine, structure)
            labels += [describe(one) for one in mine]
            size = len(mine)
        else:
            cells = finest_cells(mine, structure, universe)
            _remember(cells, width, writes)
            agree.append((width, cells.agree))
            labels += [_name(universe, label) for label in cells.labels]
            whole &= cells.whole
            size = len(cells.labels)
        blocks.append(size)
        width += size
    rows = _rows([row.terms for row in (*statements, *extra)], writes, width)
    low = np.array([row.low for row in (*statements, *extra)], dtype=float)
    high = np.array([row.high for row in (*statements, *extra)], dtype=float)
    for start, matrix in agree:
        padded = sparse.csr_matrix((matrix.data, matrix.indices + start, matrix.indptr), shape=(matrix.shape[0], width))
        rows = sparse.vstack([rows, padded], format="csr")
        low, high = (np.concatenate([side, np.zeros(matrix.shape[0])]) for side in (low, high))
    return System(rows, low, high, _rows([one.terms for one in targets], writes, width), tuple(labels), whole)


def _regions(statements: Sequence[Statement], targets: Sequence[Target]) -> list[Region]:
    terms = [row.terms for row in statements] + [row.terms for row in targets]
    return list(dict.fromkeys(one for row in terms for _, one in row))


def _remember(cells: Cells, start: int, writes: dict[Region, dict[int, float]]) -> None:
    for number, one in enumerate(cells.regions):
        row = cells.writes.indices[cells.writes.indptr[number] : cells.writes.indptr[number + 1]]
        writes[one] = {start + int(column): 1.0 for column in row}


def _rows(
    terms: Sequence[tuple[tuple[float, Region], ...]], writes: dict[Region, dict[int, float]], width: int
) -> sparse.csr_matrix:
    data, indices, pointers = [], [], [0]
    for row in terms:
        total: dict[int, float] = {}
        for weight, one in row:
            for column, value in writes[one].items():
                total[column] = total.get(column, 0.0) + weight * value
        kept = {column: value for column, value in total.items() if value}
        indices += list(kept)
        data += list(kept.values())
        pointers.append(len(indices))
    return sparse.csr_matrix((data, indices, pointers), shape=(len(terms), width))


def describe(one: Region) -> str:
    """A region in words short enough for a table."""
    parts = [f"{name} = {_values(values)}" for name, values in one.where]
    return f"{one.universe}: " + (", ".join(parts) if parts else "all")


def _values(values: frozenset[str]) -> str:
    ordered = sorted(values)
    return ordered[0] if len(ordered) == 1 else f"{ordered[0]} … {ordered[-1]} ({len(ordered)})"


def _name(universe: str, label: tuple[tuple[str, frozenset[str]], ...]) -> str:
    return describe(Region(universe, label))


def reduce(system: System) -> Reduced:
    """Independent parts after removing what is known: zeros, fixed unknowns, and unknowns that no row tells apart."""
    matrix, low, high = system.matrix.tocsr(), system.low.copy(), system.high.copy()
    fixed = _fix(matrix, low, high)
    known = np.where(np.isnan(fixed), 0.0, fixed)
    free = np.flatnonzero(np.isnan(fixed))
    low, high = low - matrix @ known, high - matrix @ known
    constant = system.targets @ known
    matrix, targets = matrix[:, free], system.targets[:, free].tocsr()
    used = np.flatnonzero(np.diff(matrix.indptr))
    matrix, low, high = matrix[used], low[used], high[used]
    keep = _representatives(sparse.vstack([matrix, targets], format="csc"))
    matrix, targets, free = matrix[:, keep], targets[:, keep], free[keep]
    settled = tuple((system.labels[place], float(fixed[place])) for place in np.flatnonzero(~np.isnan(fixed)))
    split = _split(matrix, low, high, targets, constant, tuple(system.labels[place] for place in free))
    return Reduced(tuple(split), settled)


def _fix(matrix: sparse.csr_matrix, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Values of unknowns that single rows give away (a sum of zero, an equation with one unknown); nan otherwise."""
    fixed = np.full(matrix.shape[1], np.nan)
    pattern = abs(matrix).sign()
    changed = True
    while changed:
        changed = False
        is_open = np.isnan(fixed)
        left_low = low - matrix @ np.where(is_open, 0.0, fixed)
        left_high = high - matrix @ np.where(is_open, 0.0, fixed)
        n_open = pattern @ is_open.astype(float)
        if np.any((n_open == 0) & ((left_low > CLOSE) | (left_high < -CLOSE))):
            raise Contradiction("published numbers contradict each other")
        for row in np.flatnonzero((n_open > 0) & (low == high)):
            changed |= _settle(matrix, int(row), low[row], fixed)
    return fixed


def _settle(matrix: sparse.csr_matrix, row: int, total: float, fixed: np.ndarray) -> bool:
    """Fix what the equation `row` alone decides, in place; whether anything was."""
    span = slice(matrix.indptr[row], matrix.indptr[row + 1])
    columns, values = matrix.indices[span], matrix.data[span]
    free = np.isnan(fixed[columns])
    left = total - float(np.sum(np.where(free, 0.0, fixed[columns]) * values))
    sign = np.sign(values[free])
    if not free.any() or np.any(sign != sign[0]):
        return False
    if left * sign[0] < -CLOSE:
        raise Contradiction("a part is larger than its published total")
    if abs(left) < CLOSE:
        fixed[columns[free]] = 0.0
        return True
    if free.sum() == 1:
        value = left / values[free][0]
        if abs(value - round(value)) > CLOSE:
            raise Contradiction("a published number leaves no whole number for the rest")
        fixed[columns[free]] = round(value)
        return True
    return False


def _representatives(matrix: sparse.csc_matrix) -> np.ndarray:
    """One unknown for each set of unknowns that stand in exactly the same rows: only their sum matters."""
    matrix.sort_indices()
    first: dict[bytes, int] = {}
    for column in range(matrix.shape[1]):
        span = slice(matrix.indptr[column], matrix.indptr[column + 1])
        first.setdefault(matrix.indices[span].tobytes() + b"|" + matrix.data[span].tobytes(), column)
    return np.array(sorted(first.values()), dtype=int)


def _split(
    matrix: sparse.csr_matrix,
    low: np.ndarray,
    high: np.ndarray,
    targets: sparse.csr_matrix,
    constant: np.ndarray,
    labels: tuple[str, ...],
) -> list[Part]:
    both = sparse.vstack([matrix, targets], format="csr")
    links = (abs(both).T @ abs(both)) if both.shape[1] else sparse.csr_matrix((0, 0))
    n, group = connected_components(links, directed=False) if both.shape[1] else (0, np.zeros(0, dtype=int))
    row_group = _row_groups(matrix, group)
    target_group = _row_groups(targets, group)
    found = []
    for number in range(n):
        columns, rows = np.flatnonzero(group == number), np.flatnonzero(row_group == number)
        mine = np.flatnonzero(target_group == number)
        if len(mine):
            found.append(
                Part(
                    matrix[rows][:, columns], low[rows], high[rows], targets[mine][:, columns], constant[mine], mine,
                    tuple(labels[column] for column in columns),
                )
            )  # fmt: skip
    settled = np.flatnonzero(target_group == -1)
    if len(settled):
        empty = sparse.csr_matrix((len(settled), 0))
        none = np.zeros(0)
        found.append(Part(sparse.csr_matrix((0, 0)), none, none, empty, constant[settled], settled, ()))
    return found


def _row_groups(matrix: sparse.csr_matrix, group: np.ndarray) -> np.ndarray:
    """The part each row belongs to, -1 for a row without unknowns."""
    found = np.full(matrix.shape[0], -1)
    filled = np.diff(matrix.indptr) > 0
    found[filled] = group[matrix.indices[matrix.indptr[:-1][filled]]]
    return found
