"""Patterns from the literature, whose answers were published: the attacker must find exactly those."""

from collections.abc import Callable, Sequence
from math import inf

import numpy as np

from publicsafety.pipeline.audit.bounds import attack
from publicsafety.pipeline.audit.knowledge import Interval, Region, Statement, Structure, Target, count, region
from publicsafety.pipeline.audit.system import assemble, reduce

Grid = Sequence[Sequence[int | None]]


def intervals(statements: list[Statement], targets: list[Target], structure: Structure) -> list[Interval]:
    """The exact interval of each target."""
    found: dict[int, Interval] = {}
    for part in reduce(assemble(statements, targets, structure)).parts:
        never_wide = attack(part, lambda low, high: np.zeros(len(low), dtype=bool), np.random.default_rng(0))
        found.update(zip(part.numbers.tolist(), never_wide.intervals, strict=True))
    return [found[number] for number in range(len(targets))]


def hidden_cells(grid: Grid, rows: Sequence[int], columns: Sequence[int]) -> dict[tuple[int, int], tuple[float, float]]:
    """Intervals of the cells that are None, given row totals, column totals and nothing but non-negativity."""
    values = {"row": tuple(f"r{i}" for i in range(len(rows))), "column": tuple(f"c{j}" for j in range(len(columns)))}
    statements = [count(region("u", {"row": [f"r{i}"]}), n, n, "row") for i, n in enumerate(rows)]
    statements += [count(region("u", {"column": [f"c{j}"]}), n, n, "column") for j, n in enumerate(columns)]
    places, targets = [], []
    for i, row in enumerate(grid):
        for j, n in enumerate(row):
            one = region("u", {"row": [f"r{i}"], "column": [f"c{j}"]})
            if n is None:
                places.append((i, j))
                targets.append(Target(((1.0, one),), 1, "", "", "withheld"))
            else:
                statements.append(count(one, n, n, "cell"))
    found = intervals(statements, targets, Structure({"u": values}))
    return {place: (one.low, one.high) for place, one in zip(places, found, strict=True)}


def test_one_hidden_cell_of_a_two_by_two_table_is_recovered() -> None:
    """The smallest mistake there is."""
    assert hidden_cells([[None, 7], [9, 11]], [10, 20], [12, 18]) == {(0, 0): (3, 3)}


def test_a_whole_hidden_row_of_a_four_by_two_table_is_recovered_and_two_rows_are_not() -> None:
    """Column totals give a row that is hidden alone back; two rows hidden together hide each other."""
    alone = hidden_cells([[20, 15], [None, None], [18, 9], [25, 31]], [35, 5, 27, 56], [65, 58])
    assert alone == {(1, 0): (2, 2), (1, 1): (3, 3)}
    together = hidden_cells([[20, 15], [None, None], [None, None], [25, 31]], [35, 5, 27, 56], [65, 58])
    assert together == {(1, 0): (0, 5), (1, 1): (0, 5), (2, 0): (15, 20), (2, 1): (7, 12)}


def test_the_investment_table_of_fischetti_and_salazar_gives_their_interval() -> None:
    """Four hidden cells of a three by three table: the sensitive one, 22, lies between 5 and 30."""
    grid = [[20, 50, 10], [None, 19, None], [None, 32, None]]
    found = hidden_cells(grid, [80, 49, 61], [45, 101, 44])
    assert found[1, 2] == (5, 30)


def test_the_delinquent_children_of_working_paper_22_are_recovered_through_four_totals() -> None:
    """No line has a single hidden cell, and one of them is 1 all the same: two rows minus two columns."""
    grid = [[15, None, None, None], [20, None, None, 15], [None, 10, 10, None], [None, 14, 7, None]]
    found = hidden_cells(grid, [20, 55, 25, 35], [50, 35, 30, 20])
    assert found[0, 3] == (1, 1)
    assert [place for place, (low, high) in found.items() if low == high] == [(0, 3)]


AGES = range(116)


def _people(**where: list[str] | str) -> Region:
    return region("people", {name: [v] if isinstance(v, str) else v for name, v in where.items()})


