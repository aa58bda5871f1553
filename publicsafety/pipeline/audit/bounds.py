"""The smallest and largest value of every target, by integer programming on HiGHS.

A target is *safe* as soon as two whole-numbered solutions are known in which it differs by the width it must keep. One
solution serves all targets of a part at once, so that few targets ever need a program of their own. A target that stays
narrow gets its exact minimum and maximum, each proved by the solver.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from .knowledge import Interval
from .system import Contradiction, Part

Rule = Callable[[np.ndarray, np.ndarray], np.ndarray]  # lowest and highest values seen → which targets are safe

SECONDS = 20.0
ROUNDS = 12
SLACK = 1e-6


@dataclass(frozen=True)
class Attack:
    """What is known of one part: an interval per target and the solutions (one per row) that prove the wide ones."""

    intervals: tuple[Interval, ...]
    solutions: np.ndarray


def attack(
    part: Part,
    safe: Rule,
    rng: np.random.Generator,
    seeds: np.ndarray | None = None,
    ranked: Sequence[int] = (),
) -> Attack:
    """Exact intervals for every target that is not safe; for the others an interval that shows that they are.

    The narrowest of the `ranked` targets is made exact as well, so that it can be reported.
    """
    if not part.matrix.shape[1]:
        fixed = [Interval(float(value), float(value)) for value in part.constant]
        return Attack(tuple(fixed), np.zeros((0, 0)))
    solver = Solver(part)
    pool = Pool(part, seeds)
    _shared_solutions(solver, pool, safe, rng)
    intervals = []
    for number in range(part.targets.shape[0]):
        if safe(pool.low, pool.high)[number]:
            intervals.append(Interval(float(pool.low[number]), float(pool.high[number]), complete=False))
        else:
            intervals.append(_exact(solver, pool, number, safe))
    _narrowest(solver, pool, ranked, intervals)
    return Attack(tuple(intervals), pool.matrix())


def _narrowest(solver: "Solver", pool: "Pool", ranked: Sequence[int], intervals: list[Interval]) -> None:
    """Replace the narrowest of the ranked intervals by its exact one until the narrowest is exact, in place."""

    def never(low: np.ndarray, high: np.ndarray) -> np.ndarray:
        return np.zeros(len(low), dtype=bool)

    for _ in ranked:
        number = min(ranked, key=lambda i: (intervals[i].width, intervals[i].complete))
        if intervals[number].complete:
            return
        intervals[number] = _exact(solver, pool, number, never)


def _shared_solutions(solver: "Solver", pool: "Pool", safe: Rule, rng: np.random.Generator) -> None:
    """Push all targets that are not safe yet up, then down, in random proportions, while that helps."""
    idle = 0
    for turn in range(ROUNDS):
        narrow = np.flatnonzero(~safe(pool.low, pool.high))
        if not len(narrow) and len(pool.found):
            return
        flip = rng.random(len(narrow)) < (0.5 if turn else 0.0)
        goal = (rng.random(len(narrow)) * np.where(flip, -1.0, 1.0)) @ solver.part.targets[narrow]
        for sign in (1.0, -1.0):
            found = solver.optimise(sign * goal)
            if found.solution is not None:
                pool.add(found.solution)
        idle = idle + 1 if np.sum(~safe(pool.low, pool.high)) == len(narrow) else 0
        if idle >= 2:
            return


def _exact(solver: "Solver", pool: "Pool", number: int, safe: Rule) -> Interval:
    """The proved interval of one target; it stops early once the solutions found show that it is wide enough."""
    goal = np.asarray(solver.part.targets[number].todense()).ravel()
    ends, complete = [], True
    for sign in (1.0, -1.0):
        found = solver.optimise(sign * goal)
        if found.solution is not None:
            pool.add(found.solution)
        complete &= found.proved
        ends.append(sign * found.bound + solver.part.constant[number])
        if safe(pool.low, pool.high)[number]:
            return Interval(float(pool.low[number]), float(pool.high[number]), complete=False)
    return Interval(_whole(ends[0]), _whole(ends[1]), complete)


def _whole(value: float) -> float:
    return float(round(value)) if abs(value - round(value)) < 1e-4 else value


def feasible(part: Part) -> bool:
    """Whether any whole-numbered records fit; raises Contradiction when none do."""
    if part.matrix.shape[1]:
        Solver(part).optimise(np.zeros(part.matrix.shape[1]))
    return True


def given(part: Part, column: int, at_least: int) -> Part:
    """The same part for someone who knows that merged unknown `column` holds `at_least` records."""
    row = sparse.csr_matrix(([1.0], ([0], [column])), shape=(1, part.matrix.shape[1]))
    return Part(
        sparse.vstack([part.matrix, row], format="csr"),
        np.append(part.low, at_least),
        np.append(part.high, np.inf),
        part.targets,
        part.constant,
        part.numbers,
        part.labels,
    )


@dataclass(frozen=True)
class Found:
    solution: np.ndarray | None
    bound: float
    proved: bool


class Solver:
    """One part, ready for any objective. Unknowns get an upper bound far beyond every published number."""

    def __init__(self, part: Part) -> None:
        self.part = part
        finite = np.abs(np.concatenate([part.low[np.isfinite(part.low)], part.high[np.isfinite(part.high)], [0.0]]))
        self.ceiling = float(10 * finite.max() + 1000)
        self.rows = LinearConstraint(part.matrix, part.low - SLACK, part.high + SLACK) if part.matrix.shape[0] else ()
        self.bounds = Bounds(0.0, self.ceiling)
        self.whole = np.ones(part.matrix.shape[1])

    def optimise(self, goal: np.ndarray) -> Found:
        """Minimise `goal` @ x. Raises Contradiction when nothing satisfies what was published."""
        result = milp(
            goal,
            integrality=self.whole,
            bounds=self.bounds,
            constraints=self.rows,
            options={"time_limit": SECONDS, "mip_rel_gap": 0.0},
        )
        if result.status == 2:
            raise Contradiction("the published numbers contradict each other")
        solution = None if result.x is None else np.round(result.x)
        if result.status == 0 and solution is not None:
            return Found(solution, float(goal @ solution), True)
        bound = result.mip_dual_bound
        return Found(solution, float(bound) if bound is not None else -np.inf, False)


class Pool:
    """Solutions found so far, and the lowest and highest value of each target among them."""

    def __init__(self, part: Part, seeds: np.ndarray | None) -> None:
        self.part = part
        self.found: list[np.ndarray] = []
        self.low = np.full(part.targets.shape[0], np.inf)
        self.high = np.full(part.targets.shape[0], -np.inf)
        for seed in seeds if seeds is not None else ():
            self.add(seed)

    def add(self, solution: np.ndarray) -> None:
        """Keep a solution that holds when rounded; a rounding that breaks a row proves nothing and is dropped."""
        reached = self.part.matrix @ solution
        if np.any(reached < self.part.low - 10 * SLACK) or np.any(reached > self.part.high + 10 * SLACK):
            return
        self.found.append(solution)
        values = self.part.targets @ solution + self.part.constant
        self.low, self.high = np.minimum(self.low, values), np.maximum(self.high, values)

    def matrix(self) -> np.ndarray:
        """All solutions, one per row."""
        return np.array(self.found) if self.found else np.zeros((0, self.part.matrix.shape[1]))
