"""Which marts need not be made again? Those whose every input is what it was when the served build was made.

A mart is a function of its SQL file and of what that reads. So is its digest: of the code and queries, the engine, the
macros' text, and the digests of everything it reads, down to the very files behind a raw table. The digests lie in the
manifest of the database whose rows they describe; equal digests, and the rows are copied.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from publicsafety.pipeline import publish
from publicsafety.pipeline.statements import QUERIES, queries_in_order, relations_read, statement

FACT = "marts"  # the manifest's entry


@dataclass(frozen=True)
class Earlier:
    """A published build to copy from: its file, and the digest of each mart in it."""

    path: Path
    digests: Mapping[str, str]


def earlier(warehouse: Path, audience: str = "leadership") -> Earlier:
    """The build that is served, if its file is what its manifest says; else one without a mart."""
    try:
        build_id = (warehouse / f"{audience}.current").read_text(encoding="ascii").strip()
        path = publish.path_of(warehouse, audience, build_id)
        manifest = json.loads(publish.manifest_of(path).read_text(encoding="utf-8"))
        found = manifest.get(FACT) if isinstance(manifest, dict) else None
        if isinstance(found, dict) and found and publish.is_whole(path):
            return Earlier(path, {str(name): str(digest) for name, digest in found.items()})
    except (OSError, ValueError):
        pass
    return Earlier(warehouse, {})


def digests(con: duckdb.DuckDBPyConnection, raw: Mapping[str, str], code: str, local_time: str) -> dict[str, str]:
    """The digest of every mart to be made. `raw` has that of each `raw_*`; `local_time` is the macro's text.

    What is neither raw, nor a view or mart of ours, is small or made before the marts: its rows are read.
    """
    base = _digest([code, duckdb.__version__, local_time])
    known = {f"raw_{name}": digest for name, digest in raw.items()}
    paths = [*queries_in_order(QUERIES / "staging"), *queries_in_order(QUERIES / "marts")]
    for path in paths:
        reads = []
        for name in sorted(relations_read(path)):
            if name not in known:
                known[name] = _rows(con, name)
            reads.append(f"{name} {known[name]}")
        known[path.stem] = _digest([base, path.stem, statement(path), *reads])
    return {path.stem: known[path.stem] for path in paths if path.parent.name == "marts"}


def make_marts(con: duckdb.DuckDBPyConnection, wanted: Mapping[str, str], kept: Earlier) -> list[str]:
    """Create every mart in the current database, in order; the names of those that were copied."""
    copied = []
    if kept.digests:
        con.execute(f"attach '{str(kept.path).replace(chr(39), chr(39) * 2)}' as earlier (read_only)")
    for path in queries_in_order(QUERIES / "marts"):
        if kept.digests.get(path.stem) == wanted[path.stem]:
            con.execute(f"create or replace table {path.stem} as from earlier.main.{path.stem}")
            copied.append(path.stem)
        else:
            con.execute(f"create or replace table {path.stem} as\n{statement(path)}")
    if kept.digests:
        con.execute("detach earlier")
    return copied


def _rows(con: duckdb.DuckDBPyConnection, name: str) -> str:
    """A digest of a table's names, types and rows, whatever their order."""
    described = repr(con.execute(f"describe {name}").fetchall())
    found = con.execute(
        f"select count(*), sha256(string_agg(t::varchar, chr(30) order by t::varchar)) from {name} as t"
    )
    return _digest([described, repr(found.fetchall())])


def _digest(parts: Iterable[str]) -> str:
    summary = hashlib.sha256()
    for part in parts:
        summary.update(hashlib.sha256(part.encode()).digest())
    return summary.hexdigest()
