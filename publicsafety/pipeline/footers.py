"""Does a total row agree with the rows above it? A footer is no data, but its number is a check sum of the export."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

# What the first filled cell of a footer says. Also used as an RE2 pattern in DuckDB, so no look-around.
FOOTER_PATTERN = (
    r"(?i)^((grand )?(total|sum)\b|end of (report|file|export)|\(?\d+ (rows?|records?)\b|"
    r"(generated|printed|report(ed)?) (on|at|by)\b|records?:|record count)"
)
FOOTER = re.compile(FOOTER_PATTERN)
COUNTED = re.compile(r"(?i)total|sum|rows?\b|records?\b")
NUMBER = re.compile(r"(?<![\w.,/:-])(?:\d{1,3}(?:[ ,]\d{3})+|\d+(?:\.\d+)?)(?![\w/:-])")


@dataclass(frozen=True)
class Footer:
    """A footer's line and its cells: by header where the row fits the header, else by position ('' as header)."""

    line: int
    cells: tuple[tuple[str, str], ...]


def disagreements(footers: Iterable[Footer], rows: int, sums: Mapping[str, float]) -> list[tuple[int, str]]:
    """(line, warning) for each footer whose numbers are neither the number of rows nor the sum of a loaded column.

    `sums`: header → sum of the numeric column. A footer without a number, such as "End of report", says nothing.
    """
    found = []
    for footer in footers:
        said = " ".join(text for _, text in footer.cells)
        if not COUNTED.search(said):
            continue
        right = {float(rows), *(round(value, 2) for value in sums.values())}
        for header, text in footer.cells:
            numbers = [float(re.sub("[ ,]", "", number)) for number in NUMBER.findall(text)]
            wrong = [n for n in numbers if n not in ({round(sums[header], 2)} if header in sums else right)]
            if wrong:
                what = f"{header} adds up to {sums[header]:,.10g}" if header in sums else f"{rows:,} rows were read"
                read = sums.get(header, rows)
                why = "the export may be cut off" if wrong[0] > read else "rows may have come twice"
                found.append((footer.line, f"the footer says {wrong[0]:,.10g}, but {what}: {why}"))
                break
    return found
