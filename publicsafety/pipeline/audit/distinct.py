"""People counted once are not additive: a person may be in two groups and in two months.

What holds all the same: a part is at most the whole, and a whole is at most the sum of parts that cover it.
"""

from collections import defaultdict
from collections.abc import Sequence
from math import inf

from .knowledge import Region, Statement, Structure


def within(one: Region, other: Region) -> bool:
    """Whether every record of `one` is a record of `other`, by their definitions."""
    mine = one.values()
    return one.universe == other.universe and all(mine.get(name, _ANY) <= values for name, values in other.where)


class _Any(frozenset[str]):
    """The set of all values: within itself only."""

    def __le__(self, other: object) -> bool:
        return isinstance(other, _Any)


_ANY = _Any()


def distinct_rules(regions: Sequence[Region], structure: Structure) -> list[Statement]:
    """Part ≤ whole for every nested pair; whole ≤ Σ parts for every set of parts that splits it along one attribute."""
    rules = []
    for whole in regions:
        along: dict[str, list[tuple[frozenset[str], Region]]] = defaultdict(list)
        for part in regions:
            if part == whole or not within(part, whole):
                continue
            rules.append(Statement(((1.0, part), (-1.0, whole)), -inf, 0.0, "a part is at most the whole"))
            name = only_difference(part, whole)
            if name:
                along[name].append((part.values()[name], part))
        for name, candidates in along.items():
            everything = whole.values().get(name, frozenset(structure.values[whole.universe][name]))
            for cover in covers(everything, candidates):
                terms = ((1.0, whole), *((-1.0, part) for part in cover))
                rules.append(Statement(terms, -inf, 0.0, "a whole is at most the sum of its parts"))
    return rules


def only_difference(part: Region, whole: Region) -> str | None:
    """The one attribute that `part` restricts further than `whole` does, or None when there are several."""
    mine, other = part.values(), whole.values()
    different = [name for name in mine if mine[name] != other.get(name)]
    return different[0] if len(different) == 1 else None


def covers(everything: frozenset[str], candidates: list[tuple[frozenset[str], Region]]) -> list[list[Region]]:
    """For each size of part (months, quarters), the parts of that level if together they are the whole."""
    levels: dict[frozenset[frozenset[str]], list[Region]] = {}
    left = sorted(candidates, key=lambda pair: (len(pair[0]), sorted(pair[0])))
    while left:
        seen: frozenset[str] = frozenset()
        chosen = []
        for values, part in left:
            if not seen & values:
                seen |= values
                chosen.append((values, part))
        if seen >= everything:
            levels[frozenset(values for values, _ in chosen)] = [part for _, part in chosen]
        left = [pair for pair in left if pair not in chosen]
    return list(levels.values())
