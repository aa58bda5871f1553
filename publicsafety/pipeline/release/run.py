"""Policy and private figures in, a protected release out. Nothing that is served changes unless all of it succeeds."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from publicsafety.city import ROOT
from publicsafety.pipeline import publish
from publicsafety.pipeline.release import catalogue, counts, folder, history, opendata
from publicsafety.pipeline.release.catalogue import Published, Row
from publicsafety.pipeline.release.families import Before, Protected, Year, keys_of, level_sets, protect, quarter_of, values_of, words, year_of
from publicsafety.pipeline.release.policy import Policy, Table, read_policy
from publicsafety.pipeline.release.structure import Key
from publicsafety.pipeline.release.write import write_database

AUDIENCES = ("public", "council")
FACTS = ROOT / "data" / "reference" / "outside-facts.csv"
Progress = Callable[[str], None]
Audit = Callable[[Path], Any]


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
        tables = [{"table": each.id, "cells": each.cells, "withheld": each.withheld, "note": each.note} for each in self.tables]
        return {"release": self.number, "build_id": self.build_id, "through": self.through.isoformat(), "folder": str(self.folder),
                "changed": self.changed, "shown_share": round(self.shown_share, 4), "tables": tables}  # fmt: skip

    def sentences(self) -> list[str]:
        """The report for a person: what came out, how much of it is shown, what was left out and why."""
        lines = [f"{each.id}: {each.cells - each.withheld:,} of {each.cells:,} cells shown." + (f" Note: {each.note}" if each.note else "") for each in self.tables]
        lines.append(f"{self.shown_share:.0%} of all cells that are not zero are shown; the narrowest interval left to an outsider is {self.narrowest:.0f}.")
        said = "is published" if self.changed else "stands: nothing new is closed"
        return [*lines, f"Release {self.number}, figures through {self.through}, {said} in {self.folder}."]


def release(warehouse: Path, open_dir: Path, policy: Path, *, audit: Audit | None = None, today: date | None = None,
            progress: Progress | None = None) -> ReleaseResult:  # fmt: skip
    """Protect and publish what is closed and not yet published.

    `audit` is called with the finished release folder before anything is published; what it returns must be None or have
    `passed` true. Raises PolicyError, HistoryError, ReleaseError or PublishError, each a sentence.
    """
    say = progress or (lambda text: None)
    warehouse, open_dir = Path(warehouse), Path(open_dir)
    rules = read_policy(Path(policy))
    with publish.only_one(warehouse):
        try:
            folder.recover(open_dir)
            history.settle_frozen(warehouse, open_dir)
            source, info = _leadership(warehouse)
            with source:
                return _release(source, info, warehouse, open_dir, rules, audit, today or date.today(), say)
        except (duckdb.Error, OSError) as error:
            raise ReleaseError(f"The release stopped: {str(error).splitlines()[0]}. Nothing was published; the last release keeps serving.") from error
        finally:
            folder.recover(open_dir)
            for each in warehouse.glob(f"{publish.TEMPORARY}*"):
                each.unlink(missing_ok=True)


def _leadership(warehouse: Path) -> tuple[duckdb.DuckDBPyConnection, dict[str, str]]:
    try:
        build_id = (warehouse / "leadership.current").read_text().strip()
    except OSError:
        raise ReleaseError(f"There is no leadership database in {warehouse}. Run `python -m publicsafety build` first.") from None
    path = publish.path_of(warehouse, "leadership", build_id)
    if not publish.is_whole(path):
        raise ReleaseError(f"{path}: is missing or damaged. Run `python -m publicsafety build` again; the last release keeps serving.")
    con = duckdb.connect(str(path), read_only=True)
    return con, dict(con.execute("select key, value from build_info").fetchall())


@dataclass(frozen=True)
class Figures:
    """All private figures of a release: records of base counts, single figures, medians, and the closed periods of each metric."""

    points: Mapping[str, pd.DataFrame]
    months: Mapping[str, tuple[str, ...]]  # base → closed months with data
    singles: Mapping[str, Mapping[tuple[str, str], int]]  # metric → (grain, period) → value
    medians: Mapping[str, Mapping[str, float]]  # metric by grain: "response_minutes/year" → period → value
    closed_until: date


def _release(source: duckdb.DuckDBPyConnection, info: Mapping[str, str], warehouse: Path, open_dir: Path, policy: Policy,
             audit: Audit | None, today: date, say: Progress) -> ReleaseResult:  # fmt: skip
    say("Reading earlier releases")
    past = history.read_history(open_dir, warehouse)
    policy = with_past(policy, past)
    for place, each in enumerate(policy.corrections):
        if each.release > len(past) + 1 or each.release < 2:
            raise policy.error(("corrections", place, "release"), f"release = {each.release}: the next release is {len(past) + 1}. Name the release that brings the correction (2 or later).")
    counts.check_columns(source, policy)
    reference = counts.read_reference(source, policy)
    say("Counting")
    closed_until = counts.closed_until(date.fromisoformat(info["as_of"]), today, policy.rules.lag_days)
    if past:
        closed_until = max(closed_until, past[-1].closed_until)
    figures = count(source, policy, closed_until, history.read_frozen(warehouse, past), past)
    say("Protecting")
    protected = protect_all(policy, figures, reference, past, say)
    tables = tuple(_table(policy, table, figures, protected, past) for table in policy.tables)
    if not any(published.rows for published in tables):
        raise ReleaseError(f"No quarter is closed yet (a quarter counts when it has been over for {policy.rules.lag_days} days), so there is nothing to release.")
    for published in tables:
        catalogue.check_keep(policy, published)
    number = len(past) + 1
    edition = _edition(policy, number, figures, info, protected)
    files = _files(policy, edition, tables)
    if past and _same(past[-1], _files(policy, replace(edition, number=number - 1), tables)):
        number, edition, changed = number - 1, replace(edition, number=number - 1), False
        files = _files(policy, edition, tables)
    else:
        changed = True
    narrowest = min((each.narrowest for years in protected.values() for each in years), default=float("inf"))
    build_id = _build_id(policy, edition, info, files)
    databases = {}
    for audience in AUDIENCES:
        path = publish.temporary(warehouse, f"{audience}.duckdb")
        databases[audience] = (path, write_database(path, source, policy, edition, tables, audience, build_id))
    _publish(warehouse, open_dir, policy, edition, tables, files, past, figures, databases, build_id, changed, audit, say)
    return ReleaseResult(number, build_id, edition.through, open_dir, tuple(_summary(each) for each in tables), narrowest, changed)


def with_past(policy: Policy, past: Sequence[history.Past]) -> Policy:
    """The policy, knowing the tables of earlier releases. Raises PolicyError when it breaks with what was published."""
    tables: dict[str, Table] = {}
    for release in past:
        for each in release.tables.values():
            told = each.disclosure
            old = Table(each.id, each.id, told["metric"], told["grain"], each.dimensions, threshold=0)
            now = next((table for table in policy.tables if table.id == each.id), None)
            where = f"release {each.release} published the table {each.id}"
            if now and (now.metric, now.grain, now.dimensions) != (old.metric, old.grain, old.dimensions):
                raise policy.table_error(each.id, f"{where} with another metric, grain or dimensions. Give the new table a new id.")
            if old.metric not in policy.metrics:
                raise policy.error((), f"{where} of the metric {old.metric}, which is gone. Keep its file: what was published stays a constraint.")
            for name in old.dimensions:
                if name not in policy.dimensions:
                    raise policy.error(("dimensions",), f"{where} by {name}, which is gone from [dimensions]. Keep it: what was published stays a constraint.")
            if told.get("adds_up") and told["base"] == old.metric:
                tables[each.id] = old
        for name, fingerprint in release.package["disclosure"]["dimensions"].items():
            if name in policy.dimensions and definition(policy, name) != fingerprint:
                raise policy.error(("dimensions", name), f"release {release.number} published {name} with other categories. Leave it as it was, and give new categories a new name.")
    return replace(policy, past=tuple(tables.values()))


def definition(policy: Policy, name: str) -> str:
    """A fingerprint of how a dimension's categories are made: it cannot change once published."""
    dimension = policy.dimensions[name]
    made = [dimension.column, dimension.other, dimension.parent, sorted(dimension.categories.items()), dimension.coarse, dimension.coarse_below]
    if dimension.sensitive:
        made.append([dimension.sensitive.column, dimension.sensitive.reference])
    return hashlib.sha256(json.dumps(made).encode()).hexdigest()[:16]


