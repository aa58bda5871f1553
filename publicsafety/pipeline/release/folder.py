"""How does the open-data folder change from one release to the next in a single step?

The new folder is made whole beside the old one, flushed to the disk, and the two change places in one system call
(`renameat2` with RENAME_EXCHANGE); where that is missing, by two renames that the next run completes.
"""

import ctypes
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

EXCHANGE = 2
HERE = -100  # AT_FDCWD


def staging(open_dir: Path) -> Path:
    return open_dir.with_name(f".{open_dir.name}.new")


def _old(open_dir: Path) -> Path:
    return open_dir.with_name(f".{open_dir.name}.old")


def recover(open_dir: Path) -> None:
    """Tidy what an interrupted release left: the folder that was served is put back, half-made ones are removed."""
    if not open_dir.exists() and _old(open_dir).exists():
        _old(open_dir).rename(open_dir)
    for each in (staging(open_dir), _old(open_dir)):
        if each.exists():
            shutil.rmtree(each)


def make(open_dir: Path, files: Mapping[str, bytes]) -> Path:
    """Write the new folder beside the old one; earlier releases come along as hard links, and so do their pages."""
    new = staging(open_dir)
    new.mkdir(parents=True)
    for kept in (Path("releases"), *(each.relative_to(open_dir) for each in sorted(open_dir.glob("site/[0-9]*")))):
        if (open_dir / kept).is_dir():
            shutil.copytree(open_dir / kept, new / kept, copy_function=_link)
    for name, content in sorted(files.items()):
        path = new / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            path.unlink()
        path.write_bytes(content)
    for keep in (".gitignore", ".gitkeep"):
        if (open_dir / keep).exists():
            _link(str(open_dir / keep), str(new / keep))
    for folder, _, names in os.walk(new):
        for name in [*names, "."]:
            _flush(Path(folder) / name)
    return new


def swap(open_dir: Path) -> None:
    """Put the new folder in the place of the old one."""
    new = staging(open_dir)
    if not open_dir.exists():
        new.rename(open_dir)
    elif not _exchange(new, open_dir):
        open_dir.rename(_old(open_dir))
        new.rename(open_dir)
    _flush(open_dir.parent)
    for each in (new, _old(open_dir)):
        if each.exists():
            shutil.rmtree(each)


def _exchange(a: Path, b: Path) -> bool:
    try:
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    return bool(renameat2(HERE, os.fsencode(a), HERE, os.fsencode(b), EXCHANGE) == 0)


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
