"""Group disclosure: which cells would say that everybody in a row is of one sensitive kind?"""

import numpy as np

from publicsafety.pipeline.release.policy import Policy
from publicsafety.pipeline.release.structure import Key, System

Group = tuple[str, Key]  # a dimension, and the cell that it breaks down


def one_kind(policy: Policy, system: System) -> set[Key]:
    """Cells of a `whole_row` category that hold everybody in their row, unless somebody signed for it, and the zeros
    beside them.

    The zeros say as much as the cell does. They are always shown, so no pattern protects a table that has them.
    """
    value = dict(zip(system.keys, np.round(system.values), strict=True))
    signed = {(allowed.dimension, allowed.category) for allowed in policy.allowed}
    found: set[Group] = set()
    for key, count in value.items():
        for name, category in key:
            if name not in policy.dimensions or category not in policy.dimensions[name].whole_row:
                continue
            row = _without(key, name)
            if (name, category) not in signed and count > 0 and value.get(row) == count:
                found.add((name, row))
    return {key for key in value for name, _ in key if (name, _without(key, name)) in found}


def _without(key: Key, name: str) -> Key:
    return tuple(part for part in key if part[0] != name)