def count(source: duckdb.DuckDBPyConnection, policy: Policy, closed_until: date, frozen: Mapping[str, pd.DataFrame], past: Sequence[history.Past]) -> Figures:
    """Count everything that the policy asks for, closed quarters only; quarters that were released keep their counts."""
    beginning = date(1970, 1, 1)
    points, months, singles, medians = {}, {}, {}, {}
    for base in sorted({policy.base_of(table) for table in (*policy.tables, *policy.past)}):
        metric = policy.metrics[base]
        if metric.kind == "count" and policy.counts_what(base) != "objects":
            found = counts.points(source, policy, base, beginning, closed_until)
            points[base] = _freeze(policy, base, found, frozen.get(base), past)
            covered = _covered(source, metric.table, closed_until, {*points[base][counts.MONTH], *_frozen_months(frozen.get(base))})
            months[base] = tuple(covered)
        else:
            by_month = counts.counts(source, metric, [], counts.MONTH, beginning, closed_until)
            covered = _covered(source, metric.table, closed_until, set(by_month.loc[by_month["value"] > 0, counts.MONTH]))
            singles[base] = _singles(source, policy, base, covered, closed_until)
    for table in policy.tables:
        metric = policy.metrics[table.metric]
        if metric.kind == "median":
            found = counts.counts(source, metric, [], table.grain, beginning, closed_until)
            told = {period: float(value) for period, value in zip(found[table.grain], found["value"], strict=True) if not pd.isna(value)}
            medians[f"{table.metric}/{table.grain}"] = told
    return Figures(points, months, singles, medians, closed_until)


