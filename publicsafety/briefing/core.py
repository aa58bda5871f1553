"""What a briefing is made of: a period, sections of findings, and the notes that make them readable."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from publicsafety import prose
from publicsafety.city import City
from publicsafety.findings import Finding
from publicsafety.language import gettext as _
from publicsafety.periods import MONTHS, add_months, next_period


class BriefingError(ValueError):
    """There is no briefing for what was asked; the text is a sentence that says why and what there is."""

    status = 1


@dataclass(frozen=True)
class Period:
    """One period of the release, as the catalogue names it: a grain and its first day."""

    grain: str
    start: date

    @property
    def end(self) -> date:
        return next_period(self.start, self.grain) - timedelta(days=1)

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1

    @property
    def name(self) -> str:
        """ "2024", "July to September 2024", "October 2024"; a fiscal year says that it is one."""
        if self.grain == "fiscal_year":
            return _("fiscal year {year}").format(year=self.end.year)
        return prose.span(self.start, self.end)

    @property
    def title(self) -> str:
        """As a list of periods names it: "2024", "Q3 2024: July to September 2024", "October 2024"."""
        quarter = f"{prose.period_name(self.start.isoformat(), 'quarter')}: " if self.grain == "quarter" else ""
        return f"{quarter}{self.name if quarter else self.name[0].upper() + self.name[1:]}"

    @property
    def within(self) -> str:
        """The period as the end of a sentence: "in 2024", "from July to September 2024"."""
        return (
            _("in {period}").format(period=self.name)
            if self.grain == "fiscal_year"
            else prose.within(self.start, self.end)
        )

    def earlier(self, months: int) -> "Period":
        """The period of the same length that many months before."""
        return Period(self.grain, add_months(self.start, -months))

    @property
    def code(self) -> str:
        """A short name for an address: "2024", "2024-Q3", "2024-09", "FY2025"."""
        match self.grain:
            case "quarter":
                return f"{self.start.year}-Q{(self.start.month + 2) // 3}"
            case "month":
                return f"{self.start:%Y-%m}"
            case "fiscal_year":
                return f"FY{self.end.year}"
        return str(self.start.year)

    @property
    def before(self) -> "Period":
        return self.earlier(MONTHS[self.grain])

    @property
    def year_before(self) -> "Period":
        return self.earlier(12)


@dataclass(frozen=True)
class Cell:
    """One cell of a table: what is printed, and the number behind it where there is one."""

    text: str
    number: float | None = None
    unit: str = ""


@dataclass(frozen=True)
class Table:
    """A table as every format prints it: the first column names the row."""

    headers: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def frame(self) -> pd.DataFrame:
        """The same as data: columns of numbers where every cell is one, else of the printed texts."""
        columns = {}
        for place, header in enumerate(self.headers):
            cells = [row[place] for row in self.rows]
            whole = all(cell.number is not None and cell.unit != "percent" for cell in cells) and cells
            numbers = [cell.number for cell in cells]
            if whole and all(number is not None and float(number).is_integer() for number in numbers):
                columns[header] = pd.Series([int(number or 0) for number in numbers], dtype="int64")
            else:
                columns[header] = pd.Series([cell.text for cell in cells], dtype="object")
        return pd.DataFrame(columns)


def text_row(*texts: str) -> tuple[Cell, ...]:
    """A row of plain texts."""
    return tuple(Cell(text) for text in texts)


def table(headers: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Table:
    """A table without the columns in which nothing stands."""
    lines = [tuple(row) for row in rows]
    kept = [place for place in range(len(headers)) if place == 0 or any(row[place].text for row in lines)]
    return Table(tuple(headers[place] for place in kept), tuple(tuple(row[place] for place in kept) for row in lines))


@dataclass(frozen=True)
class Section:
    """Findings under one heading. `is_core`: on the first two pages; the others are appendices."""

    key: str
    title: str
    findings: tuple[Finding, ...]
    is_core: bool = True


@dataclass(frozen=True)
class Definition:
    """What one figure counts, in words, with the last day that its data reaches."""

    metric: str
    title: str
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Briefing:
    """A whole briefing. It is a function of one database file: made again from the same build it is the same."""

    city: City
    period: Period
    comparisons: tuple[Period, ...]
    build_id: str
    release: str
    as_of: date
    is_synthetic: bool
    summary: tuple[str, ...]
    tiles: tuple[Finding, ...]
    sections: tuple[Section, ...]
    limitations: tuple[str, ...]
    not_shown: tuple[str, ...]
    definitions: tuple[Definition, ...]
    sources: tuple[str, ...]
    revisions: Finding

    @property
    def title(self) -> str:
        return f"{self.city.product} briefing, {self.period.name}"

    @property
    def core(self) -> tuple[Section, ...]:
        return tuple(each for each in self.sections if each.is_core)

    @property
    def appendices(self) -> tuple[Section, ...]:
        return tuple(each for each in self.sections if not each.is_core)

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(found for section in self.sections for found in section.findings)

    @property
    def stamp(self) -> str:
        """Where the figures come from, in one line: release, build and last day."""
        kind = "Synthetic sample data. " if self.is_synthetic else ""
        return f"{kind}Release {self.release}, build {self.build_id}, figures to {prose.day(self.as_of)}."

    @property
    def file_stem(self) -> str:
        """A file name that sorts: "briefing-2024-01-01-2024-12-31"."""
        return f"briefing-{self.period.start}-{self.period.end}"


def printed(found: Finding) -> Table | None:
    """The table that every format prints for a finding; None where the words say it all."""
    laid = found.options.get("table")
    return laid if isinstance(laid, Table) and laid.rows else None
