"""The archive: every release ever made is there, unchanged, and the newest is the one on top."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from .reading import MANIFEST, read_json
from .report import Finding


def archive_findings(folder: Path) -> Iterator[Finding]:
    """Releases that are missing or altered: an attacker who kept a copy knows more than the archive says."""
    archive = folder / "releases"
    manifests = sorted(archive.glob(f"*/{MANIFEST}"), key=lambda path: (len(path.parent.name), path.parent.name))
    if not manifests:
        return
    previous = None
    for place, path in enumerate(manifests, start=1):
        manifest = read_json(path)
        if manifest.get("release") != place:
            says = f"release {place} is missing from the archive, so what it published cannot be taken into account"
            yield Finding("missing release", path.parent.name, "", says)
            return
        if manifest.get("previous") != previous:
            yield Finding(
                "altered release", path.parent.name, MANIFEST, "does not carry the hash of the release before it"
            )
        for name, digest in manifest.get("files", {}).items():
            if _digest(path.parent / name) != digest:
                yield Finding("altered release", path.parent.name, name, "is not the file that was published")
        previous = _digest(path)
    for name, digest in manifest.get("files", {}).items():
        if _digest(folder / name) != digest:
            yield Finding("altered release", folder.name, name, "is not the file of the latest release")


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