def _covered(source: duckdb.DuckDBPyConnection, table: str, closed_until: date, active: set[str]) -> list[str]:
    """The months of closed quarters with an export and a service; a quarter without either is left out whole.

    `active` are months with records of the metric itself: these count whatever the coverage says.
    """
    sql = 'select month, status = $3 and not is_before_service from dim_coverage where "table" = $1 and month < $2 order by month'
    rows = source.cursor().execute(sql, [table, closed_until, ""]).fetchall()
    quarters = {quarter_of(month.isoformat()[:10]) for month, served in rows if served} | {quarter_of(month) for month in active}
    return sorted(f"{quarter[:5]}{int(quarter[5:7]) + step:02d}-01" for quarter in quarters for step in range(3))


def _frozen_months(frozen: pd.DataFrame | None) -> list[str]:
    """The first months of the quarters that were released."""
    return list(frozen.attrs["quarters"]) if frozen is not None else []


def _singles(source: duckdb.DuckDBPyConnection, policy: Policy, base: str, covered: Sequence[str], closed_until: date) -> dict[tuple[str, str], int]:
    found = {}
    for grain in sorted({table.grain for table in policy.tables if table.metric == base}):
        rows = counts.counts(source, policy.metrics[base], [], grain, date(1970, 1, 1), closed_until)
        told = {period: int(value) for period, value in zip(rows[grain], rows["value"], strict=True)}
        for period in closed_periods(grain, covered, closed_until):
            found[(grain, period)] = told.get(period, 0)
    return found


def closed_periods(grain: str, months: Sequence[str], closed_until: date) -> list[str]:
    """The periods of a grain with data in closed quarters; a year only when its last quarter is closed."""
    if grain == "month":
        return sorted(months)
    if grain == "quarter":
        return sorted({quarter_of(month) for month in months})
    return sorted({f"{month[:4]}-01-01" for month in months if date(int(month[:4]) + 1, 1, 1) <= closed_until})


