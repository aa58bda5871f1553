"""Policy and private figures in, a protected release out. Nothing that is served changes unless all of it succeeds."""

import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Protocol

import duckdb
import pandas as pd

from publicsafety.pipeline import publish
from publicsafety.pipeline.release import catalogue, counts, folder, history, opendata, static, stocks
from publicsafety.pipeline.release.catalogue import Published
from publicsafety.pipeline.release.families import Protected, protect, quarter_of, values_of, year_of
from publicsafety.pipeline.release.figures import Figures, closed_periods, count
from publicsafety.pipeline.release.past import (
    as_published,
    before,
    check_past,
    definition,
    facts,
    published_labels,
    with_past,
)
from publicsafety.pipeline.release.policy import Policy, Table, read_policy
from publicsafety.pipeline.release.write import write_database

AUDIENCES = ("public", "council")
Progress = Callable[[str], None]
Primary = tuple[str, str, tuple[tuple[str, str], ...]]  # table, period, dimensions and their categories


class Audit(Protocol):
    """The attacker, who reads the folder, and is told which withheld cells are below the minimum."""

    def __call__(self, open_dir: Path, *, primaries: Collection[Primary]) -> Any: ...


class ReleaseError(RuntimeError):
    """There is no new release; the message says why and what to do. The last one keeps serving."""


@dataclass(frozen=True)
class TableSummary:
    """What became of one table: non-zero cells, how many of them are withheld, and what was left out."""

    id: str
    cells: int
    withheld: int
    note: str


@dataclass(frozen=True)
class ReleaseResult:
    """What a release did. `changed` is false when nothing new was to be said and the last release stands."""

    number: int
    build_id: str
    through: date
    folder: Path
    tables: tuple[TableSummary, ...]
    narrowest: float
    changed: bool = True

    @property
    def shown_share(self) -> float:
        """The share of cells with records that are shown."""
        cells = sum(each.cells for each in self.tables)
        return 1 - sum(each.withheld for each in self.tables) / cells if cells else 1.0

    def as_json(self) -> dict[str, Any]:
        tables = [
            {"table": each.id, "cells": each.cells, "withheld": each.withheld, "note": each.note}
            for each in self.tables
        ]
        return {
            "release": self.number,
            "build_id": self.build_id,
            "through": self.through.isoformat(),
            "folder": str(self.folder),
            "changed": self.changed,
            "shown_share": round(self.shown_share, 4),
            "tables": tables,
        }

    def sentences(self) -> list[str]:
        """The report for a person: what came out, how much of it is shown, what was left out and why."""
        lines = [
            f"{each.id}: {each.cells - each.withheld:,} of {each.cells:,} cells shown."
            + (f" Note: {each.note}" if each.note else "")
            for each in self.tables
        ]
        width = (
            f"; the narrowest interval left to an outsider is {self.narrowest:.0f} wide" if self.narrowest < 1e9 else ""
        )
        lines.append(f"{self.shown_share:.0%} of all cells that are not zero are shown{width}.")
        said = "is published" if self.changed else "stands: nothing new is closed"
        return [*lines, f"Release {self.number}, figures through {self.through}, {said} in {self.folder}."]


def release(
    warehouse: Path,
    open_dir: Path,
    policy: Path,
    *,
    audit: Audit | None = None,
    today: date | None = None,
    progress: Progress | None = None,
    site: bool = True,
) -> ReleaseResult:
    """Protect and publish what is closed and not yet published.

    `site`: whether the static edition is written too; only tests that make thousands of releases go without.

    `audit` is called with the finished release folder, and with the withheld cells that are below the minimum, before
    anything is published; what it returns must be None or have `passed` true. Raises PolicyError, HistoryError, ReleaseError or PublishError, each a sentence.
    """
    say = progress or (lambda text: None)
    warehouse, open_dir = Path(warehouse), Path(open_dir).resolve()
    rules = read_policy(Path(policy))
    with publish.only_one(warehouse):
        try:
            folder.recover(open_dir)
            history.settle_frozen(warehouse, open_dir)
            source, info = _leadership(warehouse)
            with source:
                return _release(source, info, warehouse, open_dir, rules, audit, today or date.today(), say, site)
        except (duckdb.Error, OSError, ArithmeticError) as error:
            raise ReleaseError(
                f"The release stopped: {str(error).splitlines()[0]}. Nothing was published; the last release keeps "
                "serving."
            ) from error
        finally:
            with suppress(OSError):  # what cannot be tidied now is tidied by the next run
                folder.recover(open_dir)
            for each in warehouse.glob(f"{publish.TEMPORARY}*"):
                each.unlink(missing_ok=True)


