"""The attacker against an oracle that tries every table there is."""

import random
from itertools import combinations, product

import numpy as np
import pytest

from publicsafety.pipeline.audit.bounds import attack
from publicsafety.pipeline.audit.knowledge import Region, Statement, Structure, Target, count, region
from publicsafety.pipeline.audit.system import Contradiction, assemble, reduce
from tests.audit.enumeration import finest, true_intervals, weights

UNIVERSE = "calls"
SHAPES = [(2, 2), (2, 3), (3, 2), (4, 2), (2, 2, 2), (3, 3), (8,), (2, 4)]


def derived(statements: list[Statement], targets: list[Target], structure: Structure) -> list[tuple[int, int]]:
    """The attacker's own bounds, with no target ever wide enough for him to stop early."""
    found: list[tuple[int, int]] = [(0, 0)] * len(targets)
    for part in reduce(assemble(statements, targets, structure)).parts:
        intervals = attack(part, lambda low, high: np.zeros(len(low), dtype=bool), np.random.default_rng(0)).intervals
        for number, interval in zip(part.numbers, intervals, strict=True):
            found[number] = (int(interval.low), int(interval.high))
    return found


def tiny_release(seed: int) -> tuple[list[Statement], list[Target], Structure]:
    """A random little release: margins of a random table, levels, overlapping periods, rates, withheld cells."""
    rnd = random.Random(seed)
    shape = rnd.choice(SHAPES)
    names = "abc"[: len(shape)]
    values = {name: tuple(f"{name}{i}" for i in range(size)) for name, size in zip(names, shape, strict=True)}
    structure = Structure({UNIVERSE: values})
    cells = finest(structure, UNIVERSE)
    truth = np.zeros(len(cells))
    for _ in range(rnd.randint(2, 6)):
        truth[rnd.randrange(len(cells))] += 1
    statements = [count(region(UNIVERSE), truth.sum(), truth.sum(), "the total")]
    targets = []
    for one in _regions(rnd, values):
        n = float(weights(((1.0, one),), cells) @ truth)
        if rnd.random() < 0.45:
            targets.append(Target(((1.0, one),), 5, "table", str(one), "withheld"))
            if n and rnd.random() < 0.7:
                statements.append(count(one, 1, np.inf, "withheld"))
        elif rnd.random() < 0.2:
            statements.append(_rounded_share(one, n, truth.sum()))
        else:
            statements.append(count(one, n, n, "published"))
    return statements, targets, structure


def _regions(rnd: random.Random, values: dict[str, tuple[str, ...]]) -> list[Region]:
    found = []
    for size in range(1, len(values) + 1):
        for scope in combinations(values, size):
            if rnd.random() < (0.85 if size == 3 else 0.2):
                continue
            for chosen in product(*(values[name] for name in scope)):
                found.append(region(UNIVERSE, {name: [value] for name, value in zip(scope, chosen, strict=True)}))
    if rnd.random() < 0.4:
        found += [region(UNIVERSE, {"a": values["a"][:size]}) for size in range(2, len(values["a"]))]
    return found


def _rounded_share(one: Region, n: float, total: float) -> Statement:
    share = round(n / total, 1)
    terms = ((1.0, one),)
    return Statement(terms, (share - 0.05) * total, (share + 0.05) * total, "a rounded share")


@pytest.mark.parametrize("batch", range(8))
def test_the_attacker_finds_the_same_bounds_as_trying_every_table(batch: int) -> None:
    """2,000 little releases in eight batches of 250."""
    compared = withheld = 0
    seed = batch * 1_000_000
    while compared < 250:
        seed += 1
        statements, targets, structure = tiny_release(seed)
        if not targets:
            continue
        total = int(statements[0].low)
        expected = true_intervals(statements, targets, structure, UNIVERSE, range(total, total + 1))
        assert derived(statements, targets, structure) == expected, f"seed {seed}"
        compared += 1
        withheld += len(targets)
    assert withheld > 250


def test_the_attacker_says_so_when_no_table_can_carry_the_numbers() -> None:
    """A part above its total, and two totals that differ, are contradictions and not discoveries."""
    structure = Structure({UNIVERSE: {"a": ("a0", "a1")}})
    parts = [count(region(UNIVERSE, {"a": [f"a{i}"]}), 4, 4, "part") for i in range(2)]
    total = count(region(UNIVERSE), 7, 7, "total")
    with pytest.raises(Contradiction):
        derived([*parts, total], [Target(((1.0, region(UNIVERSE)),), 5, "t", "all", "withheld")], structure)
