"""What does anyone know of a year's counts from the rules alone, before reading a single figure?

Two of the rules say something: a hexagon that is named has enough requests, and so has the place of all others; and some
combinations cannot be (`[[never]]` in the policy). This is known of a year whether or not a table shows it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from publicsafety.pipeline.release.policy import Never, Policy
from publicsafety.pipeline.release.structure import Key
from publicsafety.pipeline.release.years import Year, selected, values_of


@dataclass(frozen=True)
class Rules:
    """`floors`: counts that are known to be at least so large. `empty`: cells that are known to be zero, and the levels
    that they cross."""

    floors: dict[Key, int]
    empty: frozenset[Key]
    levels: tuple[tuple[str, ...], ...]


def rules_of(policy: Policy, year: Year, smallest: int, used: Iterable[tuple[str, ...]]) -> Rules:
    """What the rules say of a year. `smallest`: the fewest requests with which any release has named a hexagon; `used`:
    the levels that its tables cross."""
    shown = {level for levels in used for level in levels}
    empty: set[Key] = set()
    levels = []
    for each in policy.never:
        if _tells(each, year, shown) and is_borne_out(each, year):
            empty |= set(_keys(each, year))
            levels.append(tuple(sorted(each.cells)))
    return Rules(hexagon_floors(policy, year, smallest, shown), frozenset(empty), tuple(levels))


def is_about(never: Never, year: Year) -> bool:
    """Whether a year's records have all the dimensions of a combination."""
    return never.cells.keys() <= year.levels.values.keys()


def is_borne_out(never: Never, year: Year) -> bool:
    """Whether a year's records have no such combination: of one that they have, nobody knows that it cannot be."""
    return not any(values_of(year, _keys(never, year)).values())


def _tells(never: Never, year: Year, shown: set[str]) -> bool:
    """Whether every dimension of a combination, or a coarser one, is in some table: without that it says nothing."""
    return is_about(never, year) and all(shown & {name, *year.levels.ancestors(name)} for name in never.cells)


def _keys(never: Never, year: Year) -> list[Key]:
    return [year.levels.key(cell) for cell in selected(never.cells)]


def hexagon_floors(policy: Policy, year: Year, smallest: int, shown: set[str]) -> dict[Key, int]:
    """The requests that each named hexagon is known to have, and the place of all others where it has any.

    A hexagon that was named and has fewer since a correction is not among them: the rule does not hold for it.
    """
    found: dict[Key, int] = {}
    for name in sorted(shown & policy.dimensions.keys()):
        if policy.dimensions[name].coarse:
            totals = year.points.groupby(name, observed=True)["count"].sum()
            found |= {year.levels.key({name: str(place)}): smallest for place, n in totals.items() if n >= smallest}
    return found