def _leadership(warehouse: Path) -> tuple[duckdb.DuckDBPyConnection, dict[str, str]]:
    try:
        build_id = (warehouse / "leadership.current").read_text().strip()
    except OSError:
        raise ReleaseError(
            f"There is no leadership database in {warehouse}. Run `python -m publicsafety build` first."
        ) from None
    path = publish.path_of(warehouse, "leadership", build_id)
    if not publish.is_whole(path):
        raise ReleaseError(
            f"{path}: is missing or damaged. Run `python -m publicsafety build` again; the last release keeps serving."
        )
    con = duckdb.connect(str(path), read_only=True)
    return con, dict(con.execute("select key, value from build_info").fetchall())


@dataclass(frozen=True)
class Draft:
    """A release that is ready to be attacked and published. `changed`: whether it says anything new."""

    policy: Policy
    edition: opendata.Edition
    tables: tuple[Published, ...]
    files: Mapping[str, bytes]
    past: tuple[history.Past, ...]
    figures: Figures
    build_id: str
    changed: bool
    narrowest: float
    small: tuple[Primary, ...]  # the withheld cells that are below the minimum: for the attacker who is told them

    @property
    def number(self) -> int:
        return self.edition.number


def _release(
    source: duckdb.DuckDBPyConnection,
    info: Mapping[str, str],
    warehouse: Path,
    open_dir: Path,
    policy: Policy,
    audit: Audit | None,
    today: date,
    say: Progress,
    site: bool,
) -> ReleaseResult:
    say("Reading earlier releases")
    past = history.read_history(open_dir, warehouse)
    policy = with_past(policy, past)
    counts.check_columns(source, policy)
    draft = _draft(source, info, warehouse, policy, past, today, say)
    databases = {}
    for audience in AUDIENCES:
        path = publish.temporary(warehouse, f"{audience}.duckdb")
        databases[audience] = (
            path,
            write_database(
                path,
                source,
                policy,
                draft.edition,
                draft.tables,
                audience,
                draft.build_id,
                draft.files["datapackage.json"],
            ),
        )
    _publish(draft, warehouse, open_dir, databases, audit, say, site)
    summaries = tuple(_summary(each) for each in draft.tables)
    return ReleaseResult(
        draft.number, draft.build_id, draft.edition.through, open_dir, summaries, draft.narrowest, draft.changed
    )


def _draft(
    source: duckdb.DuckDBPyConnection,
    info: Mapping[str, str],
    warehouse: Path,
    policy: Policy,
    past: tuple[history.Past, ...],
    today: date,
    say: Progress,
) -> Draft:
    """Count, protect, and write the files in memory."""
    say("Counting")
    closed_until = counts.closed_until(date.fromisoformat(info["as_of"]), today, policy.rules.lag_days)
    if past:
        closed_until = max(closed_until, past[-1].closed_until)
    figures = count(source, policy, closed_until, history.read_frozen(warehouse, past), past)
    say("Protecting")
    protected = protect_all(policy, figures, counts.read_reference(source, policy), past, say)
    gaps = stocks.left_out(policy, figures)
    tables = tuple(_table(policy, table, figures, protected, past, gaps) for table in policy.tables)
    if not any(published.rows for published in tables):
        raise ReleaseError(
            f"No quarter is closed yet (a quarter counts when it has been over for {policy.rules.lag_days} days), "
            "so there is nothing to release."
        )
    for published in tables:
        catalogue.check_keep(policy, published)
    created = opendata.created_of(past[-1].package) if past else None
    edition = opendata.stamped(_edition(policy, len(past), figures, info, protected), policy, len(past), created)
    files = _files(policy, edition, tables)
    changed = not past or not _same(past[-1], files)
    if changed:
        edition = opendata.stamped(edition, policy, len(past) + 1, today)
        files = _files(policy, edition, tables)
    narrowest = min((each.narrowest for years in protected.values() for each in years), default=float("inf"))
    build_id = _build_id(policy, edition, info, files)
    small = tuple(catalogue.small_cells(policy, protected))
    return Draft(policy, edition, tables, files, past, figures, build_id, changed, narrowest, small)


