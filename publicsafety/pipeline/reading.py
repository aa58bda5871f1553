"""One export file, read in a child process: open, recognise, type, and write rows, quarantine and a report."""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from publicsafety.pipeline.columns import Setting
from publicsafety.pipeline.filenames import date_in
from publicsafety.pipeline.mapping import (
    join_times,
    made_key,
    make_key,
    mapped_columns,
    refuse_mangled_keys,
    with_cell_dates,
)
from publicsafety.pipeline.misplaced import known_below, known_row
from publicsafety.pipeline.readers import archive, records, workbook
from publicsafety.pipeline.readers.delimited import DELIMITERS, Delimited, header_at, open_delimited
from publicsafety.pipeline.readers.grid import Grid, Loaded
from publicsafety.pipeline.readers.scan import Refusal, kind_of, open_regular
from publicsafety.pipeline.schemas import Schema, load_schemas
from publicsafety.pipeline.sources import Source, duplicate_headers, fold_header, load_sources, recognise
from publicsafety.pipeline.typed import type_rows

UNKNOWN = (
    "no recognised source; run `python -m publicsafety inspect {name}` for a proposed mapping and save it with --save"
)


@dataclass(frozen=True)
class Job:
    """What a child process is told: the file, the mappings, the city's settings and where to write."""

    path: str
    name: str
    out: str
    schemas: str
    sources: str
    zone: str
    bounds: tuple[float, float, float, float] | None
    quarantine_share: float
    person_key: str
    memory: str = "2GB"
    threads: int = 2


@dataclass
class Part:
    """The report of one table of a file: a file of its own, a member of a zip, a sheet of a workbook."""

    file: str
    source: str = ""
    table: str = ""
    merge: str = "insert"
    grain: str = "row"
    fields: list[str] = field(default_factory=list)
    rows_read: int = 0
    rows_good: int = 0
    rows_quarantined: int = 0
    columns_ignored: list[str] = field(default_factory=list)
    reasons: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    exported_at: str | None = None
    first_at: str | None = None
    last_at: str | None = None
    folder: str = ""
    refused: str = ""
    skipped: bool = False


def read_file(job: Job) -> list[Part]:
    """Read every table of one file. A part that cannot be read says why in `refused`; nothing is raised."""
    schemas = load_schemas(Path(job.schemas))
    sources = load_sources(Path(job.sources), schemas)
    out = Path(job.out)
    try:
        descriptor = open_regular(Path(job.path))
        try:
            before = os.fstat(descriptor)
            kind = kind_of(os.pread(descriptor, 8192, 0))
            parts = _read_kind(kind, Path(job.path), job, schemas, sources, out)
            try:
                after = os.stat(job.path, follow_symlinks=False)
            except OSError as error:
                raise Refusal("it was taken away while it was read; put it back and build again") from error
            same = ("st_ino", "st_size", "st_mtime_ns")
            if any(getattr(before, each) != getattr(after, each) for each in same):
                raise Refusal("it changed while it was read; wait until it is complete and build again")
        finally:
            os.close(descriptor)
    except Refusal as refusal:
        parts = [Part(job.name, refused=str(refusal))]
    (out / "report.json").write_text(json.dumps([asdict(part) for part in parts]), encoding="utf-8")
    return parts


def _read_kind(
    kind: str, path: Path, job: Job, schemas: dict[str, Schema], sources: tuple[Source, ...], out: Path
) -> list[Part]:
    suffix = Path(job.name).suffix.lower()
    if kind == "zip" and not archive.is_workbook(path):
        if suffix not in ("", ".zip"):
            raise Refusal(f"its content is a zip archive, not {suffix}; unpack it or name it .zip")
        return _read_archive(path, job, schemas, sources, out)
    if kind in ("zip", "ole"):
        if suffix in (".csv", ".txt", ".tsv", ".json", ".geojson"):
            raise Refusal(f"its content is a workbook, not {suffix}; name it .xlsx (.xls, .ods) or save it as CSV")
        return _read_workbook(path, job, schemas, sources, out)
    if suffix in (".xlsx", ".xls", ".ods", ".zip", ".xlsm", ".xlsb", ".gz", ".pdf"):
        right = ".json" if kind == "json" else ".csv"
        raise Refusal(f"its content is text, not {suffix}; name it {right} or export it again")
    if kind == "json":
        grid = records.read_json(path)
        return [_read_grid(grid, job.name, None, job, schemas, sources, out / "0")]
    return [_read_delimited(path, job.name, job, schemas, sources, out / "0")]


