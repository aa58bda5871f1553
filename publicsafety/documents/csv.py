"""A finding as a CSV file: the rows of its table, one header line, UTF-8, and nothing that a spreadsheet would run."""

import csv
import io
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


def harmless(cell: Any) -> Any:
    """A cell that a spreadsheet shows and does not run: text starting like a formula gets an apostrophe in front.

    The rule is OWASP's for CSV injection; numbers are left as numbers, so that -1 stays minus one.
    """
    if isinstance(cell, list | tuple | dict):
        cell = str(cell)
    if not isinstance(cell, str):
        return "" if cell is None or pd.isna(cell) else cell
    return f"'{cell}" if cell.lstrip(" \N{NO-BREAK SPACE}").startswith(FORMULA_SIGNS) else cell.replace("\x00", "")
