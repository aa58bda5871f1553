"""Where is the header, when it is not at the top? Titles, dates of printing and headings of groups often stand above it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from publicsafety.pipeline.readers.delimited import DELIMITERS, header_at, parse_record
from publicsafety.pipeline.readers.scan import Refusal
from publicsafety.pipeline.sources import Source, recognise

FURTHEST = 20  # rows from the top


def lines_above(first: list[str], delimiter: str) -> int:
    """How many lines stand above the header of a table of this delimiter, judged by its shape: 0 unless that is plain.

    A line above is far narrower than the table, or says the same twice or nothing where a header has its own name each.
    """
    rows = [parse_record(line, delimiter)[0] for line in first]
    widths = Counter(len(row) for row in rows if any(cell.strip() for cell in row))
    usual = widths.most_common(1)[0][0] if widths else 1
    if usual < 2:
        return 0
    for number, row in enumerate(rows[:FURTHEST]):
        named = [cell.strip() for cell in row if cell.strip()]
        if not named:
            continue
        if 2 * len(row) <= usual:
            continue
        below = rows[number + 1] if number + 1 < len(rows) else []
        is_group = len(set(named)) < len(row) and len(set(below)) == len(below) == usual and all(map(str.strip, below))
        if not is_group:
            return number
    return 0


def known_below(first: list[str], sources: Sequence[Source], name: str) -> str:
    """A sentence when a line further down is the header of a known source, else ''."""
    for start in range(1, min(FURTHEST, len(first))):
        for delimiter in DELIMITERS:
            try:
                headers, line, _ = header_at(first, start, delimiter)
            except Refusal:
                break
            found, _ = recognise([each for each in sources if not each.skip_rows], headers, name)
            if found is not None and line == start + 1:
                return f"line {line}: {_header_of(found)} {f'{start} other lines' if start > 1 else 'another line'}; {_mend(found, start)}"
    return ""


def known_row(top: Iterable[tuple[int, list[str]]], sources: Sequence[Source], name: str, sheet: str | None) -> str:
    """The same for a sheet, of which `top` are the first rows with their lines."""
    for line, row in top:
        found, _ = recognise(sources, row, name, sheet)
        if found is not None:
            return f"row {line}: {_header_of(found)} other rows; remove what is above it"
    return ""


def _header_of(source: Source) -> str:
    return f'the header of "{source.title}" stands here, below'


def _mend(source: Source, skip: int) -> str:
    if source.is_canonical:
        return "remove what is above it"
    return f"remove what is above it, or declare skip_rows = {skip} under [read] in {source.name}.toml"
