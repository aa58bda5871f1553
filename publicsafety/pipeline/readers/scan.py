"""What is in this file, judged by its bytes and never by its name? One streamed pass, or a sentence why not."""

from __future__ import annotations

import codecs
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

BLOCK = 1 << 20
LONGEST_LINE = 4 << 20  # no export has a line of 4 MB; one that does is damaged or hostile
LARGEST_FILE = 5_000_000_000
NUL_TAIL = 16

MAGIC = (
    (b"\x1f\x8b", "gzip", "a gzip archive"),
    (b"PK\x03\x04", "zip", "a zip archive or workbook"),
    (b"PK\x05\x06", "zip", "an empty zip archive"),
    (b"PK\x07\x08", "split", "one part of a split zip archive"),
    (b"%PDF", "pdf", "a PDF document"),
    (b"\xd0\xcf\x11\xe0", "ole", "an old Excel workbook or an encrypted one"),
    (b"PAR1", "parquet", "a Parquet file"),
    (b"SQLite format 3", "sqlite", "an SQLite database"),
    (b"7z\xbc\xaf\x27\x1c", "7z", "a 7-Zip archive"),
    (b"BZh", "bzip2", "a bzip2 archive"),
    (b"\xfd7zXZ", "xz", "an xz archive"),
    (b"Rar!", "rar", "a RAR archive"),
)


# Many systems write their tables as web pages or XML and name them .xls; a login page has, mostly, no table.
DISGUISED = "its content is a table as a web page or as XML, whatever its name; open it in a spreadsheet and save it as XLSX or CSV"


class Refusal(ValueError):
    """The file is refused whole; the message is a sentence without the file's name, which the caller puts before it."""


@dataclass(frozen=True)
class Scan:
    """Facts of a text file: its encoding, how many physical lines, and whether anything needs care."""

    encoding: str
    newlines: int
    has_bare_returns: bool
    has_quotes: bool
    is_ascii: bool
    has_controls: bool
    ends_with_newline: bool
    size: int
    utf16: bool = False


