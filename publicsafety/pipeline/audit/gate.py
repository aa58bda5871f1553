"""The whole audit of a release folder: read it, attack it in every mode, check what needs no arithmetic, report."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from publicsafety.city import DATA
from publicsafety.metrics import registry

from .again import rewritten_findings
from .archive import archive_findings
from .attack import BELIEVES, ZEROS, Outcome, Result, is_safe, modes, run_mode
from .checks import rule_findings
from .corrections import correction_findings
from .counts import count_cells, revised_spans, threshold, unlinked
from .databases import database_findings, served
from .definitions import counted_columns
from .editions import edition_findings
from .evidence import Evidence
from .facts import OutsideFact, Primary, evidence
from .leftovers import folder_findings
from .published import Release, Row, Table
from .reading import Definition, Fact, read_outside_facts, read_releases
from .regions import Cell
from .report import AuditReport, Finding, ModeReport, TableReport
from .texts import catalogue_numbers

OUTSIDE_FACTS = DATA / "reference" / "outside-facts.csv"
Progress = Callable[[str], None]


def audit(
    open_dir: Path,
    warehouse: Path | None = None,
    *,
    outside_facts: Path | None = None,
    primaries: Collection[Primary] | None = None,
    progress: Progress | None = None,
) -> AuditReport:
    """Attack the release in `open_dir` together with every earlier one; compare the databases in `warehouse` with it.

    `outside_facts`: the project's own list unless another is named. `primaries`: for the mode that is told which cells
    are below the minimum cell, those cells as (table, period, ((dimension, value), …)).
    Raises AuditError when there is nothing that can be read.
    """
    releases = read_releases(open_dir, public_definitions())
    findings = [*rule_findings(releases), *folder_findings(releases), *archive_findings(open_dir)]
    findings += edition_findings(open_dir, releases, every=warehouse is not None)
    findings += correction_findings(releases)
    if warehouse is not None:
        findings += database_findings(warehouse, releases)
        findings += _written_again(open_dir, warehouse, releases)
    known = outside_facts or (OUTSIDE_FACTS if OUTSIDE_FACTS.is_file() else None)
    listed = read_outside_facts(known) if known else ()
    facts = [one for fact in listed for one in _outside(fact, releases)]
    told = frozenset(primaries or ())
    collected = evidence(releases, facts, told)
    outcomes = _attack(collected, progress)
    if _is_contradicted(outcomes):
        collected, outcomes, more = _apart(releases, facts, told, progress)
        findings += more
    elif outcomes[BELIEVES].contradicted:
        says = f"withheld cells cannot all hold records, as the format promises ({outcomes[BELIEVES].contradicted})"
        findings.append(Finding("contradiction", "", "", says))
    for place, release in enumerate(releases):
        if revised_spans(release):
            before = _attack(evidence(releases[:place], facts, told), progress)
            outcomes += [_named(one, f"before the correction of release {release.number}") for one in before]
    findings += [_finding(result) for result in _worst([result for one in outcomes for result in one.results])]
    notes = [] if told else ["The mode that is told which cells are primary was not run: nobody told."]
    if len(facts) < len(listed):
        notes.append(f"{len(listed) - len(facts)} outside fact(s) are about figures that no table shows.")
    return _report(open_dir, releases, collected, outcomes, findings, notes)


def _written_again(open_dir: Path, warehouse: Path, releases: Sequence[Release]) -> list[Finding]:
    """The static edition against what the public database gives; nothing where no database is served."""
    database = served(warehouse, "public")
    return list(rewritten_findings(open_dir, database, releases)) if database else []


def public_definitions() -> dict[str, Definition]:
    """What every metric counts, from its public definition."""
    return {
        name: Definition(counted_columns(metric.sql), metric.time, metric.unit) for name, metric in registry().items()
    }


def published_numbers(open_dir: Path) -> frozenset[Decimal]:
    """Every number that any release in the folder published, for `text_leaks` over pages, charts and documents."""
    return catalogue_numbers(read_releases(open_dir, public_definitions()))


def _is_contradicted(outcomes: Sequence[Outcome]) -> bool:
    """Whether the published numbers alone, without any belief, cannot be true together."""
    return bool(outcomes[ZEROS].contradicted)


def _apart(
    releases: Sequence[Release], facts: Sequence[OutsideFact], told: frozenset[Primary], progress: Progress | None
) -> tuple[Evidence, list[Outcome], list[Finding]]:
    """When all numbers together contradict each other: each base alone, and if that fails too, each release alone."""
    collected = evidence([unlinked(one) for one in releases], facts, told)
    outcomes = _attack(collected, progress)
    if not _is_contradicted(outcomes):
        return collected, outcomes, []
    says = f"no records can carry these numbers: {outcomes[ZEROS].contradicted}"
    for one in releases if len(releases) > 1 else ():
        outcomes += [_named(found, f"release {one.number} alone") for found in _attack(evidence([one]), progress)]
    return collected, outcomes, [Finding("contradiction", "", "", says)]


def _outside(fact: Fact, releases: Sequence[Release]) -> list[OutsideFact]:
    """The fact as a cell of a table that counts the same thing; nothing where no table does."""
    tables = [table for release in releases for table in release.tables if table.metric == fact.metric]
    fitting = [table for table in tables if fact.column in table.meaning.columns]
    if not fitting:
        return []
    period = f"{fact.start} to {fact.end}"
    row = Row(0, fact.start, fact.end, period, fact.dimensions, {}, "")
    names = tuple(name for name, _ in fact.dimensions)
    path = f"outside facts: {fact.source} {period} {fact.dimensions}"
    table = replace(fitting[0], name=fact.source, dimensions=names, rows=(row,), path=path)
    return [(Cell("", table, row, fact.column, table.meaning.columns[fact.column]), fact.low, fact.high)]


def _attack(collected: Evidence, progress: Progress | None) -> list[Outcome]:
    return [run_mode(collected, mode, progress) for mode in modes(collected)]


def _named(outcome: Outcome, where: str) -> Outcome:
    return replace(outcome, mode=replace(outcome.mode, name=f"{outcome.mode.name}, {where}"))


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
    interval, target = result.interval, result.target
    span = f"exactly {interval.low:g}" if interval.width == 0 else f"between {interval.low:g} and {interval.high:g}"
    if not interval.complete:
        kind = f"{target.kind} not settled"
        says = f"was found to be {span}, and the solver ran out of time before it could say whether that is all"
    elif target.withheld:
        kind = f"{target.kind} recovered" if interval.width == 0 else f"{target.kind} too narrow"
        says = f"is {span}, {interval.width:g} wide, and must be at least {result.needed} wide"
    else:
        kind = f"{target.kind} recovered" if interval.width == 0 else f"{target.kind} too narrow"
        says = f"is {span}: some, and below the minimum of {result.needed}"
    return Finding(kind, target.table, target.cell, says, result.mode, interval.low, interval.high)


def _report(
    folder: Path,
    releases: Sequence[Release],
    collected: Evidence,
    outcomes: Sequence[Outcome],
    findings: Sequence[Finding],
    notes: Sequence[str],
) -> AuditReport:
    results = [result for outcome in outcomes for result in outcome.results]
    outsiders = [one for one in outcomes if not one.mode.insider and not one.mode.exact_only]
    cells = [result for one in outsiders for result in one.results if result.target.withheld]
    nearest = min(cells, key=lambda result: result.interval.width, default=None)
    if not all(one.whole for one in outcomes):
        too_large = "Some tables share too many dimensions to be solved as one: bounds are wider than the truth."
        notes = [*notes, too_large]
    return AuditReport(
        folder=str(folder),
        releases=len(releases),
        tables=tuple(_table(one, table) for one in releases for table in one.tables),
        published=collected.n_published,
        withheld=len(collected.withheld),
        attacked=len(results),
        exact=len({(r.target.table, r.target.cell) for r in results if r.interval.width == 0 and not is_safe(r)}),
        narrowest=nearest.interval.width if nearest else None,
        narrowest_cell=f"{nearest.target.table}, {nearest.target.cell}" if nearest else "",
        modes=tuple(_mode(one) for one in outcomes),
        findings=tuple(dict.fromkeys(findings)),
        notes=tuple(notes),
    )


def _mode(outcome: Outcome) -> ModeReport:
    cells = [one for one in outcome.results if one.target.withheld]
    unsafe = [one for one in outcome.results if not is_safe(one)]
    because = outcome.contradicted
    return ModeReport(
        name=outcome.mode.name,
        knew=outcome.mode.knows,
        attacked=len(outcome.results),
        exact=sum(one.interval.width == 0 for one in unsafe),
        narrow=sum(one.interval.width > 0 for one in unsafe),
        narrowest=min((one.interval.width for one in cells), default=None),
        note=f"Learned nothing: what he believes contradicts the numbers ({because})." if because else "",
    )


def _table(release: Release, table: Table) -> TableReport:
    withheld = sum(row.withheld for row in table.rows)
    alone = Release(release.number, (table,), release.folder)
    minimum = max((threshold(cell) for cell in count_cells(alone)), default=table.threshold)
    return TableReport(release.number, table.name, len(table.rows), withheld, minimum)
