"""Releases are kept for ever: numbered folders with hashed manifests, each naming the one before.

A later release is protected with every earlier one as a fixed constraint, so an earlier one that is missing or altered
stops the release. The private counts that were released are kept beside the warehouse (`frozen/`): a later change of
the
exports then changes no closed quarter, unless a correction is declared.
"""

import csv
import hashlib
import io
import json
import os
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from publicsafety.documents.csv import as_it_was

MANIFEST = "manifest.json"
RELEASES = "releases"
FROZEN = "frozen"


class HistoryError(RuntimeError):
    """An earlier release is missing or not what it was. Nothing is published."""


@dataclass(frozen=True)
class PastTable:
    """A table as an earlier release published it; `rows` maps (period, category …) to the row's columns."""

    release: int
    id: str
    disclosure: Mapping[str, Any]
    rows: Mapping[tuple[str, ...], Mapping[str, str]]

    @property
    def dimensions(self) -> tuple[str, ...]:
        return tuple(self.disclosure["dimensions"])


@dataclass(frozen=True)
class Past:
    """An earlier release."""

    number: int
    folder: Path
    closed_until: date
    manifest_sha256: str
    package: Mapping[str, Any]
    tables: Mapping[str, PastTable]


def read_history(open_dir: Path, warehouse: Path) -> tuple[Past, ...]:
    """Every earlier release, oldest first, verified to the byte. Raises HistoryError."""
    folder = open_dir / RELEASES
    numbers = (
        sorted(int(each.name) for each in folder.iterdir() if each.is_dir() and re.fullmatch(r"\d{4}", each.name))
        if folder.is_dir()
        else []
    )
    last = max([*numbers, *_published_numbers(open_dir, warehouse)], default=0)
    found: list[Past] = []
    for number in range(1, last + 1):
        place = folder / f"{number:04d}"
        if number not in numbers:
            raise HistoryError(
                f"{place}: release {number} is missing, and later figures cannot be protected without it. Restore "
                "the folder from a backup and run the release again; nothing was published."
            )
        found.append(_read(place, number, found[-1].manifest_sha256 if found else None))
    return tuple(found)


def _published_numbers(open_dir: Path, warehouse: Path) -> list[int]:
    """The releases that are known to have been published from other places: the folder's own version, the private
    counts."""
    found = []
    with suppress(OSError, ValueError, KeyError, TypeError):
        found.append(int(json.loads((open_dir / "datapackage.json").read_text())["version"]))
    folder = open_dir.resolve()
    found += [
        told["release"] for _, told in _all_frozen(warehouse) if told["published"] and told["open"] == str(folder)
    ]
    return found


def _read(place: Path, number: int, previous: str | None) -> Past:
    altered = "Restore the folder from a backup and run the release again; nothing was published."
    try:
        raw = (place / MANIFEST).read_bytes()
        manifest = json.loads(raw)
        files = dict(manifest["files"])
        closed_until = date.fromisoformat(manifest["closed_until"])
        if manifest["release"] != number or manifest["previous"] != previous:
            raise HistoryError(
                f"{place / MANIFEST}: does not follow the release before it, so one of them was altered. {altered}"
            )
    except (OSError, ValueError, KeyError, TypeError):
        raise HistoryError(f"{place / MANIFEST}: is missing or cannot be read. {altered}") from None
    present = {each.name for each in place.iterdir()} - {MANIFEST}
    contents: dict[str, bytes] = {}
    for name in sorted(present | set(files)):
        if name not in present:
            raise HistoryError(f"{place / name}: this file of release {number} is missing. {altered}")
        if name not in files:
            raise HistoryError(
                f"{place / name}: this file does not belong to release {number}. Remove it and run the release "
                "again; nothing was published."
            )
        contents[name] = (place / name).read_bytes()
        if hashlib.sha256(contents[name]).hexdigest() != files[name]:
            raise HistoryError(f"{place / name}: this file of release {number} was altered. {altered}")
    package = json.loads(contents["datapackage.json"])
    tables = {}
    for resource in package["resources"]:
        told = resource["disclosure"]
        names = ["period", *told["dimensions"]]
        reader = csv.DictReader(io.StringIO(contents[resource["path"]].decode()))
        rows = {tuple(as_it_was(row[name]) for name in names): row for row in reader}
        tables[told["table"]] = PastTable(number, told["table"], told, rows)
    return Past(number, place, closed_until, hashlib.sha256(raw).hexdigest(), package, tables)


