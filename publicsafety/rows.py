"""A small frame's rows as plain values."""

from typing import Any

import pandas as pd


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """What `frame.to_dict("records")` gives, in a fraction of its time where rows are few: a page asks dozens of times."""
    columns = [column.tolist() for _, column in frame.items()]
    return [dict(zip(map(str, frame.columns), values, strict=True)) for values in zip(*columns, strict=True)]
