"""Is a pattern safe beyond the linear programs that found it? The protector's own second look, before anything is
written.

Whole numbers (counts are integers, so an interval can be narrower than the linear program says), insiders (each
record of
each withheld cell in turn), and combinations that no table prints but that the tables together might determine.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd

from publicsafety.pipeline.release.intervals import (
    TOLERANCE,
    Attack,
    Cells,
    Knowledge,
    is_whole,
    outsider,
    told_primary,
)
from publicsafety.pipeline.release.structure import MOST_UNKNOWNS, Levels, System, assemble
from publicsafety.pipeline.release.suppress import Cut, cut_from, one_more

INSIDER_WIDTH = 2


@dataclass(frozen=True)
class Finding:
    """A withheld cell (or, with `cell` None, an unpublished combination) that an adversary can know too closely."""

    cell: int | None
    adversary: str
    low: float
    high: float
    what: str
    cut: Cut | None = None  # what must hold of every pattern that does not let it be known, where that is known


class Review:
    """The second look at one system; `narrowest` is the narrowest interval that an outsider is left with."""

    def __init__(self, system: System, cells: Cells, points: pd.DataFrame, threshold: int) -> None:
        self.system, self.cells, self.points, self.threshold = system, cells, points, threshold
        self.finest = system.levels.finest(level for clique in system.cliques for level in clique)
        wanted = sorted({level for clique in system.cliques for level in clique} | set(self.finest))
        distinct = points[wanted].drop_duplicates() if wanted else points.head(1)
        self.places = np.unique(system.places_of(distinct), axis=0)
        self.cross = _Cross.of(system, self.finest, points)
        self.narrowest = np.inf
        self.endless: set[int] = set()  # cells that an outsider can put no upper bound on

    def cuts(self, attack: Attack, withheld: np.ndarray) -> list[Cut]:
        """What the master problem must learn from the findings."""
        found = self.findings(attack, withheld)
        return [each.cut or one_more(self.cells, withheld, each.cell) for each in found]

    def findings(self, attack: Attack, withheld: np.ndarray) -> list[Finding]:
        """Every breach of the rules that remains; empty for a pattern that may be published."""
        points: list[np.ndarray] = [self.system.truth]
        found = list(self._whole(attack, withheld, outsider(self.cells), points))
        found = found or list(self._whole(attack, withheld, told_primary(self.cells), None))
        found = found or list(self._insiders(attack, withheld, points))
        return found or list(self._combinations(attack, withheld, points))

    def _whole(
        self,
        attack: Attack,
        withheld: np.ndarray,
        knows: Knowledge,
        pool: list[np.ndarray] | None,
    ) -> Iterable[Finding]:
        box = attack.bounds(self.cells.value, withheld, knows, None)
        self.narrowest = np.inf if pool is not None else self.narrowest
        for cell in self.cells.guarded(withheld):
            objective = attack.of_cell(int(cell))
            ends = []
            for sign in (-1, 1):
                end = attack.extreme(objective, box, sign)
                if not np.isfinite(end.value):
                    ends.append(end.value)
                elif is_whole(end.point):
                    ends.append(round(end.value))
                    if pool is not None:
                        pool.append(np.round(end.point))
                else:
                    if pool is not None:
                        pool.append(end.point)
                    ends.append(attack.whole(objective, box, sign)[0])
            if pool is not None:
                self.narrowest = min(self.narrowest, ends[1] - ends[0])
                (self.endless.add if np.isinf(ends[1]) else self.endless.discard)(int(cell))
            if ends[1] - ends[0] < knows.width[cell] - TOLERANCE:
                yield Finding(int(cell), knows.name, ends[0], ends[1], "a withheld cell")

    def _insiders(self, attack: Attack, withheld: np.ndarray, points: list[np.ndarray]) -> Iterable[Finding]:
        """Each record that is counted in a withheld cell, held against the points known to be possible, then by
        program, whose solutions are possible points for the records after it."""
        pool = np.array([point for point in points if is_whole(point)]).reshape(-1, attack.unknowns)
        sums = self.system.sums.tocsr()
        figures = (sums @ pool.T).T
        knows = outsider(self.cells)
        for cell in self.cells.guarded(withheld):
            if cell in self.endless:  # a record that is known to be there bounds nothing from above
                continue
            inside = set(sums.indices[sums.indptr[cell] : sums.indptr[cell + 1]])
            for places in self.places:
                if inside.isdisjoint(places):
                    continue
                left = figures[np.all(pool[:, places] >= 1, axis=1), cell]
                if len(left) and left.max() - left.min() >= INSIDER_WIDTH:
                    continue
                box = attack.bounds(self.cells.value, withheld, knows, places)
                (low, least), (high, most) = (attack.whole(attack.of_cell(int(cell)), box, sign) for sign in (-1, 1))
                for point in (each for each in (least, most) if each is not None):
                    pool, figures = np.vstack([pool, point]), np.vstack([figures, sums @ point])
                if high - low < INSIDER_WIDTH:
                    yield Finding(int(cell), "insider", low, high, "a withheld cell")
                    break

    def _combinations(self, attack: Attack, withheld: np.ndarray, points: list[np.ndarray]) -> Iterable[Finding]:
        """Combinations of levels with 1 ≤ n < k that every possible table agrees on.

        A table that is possible is glued from clique tables by independence; where one of those (made of the truth,
        and of the
        mean of the extreme points) gives a combination another count than the true one, it is not exact. What is left
        is
        bounded on the full cross.
        """
        if self.cross is None:
            yield from self._within_cliques(attack, withheld, np.array(points))
            return
        glued = [self.cross.glue(point) for point in (self.system.truth, np.mean(points, axis=0))]
        whole: tuple[System, Attack] | None = None
        for chosen, codes in self.cross.selections:
            true, *others = (np.bincount(codes, weights) for weights in (self.cross.true, *glued))
            same = np.all([abs(other - true) < 1e-5 for other in others], axis=0)
            for code in np.flatnonzero((true > 0.5) & (true < self.threshold - 0.5) & same):
                if whole is None:
                    system = assemble(self.system.levels, [self.finest], self.system.keys, self.points)
                    whole = system, Attack(system)
                first = int(np.argmax(codes == code))
                combination = {level: self.cross.frame[level].iloc[first] for level in chosen}
                low, high = self._range(whole, withheld, combination)
                if high - low < 1 - TOLERANCE:
                    what = ", ".join(f"{level} {value}" for level, value in combination.items())
                    yield Finding(None, "outsider", low, high, f"the unpublished combination {what}")
                    return

    def _within_cliques(self, attack: Attack, withheld: np.ndarray, points: np.ndarray) -> Iterable[Finding]:
        """The same for combinations within one clique, where the full cross would be far too large.

        Two levels without a common clique are independent given what separates them: their combination can only be
        exact where one of them holds the whole of a clique's cell, or nothing of it, and then that cell is exact too.
        """
        knows = outsider(self.cells)
        box = attack.bounds(self.cells.value, withheld, knows, None)
        offset = 0
        for clique, frame in zip(self.system.cliques, self.system.frames, strict=True):
            inside = slice(offset, offset + len(frame))
            offset += len(frame)
            codes = {level: pd.Categorical(frame[level]).codes.astype(np.int64) for level in frame.columns}
            for chosen in _selections(self.system.levels, self.system.levels.finest(clique)):
                numbers = _numbered([codes[level] for level in chosen])
                true = np.bincount(numbers, self.system.truth[inside])
                small = (true > 0.5) & (true < self.threshold - 0.5)
                for point in points:
                    small &= abs(np.bincount(numbers, point[inside]) - true) < 1 - TOLERANCE
                for code in np.flatnonzero(small):
                    objective = np.zeros(attack.unknowns + attack.keys)
                    objective[inside] = numbers == code
                    low, high = (attack.extreme(objective, box, sign) for sign in (-1, 1))
                    if high.value - low.value < 1 - TOLERANCE:
                        row = frame.iloc[int(np.argmax(numbers == code))]
                        what = ", ".join(f"{level} {row[level]}" for level in chosen)
                        cut = cut_from(self.cells, knows, high, low, None, 1.0)
                        yield Finding(
                            None, knows.name, low.value, high.value, f"the unpublished combination {what}", cut
                        )
                        return

    def _range(
        self, whole: tuple[System, Attack], withheld: np.ndarray, combination: dict[str, str]
    ) -> tuple[float, float]:
        system, attack = whole
        inside = np.ones(attack.unknowns, dtype=bool)
        for level, value in combination.items():
            inside &= (system.frames[0][level] == value).to_numpy()
        objective = np.concatenate([inside.astype(float), np.zeros(attack.keys)])
        box = attack.bounds(self.cells.value, withheld, outsider(self.cells), None)
        return attack.extreme(objective, box, -1).value, attack.extreme(objective, box, 1).value


@dataclass(frozen=True)
class _Cross:
    """The full cross of the finest levels, and how clique tables are glued into it."""

    frame: pd.DataFrame
    true: np.ndarray
    joins: tuple[
        tuple[slice, np.ndarray, np.ndarray], ...
    ]  # a clique's unknowns; cross row → its row; its row → separator
    selections: tuple[
        tuple[tuple[str, ...], np.ndarray], ...
    ]  # levels chosen, and the number of each row's combination

    @classmethod
    def of(cls, system: System, finest: tuple[str, ...], points: pd.DataFrame) -> "_Cross | None":
        """None when there is nothing to cross, or far too much."""
        size = np.prod([len(system.levels.values[level]) for level in finest], dtype=float)
        if not finest or size > MOST_UNKNOWNS:
            return None
        frame = system.levels.frame(finest)
        codes = {
            level: pd.Categorical(frame[level], sorted(set(frame[level]))).codes.astype(np.int64)
            for level in frame.columns
        }
        numbers = dict(zip(zip(*(frame[level] for level in finest), strict=True), range(len(frame)), strict=True))
        true = np.zeros(len(frame))
        for key, count in zip(zip(*(points[level] for level in finest), strict=True), points["count"], strict=True):
            true[numbers[key]] += count
        selections = tuple(
            (chosen, _numbered([codes[level] for level in chosen])) for chosen in _selections(system.levels, finest)
        )
        return cls(frame, true, tuple(_joins(system, frame)), selections)

    def glue(self, point: np.ndarray) -> np.ndarray:
        """The full cross that has these clique tables, and independence between them."""
        total = np.full(
            len(self.frame), np.maximum(point[self.joins[0][0]], 0).sum()
        )  # the tables below are shares of it
        for where, row, separator in self.joins:
            table = np.maximum(point[where], 0)
            below = np.bincount(separator, table)[separator]
            total *= np.divide(table, below, out=np.zeros(len(table)), where=below > 0)[row]
        return total


def _joins(system: System, cross: pd.DataFrame) -> Iterable[tuple[slice, np.ndarray, np.ndarray]]:
    """Each clique in an order in which all that it shares with those before it lies in one of them; the first shares
    nothing."""
    places = system.places_of(cross)
    offsets = np.concatenate([[0], np.cumsum([len(frame) for frame in system.frames])]).astype(int)
    joined: set[str] = set()
    waiting = list(range(len(system.cliques)))
    while waiting:
        number = max(waiting, key=lambda i: (len(set(system.cliques[i]) & joined), -i))
        waiting.remove(number)
        shared = sorted(set(system.cliques[number]) & joined)
        frame = system.frames[number]
        parts = [pd.Categorical(frame[level]).codes.astype(np.int64) for level in shared]
        separator = _numbered(parts) if parts else np.zeros(len(frame), dtype=np.int64)
        yield slice(offsets[number], offsets[number + 1]), places[:, number] - offsets[number], separator
        joined |= set(system.cliques[number])


def _numbered(codes: list[np.ndarray]) -> np.ndarray:
    """One number for each combination of codes, from 0 without gaps."""
    number = np.zeros(len(codes[0]), dtype=np.int64)
    for each in codes:
        number = number * (int(each.max()) + 1) + each
    return np.unique(number, return_inverse=True)[1]


def _selections(levels: Levels, finest: tuple[str, ...]) -> Iterable[tuple[str, ...]]:
    """Every choice, for each finest level, of itself, one of its coarser levels, or nothing."""
    for choice in product(*((None, level, *levels.ancestors(level)) for level in finest)):
        chosen = tuple(dict.fromkeys(level for level in choice if level))
        if chosen:
            yield chosen
