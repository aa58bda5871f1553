"""Is a pattern safe beyond the linear programs that found it? The protector's own second look, before anything is written.

Whole numbers (counts are integers, so an interval can be narrower than the linear program says), insiders (each record of
each withheld cell in turn), and combinations that no table prints but that the tables together might determine.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd

from publicsafety.pipeline.release.intervals import TOLERANCE, Attack, Cells, Knowledge, is_whole, outsider, told_primary
from publicsafety.pipeline.release.structure import MOST_UNKNOWNS, Levels, System, assemble
from publicsafety.pipeline.release.suppress import Cut, one_more

INSIDER_WIDTH = 2


@dataclass(frozen=True)
class Finding:
    """A withheld cell (or, with `cell` None, an unpublished combination) that an adversary can know too closely."""

    cell: int | None
    adversary: str
    low: float
    high: float
    what: str


class Review:
    """The second look at one system; `narrowest` is the narrowest interval that an outsider is left with."""

    def __init__(self, system: System, cells: Cells, points: pd.DataFrame, threshold: int) -> None:
        self.system, self.cells, self.points, self.threshold = system, cells, points, threshold
        levels = system.levels.finest(level for clique in system.cliques for level in clique)
        self.finest = levels
        self.records = points.groupby(list(levels), observed=True, as_index=False)["count"].sum() if levels else points
        rows = self.records.to_dict("records")
        lifted = [_lift(system.levels, row, system.cliques) for row in rows]
        self.places = [system.unknowns_of(row) for row in lifted]
        self.narrowest = np.inf

    def cuts(self, attack: Attack, withheld: np.ndarray) -> list[Cut]:
        """What the master problem must learn from the findings."""
        return [one_more(self.cells, withheld, finding.cell) for finding in self.findings(attack, withheld)]

    def findings(self, attack: Attack, withheld: np.ndarray) -> list[Finding]:
        """Every breach of the rules that remains; empty for a pattern that may be published."""
        points: list[np.ndarray] = [self.system.truth]
        found = list(self._whole(attack, withheld, outsider(self.cells), points))
        found = found or list(self._whole(attack, withheld, told_primary(self.cells), None))
        found = found or list(self._insiders(attack, withheld, points))
        return found or list(self._combinations(attack, withheld, points))

    def _whole(self, attack: Attack, withheld: np.ndarray, knows: Knowledge, pool: list[np.ndarray] | None,
               ) -> Iterable[Finding]:
        box = attack.bounds(self.cells.value, withheld, knows, None)
        self.narrowest = np.inf if pool is not None else self.narrowest
        for cell in np.flatnonzero(withheld):
            objective = attack.of_cell(cell)
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
                    ends.append(attack.whole(objective, box, sign))
            if pool is not None:
                self.narrowest = min(self.narrowest, ends[1] - ends[0])
            if ends[1] - ends[0] < knows.width[cell] - TOLERANCE:
                yield Finding(int(cell), knows.name, *ends, "a withheld cell")

    def _insiders(self, attack: Attack, withheld: np.ndarray, points: list[np.ndarray]) -> Iterable[Finding]:
        """Each record that is counted in a withheld cell, held against the points known to be possible, then by program."""
        pool = np.array([point for point in points if is_whole(point)])
        sums = self.system.sums.tocsr()
        figures = pool @ sums.T.toarray() if len(pool) else pool
        knows = outsider(self.cells)
        for cell in np.flatnonzero(withheld):
            inside = set(sums.indices[sums.indptr[cell] : sums.indptr[cell + 1]])
            for places in self.places:
                if inside.isdisjoint(places):
                    continue
                left = figures[np.all(pool[:, places] >= 1, axis=1), cell]
                if len(left) and left.max() - left.min() >= INSIDER_WIDTH:
                    continue
                box = attack.bounds(self.cells.value, withheld, knows, places)
                low, high = (attack.whole(attack.of_cell(cell), box, sign) for sign in (-1, 1))
                if high - low < INSIDER_WIDTH:
                    yield Finding(int(cell), "insider", low, high, "a withheld cell")
                    break

    def _combinations(self, attack: Attack, withheld: np.ndarray, points: list[np.ndarray]) -> Iterable[Finding]:
        """Combinations of levels with 1 ≤ n < k that every possible table agrees on.

        A table that is possible is glued from clique tables by independence; where two of those (the truth, and the mean of
        the extreme points) give a combination another count than the true one, it is not exact. What is left is bounded
        on the full cross.
        """
        size = np.prod([len(self.system.levels.values[level]) for level in self.finest], dtype=float)
        if not self.finest or size > MOST_UNKNOWNS:
            return
        cross = self.system.levels.frame(self.finest)
        cross["mean"] = self._glued(cross, np.mean(points, axis=0))
        cross["glued"] = self._glued(cross, self.system.truth)
        true = self.records.set_index(list(self.finest))["count"]
        index = pd.MultiIndex.from_frame(cross[list(self.finest)]) if len(self.finest) > 1 else cross[self.finest[0]]
        cross["true"] = true.reindex(index).fillna(0).to_numpy()
        cross = cross[cross["glued"] + cross["mean"] + cross["true"] > 0]
        whole: tuple[System, Attack] | None = None
        for chosen in _selections(self.system.levels, self.finest):
            sums = cross.groupby(list(chosen), observed=True)[["mean", "glued", "true"]].sum()
            small = (sums["true"] > 0) & (sums["true"] < self.threshold)
            same = (abs(sums["mean"] - sums["true"]) < 1e-5) & (abs(sums["glued"] - sums["true"]) < 1e-5)
            for name, count in sums.loc[small & same, "true"].items():
                if whole is None:
                    system = assemble(self.system.levels, [self.finest], self.system.keys, self.points)
                    whole = system, Attack(system)
                combination = dict(zip(chosen, name if isinstance(name, tuple) else (name,), strict=True))
                low, high = self._range(whole, withheld, combination)
                if high - low < 1 - TOLERANCE:
                    what = ", ".join(f"{level} {value}" for level, value in combination.items())
                    yield Finding(None, "outsider", low, high, f"the unpublished combination {what} (n = {count:.0f})")
                    return

    def _glued(self, cross: pd.DataFrame, point: np.ndarray) -> np.ndarray:
        """The full cross that has these clique tables, and independence between them."""
        offset, tables = 0, []
        for clique, frame in zip(self.system.cliques, self.system.frames, strict=True):
            tables.append((set(clique), frame.assign(count=np.maximum(point[offset : offset + len(frame)], 0))))
            offset += len(frame)
        total = np.ones(len(cross))
        joined, waiting = set(tables[0][0]), list(tables[1:])
        total *= _look_up(cross, tables[0][1], sorted(joined))
        while waiting:  # each next clique is attached over all that it shares with those already there
            clique, frame = max(waiting, key=lambda entry: (len(entry[0] & joined), sorted(entry[0])))
            waiting = [entry for entry in waiting if entry[0] != clique]
            shared = sorted(clique & joined)
            above = _look_up(cross, frame, sorted(clique))
            below = _look_up(cross, frame, shared) if shared else np.full(len(cross), frame["count"].sum())
            total *= np.divide(above, below, out=np.zeros(len(cross)), where=below > 0)
            joined |= clique
        return total

    def _range(self, whole: tuple[System, Attack], withheld: np.ndarray, combination: dict[str, str]) -> tuple[float, float]:
        system, attack = whole
        inside = np.ones(attack.unknowns, dtype=bool)
        for level, value in combination.items():
            inside &= (system.frames[0][level] == value).to_numpy()
        objective = np.concatenate([inside.astype(float), np.zeros(attack.keys)])
        box = attack.bounds(self.cells.value, withheld, outsider(self.cells), None)
        return attack.extreme(objective, box, -1).value, attack.extreme(objective, box, 1).value


def _lift(levels: Levels, row: dict[str, str], cliques: Iterable[Iterable[str]]) -> dict[str, str]:
    """A record's finest levels and every coarser level that they determine."""
    full = {level: value for level, value in row.items() if level != "count"}
    for level in list(full):
        for ancestor in levels.ancestors(level):
            full[ancestor] = levels.lift(level, full[level], ancestor)
    return full


def _look_up(cross: pd.DataFrame, frame: pd.DataFrame, levels: list[str]) -> np.ndarray:
    """For each row of the cross, the sum of a clique table over what `levels` leave open."""
    sums = frame.groupby(levels, observed=True)["count"].sum()
    index = pd.MultiIndex.from_frame(cross[levels]) if len(levels) > 1 else cross[levels[0]]
    return sums.reindex(index).fillna(0).to_numpy()


def _selections(levels: Levels, finest: tuple[str, ...]) -> Iterable[tuple[str, ...]]:
    """Every choice, for each finest level, of itself, one of its coarser levels, or nothing."""
    for choice in product(*((None, level, *levels.ancestors(level)) for level in finest)):
        chosen = tuple(dict.fromkeys(level for level in choice if level))
        if chosen:
            yield chosen
