"""All that an attacker collected before he starts to calculate, and all that must resist him."""

from dataclasses import dataclass, field

from .knowledge import Region, Statement, Structure, Target, Terms


@dataclass(frozen=True)
class Evidence:
    """What the published files say.

    `published`: numbers, and the intervals that rounding implies. `withheld`: cells marked as withheld, each with the
    width it must keep. `combinations`: differences, complements and rests that no table names.
    `omitted`: groups of regions that no table lists, which an attacker takes for empty while he can.
    `primaries`: withheld cells below the minimum, where somebody told.
    `thresholds`: universe → the smallest count that may be known.
    """

    structure: Structure
    published: tuple[Statement, ...]
    withheld: tuple[Target, ...]
    combinations: tuple[Target, ...] = ()
    omitted: tuple[tuple[str, tuple[Region, ...]], ...] = ()
    outside: tuple[Statement, ...] = ()
    primaries: frozenset[Terms] = frozenset()
    thresholds: dict[str, int] = field(default_factory=dict)
    n_published: int = 0