def _read_archive(
    path: Path, job: Job, schemas: dict[str, Schema], sources: tuple[Source, ...], out: Path
) -> list[Part]:
    parts: list[Part] = []
    scratch = out / "members"
    scratch.mkdir(parents=True)
    for number, member in enumerate(archive.members(path)):
        name = f"{job.name}/{member.name}"
        if member.refused:
            parts.append(Part(name, refused=member.refused))
            continue
        target = scratch / str(number)
        inner = Job(**{**asdict(job), "path": str(target), "name": name})
        try:
            archive.unpack(path, member, target)
            kind = kind_of(target.open("rb").read(8192)) if target.stat().st_size else "text"
            if kind == "zip" and not archive.is_workbook(target):
                raise Refusal("it is a zip inside a zip; unpack it first")
            if not target.stat().st_size:
                raise Refusal("it is empty (0 bytes); export it again")
            parts += _read_kind(kind, target, inner, schemas, sources, out / f"m{number}")
        except Refusal as refusal:
            parts.append(Part(name, refused=str(refusal)))
        target.unlink(missing_ok=True)
    shutil.rmtree(scratch, ignore_errors=True)
    if not parts:
        raise Refusal("the archive holds no file; export it again")
    if any(part.source for part in parts):
        for part in parts:
            if part.refused.startswith("no recognised source"):
                part.skipped, part.refused = True, ""
    return parts


def _read_workbook(
    path: Path, job: Job, schemas: dict[str, Schema], sources: tuple[Source, ...], out: Path
) -> list[Part]:
    found = workbook.read_workbook(path)
    parts = []
    for number, (sheet, grid, visible) in enumerate(found):
        name = job.name if len(found) == 1 else f"{job.name}/{sheet}"
        part = _read_grid(grid, name, sheet, job, schemas, sources, out / str(number))
        if not visible and part.source:
            part.notes.append("the sheet is hidden in the workbook; it was read")
        parts.append(part)
    if not parts:
        raise Refusal("the workbook has no sheet with data")
    if any(part.source for part in parts):
        for part in parts:
            if part.refused.startswith("no recognised source"):
                part.skipped, part.refused = True, ""
    elif len(parts) > 1 and all(part.refused.startswith("no recognised source") for part in parts):
        listed = ", ".join(sheet for sheet, *_ in found)
        raise Refusal(f"{UNKNOWN.format(name=job.name)} (sheets: {listed})")
    return parts


def _read_delimited(
    path: Path, name: str, job: Job, schemas: dict[str, Schema], sources: tuple[Source, ...], out: Path
) -> Part:
    part = Part(name)
    try:
        table, source = open_table(path, name, sources)
        if table.scan.encoding not in ("utf-8", "ascii"):
            part.notes.append(f"read as {table.scan.encoding}")
        loader = lambda con, wanted: table.load(con, wanted, out)  # noqa: E731
        return _type(part, source, table.headers, loader, job, schemas, out)
    except Refusal as refusal:
        part.refused = str(refusal)
    return part


def open_table(path: Path, name: str, sources: tuple[Source, ...]) -> tuple[Delimited, Source]:
    """Header, delimiter and source of a delimited file: the dialect under which the most headers are recognised."""
    scan, first = open_delimited(path)
    best: tuple[int, Source, str, tuple[list[str], int, int]] | None = None
    why = ""
    variants = {(0, None)} | {(source.skip_rows, source.delimiter) for source in sources}
    for skip, declared in sorted(variants, key=str):
        for delimiter in [declared] if declared else DELIMITERS:
            try:
                header = header_at(first, skip, delimiter)
            except Refusal:
                continue
            fitting = [s for s in sources if s.skip_rows == skip and s.delimiter in (None, delimiter)]
            source, reason = recognise(fitting, header[0], name)
            why = why or reason
            if source is not None:
                known = source.matched(header[0])
                if best is None or (not source.is_canonical, known) > (not best[1].is_canonical, best[0]):
                    best = (known, source, delimiter, header)
    if best is None:
        raise Refusal(known_below(first, sources, name) or why or _no_source(first, name))
    _, source, delimiter, (headers, start, end) = best
    if source.encoding and source.encoding != scan.encoding:
        scan, _ = open_delimited(path, {"encoding": source.encoding})
    twice = duplicate_headers(headers)
    if twice:
        raise Refusal(f"line {start}: the header {twice[0]} occurs twice; nothing says which is meant; rename one")
    return Delimited(path, scan, delimiter, headers, end, end), source


