"""The attacker's modes: what he believes or was told in each, and what he finds out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from .bounds import attack, feasible
from .evidence import Evidence
from .insider import insider_intervals
from .knowledge import Interval, Statement, Target
from .system import Contradiction, Part, assemble, reduce

INSIDER_WIDTH = 2
BELIEVES, ZEROS = 0, 1  # the places among the modes of the outsider with beliefs and of the one without


@dataclass(frozen=True)
class Mode:
    """One attacker: his name, what he knows in words, and what he adds to the published numbers."""

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
    contradicted: str = ""
    whole: bool = True


def modes(evidence: Evidence) -> list[Mode]:
    """The attackers of the design, the best informed outsider first."""
    at_least_one = tuple(
        Statement(one.terms, 1.0, np.inf, f"{one.cell} is withheld, so it is not zero")
        for one in evidence.withheld
        if one.positive
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
        known = "all of the outsider's, and which withheld cells are below the minimum cell, so that the others are not"
        told = tuple(_told(one, evidence) for one in evidence.withheld if one.positive)
        found.append(Mode("told which cells are primary", known, at_least_one + empty + told, exact_only=True))
    known = "all of the outsider's, and one record of his own in a withheld cell"
    found.append(Mode("insider", known, at_least_one + empty, insider=True))
    return found


def _told(one: Target, evidence: Evidence) -> Statement:
    """A cell below the minimum, or a complementary one, which is not."""
    if one.terms in evidence.primaries:
        return Statement(one.terms, 1.0, one.width - 1.0, f"{one.cell} is known to be below the minimum cell")
    return Statement(one.terms, float(one.width), np.inf, f"{one.cell} is known not to be below the minimum cell")


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
    targets = evidence.withheld if mode.insider or mode.exact_only else (*evidence.withheld, *evidence.combinations)
    try:
        system = assemble((*evidence.published, *mode.statements), targets, evidence.structure)
        reduced = reduce(system)
        results: list[Result] = []
        for place, part in enumerate(reduced.parts):
            if progress:
                progress(f"{mode.name}: part {place + 1} of {len(reduced.parts)}")
            mine = [targets[number] for number in part.numbers]
            attack_part = _insider if mode.insider else _outsider
            results += attack_part(evidence, mode, part, mine)
        if not (mode.insider or mode.exact_only):
            results += _settled(evidence, mode, reduced.settled)
        return Outcome(mode, tuple(results), whole=system.whole)
    except Contradiction as error:
        return Outcome(mode, (), contradicted=str(error))


def _insider(evidence: Evidence, mode: Mode, part: Part, mine: list[Target]) -> list[Result]:
    found = insider_intervals(part, INSIDER_WIDTH)
    return [Result(mode.name, one, i, INSIDER_WIDTH) for one, i in zip(mine, found, strict=True) if i is not None]


def _outsider(evidence: Evidence, mode: Mode, part: Part, mine: list[Target]) -> list[Result]:
    """The part's own targets, and every unknown that its rows tell apart: an unpublished combination."""
    unknowns = [] if mode.exact_only else [_combination(evidence, label) for label in part.labels]
    if unknowns:
        n = part.matrix.shape[1]
        part = replace(
            part,
            targets=sparse.vstack([part.targets, sparse.identity(n)], format="csr"),
            constant=np.concatenate([part.constant, np.zeros(n)]),
        )
    targets = [*mine, *unknowns]
    needed = [1 if mode.exact_only else one.width for one in targets]
    ranked = [number for number, one in enumerate(targets) if one.withheld and not mode.exact_only]
    found = attack(part, _rule(targets, needed), np.random.default_rng(len(targets)), ranked=ranked).intervals
    return [Result(mode.name, *row) for row in zip(targets, found, needed, strict=True)]


def _rule(targets: Sequence[Target], needed: Sequence[int]) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """A withheld cell is safe when it is wide; a combination when it may be empty or may reach the minimum cell."""
    width, cell = np.array(needed, dtype=float), np.array([one.withheld for one in targets], dtype=bool)

    def safe(low: np.ndarray, high: np.ndarray) -> np.ndarray:
        return np.where(cell, high - low >= width, (low < 1) | (high >= width))

    return safe


def is_safe(result: Result) -> bool:
    """Whether what was found out is little enough."""
    low, high = np.array([result.interval.low]), np.array([result.interval.high])
    return bool(_rule([result.target], [result.needed])(low, high)[0])


def _combination(evidence: Evidence, label: str) -> Target:
    """An unknown of the system as a target: records that no table names, and that the numbers tell apart."""
    universe = label.split(":", 1)[0]
    return Target((), evidence.thresholds.get(universe, 0), "", label, "combination", withheld=False)


def _settled(evidence: Evidence, mode: Mode, settled: Sequence[tuple[str, float]]) -> list[Result]:
    """Unknowns that single equations already gave away."""
    targets = [(_combination(evidence, label), value) for label, value in settled if value]
    return [Result(mode.name, one, Interval(value, value), one.width) for one, value in targets]
