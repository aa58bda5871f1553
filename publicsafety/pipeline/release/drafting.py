"""Policy and private figures in, a protected release out: everything that is decided, before anything is written."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from publicsafety import table_notes
from publicsafety.pipeline.release import catalogue, counts, history, opendata, stocks
from publicsafety.pipeline.release.catalogue import Published
from publicsafety.pipeline.release.figures import Figures, closed_periods, count
from publicsafety.pipeline.release.known import is_about, is_borne_out
from publicsafety.pipeline.release.outcome import ReleaseError
from publicsafety.pipeline.release.past import as_published, before, check_past, definition, facts, published_labels
from publicsafety.pipeline.release.policy import Policy, Table
from publicsafety.pipeline.release.protect import Protected, protect
from publicsafety.pipeline.release.years import quarter_of, values_of, year_of

Progress = Callable[[str], None]
Primary = tuple[str, str, tuple[tuple[str, str], ...]]  # table, period, dimensions and their categories


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


def draft_of(
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
            found.setdefault(base, []).append(protect(policy, made, told, facts(made)))
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
        notes.append(table_notes.written(table_notes.WITH_OTHERS, given_up))
    if table.metric in policy.derived:
        rows = _since_service(rows, figures.unserved.get(base, frozenset()), table.grain)
    if table.metric in gaps:
        rows = [row for row in rows if not stocks.is_left_out(table, row.period, gaps, policy)]
        template = table_notes.ALONE if table.metric in policy.stocks else table_notes.SINCE
        notes.append(table_notes.written(template, [gaps[table.metric][:4]]))
    published = tuple(as_published(policy, table, rows, past))
    threshold = min(
        [
            policy.threshold(table),
            *(release.tables[table.id].disclosure["threshold"] for release in past if table.id in release.tables),
        ]
    )
    reasons = "; ".join(each for _, each in sorted(given_up.items()))
    what, note = policy.counts_what(table.metric), " ".join(notes)
    return Published(table, published, threshold, what, note, reasons, tuple(sorted(given_up)))


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
        never=tuple(_never(policy, protected)),
    )


def _never(policy: Policy, protected: Mapping[str, Sequence[Protected]]) -> Iterator[dict[str, Any]]:
    """The combinations that no record of any year has, as the policy says that none can."""
    for base, years in sorted(protected.items()):
        for each in policy.never:
            mine = [year.year for year in years if is_about(each, year.year)]
            if mine and all(is_borne_out(each, year) for year in mine):
                yield {"base": base, "cells": each.cells, "because": each.because}


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
