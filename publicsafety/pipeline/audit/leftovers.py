"""What a folder gives away besides its numbers: stray files, the order of rows, sizes, marks, descriptions."""

import csv
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from .packages import CATALOGUE, entry_findings, manifest_findings, package_findings
from .published import Release, Row, Table, number
from .reading import MANIFEST, PACKAGE, read_json
from .report import Finding

STATUSES = {"", "c", "p", "r", "x", "z"}
OURS = {PACKAGE, MANIFEST, "data.json"}


def folder_findings(releases: Sequence[Release]) -> list[Finding]:
    """Everything in the folders of the releases that is no catalogue number and tells one all the same."""
    found: list[Finding] = []
    for release in releases:
        home = Path(release.folder)
        found += _unlisted_files(home)
        found += [one for table in release.tables for one in (*_marks(table), *_order(table))]
        package = json.loads((home / PACKAGE).read_text(encoding="utf-8"))
        found += _sizes(home, package)
        found += package_findings(release, home, package)
    return found


def _unlisted_files(folder: Path) -> Iterator[Finding]:
    """Files that the package does not list: logs, working tables, older drafts. `editions` knows those of site/."""
    package = json.loads((folder / PACKAGE).read_text(encoding="utf-8"))
    listed = {str(one.get("path")) for one in package.get("resources", [])} | OURS
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder).as_posix()
        if path.is_file() and inside not in listed and not inside.startswith(("releases/", "site/")):
            yield Finding("file not in the package", inside, "", "is published and not listed in datapackage.json")
    yield from _archived(folder)
    if (folder / CATALOGUE).is_file():
        names = {PACKAGE, *(str(one.get("path")) for one in package.get("resources", []))}
        yield from entry_findings(CATALOGUE, read_json(folder / CATALOGUE), package, names)


def _archived(folder: Path) -> Iterator[Finding]:
    """Files below releases/ that are no table of their release, and manifests that tell something else than digests."""
    archive, listed = folder / "releases", set()
    for manifest in sorted(archive.glob(f"[0-9]*/{MANIFEST}")):
        home = manifest.parent
        tables = read_json(home / PACKAGE).get("resources", []) if (home / PACKAGE).is_file() else []
        listed |= {manifest, home / PACKAGE, *(home / str(one.get("path")) for one in tables)}
        yield from manifest_findings(f"releases/{home.name}/{MANIFEST}", read_json(manifest))
    for path in sorted(archive.rglob("*")):
        if path.is_file() and path not in listed:
            says = "is published and no table of a release"
            yield Finding("file not in the package", path.relative_to(folder).as_posix(), "", says)


def _marks(table: Table) -> Iterator[Finding]:
    """One mark for every withheld cell: anything finer says which cells are the small ones."""
    for row in table.rows:
        if row.status not in STATUSES:
            yield Finding(
                "mark", table.name, row.name, f"status {row.status!r} tells one kind of withheld cell from another"
            )
        for name, text in row.numbers.items():
            if text and number(text) is None:
                yield Finding(
                    "mark", table.name, row.name, f"{name} says {text!r} where only a number or nothing may stand"
                )


def _order(table: Table) -> Iterator[Finding]:
    """Rows sorted by a hidden number: a withheld row's place then bounds it by its neighbours."""
    groups: dict[str, list[Row]] = {}
    for row in table.rows:
        if len(row.dimensions) == len(table.dimensions):
            groups.setdefault(row.period, []).append(row)
    for period, rows in groups.items():
        names = [[value.casefold() for _, value in row.dimensions] for row in rows]
        texts = (row.numbers.get("value") or row.numbers.get("numerator") or "" for row in rows)
        shown = [found for text in texts if (found := number(text)) is not None]
        falling = all(a >= b for a, b in pairwise(shown))
        rising = all(a <= b for a, b in pairwise(shown))
        if len(set(shown)) > 2 and (falling or rising) and names != sorted(names) and any(row.withheld for row in rows):
            yield Finding(
                "sort order", table.name, period, "rows are sorted by value, so a withheld row lies between two known"
            )


def _sizes(folder: Path, package: Mapping[str, Any]) -> Iterator[Finding]:
    """Sizes and hashes that describe another file than the one published, such as the table before suppression."""
    for resource in package.get("resources", []):
        path = folder / str(resource.get("path"))
        if not path.is_file():
            continue
        content = path.read_bytes()
        if "bytes" in resource and int(resource["bytes"]) != len(content):
            says = f"the package says {resource['bytes']} bytes and the file has {len(content)}"
            yield Finding("file size", str(resource["name"]), "", says)
        digest = str(resource.get("hash", "")).removeprefix("sha256:")
        if len(digest) == 64 and digest != hashlib.sha256(content).hexdigest():
            yield Finding(
                "file hash", str(resource["name"]), "", "the package's hash is not that of the published file"
            )
        yield from _columns(resource, path)


def _columns(resource: Mapping[str, Any], path: Path) -> Iterator[Finding]:
    """Columns that the schema does not name, and bounds in the schema that no published number gives."""
    fields = resource.get("schema", {}).get("fields", []) if isinstance(resource.get("schema"), dict) else []
    if not fields or path.suffix != ".csv":
        return
    with path.open(encoding="utf-8-sig", newline="") as file:
        header = next(csv.reader(file), [])
    for name in header:
        if name not in {str(field.get("name")) for field in fields}:
            yield Finding("column not in the schema", str(resource["name"]), name, "is published and not described")
    for field in fields:
        for bound in ("minimum", "maximum"):
            if bound in field.get("constraints", {}) and float(field["constraints"][bound]) not in (0.0, 1.0, 100.0):
                says = f"the schema gives a {bound} of {field['constraints'][bound]}"
                yield Finding("scale", str(resource["name"]), str(field.get("name")), says)
