"""The insider: one person who knows that his own record is in one finest cell, and wants to know about the others."""

import numpy as np

from .bounds import Pool, Rule, Solver, attack, given
from .knowledge import Interval
from .system import Part

TURNS = 4


def insider_intervals(part: Part, width: int) -> list[Interval | None]:
    """The narrowest interval that any contributor to a withheld cell of this part can give each of its targets.

    None where nobody can be an insider, because the part has no unknown that can hold a record.
    """
    worst: list[Interval | None] = [None] * part.targets.shape[0]
    n = part.matrix.shape[1]
    if not n:
        return [Interval(float(value), float(value)) for value in part.constant]
    solver, pool = Solver(part), Pool(part, None)
    places = np.flatnonzero(abs(part.targets).sum(axis=0))
    _explore(solver, pool, places)
    for place in places:
        mine = [solution for solution in pool.found if solution[place] >= 1]
        low, high = _span(part, mine)
        if not mine and not _may_hold_one(solver, pool, int(place)):
            continue
        if np.any(high - low < width):
            found = attack(
                given(part, int(place), 1), _at_least(width), np.random.default_rng(int(place)), np.array(mine)
            )
            for row in found.solutions:
                pool.add(row)
            intervals = list(found.intervals)
        else:
            intervals = [Interval(float(a), float(b), complete=False) for a, b in zip(low, high, strict=True)]
        for number, interval in enumerate(intervals):
            known = worst[number]
            if known is None or interval.width < known.width:
                worst[number] = interval
    return worst


def _explore(solver: Solver, pool: Pool, places: np.ndarray) -> None:
    """Solutions pushed in random directions, so that most insiders find themselves in several."""
    rng = np.random.default_rng(7)
    for _ in range(TURNS):
        goal = np.zeros(solver.part.matrix.shape[1])
        goal[places] = rng.random(len(places)) - 0.5
        for sign in (1.0, -1.0):
            found = solver.optimise(sign * goal)
            if found.solution is not None:
                pool.add(found.solution)


def _span(part: Part, solutions: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    if not solutions:
        nothing = np.full(part.targets.shape[0], np.inf)
        return nothing, -nothing
    values = np.array([part.targets @ one + part.constant for one in solutions])
    return values.min(axis=0), values.max(axis=0)


def _may_hold_one(solver: Solver, pool: Pool, place: int) -> bool:
    goal = np.zeros(solver.part.matrix.shape[1])
    goal[place] = -1.0
    found = solver.optimise(goal)
    if found.solution is not None:
        pool.add(found.solution)
    return found.solution is not None and found.solution[place] >= 1


def _at_least(width: int) -> Rule:
    return lambda low, high: high - low >= width
