"""What a correction gives away: both versions of a period are known, so what changed between them is known as well.

Every count that stands in both is an equation between the records that came and those that went. Their difference may
be of either sign, so no program bounds it: it is known exactly where it is a sum of known differences, and else not at
all.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np
from scipy import sparse

from .cells import finest_cells
from .counts import count_cells, is_revised, revised_spans, threshold
from .definitions import OTHER
from .distinct import covers, only_difference, within
from .knowledge import Region, Structure
from .levels import with_levels
from .published import Release, number
from .regions import REST, Cell, locate, parents_of, spaces, structure_of
from .report import Finding
from .system import describe

CLOSE = 1e-6


def correction_findings(releases: Sequence[Release]) -> Iterator[Finding]:
    """Changes of fewer records than the minimum cell that a correction lets anyone work out."""
    releases = with_levels(releases)
    corrected = [place for place, one in enumerate(releases) if revised_spans(one)]
    for first, last in pairwise([*corrected, len(releases)]):
        spans = revised_spans(releases[first])
        versions = [
            [cell for one in half for cell in count_cells(one) if _adds_up(cell) and is_revised(cell, spans)]
            for half in (releases[:first], releases[first:last])
        ]
        for leak in _changes(versions[0], versions[1], releases):
            yield Finding("corrected count", f"release {releases[first].number}", leak[0], leak[1])


def _adds_up(cell: Cell) -> bool:
    return cell.counted.how == "rows"


def _changes(old: Sequence[Cell], new: Sequence[Cell], releases: Sequence[Release]) -> Iterator[tuple[str, str]]:
    parents = parents_of(releases)
    found = spaces([*old, *new], parents)
    structure = structure_of(found)
    numbers: list[dict[Region, float | None]] = []
    smallest: dict[Region, int] = {}
    for version in (old, new):
        numbers.append({})
        for cell in version:
            where = locate(cell, found[cell.counted.universe], parents)
            shown = number(cell.row.numbers.get(cell.column, ""))
            smallest[where] = max(smallest.get(where, 0), threshold(cell))
            if shown is not None or where not in numbers[-1]:
                numbers[-1][where] = shown
    for universe in sorted(found):
        known, hidden = {}, []
        for where in sorted((one for one in smallest if one.universe == universe), key=describe):
            was, now = (version.get(where) for version in numbers)
            if was is None or now is None:
                hidden.append(where)
            else:
                known[where] = now - was
        least = max((smallest[where] for where in hidden), default=0)
        for name, change in (*_rests(known, hidden, structure), *_sums(known, hidden, structure, universe)):
            if CLOSE < abs(change) < least - CLOSE:
                says = f"changed by exactly {change:+g} from one version to the other, fewer than {least} records"
                yield name, says


def _rests(
    known: Mapping[Region, float], hidden: Sequence[Region], structure: Structure
) -> Iterator[tuple[str, float]]:
    """What a total changed by beyond those of its parts that are shown in both versions."""
    for whole, change in known.items():
        along: dict[str, list[tuple[frozenset[str], Region]]] = {}
        for part in (*known, *hidden):
            name = only_difference(part, whole) if part != whole and within(part, whole) else None
            if name:
                along.setdefault(name, []).append((part.values()[name], part))
        for name, candidates in along.items():
            everything = whole.values().get(name, frozenset(structure.values[whole.universe][name]))
            listed = frozenset().union(*(values for values, _ in candidates))
            for parts in covers(everything & listed, candidates):
                gone = [part for part in parts if part not in known]
                if gone:
                    rest = change - sum(known[part] for part in parts if part in known)
                    yield " and ".join(describe(part) for part in gone), rest


def _sums(
    known: Mapping[Region, float], hidden: Sequence[Region], structure: Structure, universe: str
) -> Iterator[tuple[str, float]]:
    """Withheld cells, and finest combinations, whose change is a sum of known changes over linked tables."""
    if not known or not hidden:
        return
    cells = finest_cells([*known, *hidden], structure, universe)
    rows = {where: place for place, where in enumerate(cells.regions)}
    equations = sparse.vstack([cells.writes[[rows[where] for where in known]], cells.agree], format="csc")
    targets = sparse.vstack([cells.writes[[rows[where] for where in hidden]], sparse.identity(cells.writes.shape[1])])
    labels = [cells.label(place) for place in range(cells.writes.shape[1])]
    names = [describe(one) for one in (*hidden, *(Region(universe, label) for label in labels))]
    changes = np.concatenate([list(known.values()), np.zeros(cells.agree.shape[0])])
    listed = np.array([not any(_is_unlisted(values) for _, values in label) for label in labels])
    left, right = equations.toarray()[:, listed], targets.toarray()[:, listed]
    weights, *_ = np.linalg.lstsq(left.T, right.T, rcond=None)
    exact = np.abs(left.T @ weights - right.T).max(axis=0) < CLOSE
    for place in np.flatnonzero(exact):
        yield names[place], float(np.round(changes @ weights[:, place], 6))


def _is_unlisted(values: frozenset[str]) -> bool:
    """Whether no table has a row for any of these values: nothing is there that could change."""
    return all(value == OTHER or value.endswith(REST) for value in values)
