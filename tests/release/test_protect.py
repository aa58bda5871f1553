"""What no reader of the release can find out, held against every table that is possible."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publicsafety.pipeline.release.intervals import Attack, outsider
from publicsafety.pipeline.release.structure import Levels, assemble
from publicsafety.pipeline.release.suppress import BUDGET, Unprotectable, suppress
from publicsafety.pipeline.release.verify import Review
from tests.release.linked import Oracle, cells_of, keys_of, points_of, system_of

K = 3
PLAIN = Levels({"quarter": ("Q1", "Q2"), "nature": ("crisis", "check"), "police": ("no", "yes")}, {})
NESTED = Levels(
    {"area": ("Port", "Riverside", "West"), "group": ("East", "West side"), "nature": ("crisis", "check")},
    {("area", "group"): {"Port": "East", "Riverside": "East", "West": "West side"}},
)
LINKED = [
    (PLAIN, [("quarter", "nature"), ("quarter", "police")]),
    (PLAIN, [("quarter", "nature"), ("nature", "police")]),
    (PLAIN, [("quarter", "nature"), ("quarter", "police"), ("nature", "police")]),
    (NESTED, [("area",), ("group", "nature")]),
]
QUICK = settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@st.composite
def linked_tables(draw, most=11):
    """Levels, tables printed, and up to `most` records."""
    levels, tables = draw(st.sampled_from(LINKED))
    finest = levels.finest(levels.values)
    record = st.fixed_dictionaries({level: st.sampled_from(levels.values[level]) for level in finest})
    records = draw(st.lists(record, min_size=1, max_size=most))
    return levels, tables, points_of(levels, records)


def protect(levels, tables, points, budget=BUDGET):
    system = system_of(levels, tables, points)
    cells = cells_of(system, K)
    review = Review(system, cells, points, K)
    return system, cells, suppress(system, cells, review.cuts, budget), review


@given(linked_tables(), st.randoms(use_true_random=False))
@QUICK
def test_the_bounds_of_the_joint_system_are_those_of_listing_every_possible_table(case, random):
    levels, tables, points = case
    system = system_of(levels, tables, points)
    cells = cells_of(system, K)
    withheld = np.array(
        [
            key != () and value > 0 and random.random() < 0.6
            for key, value in zip(system.keys, system.values, strict=True)
        ],
        dtype=bool,
    )
    oracle = Oracle(system, points, withheld)
    attack = Attack(system)
    box = attack.bounds(cells.value, withheld, outsider(cells), None)
    for cell in np.flatnonzero(withheld):
        assert attack.whole(attack.of_cell(cell), box, -1)[0] == oracle.figures[:, cell].min()
        assert attack.whole(attack.of_cell(cell), box, 1)[0] == oracle.figures[:, cell].max()


@given(linked_tables(), st.sampled_from([BUDGET, 0]))
@QUICK
def test_every_withheld_cell_keeps_an_interval_as_wide_as_the_threshold_and_no_adversary_finds_one_exactly(
    case, budget
):
    """With a budget of 0 the pattern comes from the greedy completion, which must be as safe."""
    levels, tables, points = case
    try:
        system, cells, withheld, _ = protect(levels, tables, points, budget)
    except Unprotectable:
        return
    assert not np.any(withheld & cells.shown)
    assert np.all(withheld[cells.small])
    oracle = Oracle(system, points, withheld)
    assert np.all(oracle.widths()[withheld] >= K)
    told = np.all(np.where(withheld & cells.small, oracle.figures < K, True), axis=1)
    told &= np.all(np.where(withheld & ~cells.small, oracle.figures >= K, True), axis=1)
    for cell in np.flatnonzero(withheld):
        assert np.ptp(oracle.figures[told, cell]) >= 1
    for place in np.flatnonzero(
        np.array([oracle.row(record) for record in points[list(oracle.finest)].to_dict("records")]).any(0)
    ):
        mine = oracle.tables[:, place] >= 1
        for cell in np.flatnonzero(withheld & (oracle.keys[:, place] > 0)):
            assert np.ptp(oracle.figures[mine, cell]) >= 2


@given(linked_tables())
@QUICK
def test_no_small_combination_that_is_not_printed_can_be_worked_out(case):
    levels, tables, points = case
    try:
        system, _, withheld, _ = protect(levels, tables, points)
    except Unprotectable:
        return
    oracle = Oracle(system, points, withheld)
    for key in keys_of(levels, [tuple(levels.values)]):
        counts = oracle.tables @ oracle.row(dict(key))
        true = int(np.all([points[level] == value for level, value in key], axis=0).sum()) if key else len(points)
        if 1 <= true < K:
            assert np.ptp(counts) >= 1, key


@given(linked_tables(most=7))
@QUICK
def test_tables_are_given_up_only_when_withholding_everything_would_not_protect_them(case):
    levels, tables, points = case
    try:
        protect(levels, tables, points)
    except Unprotectable:
        system = system_of(levels, tables, points)
        cells = cells_of(system, K)
        everything = ~cells.shown | cells.small
        if np.any(everything & cells.shown):
            return  # a headline that is itself below the threshold
        review = Review(system, cells, points, K)
        assert review.findings(Attack(system), everything)


def test_a_table_without_small_counts_is_shown_whole():
    points = points_of(
        PLAIN,
        [
            {"quarter": q, "nature": n, "police": p}
            for q in ("Q1", "Q2")
            for n in ("crisis", "check")
            for p in ("no", "yes")
            for _ in range(3)
        ],
    )
    _, _, withheld, _ = protect(PLAIN, LINKED[0][1], points)
    assert not withheld.any()


def test_one_small_cell_takes_its_row_and_its_column_partner_with_it():
    """The textbook 2×2: a single withheld cell is its total minus its neighbour, so four are withheld."""
    levels = Levels({"quarter": ("Q1", "Q2"), "nature": ("crisis", "check")}, {})
    counts = {("Q1", "crisis"): 2, ("Q1", "check"): 20, ("Q2", "crisis"): 30, ("Q2", "check"): 25}
    points = points_of(levels, [{"quarter": q, "nature": n} for (q, n), times in counts.items() for _ in range(times)])
    system = system_of(levels, [("quarter", "nature")], points)
    cells = cells_of(system, K, keep=[key for key in system.keys if len(key) < 2])
    withheld = suppress(system, cells)
    assert sorted(system.values[withheld]) == [2, 20, 25, 30]


def test_a_headline_below_the_threshold_cannot_be_kept():
    points = points_of(PLAIN, [{"quarter": "Q1", "nature": "crisis", "police": "no"}] * 2)
    with pytest.raises(Unprotectable):
        protect(PLAIN, LINKED[0][1], points)


def test_two_ones_whose_total_is_shown_are_not_left_alone_together():
    """1 + 1 = 2 is the pattern by which counts of one are read off; the total or a third cell must go as well."""
    levels = Levels({"nature": ("a", "b", "c", "d")}, {})
    points = points_of(
        levels, [{"nature": n} for n, times in {"a": 1, "b": 1, "c": 9, "d": 8}.items() for _ in range(times)]
    )
    system = system_of(levels, [("nature",)], points)
    withheld = suppress(system, cells_of(system, K))
    assert sorted(system.values[withheld]) == [1, 1, 8]


def test_what_anyone_can_read_elsewhere_does_not_count_as_protection():
    """b is in the council's minutes: withholding it beside a would protect nothing."""
    levels = Levels({"nature": ("a", "b", "c")}, {})
    counts = {"a": 2, "b": 7, "c": 9}
    points = points_of(levels, [{"nature": nature} for nature, times in counts.items() for _ in range(times)])
    system = system_of(levels, [("nature",)], points)
    cells = cells_of(system, K)
    b, c = system.keys.index((("nature", "b"),)), system.keys.index((("nature", "c"),))
    assert suppress(system, cells)[b]
    cells.low[b] = cells.high[b] = 7
    assert suppress(system, cells)[c]


