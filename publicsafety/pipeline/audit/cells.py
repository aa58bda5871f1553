"""The finest cells with which every published number can be written, and how each number is written with them.

The full cross of all attributes would be exact and far too large. The tables of a release, however, seldom share more
than two or three attributes: along a junction tree of their attributes, small tables that agree wherever they overlap
always have a common non-negative, whole-numbered joint table (Lauritzen 1996; Dobra and Fienberg 2000). Each clique of
the tree is therefore one table of unknowns, and the agreement of neighbours is a set of equations. Nothing is lost.

Levels of one attribute (month, quarter, year; hexagon, parent) are variables of their own, tied by the fact that the
finer determines the coarser: this keeps the cliques as small as the tables are.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import prod

import numpy as np
from scipy import sparse

from .knowledge import Region, Structure

Block = frozenset[str]
Partition = tuple[Block, ...]
Variable = tuple[str, Partition]

LARGEST_CLIQUE = 60_000


@dataclass(frozen=True)
class Grid:
    """The unknowns of one clique: for each attribute its blocks, and for each unknown the number of its block."""

    blocks: Mapping[str, Partition]
    codes: Mapping[str, np.ndarray]
    size: int


@dataclass(frozen=True)
class Cells:
    """Unknowns of one universe: rows of `writes` say which unknowns make up each region; `agree` @ unknowns = 0.

    `whole` is false where a clique would have been too large and the attack is weaker than it could be.
    """

    regions: tuple[Region, ...]
    writes: sparse.csr_matrix
    agree: sparse.csr_matrix
    grids: tuple[Grid, ...]
    starts: np.ndarray
    whole: bool

    def label(self, unknown: int) -> tuple[tuple[str, Block], ...]:
        """The values of each attribute that name an unknown."""
        place = int(np.searchsorted(self.starts, unknown, side="right")) - 1
        grid, position = self.grids[place], unknown - int(self.starts[place])
        return tuple((name, blocks[grid.codes[name][position]]) for name, blocks in grid.blocks.items())


def refine(sets: Iterable[Block], values: Sequence[str]) -> Partition:
    """The coarsest partition of `values` that can tell every one of `sets` apart."""
    blocks: list[Block] = [frozenset(values)]
    for chosen in set(sets):
        split: list[Block] = []
        for block in blocks:
            split += [part for part in (block & chosen, block - chosen) if part]
        blocks = split
    order = {value: position for position, value in enumerate(values)}
    return tuple(sorted(blocks, key=lambda block: min(order[value] for value in block)))


def _is_finer(fine: Partition, coarse: Partition) -> bool:
    return len(fine) > len(coarse) and all(any(block <= other for other in coarse) for block in fine)


def _families(
    regions: Sequence[Region], structure: Structure, universe: str
) -> dict[frozenset[str], frozenset[Variable]]:
    """For each set of attributes that some region is defined by: the variables that tell all such regions apart."""
    values = structure.values[universe]
    families: dict[frozenset[str], list[Region]] = {}
    for one in regions:
        families.setdefault(one.scope(), []).append(one)
    return {
        names: frozenset((name, refine((one.values()[name] for one in family), values[name])) for name in names)
        for names, family in families.items()
    }


def _ties(variables: set[Variable], values: Mapping[str, tuple[str, ...]]) -> list[frozenset[Variable]]:
    """Each level of an attribute tied to the next finer one, and all of them to their common refinement."""
    ties = []
    for name in {name for name, _ in variables}:
        levels = {partition for other, partition in variables if other == name}
        levels.add(refine((block for level in levels for block in level), values[name]))
        for coarse in levels:
            finer = [level for level in levels if _is_finer(level, coarse)]
            nearest = [one for one in finer if not any(_is_finer(one, other) for other in finer)]
            ties += [frozenset([(name, coarse), (name, one)]) for one in nearest]
    return ties


def _cliques(scopes: list[frozenset[Variable]]) -> tuple[list[frozenset[Variable]], bool]:
    """Cliques of a triangulation (the cheapest variable is eliminated first), or the scopes if one grew too large."""
    neighbours: dict[Variable, set[Variable]] = {}
    for scope in scopes:
        for variable in scope:
            neighbours.setdefault(variable, set()).update(scope - {variable})
    cliques: list[frozenset[Variable]] = []
    left = {variable: set(others) for variable, others in neighbours.items()}
    while left:
        cost = {one: prod(len(part) for _, part in others | {one}) for one, others in left.items()}
        chosen = min(left, key=lambda one: (cost[one], one[0], len(one[1])))
        if cost[chosen] > LARGEST_CLIQUE:
            return _maximal(scopes), False
        clique = frozenset(left[chosen] | {chosen})
        cliques.append(clique)
        for one, other in combinations(left[chosen], 2):
            left[one].add(other)
            left[other].add(one)
        for one in left.pop(chosen):
            left[one].discard(chosen)
    return _maximal(cliques), True


def _maximal(sets: list[frozenset[Variable]]) -> list[frozenset[Variable]]:
    unique = sorted(set(sets), key=len, reverse=True)
    return [one for place, one in enumerate(unique) if not any(one < other for other in unique[:place])]


def _tree(cliques: list[frozenset[Variable]]) -> list[tuple[int, int]]:
    """Edges of a junction tree: the heaviest spanning tree, a pair weighing what it shares (at least the total)."""
    pairs = sorted(combinations(range(len(cliques)), 2), key=lambda p: -len(cliques[p[0]] & cliques[p[1]]))
    parent = list(range(len(cliques)))

    def root(place: int) -> int:
        while parent[place] != place:
            place = parent[place]
        return place

    edges = []
    for one, other in pairs:
        if root(one) != root(other):
            parent[root(one)] = root(other)
            edges.append((one, other))
    return edges


def _grid(clique: frozenset[Variable]) -> Grid:
    """Every combination of blocks that a record can have; the levels of one attribute are told apart together."""
    by_name: dict[str, list[Partition]] = {}
    for name, partition in clique:
        by_name.setdefault(name, []).append(partition)
    blocks = {}
    for name in sorted(by_name):
        values = tuple(value for block in by_name[name][0] for value in sorted(block))
        blocks[name] = refine((block for partition in by_name[name] for block in partition), values)
    codes = np.indices([len(one) for one in blocks.values()]).reshape(len(blocks), -1)
    return Grid(blocks, dict(zip(blocks, codes, strict=True)), prod(len(one) for one in blocks.values()))


def finest_cells(regions: Sequence[Region], structure: Structure, universe: str) -> Cells:
    """The unknowns of one additive universe, exact for every region given."""
    unique = tuple(dict.fromkeys(regions))
    families = _families(unique, structure, universe)
    scopes = [scope for scope in families.values() if scope]
    scopes += _ties({variable for scope in scopes for variable in scope}, structure.values[universe])
    cliques, whole = _cliques(scopes)
    cliques = cliques or [frozenset()]
    grids = [_grid(clique) for clique in cliques]
    starts = np.cumsum([0] + [grid.size for grid in grids])
    homes = {
        names: min((place for place, clique in enumerate(cliques) if scope <= clique), key=lambda p: grids[p].size)
        for names, scope in families.items()
    }
    writes = _write_regions(unique, homes, grids, starts)
    edges = _tree(cliques) if whole else list(combinations(range(len(cliques)), 2))
    return Cells(unique, writes, _agreement(edges, cliques, grids, starts), tuple(grids), starts, whole)


def _write_regions(
    regions: Sequence[Region], homes: dict[frozenset[str], int], grids: list[Grid], starts: np.ndarray
) -> sparse.csr_matrix:
    """One row per region: the unknowns, in the smallest clique that tells it apart, that add up to it."""
    inside: dict[tuple[int, str, Block], np.ndarray] = {}
    found = []
    for one in regions:
        place = homes[one.scope()]
        grid, mask = grids[place], np.ones(grids[place].size, dtype=bool)
        for name, allowed in one.where:
            key = (place, name, allowed)
            if key not in inside:
                chosen = np.array([block <= allowed for block in grid.blocks[name]])
                inside[key] = chosen[grid.codes[name]]
            mask &= inside[key]
        found.append(starts[place] + np.flatnonzero(mask))
    pointers = np.cumsum([0] + [len(one) for one in found])
    columns = np.concatenate(found) if found else np.zeros(0, dtype=int)
    return sparse.csr_matrix((np.ones(len(columns)), columns, pointers), shape=(len(regions), int(starts[-1])))


def _agreement(
    edges: list[tuple[int, int]], cliques: list[frozenset[Variable]], grids: list[Grid], starts: np.ndarray
) -> sparse.csr_matrix:
    """For each edge and each combination of shared blocks: the one side's sum minus the other's is zero."""
    rows, columns, signs, n = [], [], [], 0
    for one, other in edges:
        shared = cliques[one] & cliques[other]
        keys = [_shared_codes(grids[place], shared) for place in (one, other)]
        _, numbers = np.unique(np.concatenate(keys), return_inverse=True)
        rows.append(n + numbers)
        columns += [starts[place] + np.arange(grids[place].size) for place in (one, other)]
        signs += [np.ones(grids[one].size), -np.ones(grids[other].size)]
        n += int(numbers.max()) + 1
    if not edges:
        return sparse.csr_matrix((0, int(starts[-1])))
    entries = (np.concatenate(signs), (np.concatenate(rows), np.concatenate(columns)))
    return sparse.csr_matrix(entries, shape=(n, int(starts[-1])))


def _shared_codes(grid: Grid, shared: frozenset[Variable]) -> np.ndarray:
    """One number per unknown of the grid: which combination of the shared variables' blocks it lies in."""
    code = np.zeros(grid.size, dtype=np.int64)
    for name, partition in sorted(shared, key=lambda v: (v[0], len(v[1]), sorted(map(sorted, v[1])))):
        level = [next(i for i, coarse in enumerate(partition) if block <= coarse) for block in grid.blocks[name]]
        code = code * len(partition) + np.array(level)[grid.codes[name]]
    return code
