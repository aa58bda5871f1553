"""How closely can a withheld cell be known? Bounds by linear programming on the joint system, with their duals.

The adversaries of the design: an outsider, who knows every published figure and that a withheld one is at least 1; one
who is also told which cells are below the threshold and which were only withheld to protect those; and an insider, who
knows one record. Each is a pair of bounds on the withheld cells, and a minimum width that must be left to it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from publicsafety.pipeline.release.structure import Key, System

TOLERANCE = 1e-6


@dataclass(frozen=True)
class Cells:
    """What the protector knows of each key of a system; one array entry per key."""

    value: np.ndarray  # the true count
    threshold: np.ndarray  # k of the cell: the width to be left to an outsider, and the smallest count shown
    small: np.ndarray  # withheld because 1 ≤ value < threshold
    primary: np.ndarray  # withheld for any reason of its own (small, too few people, group disclosure)
    shown: np.ndarray  # must stay published: zeros, headlines, earlier releases, outside facts
    frozen: np.ndarray  # withheld in an earlier release, so withheld in this one
    weight: np.ndarray  # what withholding it costs the reader
    low: np.ndarray  # what anyone knows of it from elsewhere: at least 1 when it is withheld …
    high: np.ndarray  # … and no upper bound, unless a fact says so
    silent: np.ndarray  # in no table: the rules say how small it may be, and nobody asks what it is

    @property
    def must_hide(self) -> np.ndarray:
        """The cells that are withheld whatever else happens."""
        return self.primary | self.frozen | self.silent

    def guarded(self, withheld: np.ndarray) -> np.ndarray:
        """The numbers of the cells of a pattern that nobody may know too closely."""
        return np.flatnonzero(withheld & ~self.silent)


@dataclass(frozen=True)
class Knowledge:
    """What one kind of adversary knows: how far a withheld cell may lie below and above its true value, and the
    width."""

    name: str
    down: np.ndarray
    up: np.ndarray
    width: np.ndarray


def outsider(cells: Cells) -> Knowledge:
    """Withheld means at least 1; the interval left must be as wide as the threshold."""
    return Knowledge("outsider", cells.value - cells.low, cells.high - cells.value, cells.threshold.astype(float))


def told_primary(cells: Cells) -> Knowledge:
    """Knows which cells are below the threshold, so that the other withheld ones are not; no cell may be exact."""
    least = np.where(cells.primary, cells.low, np.maximum(cells.low, np.minimum(cells.threshold, cells.value)))
    most = np.where(cells.small, np.minimum(cells.high, cells.threshold - 1), cells.high)
    down, up = cells.value - least, most - cells.value
    return Knowledge("told which cells are primary", down, up, np.ones(len(cells.value)))


@dataclass(frozen=True)
class Extreme:
    """One end of an interval: its value, the unknowns that reach it, and the duals of the lower and upper cell
    bounds."""

    value: float
    point: np.ndarray
    low_dual: np.ndarray
    high_dual: np.ndarray


class Attack:
    """The linear programs of one system, for any pattern of withheld cells."""

    def __init__(self, system: System) -> None:
        self.system = system
        keys, unknowns = system.sums.shape
        top = sparse.hstack([system.sums, -sparse.identity(keys, format="csr")])
        bottom = sparse.hstack([system.links, sparse.csr_matrix((system.links.shape[0], keys))])
        self.equations = sparse.vstack([top, bottom]).tocsr()
        self.right = np.zeros(self.equations.shape[0])
        self.unknowns, self.keys = unknowns, keys
        self.solved = 0  # linear programs so far: the deterministic measure of time spent

    def bounds(self, value: np.ndarray, withheld: np.ndarray, knows: Knowledge, floor: np.ndarray | None) -> np.ndarray:
        """Bounds of (unknowns, cells) for a pattern; `floor`: unknowns that an insider knows to be at least 1."""
        box = np.empty((self.unknowns + self.keys, 2))
        box[: self.unknowns] = (0, np.inf)
        if floor is not None:
            box[floor, 0] = 1
        cells = box[self.unknowns :]
        cells[:, 0] = np.where(withheld, value - knows.down, value)
        cells[:, 1] = np.where(withheld, value + knows.up, value)
        return box

    def extreme(self, objective: np.ndarray, box: np.ndarray, sign: int) -> Extreme:
        """The largest (sign 1) or smallest (sign -1) value of a sum of unknowns and cells."""
        self.solved += 1
        found = linprog(-sign * objective, A_eq=self.equations, b_eq=self.right, bounds=box, method="highs-ds")
        if found.status not in (
            0,
            3,
        ):  # presolve may stop at "infeasible or unbounded"; the true figures are always feasible
            found = linprog(
                -sign * objective,
                A_eq=self.equations,
                b_eq=self.right,
                bounds=box,
                method="highs-ds",
                options={"presolve": False},
            )
        if found.status == 3:  # unbounded
            empty = np.zeros(self.keys)
            return Extreme(sign * np.inf, np.full(self.unknowns, np.nan), empty, empty)
        if found.status != 0:
            raise ArithmeticError(f"linear program: {found.message}")
        low, high = found.lower.marginals[self.unknowns :], found.upper.marginals[self.unknowns :]
        return Extreme(-sign * found.fun, found.x[: self.unknowns], low, high)

    def of_cell(self, cell: int) -> np.ndarray:
        """The objective that is one cell."""
        objective = np.zeros(self.unknowns + self.keys)
        objective[self.unknowns + cell] = 1
        return objective

    def whole(self, objective: np.ndarray, box: np.ndarray, sign: int) -> tuple[float, np.ndarray | None]:
        """The same end in whole numbers, and unknowns that reach it: counts are integers, which can leave less room than
        the linear program."""
        self.solved += 1
        found = milp(
            -sign * objective,
            integrality=np.concatenate([np.ones(self.unknowns), np.zeros(self.keys)]),
            bounds=Bounds(box[:, 0], box[:, 1]),
            constraints=LinearConstraint(self.equations, 0, 0),
            options={"node_limit": 2000},
        )
        if found.status == 3:
            return sign * np.inf, None
        if found.x is None:
            if not np.isfinite(self.extreme(objective, box, sign).value):
                return sign * np.inf, None
            raise ArithmeticError(f"integer program: {found.message}")
        return float(np.round(-sign * found.fun)), np.round(found.x[: self.unknowns])


def between(system: System, cells: Cells, withheld: np.ndarray) -> Callable[[Iterable[Key]], tuple[float, float]]:
    """How much an outsider knows of sums of cells of a pattern: a function from keys to the least and the most."""
    attack = Attack(system)
    box = attack.bounds(cells.value, withheld, outsider(cells), None)
    places = {key: place for place, key in enumerate(system.keys)}

    def bounds(keys: Iterable[Key]) -> tuple[float, float]:
        objective = np.sum([attack.of_cell(places[key]) for key in keys], axis=0)
        return attack.extreme(objective, box, -1).value, attack.extreme(objective, box, 1).value

    return bounds


def is_whole(point: np.ndarray) -> bool:
    """Whether a solution is in whole numbers already."""
    return bool(np.all(np.abs(point - np.round(point)) < TOLERANCE))