def _freeze(policy: Policy, base: str, found: pd.DataFrame, frozen: pd.DataFrame | None, past: Sequence[history.Past]) -> pd.DataFrame:
    """The counts with every quarter that was released as it was released, unless a correction of it is declared."""
    if frozen is None or not frozen.attrs["quarters"]:
        return found
    corrected = corrections_of(policy, len(past) + 1)
    kept = [quarter for quarter in frozen.attrs["quarters"] if quarter not in corrected]
    columns = list(found.columns)
    missing = [column for column in columns if column not in frozen.columns]
    known = [column for column in columns if column not in {*missing, "count"}]
    for number, each in enumerate(policy.corrections):
        if each.release == len(past) + 1 and each.quarter.isoformat() in frozen.attrs["quarters"]:
            changed = _changed(_of(found, [each.quarter.isoformat()]), _of(frozen, [each.quarter.isoformat()]), known)
            least = getattr(policy.rules, policy.counts_what(base))
            if 0 < changed < least:
                raise policy.error(("corrections", number), f"the correction of {each.quarter} changes {base} by fewer than {least} records, so it would show whose they are. Wait until there are more and declare them together.")
    old = _of(frozen, kept)
    if missing:  # a dimension that is new since: fine when the counts have not changed otherwise
        if _changed(_of(found, kept), old, known):
            raise policy.error(("dimensions",), f"{missing[0]} is new, and the exports of closed quarters have changed since they were released, so they cannot be broken down by it. Declare a [[corrections]] entry for those quarters, or leave the dimension out.")
        return found
    fresh = found[~found[counts.MONTH].map(quarter_of).isin(kept)]
    return pd.concat([old[columns], fresh], ignore_index=True)


def corrections_of(policy: Policy, number: int) -> set[str]:
    """The quarters that release `number` publishes anew."""
    return {each.quarter.isoformat() for each in policy.corrections if each.release == number}


def _of(frame: pd.DataFrame, quarters: Iterable[str]) -> pd.DataFrame:
    return frame[frame[counts.MONTH].map(quarter_of).isin(list(quarters))]


def _changed(new: pd.DataFrame, old: pd.DataFrame, by: list[str]) -> int:
    """How many records came, went or moved between two countings (a move counts once)."""
    difference = _tally(new, by).sub(_tally(old, by), fill_value=0)
    return int(max(difference.clip(lower=0).sum(), -difference.clip(upper=0).sum()))


def _tally(frame: pd.DataFrame, by: list[str]) -> pd.Series:
    return frame.groupby(by, observed=True)["count"].sum().sort_index()


def protect_all(policy: Policy, figures: Figures, reference: counts.Reference, past: Sequence[history.Past], say: Progress) -> dict[str, list[Protected]]:
    """Every year of every base count, protected; years are independent of one another."""
    found: dict[str, list[Protected]] = {}
    for base, points in figures.points.items():
        months = figures.months[base]
        for year in sorted({month[:4] for month in months}):
            say(f"Protecting {base} {year}")
            inside = [month for month in months if month[:4] == year]
            periods = {grain: closed_periods(grain, inside, figures.closed_until) for grain in ("month", "quarter", "year")}
            made = year_of(policy, base, year, points, reference, periods, inside)
            told = before(policy, made, past)
            if past:
                check_past(made, told, values_of(made, told.shown), past[-1])
            found.setdefault(base, []).append(protect(policy, made, told, facts(policy, made)))
    return found


def before(policy: Policy, year: Year, past: Sequence[history.Past]) -> Before:
    """What earlier releases say of a year. Raises HistoryError when today's counts contradict them."""
    shown: dict[Key, int] = {}
    withheld: dict[Key, int] = {}
    revised: dict[Key, int] = {}
    levels = []
    for release in past:
        later = {each.quarter.isoformat() for each in policy.corrections if each.release > release.number}
        for table in release.tables.values():
            told = table.disclosure
            if not told["adds_up"] or told["base"] != year.base or told["metric"] != year.base:
                continue
            old = Table(table.id, table.id, told["metric"], told["grain"], table.dimensions)
            periods = sorted({row[0] for row in table.rows if row[0][:4] == year.year})
            if not periods:
                continue
            levels.append(old)
            places = keys_of(year, old, periods)
            for row, cell in table.rows.items():
                if row[0][:4] != year.year:
                    continue
                if row not in places:
                    raise history.HistoryError(f"{release.folder / (table.id + '.csv')}: has the row {', '.join(row)}, which the policy's categories no longer have. Restore data/release-policy.toml and the area layer; nothing was published.")
                if cell["status"] == catalogue.WITHHELD:
                    withheld.setdefault(places[row], int(told["threshold"]))
                    shown.pop(places[row], None)
                elif _touched(row[0], old.grain, later):  # other records: what it says is no constraint on these
                    revised[places[row]] = int(cell["value"])
                elif places[row] not in withheld:
                    shown[places[row]] = int(cell["value"])
    revised = {key: value for key, value in revised.items() if key not in shown} if len(past) + 1 in {each.release for each in policy.corrections} else {}
    return Before(shown, withheld, tuple(level_sets(year, levels)), revised)


