"""Do filters survive the way into a URL and back, and is nonsense refused with a sentence?"""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publicsafety.city import load_city
from publicsafety.filters import DIMENSIONS, GRAINS, FilterError, Filters, from_params, label, to_params

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
WHERE = st.dictionaries(st.sampled_from(DIMENSIONS), st.lists(TEXT, min_size=1, max_size=3, unique=True)).map(
    lambda chosen: tuple((name, tuple(chosen[name])) for name in DIMENSIONS if name in chosen)
)
DATES = st.lists(st.dates(), min_size=2, max_size=2).map(sorted)
FILTERS = st.builds(
    lambda dates, grain, by, where: Filters(dates[0], dates[1], grain, tuple(by), where),
    DATES,
    st.sampled_from(GRAINS),
    st.lists(st.sampled_from(DIMENSIONS), max_size=3, unique=True),
    WHERE,
)


@given(FILTERS)
def test_filters_come_back_from_an_address_as_they_were(filters: Filters) -> None:
    assert from_params(to_params(filters)) == filters


@given(st.dictionaries(st.sampled_from(["start", "end", "grain", "by", "nature", "x"]), st.text(max_size=30)))
def test_whatever_an_address_holds_gives_filters_or_a_sentence(params: dict[str, str]) -> None:
    try:
        from_params(params)
    except FilterError as error:
        assert str(error).endswith(".")


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"start": "2025-13-01"}, "no date for start"),
        ({"start": "2025-02-01", "end": "2025-01-01"}, "ends before that"),
        ({"grain": "decade"}, "no grain 'decade'"),
        ({"by": "colour"}, "no dimension 'colour'"),
    ],
)
def test_filters_that_cannot_be_are_refused_with_what_to_do(params: dict[str, str], message: str) -> None:
    with pytest.raises(FilterError, match=message):
        from_params(params)


def test_a_dimension_or_filter_named_twice_is_refused() -> None:
    with pytest.raises(FilterError, match="named twice"):
        Filters(by=("nature", "nature"))
    with pytest.raises(FilterError, match="named twice"):
        Filters(where=(("nature", ("a",)), ("nature", ("b",))))


def test_filters_in_words() -> None:
    filters = Filters(
        date(2025, 7, 1), date(2026, 6, 30), where=(("area", ("Riverside",)), ("source", ("9-1-1", "referral")))
    )
    assert label(filters, load_city()) == "Fiscal year 2026 · Area: Riverside · Source: 9-1-1 or referral"
    assert label(Filters(), load_city()) == "All dates"
    assert label(Filters(start=date(2025, 7, 1)), load_city()) == "Since July 1, 2025"
    assert label(Filters(end=date(2025, 7, 1)), load_city()) == "Until July 1, 2025"