def test_what_a_rule_says_of_a_sum_that_no_table_prints_does_not_count_as_protection():
    """Nobody prints all checks. Where a rule says that they are 17 or more, 9 shown leave 8 of the 11 others, and so 3."""
    levels = Levels({"quarter": ("Q1", "Q2"), "nature": ("crisis", "check")}, {})
    counts = {("Q1", "crisis"): 2, ("Q1", "check"): 9, ("Q2", "crisis"): 9, ("Q2", "check"): 9}
    points = points_of(levels, [{"quarter": q, "nature": n} for (q, n), times in counts.items() for _ in range(times)])
    checks = (("nature", "check"),)
    keys = [
        key for key in keys_of(levels, [("quarter", "nature")]) if not key or key[-1][0] == "quarter" or key == checks
    ]
    system = assemble(levels, [("quarter", "nature")], keys, points)
    cells = cells_of(system, K, keep=[key for key in keys if len(key) < 2])
    place = keys.index(checks)
    cells.shown[place], cells.silent[place] = False, True
    hidden = {keys[i] for i in cells.guarded(suppress(system, cells))}
    assert {dict(key)["quarter"] for key in hidden} == {"Q1"}
    cells.low[place] = 17
    hidden = {keys[i] for i in cells.guarded(suppress(system, cells))}
    assert {dict(key)["quarter"] for key in hidden} == {"Q1", "Q2"}
    assert checks not in hidden
