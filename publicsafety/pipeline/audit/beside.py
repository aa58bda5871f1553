"""The files beside a released database: its manifest says what publishing it says, and no other file bears its name."""

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from .report import Finding

BUILD = r"[A-Za-z0-9_-]{1,64}"
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:[+-]\d{4})?")
KEYS = {"audience", "build_id", "built_at", "size", "sha256", "tables"}


def beside_findings(warehouse: Path, audience: str) -> Iterator[Finding]:
    """Files of an audience that are no database, pointer or manifest, and manifests that tell something else."""
    known = re.compile(rf"{audience}\.(?:current|{BUILD}\.duckdb|{BUILD}\.json)")
    for path in sorted(warehouse.glob(f"{audience}[._-]*")):
        if not known.fullmatch(path.name):
            says = "stands beside the released databases under their name and is none of theirs"
            yield Finding("file beside a database", path.name, "", says)
        elif path.suffix == ".json":
            yield from _manifest(path, audience)
        elif path.suffix == ".current" and not re.fullmatch(rf"{BUILD}\n?", path.read_text(errors="replace")):
            yield Finding("file beside a database", path.name, "", "names no build")


def _manifest(path: Path, audience: str) -> Iterator[Finding]:
    """A manifest holds six things, and each of them is as the database has it."""
    kind, database = "file beside a database", path.with_suffix(".duckdb")
    try:
        told = dict(json.loads(path.read_text(encoding="utf-8")))
        wanted = _facts(database, audience)
    except (OSError, ValueError, TypeError, duckdb.Error):
        yield Finding(kind, path.name, "", "cannot be read, or its database cannot")
        return
    for name in sorted(set(told) - KEYS):
        yield Finding(kind, path.name, name, "is no key of a database's manifest")
    if "built_at" in told and not MOMENT.fullmatch(str(told["built_at"])):
        yield Finding(kind, path.name, "built_at", f"{told['built_at']!r} is no moment")
    for name, value in wanted.items():
        if name in told and told[name] != value:
            yield Finding(kind, path.name, name, "is not what the database has")


def _facts(database: Path, audience: str) -> dict[str, Any]:
    with duckdb.connect(str(database), read_only=True) as connection:
        cursor = connection.cursor()
        names = [
            one
            for (one,) in cursor.execute("select table_name from duckdb_tables() where schema_name = 'main'").fetchall()
        ]
        rows = {name: cursor.execute(f'select count(*) from main."{name}"').fetchall()[0][0] for name in names}
    with database.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    build_id = database.name.removeprefix(f"{audience}.").removesuffix(".duckdb")
    size = database.stat().st_size
    return {"audience": audience, "build_id": build_id, "size": size, "sha256": digest, "tables": rows}
