"""Zip archives: what is in them, judged before a byte is unpacked."""

from __future__ import annotations

import stat
import zipfile
from dataclasses import dataclass
from pathlib import Path

from publicsafety.pipeline.readers.scan import Refusal

MOST_MEMBERS = 500
LARGEST_MEMBER = 4 << 30
LARGEST_RATIO = 200  # a zipped CSV reaches 20 to 30; above this it is a bomb
SMALL = 4 << 20  # members this small are harmless whatever their ratio


@dataclass(frozen=True)
class Member:
    """A file in the archive; `refused` says why it is not read."""

    name: str
    index: int
    refused: str = ""


def _infos(path: Path) -> list[zipfile.ZipInfo]:
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise Refusal(f"the archive is damaged or cut off ({error}); copy or export it again") from error


def is_workbook(path: Path) -> bool:
    """Is this zip an XLSX or ODS workbook, judged by what it holds?"""
    names = {info.filename for info in _infos(path)}
    return "[Content_Types].xml" in names or ("content.xml" in names and "mimetype" in names)


def members(path: Path) -> list[Member]:
    """The archive's files in order of name; folders, hidden files and __MACOSX are passed over."""
    infos = _infos(path)
    if len(infos) > MOST_MEMBERS:
        raise Refusal(
            f"the archive holds {len(infos)} files, more than {MOST_MEMBERS}; unpack it and keep what is needed"
        )
    found = []
    for index, info in enumerate(infos):
        name = info.filename
        pieces = name.replace("\\", "/").split("/")
        if (
            info.is_dir()
            or "__MACOSX" in pieces
            or pieces[-1].startswith(".")
            or pieces[-1].lower().startswith("readme")
        ):
            continue
        found.append(Member(_safe(name), index, _why_not(info, pieces)))
    return sorted(found, key=lambda member: (member.name, member.index))


def _safe(name: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in name)[:200]


def _why_not(info: zipfile.ZipInfo, pieces: list[str]) -> str:
    if info.filename.startswith(("/", "\\")) or ".." in pieces or ":" in pieces[0]:
        return "its name points outside the archive; it is not unpacked"
    if stat.S_ISLNK(info.external_attr >> 16):
        return "it is a link; it is not followed"
    if info.flag_bits & 0x1:
        return "it is encrypted; unpack it with its password first"
    if info.file_size > LARGEST_MEMBER:
        return f"it unpacks to more than {LARGEST_MEMBER >> 30} GB"
    if info.file_size > SMALL and info.file_size > LARGEST_RATIO * max(1, info.compress_size):
        return f"it unpacks to {info.file_size // max(1, info.compress_size)} times its size: a zip bomb, or damaged"
    return ""


def unpack(path: Path, member: Member, target: Path) -> Path:
    """Write one member under a name of our own; stops at the size that the archive itself declares."""
    with zipfile.ZipFile(path) as archive:
        info = archive.infolist()[member.index]
        written = 0
        try:
            with archive.open(info) as source, target.open("wb") as out:
                while block := source.read(1 << 20):
                    written += len(block)
                    if written > info.file_size:
                        raise Refusal(f"{member.name} unpacks to more than it declares; the archive is damaged")
                    out.write(block)
        except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, ValueError) as error:
            if isinstance(error, Refusal):
                raise
            raise Refusal(f"{member.name} in the archive is damaged ({error}); copy or export it again") from error
        except Exception as error:  # zlib.error and its kin have no common base
            raise Refusal(f"{member.name} in the archive is damaged; copy or export it again") from error
    return target