def protect_all(
    policy: Policy, figures: Figures, reference: counts.Reference, past: Sequence[history.Past], say: Progress
) -> dict[str, list[Protected]]:
    """Every year of every base count, protected; years are independent of one another."""
    found: dict[str, list[Protected]] = {}
    for base, points in figures.points.items():
        months = figures.months[base]
        for year in sorted({month[:4] for month in months}):
            say(f"Protecting {base} {year}")
            inside = [month for month in months if month[:4] == year]
            periods = {
                grain: closed_periods(grain, inside, figures.closed_until) for grain in ("month", "quarter", "year")
            }
            made = year_of(
                policy,
                base,
                year,
                points,
                reference,
                periods,
                inside,
                published_labels(past, base, year),
                figures.persons.get(base),
            )
            told = before(policy, made, past)
            if past:
                check_past(made, told, values_of(made, told.shown), past[-1])
            found.setdefault(base, []).append(protect(policy, made, told, facts(policy, made)))
    return found


def _table(
    policy: Policy,
    table: Table,
    figures: Figures,
    protected: Mapping[str, Sequence[Protected]],
    past: Sequence[history.Past],
    gaps: Mapping[str, str],
) -> Published:
    """A table's rows, closed periods only; what an earlier release published stays as it was."""
    base, notes = policy.base_of(table), [table.note] if table.note else []
    source = table if policy.is_counted(table.metric) else policy.source_of(table)
    if base in figures.singles:
        told = {period: value for (grain, period), value in figures.singles[base].items() if grain == table.grain}
        rows = catalogue.single_rows(policy, table, told)
    elif source is not table:
        medians = figures.medians.get(f"{table.metric}/{table.grain}", {})
        rows = catalogue.derived_rows(policy, table, protected, medians)
    else:
        rows = catalogue.count_rows(table, protected.get(base, ()))
    given_up = {
        each.year.year: each.given_up[source.id] for each in protected.get(base, ()) if source.id in each.given_up
    }
    if given_up:  # why is for the privacy officer: which cell was small is nobody else's business
        notes.append(f"Not published for {', '.join(sorted(given_up))}: its small counts could not be protected.")
    if table.metric in policy.derived:
        rows = _since_service(rows, figures.unserved.get(base, frozenset()), table.grain)
    if table.metric in gaps:
        rows = [row for row in rows if not stocks.is_left_out(table, row.period, gaps, policy)]
        since = gaps[table.metric][:4]
        notes.append(
            f"Not published for {since}: small counts could be worked out from it."
            if table.metric in policy.stocks
            else f"Not published from {since} on: small counts could be worked out from it."
        )
    published = tuple(as_published(policy, table, rows, past))
    threshold = min(
        [
            policy.threshold(table),
            *(release.tables[table.id].disclosure["threshold"] for release in past if table.id in release.tables),
        ]
    )
    reasons = " ".join(each for _, each in sorted(given_up.items()))
    return Published(table, published, threshold, policy.counts_what(table.metric), " ".join(notes), reasons)


def _since_service(rows: Sequence[catalogue.Row], unserved: frozenset[str], grain: str) -> list[catalogue.Row]:
    """Rows of what the team did, without the periods before there was a team: they are no zeros."""
    alive = {row.period for row in rows if row.value or row.status == catalogue.WITHHELD}
    return [row for row in rows if grain == "year" or row.period in alive or quarter_of(row.period) not in unserved]


