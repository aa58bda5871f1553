"""A briefing as Markdown for a memo, and as plain text for a letter: the same words, tables and notes."""

import unicodedata
from collections.abc import Callable, Iterable

from publicsafety import prose
from publicsafety.briefing.core import Briefing, Section, Table, printed
from publicsafety.findings import Finding

SUFFIX = ".md"
MIME = "text/markdown"
Writer = Callable[[Table], list[str]]


def write(briefing: Briefing) -> bytes:
    """The briefing as Markdown. Text from data is escaped, so that it shows and never formats."""
    return _joined(_lines(briefing, _heading, prose_markdown, _grid, "- ")).encode()


def write_text(briefing: Briefing) -> bytes:
    """The briefing as plain text, 100 columns wide where the tables allow it."""
    return _joined(_lines(briefing, _underlined, str, _columns, "* ")).encode()


def prose_markdown(text: str) -> str:
    """A sentence for Markdown: signs that would format are escaped, the rest stays readable in a plain editor."""
    return "".join(f"\\{sign}" if sign in "\\`*_[]<>|#" else sign for sign in " ".join(str(text).split()))


def _lines(
    briefing: Briefing, heading: Callable[[str, int], list[str]], said: Callable[[str], str], grid: Writer, bullet: str
) -> Iterable[str]:
    city = briefing.city
    yield from heading(said(briefing.title), 1)
    yield said(f"{city.department}, {city.name}. {briefing.stamp}")
    yield ""
    yield from (f"{bullet}{said(each)}" for each in briefing.summary)
    for section in briefing.core:
        yield from _section(section, heading, said, grid)
    for title, notes in (("Limitations", briefing.limitations), ("What the figures do not show", briefing.not_shown)):
        yield from heading(title, 2)
        yield from (f"{bullet}{said(each)}" for each in notes)
    for place, section in enumerate(briefing.appendices):
        yield from _section(section, heading, said, grid, f"Appendix {'ABCDEFGH'[place]}. ")
    long = [found for found in briefing.findings if found.options.get("appendix_table")]
    for found in long:
        yield from heading(said(f"Table: {found.question}"), 2)
        yield from _table(found, grid)
    yield from heading("Definitions", 2)
    for definition in briefing.definitions:
        yield from heading(said(definition.title), 3)
        yield from (f"{bullet}{label}: {said(text)}" for label, text in definition.lines)
    yield from heading("Figures revised since they were published", 2)
    yield from _finding(briefing.revisions, said, grid)
    yield from heading("Sources", 2)
    yield from (f"{bullet}{said(each)}" for each in briefing.sources)
    yield ""
    yield said(
        "[c] withheld, because the number is small enough, or close enough to one that is, to point at a person; [r] revised; [x] not published; [z] not applicable."
    )


def _section(
    section: Section,
    heading: Callable[[str, int], list[str]],
    said: Callable[[str], str],
    grid: Writer,
    before: str = "",
) -> Iterable[str]:
    yield from heading(said(before + section.title), 2)
    for found in section.findings:
        yield from heading(said(found.question), 3)
        yield from _finding(found, said, grid)


def _finding(found: Finding, said: Callable[[str], str], grid: Writer) -> Iterable[str]:
    yield said(found.sentence)
    yield ""
    if not found.options.get("appendix_table"):
        yield from _table(found, grid)
    if found.caveats:
        yield "Notes: " + said(" ".join(map(prose.sentence, found.caveats)))


def _table(found: Finding, grid: Writer) -> Iterable[str]:
    laid = printed(found)
    if laid:
        yield from grid(laid)
        yield ""


def _heading(text: str, level: int) -> list[str]:
    return ["", f"{'#' * level} {text}", ""]


def _underlined(text: str, level: int) -> list[str]:
    return ["", text, "=-~"[level - 1] * _width(text), ""]


def _grid(table: Table) -> list[str]:
    """A table in pipes; numbers to the right."""
    rows = [" | ".join(prose_markdown(cell.text) for cell in row) for row in table.rows]
    align = ["---", *("---:" if _numeric(table, place) else "---" for place in range(1, len(table.headers)))]
    return [
        f"| {' | '.join(map(prose_markdown, table.headers))} |",
        f"| {' | '.join(align)} |",
        *(f"| {row} |" for row in rows),
    ]


def _columns(table: Table) -> list[str]:
    """A table in columns of spaces; numbers to the right."""
    lines = [list(table.headers), *([cell.text for cell in row] for row in table.rows)]
    widths = [max(_width(line[place]) for line in lines) for place in range(len(table.headers))]
    right = [place > 0 and _numeric(table, place) for place in range(len(table.headers))]
    made = []
    for line in lines:
        cells = [
            (" " * (width - _width(text)) + text) if to_right else (text + " " * (width - _width(text)))
            for text, width, to_right in zip(line, widths, right, strict=True)
        ]
        made.append("  ".join(cells).rstrip())
    return [made[0], "  ".join("-" * width for width in widths), *made[1:]]


def _numeric(table: Table, place: int) -> bool:
    """Whether a column is one of figures, withheld ones included."""
    return all(row[place].number is not None or row[place].text.startswith("[") for row in table.rows)


def _width(text: str) -> int:
    """How many columns a text takes in a terminal: marks that combine take none."""
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text
    )


def _joined(lines: Iterable[str]) -> str:
    """The lines as a file: no blank line at the start, never two in a row, one newline at the end."""
    made: list[str] = []
    for line in lines:
        if line or (made and made[-1]):
            made.append(line)
    return "\n".join(made).strip("\n") + "\n"
