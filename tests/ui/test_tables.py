"""Tables on the page: no cell of a short text is cut off, and a number stands where a phone shows it."""

from typing import Any

import pandas as pd
import pytest

from publicsafety.audience import Audience
from publicsafety.filters import Filters
from publicsafety.findings import Finding
from publicsafety.ui import tables


def found(frame: pd.DataFrame) -> Finding:
    told: dict[str, Any] = {"key": "a", "question": "What?", "sentence": "That.", "filters": Filters()}
    day = pd.Timestamp("2026-06-30").date()
    return Finding(table=frame, as_of=day, build_id="1", audience=Audience.PUBLIC, metric=None, **told)


def test_a_column_of_text_has_room_for_its_longest_cell() -> None:
    frame = pd.DataFrame({"Part of the city": ["East", "Elsewhere or not recorded"], "All": [1, 2]})
    assert tables.columns(found(frame))["Part of the city"]["width"] >= 25 * 7
    assert tables.columns(found(frame))["All"]["width"] is None


@pytest.mark.parametrize(("heading", "side"), [("Needs", None), ("Well-being and basic needs", "left")])
def test_numbers_below_a_long_heading_begin_where_it_begins(heading: str, side: str | None) -> None:
    frame = pd.DataFrame({"Part of the city": ["East"], heading: [12]})
    assert tables.columns(found(frame))[heading]["alignment"] == side


def test_a_short_table_is_shown_whole() -> None:
    assert [tables.height(pd.DataFrame({"a": range(rows)})) for rows in (15, 16)] == ["content", "auto"]