def _edition(
    policy: Policy, number: int, figures: Figures, info: Mapping[str, str], protected: Mapping[str, Sequence[Protected]]
) -> opendata.Edition:
    maps: dict[tuple[str, str], dict[str, str]] = {}
    for years in protected.values():
        for each in years:
            for (child, parent), told in each.year.levels.parents.items():
                if child != counts.MONTH:
                    maps.setdefault((child, parent), {}).update(told)
    hierarchies = tuple(
        {"child": child, "parent": parent, "map": dict(sorted(told.items()))}
        for (child, parent), told in sorted(maps.items())
    )
    used = sorted({name for table in (*policy.tables, *policy.past) for name in table.dimensions})
    return opendata.Edition(
        number,
        figures.closed_until,
        json.loads(info["city"]),
        info.get("synthetic") == "true",
        hierarchies,
        {name: definition(policy, name) for name in used},
    )


def _files(policy: Policy, edition: opendata.Edition, tables: Sequence[Published]) -> dict[str, bytes]:
    """The files of a release folder, without its manifest."""
    files = {f"{each.table.id}.csv": opendata.table_csv(each, policy.metrics[each.table.metric]) for each in tables}
    files["datapackage.json"] = opendata.data_package(policy, edition, tables, files)
    return files


def _same(last: history.Past, files: Mapping[str, bytes]) -> bool:
    told = json.loads((last.folder / history.MANIFEST).read_bytes())["files"]
    return bool(told == {name: hashlib.sha256(content).hexdigest() for name, content in files.items()})


def _build_id(policy: Policy, edition: opendata.Edition, info: Mapping[str, str], files: Mapping[str, bytes]) -> str:
    """The same release has the same build id."""
    summary = hashlib.sha256(
        json.dumps([edition.number, dict(edition.city), policy.text, info.get("build_id")]).encode()
    )
    for name in sorted(files):
        summary.update(name.encode() + hashlib.sha256(files[name]).digest())
    return summary.hexdigest()[:12]


def _summary(published: Published) -> TableSummary:
    cells = [row for row in published.rows if row.status == catalogue.WITHHELD or row.value]
    return TableSummary(
        published.table.id, len(cells), sum(row.status == catalogue.WITHHELD for row in cells), published.reasons
    )


def _publish(
    draft: Draft,
    warehouse: Path,
    open_dir: Path,
    databases: Mapping[str, tuple[Path, dict[str, int]]],
    audit: Audit | None,
    say: Progress,
    site: bool,
) -> None:
    """Folder made and flushed → attacked → private counts kept → folder swapped → databases published.

    Any failure before the swap changes nothing; after it, the next run publishes the databases.
    """
    previous = draft.past[-1].manifest_sha256 if draft.past else None
    contents = {**draft.files, "data.json": opendata.data_json(draft.policy, draft.edition, draft.tables)}
    if site:
        say("Writing the static edition")
        database, _ = databases["public"]
        contents |= static.files(
            database, draft.policy, draft.edition, draft.tables, draft.files, draft.past, draft.changed
        )
    manifest = history.manifest(draft.number, previous, draft.edition.closed_until, draft.files)
    if draft.changed:
        place = f"{history.RELEASES}/{draft.number:04d}"
        contents |= {f"{place}/{name}": content for name, content in draft.files.items()}
        contents[f"{place}/{history.MANIFEST}"] = manifest
    made = folder.make(open_dir, contents)
    if audit is not None:
        say("Attacking the release")
        report = audit(made, primaries=draft.small)
        if report is not None and not report.passed:
            found = " ".join(report.sentences()[:8])
            raise ReleaseError(f"The attack on the release succeeded, so nothing was published: {found}")
    if draft.changed:
        sha256 = hashlib.sha256(manifest).hexdigest()
        history.write_frozen(warehouse, draft.number, sha256, open_dir, _counts(draft.figures))
    say("Publishing")
    folder.swap(open_dir)
    history.settle_frozen(warehouse, open_dir)
    for audience, (path, rows) in databases.items():
        if publish.is_whole(publish.path_of(warehouse, audience, draft.build_id)):
            publish.point(warehouse, audience, draft.build_id)
        else:
            publish.publish(path, warehouse, audience, draft.build_id, rows)


def _counts(figures: Figures) -> dict[str, tuple[pd.DataFrame, list[str]]]:
    """All private counts that a release rests on, by base, with their quarters."""
    return {
        base: (frame, sorted({quarter_of(month) for month in figures.months[base]}))
        for base, frame in figures.points.items()
    }
