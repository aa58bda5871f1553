"""Do intervals and process limits agree with the literature, and with an independent implementation?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.rates import test_poisson_2indep as poisson_test

from publicsafety.statistics import EXACT, false_discoveries, process_limits, share_of_two, wilson_interval


def test_the_published_94_percent_has_the_interval_that_the_definitions_state() -> None:
    assert wilson_interval(188, 200) == pytest.approx((0.898, 0.965), abs=5e-4)


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_intervals_agree_with_statsmodels(drawn: tuple[int, int]) -> None:
    assert wilson_interval(*drawn) == pytest.approx(proportion_confint(*drawn, method="wilson"), abs=1e-9)


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_an_interval_holds_its_own_share_and_stays_between_0_and_1(drawn: tuple[int, int]) -> None:
    low, high = wilson_interval(*drawn) or (1, 0)
    assert 0 <= low <= drawn[0] / drawn[1] <= high <= 1


def test_a_share_of_nothing_has_no_interval() -> None:
    assert wilson_interval(0, 0) is None


def test_process_limits_are_the_mean_and_2_66_mean_moving_ranges() -> None:
    limits = process_limits([10, 12, 11, 13, 12])
    assert limits is not None
    assert limits.mean == pytest.approx(11.6)
    assert (limits.low, limits.high) == pytest.approx((11.6 - 2.66 * 1.5, 11.6 + 2.66 * 1.5))
    assert limits.signals == ()


def test_a_lower_limit_does_not_go_below_what_is_possible() -> None:
    limits = process_limits([0, 5, 0, 5])
    assert limits is not None
    assert limits.low == 0


def test_a_point_outside_the_limits_is_a_signal() -> None:
    limits = process_limits([10, 14, 10, 14, 10, 14, 10, 40])
    assert limits is not None
    assert [(signal.rule, signal.points) for signal in limits.signals] == [("outside the limits", (7,))]


def test_three_calls_becoming_four_is_no_signal() -> None:
    limits = process_limits([3, 4, 3, 2, 3, 4, 3, 3, 4])
    assert limits is not None
    assert limits.signals == ()


def test_eight_in_a_row_on_one_side_are_a_signal_and_seven_are_not() -> None:
    for run, fires in ((7, False), (8, True)):
        limits = process_limits([20, 0] * 5 + [13, 14, 13, 14, 13, 14, 13, 14][:run])
        assert limits is not None
        assert any(signal.rule.startswith("eight") for signal in limits.signals) is fires


def test_six_in_a_row_rising_are_a_signal_and_five_are_not() -> None:
    for values, fires in (([5, 9, 1, 2, 3, 4, 5, 1, 9], False), ([5, 9, 1, 2, 3, 4, 5, 6, 1, 9], True)):
        limits = process_limits(values)
        assert limits is not None
        assert any(signal.rule.startswith("six") for signal in limits.signals) is fires


def test_a_gap_ends_a_run_and_gives_no_moving_range() -> None:
    limits = process_limits([1, 2, 3, None, 4, 5, 6])
    assert limits is not None
    assert limits.high == pytest.approx(3.5 + 2.66 * 1)
    assert limits.signals == ()


def test_a_series_without_two_neighbours_has_no_limits() -> None:
    assert process_limits([1, None, 2]) is None
    assert process_limits([]) is None


@pytest.mark.filterwarnings("ignore:divide by zero")  # of statsmodels, which also works out the ratio
@given(st.integers(0, 60), st.integers(0, 60), st.sampled_from([0.5, 1.0, 12 / 11]))
def test_two_counts_are_compared_as_statsmodels_compares_them(now: int, then: int, length: float) -> None:
    if not now + then:
        assert share_of_two(now, then, length) == 1.0
        return
    expected = poisson_test(now, length, then, 1.0, method="exact-cond").pvalue
    assert share_of_two(now, then, length) == pytest.approx(expected, abs=1e-9)


def test_three_reports_that_become_four_are_chance_and_forty_that_become_ninety_are_not() -> None:
    assert share_of_two(4, 3) > 0.9
    assert share_of_two(90, 40) < 1e-4


def test_many_events_are_compared_nearly_as_few_are() -> None:
    assert share_of_two(2_560, EXACT - 2_560) == pytest.approx(share_of_two(2_561, EXACT - 2_560), abs=0.02)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_false_discoveries_are_bounded_as_statsmodels_bounds_them(p_values: list[float]) -> None:
    assert false_discoveries(p_values) == list(multipletests(p_values, 0.05, "fdr_bh")[0])