def open_regular(path: Path) -> int:
    """A file descriptor of a plain file: no symbolic link, device, pipe or second hard link is followed."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except PermissionError as error:
        raise Refusal("it cannot be read; give this user the permission to read it") from error
    except FileNotFoundError as error:
        raise Refusal("there is no such file") from error
    except OSError as error:
        raise Refusal("it is a link or cannot be opened; put the file itself there") from error
    facts = os.fstat(descriptor)
    reason = ""
    if not stat.S_ISREG(facts.st_mode):
        reason = "it is no plain file (a folder, pipe or device)"
    elif facts.st_nlink > 1:
        reason = "it is a hard link to another file; copy the file itself there"
    elif facts.st_size > LARGEST_FILE:
        reason = f"it is larger than {LARGEST_FILE // 10**9} GB; export shorter periods, one file each"
    elif facts.st_size == 0:
        reason = "it is empty (0 bytes); export it again"
    if reason:
        os.close(descriptor)
        raise Refusal(reason)
    return descriptor


def kind_of(head: bytes) -> str:
    """'zip', 'ole', 'json' or 'text'; anything that can be told apart and is no table is refused with a hint."""
    for magic, kind, title in MAGIC:
        if head.startswith(magic):
            if kind in ("zip", "ole"):
                return kind
            raise Refusal(f"its content is {title}, not a table; unpack it or export as CSV")
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise Refusal("it is UTF-32; save it as UTF-8")
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        head = head[:4096].decode("utf-16", "replace").encode()
    start = head[:4096].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if re.match(rb"mime-version:|content-type: *multipart", start) or b"urn:schemas-microsoft-com:office" in start:
        raise Refusal(DISGUISED)
    if start.startswith(b"<table") or (start.startswith(b"<") and b"<table" in head.lower()):
        raise Refusal(DISGUISED)
    if re.match(rb"<!doctype html|<html|<head|<body|<script|<iframe|<meta", start):
        raise Refusal("its content is a web page (often a login page), not a table; download the export again")
    if start.startswith(b"<?xml") or re.match(rb"<[a-z!?]", start):
        raise Refusal("its content is XML, not a table; export as CSV or XLSX")
    if start[:1] in (b"{", b"["):
        return "json"
    return "text"


def glance(descriptor: int) -> None:
    """Refuse at once what the first and last bytes give away, before a file of gigabytes is read whole.

    A stretch of LONGEST_LINE bytes without a line's end lies in a line that is longer than that.
    """
    size = os.fstat(descriptor).st_size
    if kind_of(os.pread(descriptor, 8192, 0)) != "text":
        return
    tail = os.pread(descriptor, 4096, max(0, size - 4096))
    if len(tail) - len(tail.rstrip(b"\0")) > NUL_TAIL:
        _refuse_nuls(descriptor, size, 0)
    for start in (0, LONGEST_LINE, 2 * LONGEST_LINE, max(0, size - LONGEST_LINE)):
        stretch = os.pread(descriptor, LONGEST_LINE, start)
        if len(stretch) == LONGEST_LINE and b"\n" not in stretch and b"\r" not in stretch:
            raise Refusal(f"it has a line longer than {LONGEST_LINE >> 20} MB; the file is damaged")


def scan_text(path: Path, declared: str | None = None) -> Scan:
    """Read the bytes once: encoding, lines, quotes; refuses NUL tails, UTF-16 without BOM and endless lines."""
    size = newlines = returns = pairs = since_newline = nuls = 0
    is_ascii, has_controls, has_quotes, last = True, False, False, b""
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    valid_utf8 = True
    with path.open("rb") as handle:
        while block := handle.read(BLOCK):
            if size == 0 and block[:2] in (b"\xff\xfe", b"\xfe\xff"):
                return _utf16(path)
            size += len(block)
            newlines += block.count(b"\n")
            if b"\r" in block or last == b"\r":
                returns += block.count(b"\r")
                pairs += block.count(b"\r\n") + (last == b"\r" and block[:1] == b"\n")
            has_quotes = has_quotes or b'"' in block
            found = max(block.rfind(b"\n"), block.rfind(b"\r"))
            first = min((p for p in (block.find(b"\n"), block.find(b"\r")) if p >= 0), default=len(block))
            if since_newline + first > LONGEST_LINE:
                raise Refusal(f"line {newlines + 1} is longer than {LONGEST_LINE >> 20} MB; the file is damaged")
            since_newline = since_newline + len(block) if found < 0 else len(block) - found - 1
            if b"\0" in block:  # looking is several times cheaper than counting
                nuls += block.count(b"\0")
            if block.isascii():
                if valid_utf8 and decoder.getstate()[0]:
                    valid_utf8 = False
            else:
                is_ascii = False
                if valid_utf8:
                    valid_utf8 = _decodes(decoder, block)
            has_controls = has_controls or _has_controls(block)
            last = block[-1:]
        if nuls:
            _refuse_nuls(handle.fileno(), size, nuls)
    if valid_utf8 and decoder.getstate()[0]:
        valid_utf8 = False
    encoding = declared or ("utf-8" if is_ascii or valid_utf8 else _guess(path))
    return Scan(
        encoding=encoding,
        newlines=newlines,
        has_bare_returns=returns > pairs,
        has_quotes=has_quotes,
        is_ascii=is_ascii,
        has_controls=has_controls,
        ends_with_newline=last in (b"\n", b"\r"),
        size=size,
    )


_CONTROLS = bytes(range(9)) + bytes([11, 12]) + bytes(range(14, 32)) + b"\x7f"


def _has_controls(block: bytes) -> bool:
    return len(block.translate(None, _CONTROLS)) != len(block)


def _decodes(decoder: codecs.IncrementalDecoder, block: bytes) -> bool:
    try:
        decoder.decode(block)
    except UnicodeDecodeError:
        return False
    return True


def _utf16(path: Path) -> Scan:
    size = path.stat().st_size
    return Scan("utf-16", 0, True, True, False, True, True, size, utf16=True)


def _refuse_nuls(descriptor: int, size: int, nuls: int) -> None:
    """NULs at the end are an unfinished copy; every other byte NUL is UTF-16; a few in fields are the rows' affair."""
    tail = os.pread(descriptor, min(size, 4096), max(0, size - 4096))
    if len(tail) - len(tail.rstrip(b"\0")) >= NUL_TAIL:
        raise Refusal("it ends in NUL bytes: the copy was not finished; copy or export it again")
    if nuls > 0.2 * size:
        raise Refusal("it looks like UTF-16 without its byte order mark; save it as UTF-8 CSV")


_LETTERS_1252 = bytes(
    [*range(0xC0, 0xD7), *range(0xD8, 0xF7), *range(0xF8, 0xFE), 0x8A, 0x8C, 0x8E, 0x9A, 0x9C, 0x9E, 0x9F]
)
_MARKS_1252 = bytes(
    [0x85, 0x91, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x99, 0xA0, 0xA3, 0xA9, 0xAA, 0xAB, 0xAE, 0xB0, 0xBA, 0xBB, 0x80]
)


def _guess(path: Path) -> str:
    """Neither ASCII nor UTF-8 throughout: 'cp1252' when every high byte reads as a letter or mark of it, else UTF-8.

    A file with even one well-formed multi-byte UTF-8 letter is taken for UTF-8, and its broken lines are set aside.
    """
    well_formed = re.compile(rb"[\xc3-\xdf][\x80-\xbf]|[\xe1-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
    with path.open("rb") as handle:
        for line in _high_lines(handle):
            if well_formed.search(line):
                return "utf-8"
            high = bytes(byte for byte in line if byte >= 0x80)
            if high.strip(_LETTERS_1252 + _MARKS_1252):
                return "utf-8"
    return "cp1252"


def _high_lines(handle: object) -> list[bytes]:
    found = []
    for line in handle:  # type: ignore[attr-defined]
        if not line.isascii():
            found.append(line)
            if len(found) >= 5000:
                break
    return found
