"""Files that leave the dashboard: the same numbers as on the page, and nothing that runs."""

import csv as reader
import io
import itertools
import re

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from publicsafety import charts
from publicsafety.documents import csv, vector


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1", "  =cmd|' /C calc'!A0", "\N{NO-BREAK SPACE}=1"]
)
def test_text_that_a_spreadsheet_would_run_is_disarmed(text: str) -> None:
    assert csv.harmless(text).startswith("'")


@pytest.mark.parametrize("value", [-1, -0.5, 0, 1589, True])
def test_numbers_stay_numbers_minus_included(value: float) -> None:
    assert csv.harmless(value) == value


@given(
    st.lists(
        st.tuples(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")), st.integers()),
        min_size=1,
    )
)
def test_every_row_comes_back_from_the_file_and_no_cell_starts_a_formula(rows: list[tuple[str, int]]) -> None:
    made = csv.table(pd.DataFrame(rows, columns=["label", "n"])).decode()
    read = list(reader.reader(io.StringIO(made, newline="")))
    assert len(read) == len(rows) + 1
    for (label, n), (shown, number) in zip(rows, read[1:], strict=True):
        assert shown.removeprefix("'") == label or shown == label
        assert number == str(n)
        assert not shown.lstrip().startswith(("=", "+", "-", "@"))


def test_missing_is_an_empty_cell_and_not_a_word() -> None:
    made = csv.table(pd.DataFrame({"a": [None, pd.NA, float("nan")]})).decode()
    assert "nan" not in made.lower()
    assert "none" not in made.lower()


def test_a_figure_by_hour_stays_on_its_level_for_the_whole_hour_in_a_document_too() -> None:
    frame = pd.DataFrame({"hour": [0, 1, 2], "series": ["calls"] * 3, "value": [4.0, 8.0, 8.0]})
    picture = vector.svg(charts.DRAWINGS["hours"](frame, {"meanings": {}}), "By hour", 420)
    (line,) = re.findall(r'<path d="M([^"Z]*L[^"Z]*)"', picture)
    points = [tuple(map(float, point.split())) for point in line.split("L")]
    assert all(a[0] == b[0] or a[1] == b[1] for a, b in itertools.pairwise(points)), "a slope says what nobody measured"
    assert len(points) > 3


def test_a_mark_that_a_document_cannot_draw_is_refused_by_name() -> None:
    for trace, named in (({"type": "pie"}, "pie"), ({"type": "scatter", "line": {"shape": "spline"}}, "spline")):
        with pytest.raises(vector.VectorError, match=named):
            vector.svg({"data": [{"x": [1, 2], "y": [1, 2], **trace}], "layout": {}}, "Odd", 420)
