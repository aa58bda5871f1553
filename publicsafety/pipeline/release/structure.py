"""Which linear equations hold between the figures of linked tables?

A *level* is a column that a table may be broken down by (month, quarter, nature_group, area …). Some levels determine
another (a month its quarter, an area its group of areas): their *parents*. A *key* names one cell of any table: the
levels that are fixed and their values; levels that are not named are summed over. All tables of one base count are sums
of the same unknown finest cells, the full cross of all levels, which is far too many. Their joint system is therefore
written on the cliques of a triangulated graph of levels with equal sums on what neighbouring cliques share: for such
(decomposable) models agreeing, non-negative clique tables always extend to a full cross (Lauritzen 1996, ch. 4;
Dobra & Fienberg 2000), so the bounds of every published cell are the same as on the full cross, at a fraction of its
size.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise, product

import numpy as np
import pandas as pd
from scipy import sparse

Key = tuple[tuple[str, str], ...]  # ((level, value), …) sorted; implied parents left out

MOST_UNKNOWNS = 60_000


class TooDetailed(Exception):
    """The tables ask for a cross of levels that is too large to be protected."""


@dataclass(frozen=True)
class Levels:
    """The values that each level can take, and for a child level which parent value each of its values belongs to."""

    values: Mapping[str, tuple[str, ...]]
    parents: Mapping[tuple[str, str], Mapping[str, str]]  # (child, parent) → child value → parent value

    def ancestors(self, level: str) -> dict[str, tuple[str, ...]]:
        """Every coarser level that `level` determines, with the path of levels that leads there."""
        found: dict[str, tuple[str, ...]] = {}
        for child, parent in self.parents:
            if child == level:
                found[parent] = (level, parent)
                for higher, path in self.ancestors(parent).items():
                    found.setdefault(higher, (level, *path))
        return found

    def lift(self, level: str, value: str, ancestor: str) -> str:
        """The value of the coarser level `ancestor` that a value of `level` belongs to."""
        path = self.ancestors(level)[ancestor]
        for child, parent in pairwise(path):
            value = self.parents[(child, parent)][value]
        return value

    def finest(self, levels: Iterable[str]) -> tuple[str, ...]:
        """`levels` without those that another of them determines, in a stable order."""
        wanted = sorted(set(levels))
        implied = {ancestor for level in wanted for ancestor in self.ancestors(level)}
        return tuple(level for level in wanted if level not in implied)

    def key(self, cell: Mapping[str, str]) -> Key:
        """The canonical name of a cell: two tables that print the same sum give it the same key."""
        kept = self.finest(cell)
        for level in kept:
            for ancestor in self.ancestors(level):
                if ancestor in cell and cell[ancestor] != self.lift(level, cell[level], ancestor):
                    raise ValueError(f"no cell has {level} {cell[level]!r} and {ancestor} {cell[ancestor]!r}")
        return tuple((level, cell[level]) for level in kept)

    def frame(self, levels: Sequence[str]) -> pd.DataFrame:
        """Every possible combination of `levels`, with a column for each level that they determine as well."""
        finest = self.finest(levels)
        size = int(np.prod([len(self.values[level]) for level in finest], dtype=np.int64))
        if size > MOST_UNKNOWNS:
            raise TooDetailed(f"{' × '.join(finest)} has {size:,} cells")
        frame = pd.DataFrame(
            list(product(*(self.values[level] for level in finest))), columns=list(finest), dtype=object
        )
        for level in finest:
            for ancestor in self.ancestors(level):
                lifted = [self.lift(level, value, ancestor) for value in frame[level]]
                if ancestor in frame.columns:  # two children of one parent: only combinations that agree exist
                    agree = np.array([a == b for a, b in zip(frame[ancestor], lifted, strict=True)], dtype=bool)
                    frame = frame[agree].reset_index(drop=True)
                else:
                    frame[ancestor] = lifted
        return frame


@dataclass(frozen=True)
class System:
    """Published sums `y = sums @ x` of unknowns `x ≥ 0` with `links @ x = 0`; `truth` are the private values of `x`."""

    levels: Levels
    keys: tuple[Key, ...]
    cliques: tuple[tuple[str, ...], ...]
    frames: tuple[pd.DataFrame, ...]  # the unknowns of each clique, in the order of x
    sums: sparse.csr_matrix
    links: sparse.csr_matrix
    truth: np.ndarray

    @property
    def values(self) -> np.ndarray:
        """The true value of every key."""
        return self.sums @ self.truth

    def places_of(self, records: pd.DataFrame) -> np.ndarray:
        """For each record (a column per level) the unknown of each clique that it is counted in: records × cliques."""
        places, offset = [], 0
        for clique, frame in zip(self.cliques, self.frames, strict=True):
            if clique:
                number = {
                    key: i + offset for i, key in enumerate(zip(*(frame[level] for level in clique), strict=True))
                }
                places.append([number[key] for key in zip(*(records[level] for level in clique), strict=True)])
            else:
                places.append([offset] * len(records))
            offset += len(frame)
        return np.array(places, dtype=int).reshape(len(self.cliques), len(records)).T


def cliques_of(levels: Levels, tables: Iterable[Iterable[str]]) -> list[tuple[str, ...]]:
    """The cliques of the triangulated (min-fill) graph that joins levels used in one table or as child and parent."""
    edges: dict[str, set[str]] = {}
    for table in tables:
        members = set(table)
        for level in members:
            edges.setdefault(level, set()).update(members - {level})
    for child, parent in levels.parents:
        if child in edges and parent in edges:
            edges[child].add(parent)
            edges[parent].add(child)
    found: list[set[str]] = []
    while edges:

        def fill(level: str) -> tuple[int, int, str]:
            missing = sum(b not in edges[a] for a, b in combinations(sorted(edges[level]), 2))
            return missing, len(edges[level]), level

        level = min(edges, key=fill)
        around = edges.pop(level)
        for other in around:
            edges[other] |= around - {other}
            edges[other].discard(level)
        clique = around | {level}
        if not any(clique <= larger for larger in found):
            found = [smaller for smaller in found if not smaller <= clique] + [clique]
    return [tuple(sorted(clique)) for clique in found] or [()]


def neighbours(cliques: Sequence[tuple[str, ...]]) -> list[tuple[int, int, tuple[str, ...]]]:
    """A junction tree: the pairs of cliques to be linked and the levels that they share (maximum spanning tree)."""
    pairs = [(tuple(sorted(set(a) & set(b))), i, j) for (i, a), (j, b) in combinations(enumerate(cliques), 2)]
    root = list(range(len(cliques)))

    def top(i: int) -> int:
        while root[i] != i:
            i = root[i]
        return i

    tree = []
    for shared, i, j in sorted(pairs, key=lambda pair: (-len(pair[0]), pair[1], pair[2])):
        if top(i) != top(j):
            root[top(i)] = top(j)
            tree.append((i, j, shared))
    return tree


def assemble(levels: Levels, tables: Iterable[Iterable[str]], keys: Sequence[Key], points: pd.DataFrame) -> System:
    """The system of the published `keys` over the records counted in `points` (a column per level, and `count`)."""
    cliques = cliques_of(levels, tables)
    frames = [levels.frame(clique) for clique in cliques]
    if sum(map(len, frames)) > MOST_UNKNOWNS:
        raise TooDetailed(f"together the tables have {sum(map(len, frames)):,} unknown cells")
    offsets = np.concatenate([[0], np.cumsum([len(frame) for frame in frames])])
    truth = np.concatenate([_counts(frame, clique, points) for clique, frame in zip(cliques, frames, strict=True)])
    rows = [_members(key, frames, offsets) for key in keys]
    links = []
    for i, j, shared in neighbours(cliques):
        groups = [_groups(frames[k], shared, offsets[k]) for k in (i, j)]
        for value in sorted(set(groups[0]) | set(groups[1])):
            left, right = (group.get(value, np.array([], dtype=int)) for group in groups)
            links.append((np.concatenate([left, right]), np.concatenate([np.ones(len(left)), -np.ones(len(right))])))
    size = int(offsets[-1])
    return System(
        levels,
        tuple(keys),
        tuple(cliques),
        tuple(frames),
        _matrix([(row, np.ones(len(row))) for row in rows], size),
        _matrix(links, size),
        truth,
    )


def _matrix(rows: Sequence[tuple[np.ndarray, np.ndarray]], width: int) -> sparse.csr_matrix:
    indptr = np.concatenate([[0], np.cumsum([len(columns) for columns, _ in rows])]).astype(int)
    columns = np.concatenate([columns for columns, _ in rows]) if rows else np.array([], dtype=int)
    data = np.concatenate([data for _, data in rows]) if rows else np.array([])
    return sparse.csr_matrix((data, columns, indptr), shape=(len(rows), width))


def _counts(frame: pd.DataFrame, clique: Sequence[str], points: pd.DataFrame) -> np.ndarray:
    if not clique:
        return np.array([points["count"].sum()], dtype=float)
    counted = points.groupby(list(clique), observed=True)["count"].sum().to_dict()
    found = [
        counted.pop(key if len(clique) > 1 else key[0], 0) for key in zip(*(frame[c] for c in clique), strict=True)
    ]
    if counted:
        raise ValueError(f"records outside the listed values of {', '.join(clique)}: {list(counted)[:3]}")
    return np.array(found, dtype=float)


def _members(key: Key, frames: Sequence[pd.DataFrame], offsets: np.ndarray) -> np.ndarray:
    """Which unknowns add up to a key, in the smallest clique that has all of its levels."""
    fitting = [i for i, frame in enumerate(frames) if all(level in frame.columns for level, _ in key)]
    chosen = min(fitting, key=lambda i: len(frames[i]))
    same = np.ones(len(frames[chosen]), dtype=bool)
    for level, value in key:
        same &= (frames[chosen][level] == value).to_numpy()
    return np.flatnonzero(same) + offsets[chosen]


def _groups(frame: pd.DataFrame, shared: Sequence[str], offset: int) -> dict[tuple[str, ...], np.ndarray]:
    if not shared:
        return {(): np.arange(len(frame)) + offset}
    found = frame.groupby(list(shared), observed=True).indices
    return {(key if isinstance(key, tuple) else (key,)): np.asarray(where) + offset for key, where in found.items()}
