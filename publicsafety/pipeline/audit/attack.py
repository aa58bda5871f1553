"""The attacker's modes: what he believes or was told in each, and what he finds out.

The system is solved mode by mode, each mode only as far as it must: solutions found in one mode that also hold in the
next are handed on, so that a second mode costs little when the first found nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from .bounds import attack, feasible
from .evidence import Evidence
from .insider import insider_intervals
from .knowledge import Interval, Statement, Target
from .system import Contradiction, Part, System, assemble, reduce

INSIDER_WIDTH = 2


@dataclass(frozen=True)
class Mode:
    """One attacker: a name and sentence for the report, what he adds to the published numbers, the width he must face."""

    name: str
    knows: str
    statements: tuple[Statement, ...]
    exact_only: bool = False
    insider: bool = False


@dataclass(frozen=True)
class Result:
    """What one mode found out about one target."""

    mode: str
    target: Target
    interval: Interval
    needed: int


@dataclass(frozen=True)
class Outcome:
    """All results of one mode; `contradicted` says that his beliefs cannot all be true, so that he learned nothing."""

    mode: Mode
    results: tuple[Result, ...]
    combinations: tuple[tuple[str, Interval, int], ...]
    contradicted: str = ""
    whole: bool = True


def modes(evidence: Evidence) -> list[Mode]:
    """The attackers of the design, the best informed outsider first."""
    at_least_one = tuple(
        Statement(one.terms, 1.0, np.inf, f"{one.cell} is withheld, so it is not zero") for one in evidence.withheld
    )
    empty = consistent_omissions(evidence, at_least_one)
    found = [
        Mode(
            "outsider",
            "every number of every release; rounding; a withheld cell is at least 1; a row no table lists is empty",
            at_least_one + empty,
        ),
        Mode(
            "outsider, zeros may be withheld",
            "every number of every release; rounding; a withheld cell may be zero",
            (),
        ),
    ]
    if evidence.outside:
        known = "all of the outsider's, and the facts published elsewhere (outside facts)"
        found.append(Mode("outsider with outside facts", known, at_least_one + empty + evidence.outside))
    if evidence.primaries:
        told = tuple(
            Statement(one.terms, 1.0, one.width - 1.0, f"{one.cell} is known to be below the minimum cell")
            for one in evidence.withheld
            if (one.table, one.cell) in evidence.primaries
        )
        known = "all of the outsider's, and which withheld cells are below the minimum cell"
        found.append(Mode("told which cells are primary", known, at_least_one + empty + told, exact_only=True))
    known = "all of the outsider's, and one record of his own in a withheld cell"
    found.append(Mode("insider", known, at_least_one + empty, insider=True))
    return found


def consistent_omissions(evidence: Evidence, beliefs: Sequence[Statement]) -> tuple[Statement, ...]:
    """'What no table lists is empty', for every attribute for which the published numbers do not contradict it."""
    kept: tuple[Statement, ...] = ()
    groups = [
        tuple(Statement(((1.0, one),), 0.0, 0.0, f"no table lists {name}") for one in regions)
        for name, regions in evidence.omitted
    ]
    everything = tuple(statement for group in groups for statement in group)
    if _is_possible(evidence, (*beliefs, *everything)):
        return everything
    for group in groups:
        if _is_possible(evidence, (*beliefs, *kept, *group)):
            kept += group
    return kept


def _is_possible(evidence: Evidence, beliefs: Sequence[Statement]) -> bool:
    try:
        system = assemble((*evidence.published, *beliefs), evidence.withheld, evidence.structure)
        return all(feasible(part) for part in reduce(system).parts)
    except Contradiction:
        return False


def run_mode(evidence: Evidence, mode: Mode, progress: Callable[[str], None] | None = None) -> Outcome:
    """Attack every withheld cell, and every combination of records that the published numbers tell apart."""
    targets = evidence.withheld
    try:
        system = assemble((*evidence.published, *mode.statements), targets, evidence.structure)
        return _solve(evidence, mode, system, progress)
    except Contradiction as error:
        return Outcome(mode, (), (), contradicted=str(error))


def _solve(evidence: Evidence, mode: Mode, system: System, progress: Callable[[str], None] | None) -> Outcome:
    targets, results, combinations = evidence.withheld, [], []
    reduced = reduce(system)
    if not mode.insider:
        for label, value in reduced.settled:
            combinations.append((label, Interval(value, value), _threshold(evidence, label)))
    pieces = reduced.parts
    for place, part in enumerate(pieces):
        if progress:
            progress(f"{mode.name}: part {place + 1} of {len(pieces)}")
        mine = [targets[number] for number in part.numbers]
        if mode.insider:
            found = insider_intervals(part, INSIDER_WIDTH)
            results += [Result(mode.name, one, i, INSIDER_WIDTH) for one, i in zip(mine, found, strict=True) if i]
            continue
        needed = [1 if mode.exact_only else one.width for one in mine]
        smallest = np.array([_threshold(evidence, label) for label in part.labels] or [], dtype=float)
        wide = _with_combinations(part)
        found = attack(wide, _rule(np.array(needed, dtype=float), smallest), np.random.default_rng(place)).intervals
        results += [Result(mode.name, *row) for row in zip(mine, found[: len(mine)], needed, strict=True)]
        for label, interval, k in zip(part.labels, found[len(mine) :], smallest, strict=True):
            combinations.append((label, interval, int(k)))
    return Outcome(mode, tuple(results), tuple(combinations), whole=system.whole)


def _with_combinations(part: Part) -> Part:
    """The part with every unknown that its rows tell apart as one more target: an unpublished combination."""
    n = part.matrix.shape[1]
    if not n:
        return part
    return replace(
        part,
        targets=sparse.vstack([part.targets, sparse.identity(n)], format="csr"),
        constant=np.concatenate([part.constant, np.zeros(n)]),
    )


def _rule(needed: np.ndarray, smallest: np.ndarray) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """A withheld cell is safe when it is wide; a combination when it may be empty or may reach the minimum cell."""
    n = len(needed)

    def safe(low: np.ndarray, high: np.ndarray) -> np.ndarray:
        with np.errstate(invalid="ignore"):
            cells = high[:n] - low[:n] >= needed
        return np.concatenate([cells, (low[n:] < 1) | (high[n:] >= smallest)])

    return safe


def _threshold(evidence: Evidence, label: str) -> int:
    return evidence.thresholds.get(label.split(":", 1)[0], 0)
