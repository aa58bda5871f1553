"""From export files to raw tables: every file read once, cached by its content, and every row accounted for."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import shutil
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Protocol

import duckdb

from publicsafety.pipeline import cache as kept
from publicsafety.pipeline import compared
from publicsafety.pipeline.child import Reader, ReaderDied
from publicsafety.pipeline.merge import CHANGING, MergedPart, merge
from publicsafety.pipeline.readers.scan import Refusal, glance, open_regular
from publicsafety.pipeline.reading import Job, Part
from publicsafety.pipeline.schemas import SCHEMAS, Schema, load_schemas
from publicsafety.pipeline.sources import SOURCES, load_sources

PASSED_OVER = {"readme", "readme.md", "readme.txt", "license", "license.md", "thumbs.db", "desktop.ini"}
UNFINISHED = (".part", ".crdownload", ".tmp", ".filepart", ".download")
SECONDS = 120.0
SECONDS_PER_MB = 2.0
TOLD_BY = ("st_ino", "st_size", "st_mtime_ns", "st_ctime_ns")  # what any change of a file moves on
YOUNG = 2_000_000_000  # nanoseconds: longer than any file system's clock stands still


SHORTEST_KEY = 16


class PersonKeyError(ValueError):
    """The secret of the person keys cannot be used; the message says what to set."""


def person_key_of(text: str | None) -> bytes | None:
    """The secret in PUBLICSAFETY_PERSON_KEY without surrounding space; None when it is not set or blank.

    PersonKeyError for one that holds control characters: it was set by mistake, and another spelling of it would make
    another person of everybody.
    """
    key = (text or "").strip()
    if not key:
        return None
    if any(not letter.isprintable() for letter in key):
        raise PersonKeyError(
            "PUBLICSAFETY_PERSON_KEY holds a control character or a byte that is no text. Set it to the text that "
            "`openssl rand -hex 32` printed, on one line, and build again."
        )
    return key.encode()


def weakness_of(key: bytes | None) -> str:
    """A sentence when the secret is so short that hashes under it can be undone by trying all of them, else ''."""
    if key is None or len(key) >= SHORTEST_KEY:
        return ""
    return (
        f"PUBLICSAFETY_PERSON_KEY has {len(key)} characters and can be guessed; a secret has at least {SHORTEST_KEY}. "
        "Before real persons are loaded, set it to what `openssl rand -hex 32` prints."
    )


class CityLike(Protocol):
    """What ingest asks of a city (`publicsafety.city.City`)."""

    @property
    def timezone(self) -> str: ...


@dataclass(frozen=True)
class FileLoad:
    """What became of one table of one file; the four counts add up to `rows_read`."""

    file: str
    source: str
    table: str
    rows_read: int
    rows_loaded: int
    rows_duplicate: int
    rows_superseded: int
    rows_quarantined: int
    columns_ignored: list[str] = field(default_factory=list)
    reasons: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Refused:
    """A file that was not loaded, and why."""

    file: str
    reason: str


@dataclass(frozen=True)
class IngestResult:
    """What a build read. `digest` is the same for the same inputs, whatever their order, folder and times.

    `tables` has a digest of what each raw table was made from: equal digests, equal tables.
    """

    files: tuple[FileLoad, ...]
    refused: tuple[Refused, ...]
    digest: str
    skipped: tuple[str, ...] = ()
    tables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Read:
    """One file that was read (or found in the cache)."""

    name: str
    sha256: str
    folder: Path
    parts: list[Part]


def ingest(
    con: duckdb.DuckDBPyConnection,
    exports: Iterable[Path],
    *,
    city: CityLike,
    person_key: bytes | None,
    cache: Path,
    sources: Path = SOURCES,
    schemas: Path = SCHEMAS,
    progress: Callable[[str], None] | None = None,
    accept_shrunken: bool = False,
) -> IngestResult:
    """Create `raw_<table>` for every canonical table and the `load_*` tables in `con`.

    `exports` are files or folders. An export with far fewer rows of a closed month than an earlier one is refused unless
    `accept_shrunken` says that this is right. A file that cannot be loaded is in `refused` with a sentence; the others load.
    Raises SchemaError or SourceError when a schema or mapping file itself is wrong.
    """
    tables = load_schemas(schemas)
    found_sources = load_sources(sources, tables)
    settings = _settings(city, [source.digest for source in found_sources], schemas, person_key)
    files, refused = find_files(list(exports))
    read: list[Read] = []
    reader = Reader()
    kept.start(cache)
    try:
        if files:
            reader.warm_up()  # most builds bring something new, and its imports take as long as a large file's digest
        for number, (path, name) in enumerate(files, 1):
            if progress:
                progress(f"Reading {name} ({number} of {len(files)})")
            try:
                read.append(_read(reader, path, name, city, person_key or b"", cache, sources, schemas, settings))
            except (Refusal, ReaderDied) as error:
                refused.append(Refused(name, sentence(name, str(error))))
    finally:
        reader.close()
    kept.sweep(cache, {each.folder.name for each in read})
    return _collect(con, read, refused, tables, settings, city, accept_shrunken)


def _settings(city: CityLike, digests: list[str], schemas: Path, key: bytes | None) -> str:
    """A hash of everything beside the files that decides what is read from them. The key itself is not in it."""
    summary = hashlib.sha256()
    for part in digests:
        summary.update(part.encode())
    for path in sorted(schemas.glob("*.yaml")):
        summary.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    # All of the code: a list of the modules that decide would be forgotten when one of them is split.
    here = Path(__file__).parent
    for path in sorted(here.glob("*.py")) + sorted((here / "readers").glob("*.py")):
        summary.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    summary.update(repr((city.timezone, _bounds(city), _share(city))).encode())
    summary.update(hmac.digest(key or b"none", b"cache of typed rows", "sha256"))
    return summary.hexdigest()


def _bounds(city: CityLike) -> tuple[float, float, float, float] | None:
    settings = getattr(city, "map", None)
    bounds = settings.get("bounds") if isinstance(settings, dict) else getattr(settings, "bounds", None)
    return tuple(float(value) for value in bounds) if bounds else None  # type: ignore[return-value]


def _share(city: CityLike) -> float:
    limits = getattr(city, "limits", None)
    share = limits.get("quarantine_share") if isinstance(limits, dict) else getattr(limits, "quarantine_share", None)
    return 0.05 if share is None else float(share)


def sentence(name: str, reason: str) -> str:
    """'calls.csv: it is empty (0 bytes); export it again.'"""
    return f"{name}: {reason.rstrip('.')}."


def safe_name(name: str) -> str:
    """A file name that can be shown anywhere: control characters as question marks, at most 200 letters."""
    return "".join(letter if letter.isprintable() else "?" for letter in name)[:200]


def find_files(exports: list[Path]) -> tuple[list[tuple[Path, str]], list[Refused]]:
    """Every file to read with the name it is reported under, sorted; what is not there is refused."""
    found: dict[Path, str] = {}
    refused = []
    for export in exports:
        if export.is_dir() and not export.is_symlink():
            for folder, folders, names in os.walk(export):
                folders[:] = sorted(f for f in folders if not f.startswith(".") and f != "__MACOSX")
                for each in [
                    f for f in folders if (Path(folder) / f).is_symlink()
                ]:  # os.walk passes over them in silence
                    reason = "it is a link to a folder, which is not followed; put the files themselves there"
                    refused.append(Refused(safe_name(each), sentence(safe_name(each), reason)))
                for name in sorted(names):
                    if not _passed_over(name):
                        found.setdefault(Path(folder) / name, safe_name(name))
        elif export.exists() or export.is_symlink():
            found.setdefault(export, safe_name(export.name))
        else:
            refused.append(
                Refused(safe_name(export.name), f"{safe_name(str(export))}: there is no such file or folder.")
            )
    names = list(found.values())
    files = [
        (path, name if names.count(name) == 1 else safe_name(f"{path.parent.name}/{path.name}"))
        for path, name in found.items()
    ]
    return sorted(files, key=lambda item: (item[1], str(item[0]))), refused


def _passed_over(name: str) -> bool:
    low = name.lower()
    return name.startswith((".", "~$")) or low in PASSED_OVER or low.endswith(UNFINISHED)


@dataclass(frozen=True)
class Seen:
    """What a plain file was when it was hashed. `is_young`: it had been written to a moment before."""

    sha256: str
    facts: os.stat_result
    is_young: bool


def hash_of(path: Path) -> Seen:
    """SHA-256 and facts of a plain file, read without following links."""
    now = time.time_ns()
    with os.fdopen(open_regular(path), "rb") as handle:
        facts = os.fstat(handle.fileno())
        glance(handle.fileno())
        digest = hashlib.file_digest(handle, "sha256").hexdigest()
    return Seen(digest, facts, facts.st_ctime_ns > now - YOUNG)


def _has_changed(path: Path, seen: Seen) -> bool:
    """Whether a file is no longer what was hashed: by its size and times, which any change moves on.

    A file that was written to just before is hashed once more: its times could stand still within a tick of the clock.
    """
    if seen.is_young:
        return hash_of(path).sha256 != seen.sha256
    with os.fdopen(open_regular(path), "rb") as handle:
        facts = os.fstat(handle.fileno())
    return any(getattr(facts, name) != getattr(seen.facts, name) for name in TOLD_BY)


def _read(
    reader: Reader,
    path: Path,
    name: str,
    city: CityLike,
    key: bytes,
    cache: Path,
    sources: Path,
    schemas: Path,
    settings: str,
) -> Read:
    seen = hash_of(path)
    cut = hashlib.sha256((settings + name).encode()).hexdigest()[:16]
    folder = cache / f"{seen.sha256[:32]}-{cut}"
    if not kept.is_whole(folder):
        temporary = cache / f".reading-{os.getpid()}-{seen.sha256[:16]}"
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir()
        job = Job(
            str(path),
            name,
            str(temporary),
            str(schemas),
            str(sources),
            city.timezone,
            _bounds(city),
            _share(city),
            key.hex(),
        )
        try:
            reader.read(asdict(job), SECONDS + SECONDS_PER_MB * (seen.facts.st_size >> 20))
            if _has_changed(path, seen):
                raise Refusal("it changed while it was read; wait until it is complete and build again")
            kept.seal(temporary)
            shutil.rmtree(folder, ignore_errors=True)
            os.replace(temporary, folder)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    parts = [Part(**part) for part in json.loads((folder / "report.json").read_text(encoding="utf-8"))]
    return Read(name, seen.sha256, folder, parts)


def _collect(
    con: duckdb.DuckDBPyConnection,
    read: list[Read],
    refused: list[Refused],
    tables: dict[str, Schema],
    settings: str,
    city: CityLike,
    accept_shrunken: bool,
) -> IngestResult:
    parts, skipped = [], []
    passed_over: list[tuple[str, str]] = []
    for each in read:
        left = [part.file.removeprefix(f"{each.name}/") for part in each.parts if part.skipped]
        if left:
            passed_over.append(
                (
                    each.name,
                    f"{len(left)} tables of this file were passed over, no mapping names them: {', '.join(sorted(left))}",
                )
            )
        for part in each.parts:
            if part.refused:
                refused.append(Refused(part.file, sentence(part.file, part.refused)))
            elif part.skipped:
                skipped.append(part.file)
            else:
                parts.append(MergedPart(part, each.folder / part.folder, each.sha256))
    parts.sort(key=lambda each: (each.exported_at, each.sha256, each.part.file))
    short = [] if accept_shrunken else compared.shrunken(con, parts, tables, city.timezone)
    refused += [
        Refused(parts[each.number].part.file, sentence(parts[each.number].part.file, each.reason)) for each in short
    ]
    left_out = {each.number for each in short}
    parts = [part for number, part in enumerate(parts) if number not in left_out]
    loads = merge(con, parts, tables, city.timezone, _share(city))
    notes = (
        passed_over
        + compared.hour_warnings(con, parts, tables, city.timezone)
        + compared.zero_warnings(con, parts, tables)
    )
    _write_loads(con, parts, loads, refused, sorted(notes))
    summary = hashlib.sha256(settings.encode())
    for number in sorted(left_out):
        summary.update(f"shrunken {number}".encode())
    for line in sorted(f"{each.name}\0{each.sha256}" for each in read):
        summary.update(line.encode())
    files = tuple(
        FileLoad(p.part.file, p.part.source, p.part.table, p.part.rows_read, load.loaded, load.duplicate, load.superseded,
                 load.quarantined, p.part.columns_ignored, load.reasons, p.part.notes)
        for p, load in zip(parts, loads, strict=True)
    )  # fmt: skip
    order = sorted(files, key=lambda load: load.file)
    return IngestResult(
        tuple(order),
        tuple(sorted(refused, key=lambda r: r.file)),
        summary.hexdigest(),
        tuple(sorted(skipped)),
        {name: _behind(name, parts, settings) for name in tables},
    )


def _behind(table: str, parts: list[MergedPart], settings: str) -> str:
    """A digest of everything that `raw_<table>` was made from: the parts in their order, and how they were read.

    Rows of cases, services and referrals are filled and set aside by one another.
    """
    together = CHANGING if table in CHANGING else {table}
    mine = [[each.part.table, each.part.file, each.sha256, each.folder.parent.name, each.folder.name, each.part.merge]
            for each in parts if each.part.table in together]  # fmt: skip
    return hashlib.sha256(json.dumps([settings, mine]).encode()).hexdigest()


def _write_loads(con: duckdb.DuckDBPyConnection, parts: list[MergedPart], loads: list, refused: list[Refused], notes: list[tuple[str, str]]) -> None:  # type: ignore[type-arg]  # fmt: skip
    con.execute(
        'create table load_files (file varchar, source varchar, "table" varchar, rows_read bigint, rows_loaded bigint, '
        "rows_duplicate bigint, rows_superseded bigint, rows_quarantined bigint, columns_ignored varchar[], "
        "exported_at timestamp, first_at timestamp, last_at timestamp, sha256 varchar)"
    )
    con.execute("create table load_refused (file varchar, reason varchar)")
    for each, load in sorted(zip(parts, loads, strict=True), key=lambda pair: pair[0].part.file):
        part = each.part
        con.execute(
            "insert into load_files values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [part.file, part.source, part.table, part.rows_read, load.loaded, load.duplicate, load.superseded,
             load.quarantined, part.columns_ignored, part.exported_at, part.first_at, part.last_at, each.sha256],
        )  # fmt: skip
        for note in part.notes:
            con.execute("insert into load_warnings (file, warning) values (?, ?)", [part.file, note])
    for each_refused in sorted(refused, key=lambda r: r.file):
        con.execute("insert into load_refused values (?, ?)", [each_refused.file, each_refused.reason])
    for file, warning in notes:
        con.execute("insert into load_warnings (file, warning) values (?, ?)", [file, warning])
