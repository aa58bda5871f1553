"""A small table is the same as rows and as a frame: what is missing stays missing, and whole numbers stay whole."""

import math
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from publicsafety import charts, maps
from publicsafety.observations import is_missing
from publicsafety.rows import Row, framed, records

KINDS: dict[str, st.SearchStrategy[Any]] = {
    "count": st.none() | st.integers(0, 10**9),
    "share": st.none() | st.floats(0, 1),
    "label": st.text(max_size=4),
}


@given(st.lists(st.fixed_dictionaries(KINDS), max_size=6))
def test_rows_that_became_a_frame_are_the_same_rows_again(rows: list[Row]) -> None:
    again = records(framed(rows))
    assert len(again) == len(rows)
    for before, after in zip(rows, again, strict=True):
        assert set(after) == set(before)
        for name, value in before.items():
            assert is_missing(after[name]) if value is None else after[name] == value


def test_a_count_with_a_gap_is_written_without_a_fraction() -> None:
    frame = framed([{"n": 3, "share": 0.5}, {"n": None, "share": None}])
    assert frame.to_csv(index=False) == "n,share\n3,0.5\n,\n"


def test_a_frame_is_taken_as_it_is() -> None:
    frame = pd.DataFrame({"label": ["a"], "value": [1]})
    assert framed(frame) is frame
    assert records(frame) == [{"label": "a", "value": 1}]


DRAWN: dict[str, list[Row]] = {
    "line": [{"period": "2025-01-01", "value": 3.0, "status": ""}, {"period": "2025-02-01", "value": None, "status": "c"}, {"period": "2025-03-01", "value": 5.0, "status": ""}],
    "lines": [{"period": f"2025-0{month}-01", "series": name, "value": None if month == 2 else 2.0, "status": "x" if month == 2 else ""} for name in "ab" for month in (1, 2, 3)],
    "bars": [{"label": "a", "value": 3, "status": "", "before": 1.0}, {"label": "b", "value": None, "status": "c", "before": None}],
    "parts": [{"label": "a", "value": 3, "status": "", "before": 1, "text": "1 of 3"}, {"label": "b", "value": 2, "status": "", "before": None, "text": ""}],
    "dots": [{"label": "a", "value": 0.5, "low": 0.3, "high": 0.7, "status": ""}, {"label": "b", "value": None, "low": None, "high": None, "status": "c"}],
    "stacked": [{"label": "a", "part": "x", "value": 2}, {"label": "b", "part": "y", "value": None}],
    "heat": [{"weekday": "Mon", "hour": 0, "value": 3}, {"weekday": "Sun", "hour": 23, "value": None}],
    "hours": [{"series": "On task", "hour": 0, "value": 3.0}, {"series": "Staffed", "hour": 0, "value": 1.0}],
    "map_areas": [{"label": name, "value": value, "status": "", "geojson": '{"type": "Polygon", "coordinates": [[[0, 1], [1, 1], [1, 2], [0, 1]]]}'} for name, value in (("a", 3.0), ("b", 0.0), ("c", None))],
}  # fmt: skip


@pytest.mark.parametrize("drawing", DRAWN)
def test_a_picture_of_rows_is_the_picture_of_their_frame(drawing: str) -> None:
    draw = {**charts.DRAWINGS, **maps.DRAWINGS}[drawing]
    options = {"unit": "percent" if drawing == "dots" else "calls", "meanings": {}}
    of_rows, of_frame = (draw(each, dict(options)) for each in (DRAWN[drawing], framed(DRAWN[drawing])))
    assert of_rows.to_json(validate=False) == of_frame.to_json(validate=False)
    assert not any(isinstance(each, float) and math.isnan(each) for each in numbers_in(of_rows.to_dict()))


def numbers_in(value: Any) -> list[Any]:
    if isinstance(value, dict | list | tuple):
        return [each for part in (value.values() if isinstance(value, dict) else value) for each in numbers_in(part)]
    return [value]
