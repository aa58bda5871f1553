"""Words about figures: rules, never guesses."""

from datetime import date

import pytest

from publicsafety import prose


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (0.939, "percent", "93.9%"),
        (1589, "needles", "1,589"),
        (12, "minutes", "12\N{NO-BREAK SPACE}min"),
        (12.34, "minutes", "12.3\N{NO-BREAK SPACE}min"),
        (None, "calls", "not available"),
        (float("nan"), "percent", "not available"),
        (float("inf"), "minutes", "not available"),
        (1, "days", "1 day"),
    ],
)
def test_a_figure_is_said_with_its_unit_and_never_invented(value: float | None, unit: str, said: str) -> None:
    assert prose.measure(value, unit) == said


@pytest.mark.parametrize(
    ("n", "unit", "said"),
    [
        (1, "calls", "1 call"),
        (0, "calls", "0 calls"),
        (2, "people", "2 people"),
        (1, "people", "1 person"),
        (1, "visits", "1 visit"),
    ],
)
def test_one_is_singular_and_the_rest_are_plural(n: int, unit: str, said: str) -> None:
    assert prose.count(n, unit) == said


def test_a_withheld_figure_is_said_to_be_withheld_and_not_to_be_small() -> None:
    said = prose.figure({"value": None, "status": "c"}, "calls")
    assert "withheld" in said
    assert not any(sign.isdigit() for sign in said)


def test_a_proportion_always_shows_its_numbers() -> None:
    row = {"value": 184 / 196, "numerator": 184, "denominator": 196, "status": ""}
    assert prose.figure(row, "percent", "proportion") == "93.9% (184 of 196)"


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        (date(2026, 10, 1), date(2026, 10, 31), "in October 2026"),
        (date(2025, 1, 1), date(2025, 12, 31), "in 2025"),
        (date(2025, 7, 1), date(2026, 6, 30), "from July 2025 to June 2026"),
        (date(2026, 2, 3), date(2026, 2, 3), "on 3 February 2026"),
        (date(2026, 2, 3), date(2026, 2, 9), "from 3 February 2026 to 9 February 2026"),
        (None, date(2026, 2, 9), "up to 9 February 2026"),
        (None, None, "in all the data"),
    ],
)
def test_a_period_is_named_as_people_name_it(start: date | None, end: date | None, said: str) -> None:
    assert prose.within(start, end) == said


def test_text_from_data_shows_as_it_is_and_means_nothing_to_markdown() -> None:
    said = prose.plain("![x](http://evil.example/x.png) <b>*bold*</b> :red[hm] $x$ # y")
    for sign in "![](<>*:$#":
        assert f"\\{sign}" in said
    assert "\n" not in prose.plain("a\n# b")


def test_no_word_here_claims_a_cause() -> None:
    import inspect

    text = inspect.getsource(prose).lower()
    assert not any(word in text for word in ("because of the team", "thanks to", "led to", "resulted in"))
