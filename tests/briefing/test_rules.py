"""The rules of the sentences, over all the numbers that they may meet."""

import math
import re
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from publicsafety.briefing.compare import Start, change, difference_words, newcombe
from publicsafety.briefing.core import Period
from publicsafety.briefing.published import Published
from publicsafety.briefing.words import CAUSAL, RULES, said
from publicsafety.statistics import wilson_interval

counts = st.integers(0, 100_000)
years = st.integers(2020, 2030).map(lambda year: Period("year", date(year, 1, 1)))
quarters = st.builds(
    lambda year, quarter: Period("quarter", date(year, 3 * quarter + 1, 1)), st.integers(2020, 2030), st.integers(0, 3)
)
THIS, BEFORE = Period("year", date(2025, 1, 1)), Period("year", date(2024, 1, 1))
DIRECTION = re.compile(r"\b(more|fewer|higher|lower)\b")


def published(metric: str) -> Published:
    rates, medians = {"no_police_rate", "referral_connection_rate"}, {"response_minutes"}
    kind = "proportion" if metric in rates else "median" if metric in medians else "count"
    return Published(
        (),
        {metric: {"title": "The figure", "unit": "percent" if kind == "proportion" else "calls", "kind": kind}},
        {},
        {},
    )


@st.composite
def rows(draw: st.DrawFn) -> dict[str, object]:
    of = draw(st.integers(1, 100_000))
    numerator = draw(st.integers(0, of))
    low, high = wilson_interval(numerator, of) or (None, None)
    return {
        "value": float(numerator),
        "numerator": numerator,
        "denominator": of,
        "n": of,
        "low": low,
        "high": high,
        "status": "",
    }


@given(st.sampled_from(sorted(RULES)), rows(), years | quarters)
def test_every_sentence_holds_its_number_its_period_and_one_full_stop(
    metric: str, row: dict[str, object], period: Period
) -> None:
    known = published(metric)
    if known.kind(metric) == "proportion":
        row["value"] = int(str(row["numerator"])) / int(str(row["denominator"]))
    text = said(known, metric, row, period, "Care Team")
    assert period.within in text
    assert text.endswith(".")
    assert not text.endswith("..")
    number = row["numerator"] if known.kind(metric) != "median" else row["n"]
    assert f"{number:,}" in text
    assert not re.search(r"(?<![\d,.])1 (calls|people|needles|reports|visits|cases|referrals)\b", text)
    assert not re.search(r"(?<![\d,.])(?!1 )[\d,]*\d (call|person|needle|report|visit|case|referral)\b", text)
    assert [word for word in CAUSAL if word in text.lower()] == []


@given(st.sampled_from(sorted(RULES)), st.sampled_from("cxz"), years | quarters)
def test_a_sentence_without_a_number_prints_no_digit_but_those_of_its_period(
    metric: str, status: str, period: Period
) -> None:
    row = {
        "value": None,
        "numerator": None,
        "denominator": None,
        "n": None,
        "low": None,
        "high": None,
        "status": status,
    }
    text = said(published(metric), metric, row, period, "Care Team").replace(period.within, "")
    assert not re.search(r"\d", text)


@given(counts, counts)
def test_a_direction_is_said_only_beside_a_difference_of_that_sign(a: int, b: int) -> None:
    made = change("calls", "count", _row(a), _row(b), THIS, BEFORE, None)
    if "more" in made.verdict:
        assert a > b
    if "fewer" in made.verdict:
        assert a < b
    if abs(a - b) <= math.sqrt(a + b):
        assert not DIRECTION.search(made.verdict)


@given(counts, counts)
def test_a_percent_change_needs_fifty_on_both_sides(a: int, b: int) -> None:
    made = change("calls", "count", _row(a), _row(b), THIS, BEFORE, None)
    assert (made.percent is None) == (min(a, b) < 50)
    assert ("%" in difference_words(made, "calls")) == (made.percent is not None)


@given(counts, counts, st.sampled_from(["needles", "people", "cases", "minutes"]))
def test_what_is_not_counted_one_by_one_has_no_direction(a: int, b: int, unit: str) -> None:
    kind = {"needles": "count", "minutes": "median"}.get(unit, "distinct")
    assert change(unit, kind, _row(a), _row(b), THIS, BEFORE, None).verdict == ""


@given(counts, counts, st.dates(date(2024, 1, 2), date(2025, 12, 31)))
def test_nothing_is_compared_across_the_start_of_the_service(a: int, b: int, since: date) -> None:
    made = change("calls", "count", _row(a), _row(b), THIS, BEFORE, Start(since, "9-1-1 response"))
    assert made.difference is None
    assert made.percent is None
    assert made.verdict == ""
    assert "began on" in made.note


@given(st.integers(0, 500), st.integers(1, 500), st.integers(0, 500), st.integers(1, 500))
def test_the_interval_of_a_difference_holds_it_and_turns_with_the_sides(a: int, n: int, b: int, m: int) -> None:
    a, b = min(a, n), min(b, m)
    found, turned = newcombe(a, n, b, m), newcombe(b, m, a, n)
    assert found is not None
    assert turned is not None
    assert found[0] - 1e-9 <= a / n - b / m <= found[1] + 1e-9
    assert math.isclose(found[0], -turned[1], abs_tol=1e-9)


def test_the_interval_of_a_difference_is_that_of_the_paper() -> None:
    """Newcombe 1998, table II, (a): 56/70 and 48/80 by method 10: 0.0524 to 0.3339."""
    found = newcombe(56, 70, 48, 80)
    assert found is not None
    assert (round(found[0], 4), round(found[1], 4)) == (0.0524, 0.3339)


def _row(value: int) -> dict[str, object]:
    return {"value": float(value), "status": ""}