def check_past(year: Year, past: Before, value: Mapping[Key, int], release: history.Past) -> None:
    """Whether the counts still say what was published. They do when the private counts were kept; raises HistoryError."""
    wrong = [key for key, old in past.shown.items() if value.get(key, old) != old]
    if wrong:
        raise history.HistoryError(f"{release.folder}: says another figure for {words(year, wrong[0])} than the exports do today, and the private counts behind it (the folder {history.FROZEN} of the warehouse) are not there. Restore that folder from a backup, or declare a [[corrections]] entry for the quarter; nothing was published.")


def facts(policy: Policy, year: Year) -> dict[Key, tuple[float, float]]:
    """What anyone can know of this year's counts from elsewhere (data/reference/outside-facts.csv): (least, most) by key."""
    if not FACTS.exists():
        return {}
    table = pd.read_csv(FACTS, dtype=str, keep_default_na=False, comment="#")
    found: dict[Key, tuple[float, float]] = {}
    for entry in table.to_dict("records"):
        if entry["metric"] != year.base or entry["start"][:4] != year.year:
            continue
        cell = dict(part.split("=", 1) for part in entry["dimensions"].split(";") if "=" in part)
        span = {("01-01", "12-31"): {}}.get((entry["start"][5:], entry["end"][5:]))
        if span is None:
            span = {"month": entry["start"]} if entry["start"][:7] == entry["end"][:7] else {"quarter": entry["start"]}
        try:
            key = year.levels.key({**cell, **span})
        except (KeyError, ValueError):
            continue
        low, high = float(entry["low"] or 0), float(entry["high"] or "inf")
        known = found.get(key, (0.0, float("inf")))
        found[key] = (max(low, known[0]), min(high, known[1]))
    return found


def _table(policy: Policy, table: Table, figures: Figures, protected: Mapping[str, Sequence[Protected]], past: Sequence[history.Past]) -> Published:
    """A table's rows, closed periods only; what an earlier release published stays as it was."""
    base, notes = policy.base_of(table), [table.note] if table.note else []
    if base in figures.singles:
        told = {period: value for (grain, period), value in figures.singles[base].items() if grain == table.grain}
        rows = catalogue.single_rows(policy, table, told)
    elif table.metric in policy.derived:
        medians = {table.metric: figures.medians.get(f"{table.metric}/{table.grain}", {})}
        rows = catalogue.derived_rows(policy, table, policy.derived[table.metric], protected, medians)
    else:
        rows, given_up = catalogue.count_rows(table, protected.get(base, ()))
        notes += given_up
    return Published(table, tuple(_as_published(policy, table, rows, past)), policy.threshold(table), policy.counts_what(table.metric), " ".join(notes))


def _as_published(policy: Policy, table: Table, rows: Iterable[Row], past: Sequence[history.Past]) -> list[Row]:
    """Rows that were published before are published again as they were: a closed quarter changes by correction only."""
    corrected = corrections_of(policy, len(past) + 1)
    metric, threshold = policy.metrics[table.metric], policy.threshold(table)
    found = catalogue.key_rows(rows)
    old = past[-1].tables.get(table.id) if past else None
    for key, cell in (old.rows if old else {}).items():
        row, new = _row(key, cell, metric.kind), found.get(key)
        if new is None or not _touched(key[0], table.grain, corrected):
            found[key] = row
        elif metric.kind == "distinct" and not row.status and not new.status and 0 < abs(int(new.value or 0) - int(row.value or 0)) < threshold:
            found[key] = row  # it would tell how few people came or went
        elif replace(new, status="") != replace(row, status="") and not new.status:
            found[key] = replace(new, status="r")
        elif row.status == "r" and not new.status:
            found[key] = replace(new, status="r")
    return [found[key] for key in sorted(found)]


def _touched(period: str, grain: str, corrected: set[str]) -> bool:
    if grain == "year":
        return any(quarter[:4] == period[:4] for quarter in corrected)
    return quarter_of(period) in corrected


