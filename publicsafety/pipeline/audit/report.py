"""What the attacker found, for a privacy officer (plain text) and for machines (JSON)."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import inf


@dataclass(frozen=True)
class Finding:
    """One thing that can be known and should not be: where, how, and what an attacker learns."""

    kind: str
    table: str
    cell: str
    says: str
    mode: str = ""
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class ModeReport:
    """One attacker: what he knew, how many cells he tried, how near he came."""

    name: str
    knew: str
    attacked: int
    exact: int
    narrow: int
    narrowest: float | None
    note: str = ""


@dataclass(frozen=True)
class TableReport:
    """How much of a table is withheld, and below which count its cells must stay unknown."""

    release: str
    name: str
    cells: int
    withheld: int
    minimum: int


@dataclass(frozen=True)
class AuditReport:
    """The verdict: passed only if nothing was found."""

    folder: str
    releases: int
    tables: tuple[TableReport, ...]
    published: int
    withheld: int
    attacked: int
    exact: int
    narrowest: float | None
    narrowest_cell: str
    modes: tuple[ModeReport, ...]
    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the release may be published."""
        return not self.findings

    def as_json(self) -> dict[str, object]:
        """The report as plain values for one JSON document; an interval without an upper end has null there."""
        return {"passed": self.passed, **{name: _finite(value) for name, value in asdict(self).items()}}

    def sentences(self) -> list[str]:
        """The report in words, line by line."""
        return list(_lines(self))

    def as_text(self) -> str:
        """The report in words."""
        return "\n".join(self.sentences()) + "\n"


def _finite(value: object) -> object:
    if isinstance(value, dict):
        return {name: _finite(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return None if value == inf else value


def _lines(report: AuditReport) -> Sequence[str]:
    verdict = (
        "PASSED: nothing that is withheld can be derived."
        if report.passed
        else f"FAILED: {len(report.findings)} finding(s). Do not publish this release."
    )
    lines = [
        verdict,
        "",
        f"Folder {report.folder}",
        f"{report.releases} release(s), {report.published:,} published counts, {report.withheld:,} withheld counts, "
        f"{report.attacked:,} attacks, {report.exact:,} exact recoveries.",
    ]
    if report.narrowest is not None:
        lines.append(f"Narrowest interval an outsider reaches: {report.narrowest:g} wide ({report.narrowest_cell}).")
    if report.findings:
        lines += ["", "Findings"]
        lines += [f"  {n}. {_finding(one)}" for n, one in enumerate(report.findings, start=1)]
    lines += ["", "What each attacker knew"]
    for mode in report.modes:
        lines.append(f"  {mode.name}: {mode.knew}.")
        lines.append(f"    {_mode(mode)}")
    lines += ["", "Tables of the latest release (cells, of them withheld, minimum cell)"]
    latest = report.tables[-1].release if report.tables else ""
    for table in report.tables:
        if table.release == latest:
            lines.append(f"  {table.name}: {table.cells}, {table.withheld}, {table.minimum or '-'}")
    for release in dict.fromkeys(table.release for table in report.tables if table.release != latest):
        mine = [table for table in report.tables if table.release == release]
        cells, withheld = sum(table.cells for table in mine), sum(table.withheld for table in mine)
        lines.append(f"  Earlier release {release}: {len(mine)} tables, {cells} cells, {withheld} withheld")
    lines += ["", *(f"Note: {note}" for note in report.notes)] if report.notes else []
    return lines


def _finding(one: Finding) -> str:
    where = " / ".join(part for part in (one.table, one.cell) if part)
    mode = f" [{one.mode}]" if one.mode else ""
    return f"{one.kind}: {where}: {one.says}{mode}"


def _mode(mode: ModeReport) -> str:
    if mode.note:
        return mode.note
    narrowest = "-" if mode.narrowest is None else f"at least {mode.narrowest:g}"
    tried = f"{mode.attacked:,} cells tried, {mode.exact:,} found exactly, {mode.narrow:,} too narrow"
    return f"{tried}, narrowest {narrowest}."
