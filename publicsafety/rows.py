"""Small tables as plain rows. A page is made of dozens: of ten rows, making a frame takes longer than all that is done with it."""

import math
from collections.abc import Sequence
from typing import Any, TypeAlias

import pandas as pd

Row = dict[str, Any]
# What comes from a wide statement stays the frame that it came as.
Rows: TypeAlias = pd.DataFrame | Sequence[Row]


def records(table: Rows) -> list[Row]:
    """A table's rows: those that it is, or what `frame.to_dict("records")` gives in a fraction of its time."""
    if not isinstance(table, pd.DataFrame):
        return list(table)
    columns = [column.tolist() for _, column in table.items()]
    return [dict(zip(map(str, table.columns), values, strict=True)) for values in zip(*columns, strict=True)]


def framed(table: Rows) -> pd.DataFrame:
    """A table as a frame: whole numbers with NA for missing ones, others as floats, texts as they are.

    Every row has the columns of the first.
    """
    if isinstance(table, pd.DataFrame):
        return table
    return pd.DataFrame({name: _column([row[name] for row in table]) for name in (table[0] if table else ())})


def _column(values: list[Any]) -> Any:
    kinds = {type(value) for value in values if value is not None}
    if kinds == {int}:
        return pd.array(values, dtype="Int64")
    if kinds <= {int, float}:
        return pd.array([math.nan if value is None else value for value in values], dtype="float64")
    return pd.Series(values, dtype="object")
