"""A release from the warehouse to its readers: nothing that is served changes unless all of it succeeds."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any, Protocol

import duckdb
import pandas as pd

from publicsafety.pipeline import publish
from publicsafety.pipeline.release import catalogue, columns, counts, folder, history, opendata, static
from publicsafety.pipeline.release.catalogue import Published
from publicsafety.pipeline.release.drafting import Draft, Primary, Progress, draft_of
from publicsafety.pipeline.release.figures import Figures
from publicsafety.pipeline.release.outcome import ReleaseError, ReleaseResult, TableSummary
from publicsafety.pipeline.release.past import with_past
from publicsafety.pipeline.release.policy import Policy
from publicsafety.pipeline.release.policy_file import read_policy
from publicsafety.pipeline.release.write import write_database
from publicsafety.pipeline.release.years import quarter_of

AUDIENCES = ("public", "council")


class Audit(Protocol):
    """The attacker, who reads the folder, and is told which withheld cells are below the minimum."""

    def __call__(self, open_dir: Path, *, primaries: Collection[Primary]) -> Any: ...


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
    _check_kind(past, info, warehouse, open_dir)
    policy = with_past(policy, past)
    counts.check_columns(source, policy)
    counts.check_recorded(source, policy)
    columns.check_labels(policy)
    columns.check_sensitive(policy)
    draft = draft_of(source, info, warehouse, policy, past, today, say)
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


def _check_kind(past: Sequence[history.Past], info: Mapping[str, str], warehouse: Path, open_dir: Path) -> None:
    """A release of the sample and one of own exports never follow each other: closed quarters keep their figures."""
    is_sample = info.get("synthetic") == "true"
    other = next((each for each in past if opendata.is_synthetic(each.package) != is_sample), None)
    if other is None:
        return
    if is_sample:
        raise ReleaseError(
            f"{open_dir}: release {other.number} is of a department's own exports, and what is built now is the "
            "synthetic sample. Build from the exports again; nothing was published."
        )
    raise ReleaseError(
        f"{open_dir}: release {other.number} is of the synthetic sample, and what is built now are a department's own "
        f"exports. The sample's figures would stay. Remove the folders {open_dir} and {warehouse}, build again and run "
        "the release again; nothing was published."
    )


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
        contents |= static.files(database, draft)
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
            raise ReleaseError(_refusal(report.findings, draft.policy))
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


def _refusal(findings: Sequence[Any], policy: Policy) -> str:
    """Why the gate stayed shut: what the attacker found first, where the policy has that table, and what to do."""
    ids = {table.id for table in policy.tables}
    first = next((each for each in findings if each.table in ids), findings[0])
    many = "one leak" if len(findings) == 1 else f"{len(findings)} leaks"
    said = (
        f"the attack on the release found {many}, so nothing was published, and what was published before is still served. "
        f"In {first.table}, {first.cell}: {first.says}. "
    )
    if first.table in ids:
        mend = "Give the table coarser categories or periods, or take it out, and release again."
        return str(policy.table_error(first.table, said + mend))
    return (
        f"{policy.path}: {said}This comes from a text or a file, not from a table: report it as a fault of the program."
    )
