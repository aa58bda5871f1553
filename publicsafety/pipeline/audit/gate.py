"""The whole audit of a release folder: read it, attack it in every mode, check what needs no arithmetic, report."""

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from .attack import Outcome, Result, is_safe, modes, run_mode
from .checks import rule_findings
from .databases import database_findings
from .definitions import counted_columns
from .evidence import Evidence
from .facts import columns_of, count_cells, evidence, threshold
from .leftovers import folder_findings
from .published import Release, Row, Table
from .reading import AuditError, Fact, read_outside_facts, read_releases
from .regions import Cell, Meaning
from .report import AuditReport, Finding, ModeReport, TableReport

Progress = Callable[[str], None]


def audit(
    open_dir: Path,
    warehouse: Path | None = None,
    *,
    outside_facts: Path | None = None,
    primaries: Collection[tuple[str, str]] | None = None,
    progress: Progress | None = None,
) -> AuditReport:
    """Attack the release in `open_dir` together with every earlier one; compare the databases in `warehouse` with it.

    `primaries` names withheld cells (table, cell) that the attacker is told are below the minimum cell.
    Raises AuditError when there is nothing that can be read.
    """
    releases = read_releases(open_dir)
    meanings = published_definitions()
    facts = read_outside_facts(outside_facts) if outside_facts else ()
    findings = rule_findings(releases, meanings)
    findings += folder_findings(open_dir, releases)
    if warehouse is not None:
        findings += database_findings(warehouse, releases[-1])
    collected = evidence(releases, meanings, [_outside(fact, meanings) for fact in facts if fact.metric in meanings])
    outcomes, notes = _attack(collected, frozenset(primaries or ()), progress)
    if outcomes[1].contradicted and len(releases) > 1:
        findings.append(
            Finding("contradiction", "", "", f"the releases contradict each other: {outcomes[1].contradicted}")
        )
        for one in releases:
            alone = evidence([one], meanings)
            more, _ = _attack(alone, frozenset(primaries or ()), progress)
            outcomes += [_named(outcome, one.number) for outcome in more]
    elif outcomes[1].contradicted:
        findings.append(
            Finding("contradiction", "", "", f"no records can carry these numbers: {outcomes[1].contradicted}")
        )
    results = [result for outcome in outcomes for result in outcome.results]
    findings += [_finding(result) for result in _worst(results)]
    return _report(open_dir, releases, meanings, collected, outcomes, findings, notes)


def published_definitions() -> dict[str, Meaning]:
    """What every metric counts, from its public definition."""
    from publicsafety.metrics import registry

    return {
        name: Meaning(counted_columns(metric.sql), metric.time, metric.kind, metric.unit)
        for name, metric in registry().items()
    }


def _outside(fact: Fact, meanings: Mapping[str, Meaning]) -> tuple[Cell, float, float]:
    meaning = meanings[fact.metric]
    columns = columns_of(meaning)
    if fact.column not in columns:
        raise AuditError(f"outside facts: {fact.metric} has no count {fact.column!r}; use one of {sorted(columns)}")
    period = f"{fact.start} to {fact.end}"
    row = Row(0, fact.start, fact.end, period, fact.dimensions, {}, "")
    names = tuple(name for name, _ in fact.dimensions)
    table = Table(fact.source, fact.metric, "all", names, 0, (row,), f"outside facts: {fact.source} {period}")
    return Cell("", table, row, fact.column, columns[fact.column], meaning.time), fact.low, fact.high


def _attack(
    collected: Evidence, primaries: frozenset[tuple[str, str]], progress: Progress | None
) -> tuple[list[Outcome], list[str]]:
    notes = []
    if not primaries:
        notes.append("The mode that is told which cells are primary was not run: nobody told.")
    outcomes = [run_mode(collected, mode, progress) for mode in modes(collected, primaries)]
    if not all(one.whole for one in outcomes):
        notes.append("Some tables share too many dimensions to be solved as one: bounds are wider than the truth.")
    return outcomes, notes


def _named(outcome: Outcome, release: str) -> Outcome:
    from dataclasses import replace

    return replace(outcome, mode=replace(outcome.mode, name=f"{outcome.mode.name}, release {release} alone"))


def _worst(results: Sequence[Result]) -> list[Result]:
    """For each target that is not safe, the mode that comes nearest to it."""
    worst: dict[tuple[str, str], Result] = {}
    for one in results:
        if not is_safe(one):
            key = (one.target.table, one.target.cell)
            if key not in worst or one.interval.width < worst[key].interval.width:
                worst[key] = one
    return list(worst.values())


def _finding(result: Result) -> Finding:
    low, high, target = result.interval.low, result.interval.high, result.target
    if low == high:
        says = f"is exactly {low:g}"
    else:
        says = f"is between {low:g} and {high:g}: {high - low:g} wide, and must be at least {result.needed}"
    kind = f"{target.kind} recovered" if low == high else f"{target.kind} too narrow"
    if not target.withheld:
        says = (
            f"is {'exactly ' if low == high else f'between {low:g} and '}{high:g}, below the minimum of {result.needed}"
        )
    return Finding(kind, target.table, target.cell, says, result.mode, low, high)


def _report(
    folder: Path,
    releases: Sequence[Release],
    meanings: Mapping[str, Meaning],
    collected: Evidence,
    outcomes: Sequence[Outcome],
    findings: Sequence[Finding],
    notes: Sequence[str],
) -> AuditReport:
    outsider = [
        r for o in outcomes for r in o.results if r.target.withheld and not o.mode.insider and not o.mode.exact_only
    ]
    nearest = min(outsider, key=lambda r: r.interval.width, default=None)
    results = [result for outcome in outcomes for result in outcome.results]
    return AuditReport(
        folder=str(folder),
        releases=len(releases),
        tables=tuple(_table(one, table, meanings) for one in releases for table in one.tables),
        published=collected.n_published,
        withheld=len(collected.withheld),
        attacked=len(results),
        exact=len({(r.target.table, r.target.cell) for r in results if r.interval.width == 0 and not is_safe(r)}),
        narrowest=nearest.interval.width if nearest else None,
        narrowest_cell=f"{nearest.target.table}, {nearest.target.cell}" if nearest else "",
        modes=tuple(_mode(one) for one in outcomes),
        findings=tuple(findings),
        notes=tuple(dict.fromkeys(notes)),
    )


def _mode(outcome: Outcome) -> ModeReport:
    cells = [one for one in outcome.results if one.target.withheld]
    note = (
        f"Learned nothing: what he believes contradicts the numbers ({outcome.contradicted})."
        if outcome.contradicted
        else ""
    )
    unsafe = [one for one in outcome.results if not is_safe(one)]
    return ModeReport(
        name=outcome.mode.name,
        knew=outcome.mode.knows,
        attacked=len(outcome.results),
        exact=sum(one.interval.width == 0 for one in unsafe),
        narrow=sum(one.interval.width > 0 for one in unsafe),
        narrowest=min((one.interval.width for one in cells), default=None),
        note=note,
    )


def _table(release: Release, table: Table, meanings: Mapping[str, Meaning]) -> TableReport:
    meaning = meanings.get(table.metric)
    withheld = sum(row.withheld for row in table.rows)
    if meaning is None:
        return TableReport(release.number, table.name, len(table.rows), withheld, table.threshold)
    alone = Release(release.number, (table,), release.folder)
    minimum = max((threshold(cell, meanings) for cell in count_cells(alone, meanings)), default=table.threshold)
    return TableReport(release.number, table.name, len(table.rows), withheld, minimum)