def _aged(holds: Callable[[int], bool]) -> list[str]:
    return [f"{age:03d}" for age in AGES if holds(age)]


def _block_table(n: int, median: int, mean: float, half: float, **where: str) -> list[Statement]:
    """Count, mean age (rounded to `half` on either side) and the odd median of one group of the block."""
    years = tuple((float(age), _people(age=f"{age:03d}", **where)) for age in AGES if age)
    found = [count(_people(**where), n, n, "count"), Statement(years, (mean - half) * n, (mean + half) * n, "mean age")]
    least = (n + 1) // 2
    found.append(count(_people(age=_aged(lambda age: age <= median), **where), least, n, "median"))
    found.append(count(_people(age=_aged(lambda age: age >= median), **where), least, n, "median"))
    return found


def _even_median(name: str, median: int, **where: str) -> tuple[list[Statement], tuple[str, ...]]:
    """A median of four lies half-way between the middle two: exactly one distance from it is the true one."""
    distances = tuple(str(distance) for distance in range(median + 1))
    found = [count(region(name), 1, 1, "one distance is true")]
    for text in distances:
        distance, true = int(text), region(name, {"distance": [text]})
        below = _people(age=_aged(lambda age, d=distance: age <= median - d), **where)
        above = _people(age=_aged(lambda age, d=distance: age >= median + d), **where)
        younger = _people(age=_aged(lambda age, d=distance: age < median - d), **where)
        older = _people(age=_aged(lambda age, d=distance: age > median + d), **where)
        found += [Statement(((1.0, one), (-2.0, true)), 0.0, inf, "at least two") for one in (below, above)]
        found += [Statement(((1.0, one), (3.0, true)), -inf, 4.0, "at most one") for one in (younger, older)]
    return found, distances


def test_the_seven_people_of_the_census_block_are_all_recovered() -> None:
    """Garfinkel, Abowd and Martindale (2019): counts, medians and means of a block leave one set of people."""
    statements = _block_table(7, 30, 38.0, 0.0)
    statements += _block_table(4, 30, 33.5, 0.0, sex="F") + _block_table(3, 30, 44.0, 0.0, sex="M")
    statements += _block_table(4, 51, 48.5, 0.0, race="black") + _block_table(3, 24, 24.0, 0.0, race="white")
    statements += _block_table(4, 51, 54.0, 0.0, marital="married")
    statements += _block_table(3, 36, 36.7, 0.04, sex="F", race="black")
    few = [_people(sex="M", race="black"), _people(sex="M", race="white"), _people(sex="F", race="white")]
    few += [_people(age=_aged(lambda age: age < 5)), _people(age=_aged(lambda age: age < 18))]
    few += [_people(age=_aged(lambda age: age >= 64)), _people(age=_aged(lambda age: age >= 18), marital="single")]
    statements += [count(one, 0, 2, "withheld: fewer than three") for one in few]
    values: dict[str, dict[str, tuple[str, ...]]] = {"people": {
        "age": tuple(_aged(lambda age: True)), "sex": ("F", "M"), "race": ("black", "white"),
        "marital": ("married", "single"),
    }}  # fmt: skip
    evens: list[tuple[str, int, dict[str, str]]] = [
        ("of women", 30, {"sex": "F"}),
        ("of black people", 51, {"race": "black"}),
        ("of the married", 51, {"marital": "married"}),
    ]
    for name, median, where in evens:
        more, distances = _even_median(name, median, **where)
        statements += more
        values[name] = {"distance": distances}
    people = [(8, "F", "black", "single"), (18, "M", "white", "single"), (24, "F", "white", "single"),
              (30, "M", "white", "married"), (36, "F", "black", "married"), (66, "F", "black", "married"),
              (84, "M", "black", "married")]  # fmt: skip
    terms = tuple((1.0, _people(age=f"{a:03d}", sex=s, race=r, marital=m)) for a, s, r, m in people)
    found = intervals(statements, [Target(terms, 1, "block", "the seven people", "withheld")], Structure(values))
    assert (found[0].low, found[0].high) == (7, 7)
