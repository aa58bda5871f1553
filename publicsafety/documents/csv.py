"""A finding as a CSV file: the rows of its table, one header line, UTF-8, and nothing that a spreadsheet would run."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from publicsafety.findings import Finding

SUFFIX = ".csv"
MIME = "text/csv"
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n")


def write(finding: Finding) -> bytes:
    """The table behind a finding, with the metric's name in front and the as-of date and build id at the end."""
    frame = finding.frame.copy()
    if finding.metric:
        frame.insert(0, "metric", finding.metric.name)
        frame["unit"] = finding.metric.unit
    frame["data_to"] = finding.as_of.isoformat()
    frame["build_id"] = finding.build_id
    return table(frame)


def table(frame: pd.DataFrame) -> bytes:
    """Any table as CSV bytes. Missing values are empty cells; text that could be a formula is disarmed."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([harmless(name) for name in frame.columns])
    for row in frame.itertuples(index=False, name=None):
        writer.writerow([harmless(cell) for cell in row])
    return out.getvalue().encode()


def lines(rows: Iterable[Sequence[Any]]) -> bytes:
    """Rows as CSV with plain line ends, for files that programs read: None is an empty cell."""
    made = []
    for row in rows:
        out = io.StringIO(newline="")
        # With this line end, and no other, the writer quotes a cell that holds a lone carriage return.
        csv.writer(out, lineterminator="\r\n").writerow(row)
        made.append(out.getvalue().removesuffix("\r\n") + "\n")
    return "".join(made).encode()


def harmless(cell: Any) -> Any:
    """A cell that a spreadsheet shows and does not run: text starting like a formula gets an apostrophe in front.

    The rule is OWASP's for CSV injection; numbers are left as numbers, so that -1 stays minus one.
    """
    if isinstance(cell, list | tuple | dict):
        cell = str(cell)
    if not isinstance(cell, str):
        return "" if cell is None or pd.isna(cell) else cell
    return f"'{cell}" if cell.lstrip(" \N{NO-BREAK SPACE}").startswith(FORMULA_SIGNS) else cell.replace("\x00", "")


def as_it_was(text: str) -> str:
    """The text behind what `harmless` wrote: a label that is read back is the one that was written."""
    return text[1:] if text.startswith("'") and harmless(text[1:]) == text else text
