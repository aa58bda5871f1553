"""Do presets, comparisons and words name the days they should?"""

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publicsafety.filters import GRAINS
from publicsafety.periods import (
    PRESETS,
    Period,
    add_months,
    floor,
    next_period,
    period_words,
    periods_between,
    preset,
    previous,
    year_before,
)

DAYS = st.dates(date(1990, 1, 1), date(2090, 1, 1))
DATED = [grain for grain in GRAINS if grain != "all"]


@pytest.mark.parametrize(
    ("name", "start", "end"),
    [
        ("this_month", date(2026, 10, 1), date(2026, 10, 20)),
        ("last_month", date(2026, 9, 1), date(2026, 9, 30)),
        ("this_quarter", date(2026, 10, 1), date(2026, 10, 20)),
        ("year_to_date", date(2026, 1, 1), date(2026, 10, 20)),
        ("calendar_year", date(2026, 1, 1), date(2026, 12, 31)),
        ("fiscal_year", date(2026, 7, 1), date(2027, 6, 30)),
        ("last_12_months", date(2025, 10, 1), date(2026, 9, 30)),
        ("all", None, None),
        ("custom", None, None),
    ],
)
def test_presets_seen_from_october_20_2026(name: str, start: date | None, end: date | None) -> None:
    assert preset(name, date(2026, 10, 20)) == Period(start, end)


def test_every_preset_in_the_list_exists() -> None:
    assert all(preset(name, date(2026, 10, 20)) for name in PRESETS)


def test_a_whole_last_month_belongs_to_the_last_12_months() -> None:
    assert preset("last_12_months", date(2026, 6, 30)) == Period(date(2025, 7, 1), date(2026, 6, 30))


def test_a_fiscal_year_may_be_the_calendar_year() -> None:
    assert preset("fiscal_year", date(2026, 10, 20), 1) == Period(date(2026, 1, 1), date(2026, 12, 31))


@pytest.mark.parametrize(
    ("start", "end", "before"),
    [
        (date(2026, 7, 1), date(2026, 9, 30), Period(date(2026, 4, 1), date(2026, 6, 30))),
        (date(2026, 3, 1), date(2026, 3, 31), Period(date(2026, 2, 1), date(2026, 2, 28))),
        (date(2026, 10, 5), date(2026, 10, 11), Period(date(2026, 9, 28), date(2026, 10, 4))),
    ],
)
def test_the_period_before_is_as_long_in_months_or_else_in_days(start: date, end: date, before: Period) -> None:
    assert previous(start, end) == before


@pytest.mark.parametrize(
    ("start", "end", "before"),
    [
        (date(2025, 2, 1), date(2025, 2, 28), Period(date(2024, 2, 1), date(2024, 2, 29))),
        (date(2024, 2, 29), date(2024, 2, 29), Period(date(2023, 2, 28), date(2023, 2, 28))),
        (date(2026, 10, 5), date(2026, 10, 11), Period(date(2025, 10, 5), date(2025, 10, 11))),
    ],
)
def test_a_year_before_keeps_the_end_of_february(start: date, end: date, before: Period) -> None:
    assert year_before(start, end) == before


@given(DAYS, st.sampled_from(DATED), st.integers(1, 12))
def test_a_day_lies_in_exactly_one_period_of_each_grain(day: date, grain: str, starts: int) -> None:
    first = floor(day, grain, starts)
    assert first <= day < next_period(first, grain)
    assert floor(next_period(first, grain), grain, starts) == next_period(first, grain)


@given(DAYS, st.integers(0, 500), st.sampled_from(DATED))
def test_periods_between_two_days_cover_both_without_holes(start: date, days: int, grain: str) -> None:
    end = start + timedelta(days=days)
    found = periods_between(start, end, grain)
    assert found[0] <= start
    assert found[-1] <= end < next_period(found[-1], grain)
    assert all(next_period(a, grain) == b for a, b in itertools.pairwise(found))


def test_a_month_later_than_january_31_is_the_end_of_february() -> None:
    assert add_months(date(2026, 1, 31), 1) == date(2026, 2, 28)


def test_a_grain_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="no grain 'decade'"):
        floor(date(2026, 1, 1), "decade")


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (date(2025, 1, 1), date(2025, 12, 31), "2025"),
        (date(2025, 7, 1), date(2026, 6, 30), "Fiscal year 2026"),
        (date(2025, 7, 1), date(2025, 7, 31), "July 2025"),
        (date(2025, 7, 1), date(2025, 9, 30), "July 2025 to September 2025"),
        (date(2025, 7, 4), date(2025, 7, 4), "July 4, 2025"),
        (date(2025, 7, 4), date(2025, 8, 1), "July 4, 2025 to August 1, 2025"),
    ],
)
def test_periods_in_words(start: date, end: date, words: str) -> None:
    assert period_words(start, end) == words
