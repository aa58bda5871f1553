"""How does a finished database file become the one that is served, without anyone ever seeing half of it?

Lock → build under a temporary name → checkpoint, close → verify → fsync → rename to `<audience>.<build_id>.duckdb`,
read-only → fsync the folder → replace the pointer `<audience>.current` → fsync → sweep. A kill at any step leaves the
old pointer with its whole file. Beside each database lies `<audience>.<build_id>.json`, its manifest: size, sha256
and the rows of every table, against which readers check the file before they trust it.
"""

import fcntl
import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import duckdb

from publicsafety.audience import Audience

KEEP = 10  # builds of an audience that stay on the disk, for going back and for past briefings
TEMPORARY = ".new-"
SPILL = ".spill"  # where the engine puts what does not fit into memory


class PublishError(RuntimeError):
    """Nothing was published; the message says why and what to do. What was served is still served."""


@contextmanager
def only_one(warehouse: Path) -> Iterator[None]:
    """Hold the warehouse's lock. A second build or release at the same time is refused with who runs since when."""
    try:
        warehouse.mkdir(parents=True, exist_ok=True)
        handle = open(warehouse / ".lock", "a+")
    except OSError as error:
        raise PublishError(
            f"{warehouse}: cannot be written ({error.strerror}). Check the folder's permissions and the disk."
        ) from None
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            handle.seek(0)
            who = handle.read().strip() or "another process"
            raise PublishError(
                f"{warehouse}: a build or release is running ({who}). Wait for it to end and try again."
            ) from None
        # Who holds the lock is a courtesy to whoever waits: a full disk must not turn it into an error.
        with suppress(OSError):
            os.truncate(handle.fileno(), 0)
            os.write(handle.fileno(), f"since {time.strftime('%Y-%m-%d %H:%M:%S')}, process {os.getpid()}".encode())
        sweep(warehouse)
        yield


def temporary(warehouse: Path, name: str) -> Path:
    """A name on the same file system under which a file is made before it is published."""
    return warehouse / f"{TEMPORARY}{os.getpid()}-{name}"


def sweep(warehouse: Path) -> None:
    """Remove what dead builds left: temporary files, spilled tables, manifests without a database.

    Only the holder of the lock calls this. What cannot be removed now is removed by a later build.
    """
    with suppress(OSError):
        for each in [*warehouse.glob(f"{TEMPORARY}*"), *warehouse.glob(f"{SPILL}/*")]:
            shutil.rmtree(each, ignore_errors=True) if each.is_dir() else each.unlink(missing_ok=True)
        for each in [each for audience in Audience for each in warehouse.glob(f"{audience}.*.json")]:
            if not each.with_suffix(".duckdb").exists():
                each.unlink(missing_ok=True)


def path_of(warehouse: Path, audience: str, build_id: str) -> Path:
    return warehouse / f"{audience}.{build_id}.duckdb"


def manifest_of(path: Path) -> Path:
    return path.with_suffix(".json")


def is_whole(path: Path) -> bool:
    """Whether a published file is what its manifest says, to the byte."""
    try:
        manifest = json.loads(manifest_of(path).read_text())
        return bool(path.stat().st_size == manifest["size"] and _sha256(path) == manifest["sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        return False


def publish(
    made: Path,
    warehouse: Path,
    audience: str,
    build_id: str,
    expected: dict[str, int],
    facts: dict[str, Any] | None = None,
) -> Path:
    """Verify the closed database file `made` and make it the one that is served.

    `expected` is the number of rows that the writer saw in each table; `facts` are further entries of the manifest.
    Raises PublishError, and then nothing has changed for readers.
    """
    if made.with_name(made.name + ".wal").exists():
        raise PublishError(f"{made.name}: was closed with an unfinished journal beside it. Run the build again.")
    found = rows_of(made)
    if found != expected:
        wrong = sorted(set(found.items()) ^ set(expected.items()))[0][0]
        raise PublishError(
            f"{made.name}: table {wrong} has {found.get(wrong)} rows instead of {expected.get(wrong)}. Run the build again; if it stays so, check the disk."
        )
    final = path_of(warehouse, audience, build_id)
    manifest = {
        "audience": audience,
        "build_id": build_id,
        "built_at": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "size": made.stat().st_size,
        "sha256": _sha256(made),
        "tables": found,
        **(facts or {}),
    }
    _be_newest(made, warehouse, audience)
    _flush(made)
    _write(manifest_of(final), json.dumps(manifest, indent=1) + "\n")
    made.chmod(0o444)
    made.replace(final)
    _flush(warehouse)
    point(warehouse, audience, build_id)
    _forget_old(warehouse, audience, build_id)
    return final


def _be_newest(made: Path, warehouse: Path, audience: str) -> None:
    """Date the file after every other build, also when the clock was set back: the newest is what readers fall back to."""
    others = [each.stat().st_mtime_ns for each in warehouse.glob(f"{audience}.*.duckdb")]
    at = max([time.time_ns(), *(other + 1_000_000 for other in others)])
    os.utime(made, ns=(at, at))


def point(warehouse: Path, audience: str, build_id: str) -> None:
    """Move the pointer, in one step that a reader sees whole or not at all."""
    _write(warehouse / f"{audience}.current", build_id + "\n")


def rows_of(path: Path) -> dict[str, int]:
    """Rows by table of a database file, read in full by a fresh read-only connection; damaged blocks raise."""
    try:
        with duckdb.connect(str(path), read_only=True) as con:
            rows = count_rows(con)
            for name in rows:
                con.execute(
                    f'select bit_xor(hash(each)) from "{name}" as each'
                ).fetchall()  # a count alone reads no block
            return rows
    except duckdb.Error as error:
        raise PublishError(
            f"{path.name}: cannot be read back ({str(error).splitlines()[0]}). Check the disk and run the build again."
        ) from None


def count_rows(con: duckdb.DuckDBPyConnection, database: str | None = None) -> dict[str, int]:
    """The rows of every table of a database (the connection's current one when none is named)."""
    names = con.execute(
        "select table_name from duckdb_tables() where database_name = coalesce($1, current_database()) and not temporary order by 1",
        [database],
    ).fetchall()
    prefix = f'"{database}".' if database else ""
    return {name: int(con.execute(f'select count(*) from {prefix}"{name}"').fetchall()[0][0]) for (name,) in names}


def _forget_old(warehouse: Path, audience: str, current: str) -> None:
    builds = sorted(warehouse.glob(f"{audience}.*.duckdb"), key=lambda each: each.stat().st_mtime, reverse=True)
    for each in [each for each in builds if each != path_of(warehouse, audience, current)][KEEP - 1 :]:
        each.unlink(missing_ok=True)
        manifest_of(each).unlink(missing_ok=True)


def _write(path: Path, text: str) -> None:
    """Write a small file whole: a reader finds the old text or the new one."""
    new = path.with_name(f"{TEMPORARY}{os.getpid()}-{path.name}")
    new.write_text(text)
    _flush(new)
    new.replace(path)
    _flush(path.parent)


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