def _no_source(first: list[str], name: str) -> str:
    head = next((line for line in first if line.strip()), "")
    if re.search(r"\d{4}-\d{2}-\d{2}|\d{1,2}/\d{1,2}/\d{2,4}", head):
        return f"its first line holds data, not column names; export it with a header ({UNKNOWN.format(name=Path(name).name)})"
    return UNKNOWN.format(name=Path(name).name)


def _read_grid(
    grid: Grid,
    name: str,
    sheet: str | None,
    job: Job,
    schemas: dict[str, Schema],
    sources: tuple[Source, ...],
    out: Path,
) -> Part:
    part = Part(name, notes=[])
    try:
        source, why = recognise(sources, grid.headers, name, sheet)
        if source is None:
            why = known_row(grid.top, sources, name, sheet) or why
            raise Refusal(why or UNKNOWN.format(name=Path(name).name))
        twice = duplicate_headers(grid.headers)
        if twice:
            raise Refusal(f"the header {twice[0]} occurs twice; nothing says which is meant; rename one")
        if sheet is not None:
            source = with_cell_dates(source)
        return _type(part, source, grid.headers, grid.load, job, schemas, out)
    except Refusal as refusal:
        part.refused = str(refusal)
    return part


def _type(
    part: Part, source: Source, headers: list[str], load: Any, job: Job, schemas: dict[str, Schema], out: Path
) -> Part:
    schema = schemas[source.table]
    part.source, part.table, part.merge, part.grain = source.name, source.table, source.merge, source.grain
    columns, positions = mapped_columns(source, headers, schema)
    constants = [mapped.name for mapped in source.fields if mapped.constant is not None]
    part.fields = [column.field.name for column in columns] + constants
    part.columns_ignored = [header for n, header in enumerate(headers) if n not in positions and header.strip()]
    part.notes += _renamed(source, headers, part.columns_ignored)
    setting = Setting(
        schema, source, job.zone, job.bounds, job.quarantine_share, bytes.fromhex(job.person_key), part.file,
        exported=_moment(date_in(part.file)),
    )  # fmt: skip
    out.mkdir(parents=True, exist_ok=True)
    made = made_key(schema, part.fields)
    if made:  # the whole row is its key, columns that are not loaded included
        positions = positions + [n for n in range(len(headers)) if n not in positions]
    width = len(positions)
    con = duckdb.connect(
        config={"memory_limit": job.memory, "threads": job.threads, "temp_directory": str(out / "spill")}
    )
    try:
        loaded: Loaded = load(con, positions)
        loaded.unmapped = bool(part.columns_ignored)
        part.notes += loaded.notes
        refuse_mangled_keys(con, columns, schema)
        if made:
            make_key(con, made, width, setting)
            part.fields.append(made)
        join_times(con, columns, headers, positions)
        outcome = type_rows(con, columns, loaded, setting)
        for name in ("quarantine", "warnings", "labels"):
            con.execute(f"copy {name} to '{_quoted(out / name)}.parquet' (format parquet)")
        con.execute(
            f"copy (select * from typed) to '{_quoted(out / 'rows')}.parquet' (format parquet, compression uncompressed, dictionary_size_limit 5000)"
        )
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error as error:
        raise Refusal(f"it cannot be read ({str(error).splitlines()[0][:200]})") from error
    finally:
        con.close()
    part.rows_read, part.rows_good, part.rows_quarantined = (
        outcome.rows_read,
        outcome.rows_good,
        outcome.rows_quarantined,
    )
    part.reasons, part.first_at, part.last_at = outcome.reasons, outcome.first_at, outcome.last_at
    named, latest = _moment(date_in(part.file)), _moment(outcome.latest_at)
    is_start = named is not None and latest is not None and latest > named + timedelta(days=2)
    part.exported_at = outcome.latest_at if named is None or is_start else str(named)
    part.folder = str(out.relative_to(job.out))
    if outcome.rows_read == 0:
        part.notes.append("the file has a header and no rows")
    return part


def _renamed(source: Source, headers: list[str], left: list[str]) -> list[str]:
    """A column that the mapping names and the file lacks, where the file has one that the mapping does not know."""
    known = {fold_header(each) for each in source.ignore}
    new = [header for header in left if fold_header(header) not in known]
    gone = [each for each in source.fields if each.column is not None and each.find(headers) is None]
    if not new or not gone or source.is_canonical:
        return []
    absent = ", ".join(f'"{each.column}" ({each.name})' for each in gone)
    return [
        f"the mapping {source.name} names columns that are not there: {absent}; it does not know: {', '.join(new)}. If one "
        "is the other under a new name, add it to the aliases of the field"
    ]


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