def _row(key: tuple[str, ...], cell: Mapping[str, str], kind: str) -> Row:
    """A row read back from an earlier release's CSV."""
    def number(name: str) -> float | int | None:
        text = cell.get(name, "")
        return None if not text else float(text) if "." in text or "e" in text else int(text)

    value, n = number("value"), number("n")
    if cell["status"] == catalogue.WITHHELD:
        return catalogue.hidden(key[0], key[1:])
    if kind == "proportion":
        numerator, denominator = number("numerator"), number("denominator")
        return Row(key[0], key[1:], numerator, denominator, value, denominator, number("low"), number("high"), cell["status"])  # type: ignore[arg-type]
    counted = n if kind == "median" else value
    return Row(key[0], key[1:], numerator=counted, value=value, n=counted, status=cell["status"])  # type: ignore[arg-type]


def _edition(policy: Policy, number: int, figures: Figures, info: Mapping[str, str], protected: Mapping[str, Sequence[Protected]]) -> opendata.Edition:
    maps: dict[tuple[str, str], dict[str, str]] = {}
    for years in protected.values():
        for each in years:
            for (child, parent), told in each.year.levels.parents.items():
                if child != counts.MONTH:
                    maps.setdefault((child, parent), {}).update(told)
    hierarchies = tuple({"child": child, "parent": parent, "map": dict(sorted(told.items()))} for (child, parent), told in sorted(maps.items()))
    used = sorted({name for table in (*policy.tables, *policy.past) for name in table.dimensions})
    return opendata.Edition(number, figures.closed_until, json.loads(info["city"]), info.get("synthetic") == "true", hierarchies, {name: definition(policy, name) for name in used})


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
    summary = hashlib.sha256(json.dumps([edition.number, dict(edition.city), policy.text, info.get("build_id")]).encode())
    for name in sorted(files):
        summary.update(name.encode() + hashlib.sha256(files[name]).digest())
    return summary.hexdigest()[:12]


def _summary(published: Published) -> TableSummary:
    cells = [row for row in published.rows if row.status == catalogue.WITHHELD or row.value]
    return TableSummary(published.table.id, len(cells), sum(row.status == catalogue.WITHHELD for row in cells), published.note)


def _publish(warehouse: Path, open_dir: Path, policy: Policy, edition: opendata.Edition, tables: Sequence[Published], files: Mapping[str, bytes],
             past: Sequence[history.Past], figures: Figures, databases: Mapping[str, tuple[Path, dict[str, int]]], build_id: str, changed: bool,
             audit: Audit | None, say: Progress) -> None:  # fmt: skip
    """Folder made and flushed → attacked → private counts kept → folder swapped → databases published. Any failure before the swap changes nothing."""
    contents = {**files, "data.json": opendata.data_json(policy, edition, tables)}
    raw = history.manifest(edition.number, past[-1].manifest_sha256 if past else None, edition.closed_until, files)
    if changed:
        place = f"{history.RELEASES}/{edition.number:04d}"
        contents |= {f"{place}/{name}": content for name, content in files.items()} | {f"{place}/{history.MANIFEST}": raw}
    made = folder.make(open_dir, contents)
    if audit is not None:
        say("Attacking the release")
        report = audit(made)
        if report is not None and not report.passed:
            found = " ".join(report.sentences()[:3]) if hasattr(report, "sentences") else str(report)
            raise ReleaseError(f"The attack on the release succeeded, so nothing was published: {found}")
    if changed:
        history.write_frozen(warehouse, edition.number, hashlib.sha256(raw).hexdigest(), open_dir, _counts(figures))
    say("Publishing")
    folder.swap(open_dir)
    history.settle_frozen(warehouse, open_dir)
    for audience, (path, rows) in databases.items():
        if publish.is_whole(publish.path_of(warehouse, audience, build_id)):
            publish.point(warehouse, audience, build_id)
        else:
            publish.publish(path, warehouse, audience, build_id, rows)


def _counts(figures: Figures) -> dict[str, tuple[pd.DataFrame, list[str]]]:
    """All private counts that a release rests on, by base, with their quarters."""
    return {base: (frame, sorted({quarter_of(month) for month in figures.months[base]})) for base, frame in figures.points.items()}
