"""Is the table of other cities' figures fit to be published? Every row with its period, definition, caution and source."""

import csv
from datetime import date
from pathlib import Path

from publicsafety import metrics

COLUMNS = ("city", "team", "metric", "figure", "starts", "ends", "counts", "differs", "source", "address")
MEANING = {
    "city": "the city",
    "team": "the name of its team",
    "metric": "the figure of this dashboard that it stands beside",
    "figure": "the figure as it was published",
    "starts": "the first day that it covers",
    "ends": "the last day that it covers",
    "counts": "what it counts, in the words of its publisher",
    "differs": "why it cannot be compared as it stands",
    "source": "who published it",
    "address": "where it was published",
}


class PeersError(ValueError):
    """A row that must not be published; the text names file, line and what to do."""


def check(path: Path) -> None:
    """Raise PeersError for the first row without a source, a period, a definition or a word of caution."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file)
        if tuple(next(reader, ())) != COLUMNS:
            raise PeersError(f"{path.name} line 1: the columns must be {', '.join(COLUMNS)}.")
        for values in reader:
            if values and not values[0].startswith("#"):
                problem = _problem(values)
                if problem:
                    raise PeersError(f"{path.name} line {reader.line_num}: {problem} Mend the row or take it out.")


def _problem(values: list[str]) -> str:
    if len(values) != len(COLUMNS):
        return f"there are {len(values)} values for {len(COLUMNS)} columns; a text with a comma stands in quotes."
    row = {name: value.strip() for name, value in zip(COLUMNS, values, strict=True)}
    for name, value in row.items():
        if not value:
            return f"{name} is empty; it is {MEANING[name]}."
    if row["metric"] not in metrics.registry():
        return f"metric “{row['metric']}” is none of this dashboard's."
    try:
        starts, ends = date.fromisoformat(row["starts"]), date.fromisoformat(row["ends"])
    except ValueError:
        return "starts and ends must be days such as 2024-01-31."
    if starts > ends:
        return "it ends before it starts."
    if not row["address"].startswith("https://"):
        return "address must begin with https://."
    return ""
