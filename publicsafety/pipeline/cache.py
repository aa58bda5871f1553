"""Which typed files may be forgotten? Keeps what the last builds read, and sweeps the rest and what a crash left."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from contextlib import suppress
from pathlib import Path

BUILDS_KEPT = 3  # going back to an earlier set of exports within these builds parses nothing again
RECORD = "builds.json"
READING = ".reading-"
SEAL = "seal.json"


def start(cache: Path) -> None:
    """Make the folder, for this user only, and remove what an earlier process left half read."""
    cache.mkdir(parents=True, exist_ok=True)
    with suppress(OSError):
        cache.chmod(0o700)
    for left in cache.glob(f"{READING}*"):
        if not _is_alive(left.name.removeprefix(READING).split("-")[0]):
            shutil.rmtree(left, ignore_errors=True)


def seal(folder: Path) -> None:
    """Write down what each file of a finished entry holds, so that damage is seen before the entry is used again."""
    (folder / SEAL).write_text(json.dumps(_contents(folder)), encoding="utf-8")


def is_whole(folder: Path) -> bool:
    """Whether an entry is there and every file in it is, to the byte, what it was when it was sealed."""
    try:
        return bool(json.loads((folder / SEAL).read_text(encoding="utf-8")) == _contents(folder))
    except (OSError, ValueError):
        return False


def _contents(folder: Path) -> dict[str, str]:
    found = {}
    for path in sorted(each for each in folder.rglob("*") if each.is_file() and each.name != SEAL):
        with path.open("rb") as file:
            found[str(path.relative_to(folder))] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def sweep(cache: Path, used: set[str]) -> None:
    """Remember what this build reads, and delete what neither it nor the builds before it read.

    A build holds the warehouse's lock from before it reads until it is published: nothing that is in use goes.
    """
    builds = [sorted(used), *(before for before in _recorded(cache) if before != sorted(used))][:BUILDS_KEPT]
    kept = {name for build in builds for name in build}
    record = cache / f"{RECORD}.{os.getpid()}"
    record.write_text(json.dumps(builds), encoding="utf-8")
    os.replace(record, cache / RECORD)
    for entry in cache.iterdir():
        if entry.is_dir() and entry.name not in kept and not entry.name.startswith(READING):
            shutil.rmtree(entry, ignore_errors=True)


def _recorded(cache: Path) -> list[list[str]]:
    """Entries of the last builds, newest first; a damaged record is as good as none."""
    try:
        found = json.loads((cache / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return [build for build in found if isinstance(build, list)] if isinstance(found, list) else []


def _is_alive(process: str) -> bool:
    if not process.isdigit() or int(process) == os.getpid():
        return int(process) == os.getpid() if process.isdigit() else False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
