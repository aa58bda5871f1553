"""Which further cells must be withheld, and as few as possible?

The integer program of Fischetti & Salazar (2001): one 0/1 variable per cell, and a cutting plane for each withheld cell
whose interval is too narrow, made from the duals of the two linear programs that bound it. The master is solved again
with the cuts until no interval is too narrow. Withholding more never narrows an interval, so a greedy completion of any
pattern is safe too: it is what is used when the budget (counted in linear programs, so that the same inputs give the
same
pattern on any machine) runs out.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from publicsafety.pipeline.release.intervals import TOLERANCE, Attack, Cells, Extreme, Knowledge, outsider, told_primary
from publicsafety.pipeline.release.structure import System

BUDGET = 12_000  # linear programs per system
CUTS_A_ROUND = 60


class Unprotectable(Exception):
    """No pattern protects this cell while everything that must stay published stays published."""

    def __init__(self, cell: int, what: str = "") -> None:
        super().__init__(what or f"cell {cell}")
        self.cell = cell


@dataclass(frozen=True)
class Cut:
    """`coefficients @ z ≥ need * z[cell]` holds for every safe pattern z (`cell` None: unconditional)."""

    coefficients: np.ndarray
    need: float
    cell: int | None


def suppress(
    system: System,
    cells: Cells,
    review: Callable[[Attack, np.ndarray], Iterable[Cut]] | None = None,
    budget: int = BUDGET,
) -> np.ndarray:
    """The withheld cells (bool per key) of least weight that leave every adversary the width it must be left.

    `review` looks at a pattern that passes the linear programs (whole numbers, insiders, unpublished combinations) and
    returns further cuts, or none. Raises Unprotectable.
    """
    attack = Attack(system)
    cuts: list[Cut] = []
    withheld = cells.must_hide.copy()
    if np.any(withheld & cells.shown):
        raise Unprotectable(int(np.flatnonzero(withheld & cells.shown)[0]))
    while True:
        if attack.solved > budget:
            withheld = _greedy(attack, cells, withheld, review)
            break
        found = list(violations(attack, cells, withheld, CUTS_A_ROUND))
        if not found and review is not None:
            found = list(review(attack, withheld))
        if not found:
            break
        cuts += found
        better = _master(cells, cuts)
        if better is None:
            raise Unprotectable(next((cut.cell for cut in cuts if cut.cell is not None), 0))
        withheld = better
    return withheld


def violations(attack: Attack, cells: Cells, withheld: np.ndarray, most: int) -> Iterable[Cut]:
    """A cut for each withheld cell that some adversary can know too closely, the outsider first."""
    found = 0
    for knows in (outsider(cells), told_primary(cells)):
        box = attack.bounds(cells.value, withheld, knows, None)
        # Each solution is possible as a whole, so it shows how far other cells may go as well.
        lowest, highest = cells.value, cells.value
        for cell in cells.guarded(withheld):
            if highest[cell] - lowest[cell] >= knows.width[cell] - TOLERANCE:
                continue
            objective = attack.of_cell(int(cell))
            high = attack.extreme(objective, box, 1)
            lowest, highest = _widened(attack, high, lowest, highest)
            if high.value - lowest[cell] >= knows.width[cell] - TOLERANCE:
                continue
            low = attack.extreme(objective, box, -1)
            lowest, highest = _widened(attack, low, lowest, highest)
            if high.value - low.value < knows.width[cell] - TOLERANCE:
                yield cut_from(cells, knows, high, low, int(cell))
                found += 1
                if found >= most:
                    return
        if found:
            return


def _widened(attack: Attack, end: Extreme, lowest: np.ndarray, highest: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The range of every cell with one solution more; one that runs to infinity has no counts."""
    if not np.all(np.isfinite(end.point)):
        return lowest, highest
    reached = attack.system.sums @ end.point
    return np.minimum(lowest, reached), np.maximum(highest, reached)


def cut_from(
    cells: Cells, knows: Knowledge, high: Extreme, low: Extreme, cell: int | None, width: float | None = None
) -> Cut:
    """The cutting plane of the two ends of the interval of a cell, or (None) of a combination that no table prints.

    The duals stay feasible whatever is withheld, so for every pattern z the width is at most
    `(up - down duals) · values + Σ z (down dual × room below + up dual × room above)`, over both ends.
    """
    fixed, coefficients = 0.0, np.zeros(len(cells.value))
    for end in (high, low):
        below, above = np.abs(end.low_dual), np.abs(end.high_dual)
        below[below < TOLERANCE] = 0
        above[above < TOLERANCE] = 0
        fixed += float((above - below) @ cells.value)
        with np.errstate(invalid="ignore"):
            coefficients += np.where(below > 0, below * knows.down, 0) + np.where(above > 0, above * knows.up, 0)
    need = (float(knows.width[cell]) if width is None else width) - fixed
    if cell is not None:
        need -= coefficients[cell]
        coefficients[cell] = 0
    if need <= TOLERANCE:  # numerical noise alone leads here: ask for one more of the cells that matter
        return Cut((coefficients > 0).astype(float), 1.0, cell)
    # Only whole cells are withheld, so no coefficient needs to exceed what is needed: a stronger cut.
    return Cut(np.minimum(coefficients, need), need, cell)


def one_more(cells: Cells, withheld: np.ndarray, cell: int | None) -> Cut:
    """The weakest true cut: if `cell` is withheld, at least one cell that is published now must be withheld as well."""
    return Cut((~withheld & ~cells.shown).astype(float), 1.0, cell)


def _master(cells: Cells, cuts: Sequence[Cut]) -> np.ndarray | None:
    """The pattern of least weight that satisfies all cuts, or None."""
    rows = np.zeros((max(len(cuts), 1), len(cells.value)))
    right = np.zeros(max(len(cuts), 1))
    for number, cut in enumerate(cuts):
        rows[number] = cut.coefficients / cut.need
        if cut.cell is None:
            right[number] = 1
        else:
            rows[number, cut.cell] -= 1
    low = cells.must_hide.astype(float)
    high = (~cells.shown).astype(float)
    found = milp(
        np.round(cells.weight, 6),
        integrality=np.ones(len(cells.value)),
        bounds=Bounds(low, np.maximum(low, high)),
        constraints=LinearConstraint(rows, right - 1e-7, np.inf),
        options={"node_limit": 20_000, "mip_rel_gap": 1e-4},
    )
    return None if found.x is None else found.x > 0.5


def _greedy(
    attack: Attack, cells: Cells, withheld: np.ndarray, review: Callable[[Attack, np.ndarray], Iterable[Cut]] | None
) -> np.ndarray:
    """Add the cheapest cell of each violated cut until nothing is violated: not the fewest cells, but a safe
    pattern."""
    withheld = withheld.copy()
    while True:
        found = list(violations(attack, cells, withheld, 1)) or (list(review(attack, withheld)) if review else [])
        if not found:
            return withheld
        for cut in found[:1]:
            gain = np.where(withheld | cells.shown, 0, cut.coefficients) / cells.weight
            if gain.max() <= 0:
                raise Unprotectable(cut.cell or 0)
            withheld[int(np.argmax(gain))] = True