def manifest(number: int, previous: str | None, closed_until: date, files: Mapping[str, bytes]) -> bytes:
    """`manifest.json` of a release folder."""
    document = {
        "release": number,
        "previous": previous,
        "closed_until": closed_until.isoformat(),
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())},
    }
    return (json.dumps(document, indent=1) + "\n").encode()


def read_frozen(warehouse: Path, past: Sequence[Past]) -> dict[str, pd.DataFrame]:
    """The private counts of the quarters that were released, by base count; a later release's replace an earlier
    one's."""
    found: dict[str, pd.DataFrame] = {}
    for release in past:
        kept = [each for each in _all_frozen(warehouse) if each[1]["manifest"] == release.manifest_sha256]
        if not kept:
            continue
        place, told = kept[0]
        for base, sha256 in told["files"].items():
            path = place.with_name(f"{place.stem}.{base}.csv")
            content = path.read_bytes() if path.exists() else b""
            if hashlib.sha256(content).hexdigest() != sha256:
                raise HistoryError(
                    f"{path}: the counts behind release {release.number} are missing or altered. Restore the file "
                    "from a backup; nothing was published."
                )
            frame = pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False).astype({"count": "int64"})
            frozen = found.get(base, frame.iloc[:0])
            quarters = set(told["quarters"][base])
            kept = frozen[~frozen["month"].map(_quarter).isin(quarters)]
            found[base] = pd.concat([kept, frame], ignore_index=True)
            found[base].attrs["quarters"] = sorted({*frozen.attrs.get("quarters", []), *quarters})
    return found


def _quarter(month: str) -> str:
    return f"{month[:4]}-{(int(month[5:7]) - 1) // 3 * 3 + 1:02d}-01"


def _all_frozen(warehouse: Path) -> list[tuple[Path, dict[str, Any]]]:
    """The private counts that are kept: one JSON file for each release that was made from this warehouse."""
    found = []
    for path in sorted((warehouse / FROZEN).glob("*.json")):
        try:
            told = dict(json.loads(path.read_text()))
            if not {"release", "published", "manifest", "open", "files", "quarters"} <= set(told):
                raise ValueError
        except (OSError, ValueError):
            raise HistoryError(f"{path}: cannot be read. Restore it from a backup; nothing was published.") from None
        found.append((path, told))
    return found


def write_frozen(
    warehouse: Path,
    number: int,
    manifest_sha256: str,
    open_dir: Path,
    counts: Mapping[str, tuple[pd.DataFrame, Sequence[str]]],
) -> None:
    """Keep the private counts of newly closed quarters; not in force until `settle_frozen` finds the release
    published."""
    folder = warehouse / FROZEN
    folder.mkdir(mode=0o700, exist_ok=True)
    name = hashlib.sha256(f"{manifest_sha256} {open_dir.resolve()}".encode()).hexdigest()[:16]
    files, quarters = {}, {}
    for base, (frame, closed) in sorted(counts.items()):
        content = frame.to_csv(index=False, lineterminator="\n").encode()
        files[base], quarters[base] = hashlib.sha256(content).hexdigest(), sorted(closed)
        _put(folder / f"{name}.{base}.csv", content)
    told = {
        "release": number,
        "published": False,
        "manifest": manifest_sha256,
        "open": str(open_dir.resolve()),
        "files": files,
        "quarters": quarters,
    }
    _put(folder / f"{name}.json", json.dumps(told, indent=1).encode())


def settle_frozen(warehouse: Path, open_dir: Path) -> None:
    """After an interruption: confirm the counts of a release that did come out, forget those of one that did not."""
    for path, told in _all_frozen(warehouse):
        if told["published"] or told["open"] != str(open_dir.resolve()):
            continue
        raw = open_dir / RELEASES / f"{told['release']:04d}" / MANIFEST
        if raw.exists() and hashlib.sha256(raw.read_bytes()).hexdigest() == told["manifest"]:
            _put(path, json.dumps({**told, "published": True}, indent=1).encode())
        else:
            for each in (warehouse / FROZEN).glob(f"{path.stem}.*"):
                each.unlink()


def _put(path: Path, content: bytes) -> None:
    new = path.with_name(f".new-{path.name}")
    with open(new, "wb") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
