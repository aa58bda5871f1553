"""The insider: one person who knows that his own record is in one finest cell, and wants to know about the others."""

import numpy as np

from .bounds import Rule, Solver, attack, given
from .knowledge import Interval
from .system import Part

TURNS = 4
SLACK = 1e-5


def insider_intervals(part: Part, width: int) -> list[Interval | None]:
    """The narrowest interval that any contributor to a withheld cell of this part can give each of its targets.

    None where nobody can be an insider, because the part has no unknown that can hold a record.
    """
    worst: list[Interval | None] = [None] * part.targets.shape[0]
    if not part.matrix.shape[1]:
        return [Interval(float(value), float(value)) for value in part.constant]
    solver, seen = Solver(part), _Seen(part)
    places = np.flatnonzero(abs(part.targets).sum(axis=0))
    _explore(solver, seen, places)
    for place in places:
        mine = seen.holding(int(place))
        if not len(mine) and not _may_hold_one(solver, seen, int(place)):
            continue
        low, high = seen.span(mine)
        if np.any(high - low < width):
            random = np.random.default_rng(int(place))
            found = attack(given(part, int(place), 1), _at_least(width), random, seen.extremes(mine))
            for row in found.solutions:
                seen.add(row)
            intervals = list(found.intervals)
        else:
            intervals = [Interval(float(a), float(b), complete=False) for a, b in zip(low, high, strict=True)]
        for number, interval in enumerate(intervals):
            known = worst[number]
            if known is None or interval.width < known.width:
                worst[number] = interval
    return worst


class _Seen:
    """Every solution found so far, once, with the value of each target in it."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self.keys: set[bytes] = set()
        self.solutions = np.zeros((0, part.matrix.shape[1]), dtype=np.int32)
        self.values = np.zeros((0, part.targets.shape[0]))

    def add(self, solution: np.ndarray) -> None:
        """Keep a solution that is new, and that holds when rounded."""
        whole = np.round(solution).astype(np.int32)
        reached = self.part.matrix @ whole
        holds = np.all(reached >= self.part.low - SLACK) and np.all(reached <= self.part.high + SLACK)
        if holds and whole.tobytes() not in self.keys:
            self.keys.add(whole.tobytes())
            self.solutions = np.vstack([self.solutions, whole])
            self.values = np.vstack([self.values, self.part.targets @ whole + self.part.constant])

    def holding(self, place: int) -> np.ndarray:
        """The numbers of the solutions in which an unknown holds a record."""
        return np.flatnonzero(self.solutions[:, place] >= 1)

    def span(self, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The smallest and largest value of each target in some solutions."""
        if not len(chosen):
            nothing = np.full(self.part.targets.shape[0], np.inf)
            return nothing, -nothing
        return self.values[chosen].min(axis=0), self.values[chosen].max(axis=0)

    def extremes(self, chosen: np.ndarray) -> np.ndarray:
        """Of some solutions those in which a target is smallest or largest."""
        if not len(chosen):
            return self.solutions[:0].astype(float)
        values = self.values[chosen]
        ends = np.unique(np.concatenate([values.argmin(axis=0), values.argmax(axis=0)]))
        return self.solutions[chosen[ends]].astype(float)


def _explore(solver: Solver, seen: _Seen, places: np.ndarray) -> None:
    """Solutions pushed in random directions, so that most insiders find themselves in several."""
    rng = np.random.default_rng(7)
    for _ in range(TURNS):
        goal = np.zeros(solver.part.matrix.shape[1])
        goal[places] = rng.random(len(places)) - 0.5
        for sign in (1.0, -1.0):
            found = solver.optimise(sign * goal)
            if found.solution is not None:
                seen.add(found.solution)


def _may_hold_one(solver: Solver, seen: _Seen, place: int) -> bool:
    goal = np.zeros(solver.part.matrix.shape[1])
    goal[place] = -1.0
    found = solver.optimise(goal)
    if found.solution is not None:
        seen.add(found.solution)
    return found.solution is not None and bool(found.solution[place] >= 1)


def _at_least(width: int) -> Rule:
    return lambda low, high: high - low >= width
