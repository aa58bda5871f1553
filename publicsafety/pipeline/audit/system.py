"""Everything an attacker knows as one system of linear inequalities over whole numbers, cut into independent parts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from .cells import Cells, finest_cells
from .distinct import distinct_rules
from .knowledge import Region, Statement, Structure, Target, Terms

CLOSE = 1e-6


@dataclass(frozen=True)
class System:
    """low ≤ matrix @ x ≤ high, x ≥ 0 and whole; `targets` @ x are the sums an attacker wants.

    `name` says in words what an unknown is. `whole` is false where the attack is weaker than it could be.
    """

    matrix: sparse.csr_matrix
    low: np.ndarray
    high: np.ndarray
    targets: sparse.csr_matrix
    name: Callable[[int], str]
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
    rules: list[Statement] = []
    layers = []
    for universe in sorted({one.universe for one in regions}):
        mine = [one for one in regions if one.universe == universe]
        if universe in structure.distinct:
            rules += distinct_rules(mine, structure)
            layers.append(_Layer(universe, tuple(mine), sparse.identity(len(mine), format="csr"), None))
        else:
            cells = finest_cells(mine, structure, universe)
            layers.append(_Layer(universe, cells.regions, cells.writes, cells))
    writes = sparse.block_diag([one.writes for one in layers], format="csr") if layers else sparse.csr_matrix((0, 0))
    places = {one: place for place, one in enumerate(one for layer in layers for one in layer.regions)}
    agree = [_agreement(one) for one in layers]
    agreed = sparse.block_diag(agree, format="csr") if layers else sparse.csr_matrix((0, 0))
    rows = [*statements, *rules]
    matrix = sparse.vstack([_terms([row.terms for row in rows], places) @ writes, agreed], format="csr")
    zeros = np.zeros(agreed.shape[0])
    return System(
        matrix=matrix,
        low=np.concatenate([[row.low for row in rows], zeros]),
        high=np.concatenate([[row.high for row in rows], zeros]),
        targets=sparse.csr_matrix(_terms([one.terms for one in targets], places) @ writes),
        name=_naming(layers),
        whole=all(one.cells is None or one.cells.whole for one in layers),
    )


@dataclass(frozen=True)
class _Layer:
    """The unknowns of one universe: its finest cells, or its regions themselves where counts do not add up."""

    universe: str
    regions: tuple[Region, ...]
    writes: sparse.csr_matrix
    cells: Cells | None


def _agreement(layer: _Layer) -> sparse.csr_matrix:
    return layer.cells.agree if layer.cells is not None else sparse.csr_matrix((0, len(layer.regions)))


def _regions(statements: Sequence[Statement], targets: Sequence[Target]) -> list[Region]:
    terms = [row.terms for row in statements] + [row.terms for row in targets]
    return list(dict.fromkeys(one for row in terms for _, one in row))


def _terms(rows: Sequence[Terms], places: dict[Region, int]) -> sparse.csr_matrix:
    """One row per sum of regions: the coefficient of each region."""
    data = [weight for row in rows for weight, _ in row]
    columns = [places[one] for row in rows for _, one in row]
    pointers = np.cumsum([0] + [len(row) for row in rows])
    matrix = sparse.csr_matrix((data, columns, pointers), shape=(len(rows), len(places)), dtype=float)
    matrix.sum_duplicates()
    return matrix


def _naming(layers: Sequence[_Layer]) -> Callable[[int], str]:
    starts = np.cumsum([0] + [one.writes.shape[1] for one in layers])

    def name(unknown: int) -> str:
        place = int(np.searchsorted(starts, unknown, side="right")) - 1
        layer, position = layers[place], unknown - int(starts[place])
        if layer.cells is None:
            return describe(layer.regions[position])
        return describe(Region(layer.universe, layer.cells.label(position)))

    return name


def describe(one: Region) -> str:
    """A region in words short enough for a table."""
    parts = [f"{name} = {_values(values)}" for name, values in one.where]
    return f"{one.universe}: " + (", ".join(parts) if parts else "all")


def _values(values: frozenset[str]) -> str:
    ordered = sorted(values)
    return ordered[0] if len(ordered) == 1 else f"{ordered[0]} … {ordered[-1]} ({len(ordered)})"


def reduce(system: System) -> Reduced:
    """Independent parts after removing what is known: zeros, fixed unknowns, and unknowns that no row tells apart."""
    matrix, low, high = system.matrix.tocsr(), system.low, system.high
    matrix.eliminate_zeros()
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
    settled = tuple((system.name(int(place)), float(fixed[place])) for place in np.flatnonzero(fixed > 0))
    split = _split(matrix, low, high, targets, constant, tuple(system.name(int(place)) for place in free))
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
        # Only an equation with nothing left, with too little, or with one unknown left can decide anything.
        near = (abs(left_low) < CLOSE) | (left_low < 0) | (n_open == 1)
        for row in np.flatnonzero((n_open > 0) & (low == high) & near):
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
    n_rows, n_columns = both.shape
    graph = (
        sparse.block_array([[None, both], [both.T, None]]) if both.nnz else sparse.csr_matrix((n_rows + n_columns,) * 2)
    )
    _, ends = connected_components(graph, directed=False)
    numbers, group = np.unique(ends[n_rows:], return_inverse=True)
    n = len(numbers)
    row_group = _row_groups(matrix, group)
    target_group = _row_groups(targets, group)
    found = []
    for number in range(n):
        columns, rows = np.flatnonzero(group == number), np.flatnonzero(row_group == number)
        mine = np.flatnonzero(target_group == number)
        found.append(
            Part(
                matrix[rows][:, columns],
                low[rows],
                high[rows],
                targets[mine][:, columns],
                constant[mine],
                mine,
                tuple(labels[column] for column in columns),
            )
        )
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
