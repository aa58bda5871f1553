"""Can what a mapping file declares be meant: its zone, encoding, delimiter, formats, constants? One sentence if not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from publicsafety.pipeline.schemas import Field, nearest, place

MOST_SKIPPED = 1000
# What Python and DuckDB both read, a hyphen for a number without its zero. Whatever else one of them knows is a mistake.
DIRECTIVES = {"Y", "y", "m", "d", "H", "I", "M", "S", "p", "b", "B", "a", "A", "f", "z", "j", "%"}
WHOLE_FORMATS = {"epoch_s", "epoch_ms"}
PLAIN = "".join(map(chr, range(32, 127))) + "\n"


class SourceError(ValueError):
    """A mapping file cannot be used; the message names the file, the place and what to do."""


def check_keys(path: Path, found: Any, known: set[str], where: str) -> dict[str, Any]:
    """The table of keys itself; SourceError when it is none or has a key that nobody knows."""
    if not isinstance(found, dict):
        raise SourceError(f"{place(path, where)}: [{where}] must be a table of keys")
    for key in found:
        if key not in known:
            raise SourceError(f'{place(path, key)}: [{where}] has an unknown key "{key}"{nearest(key, known)}')
    return found


def texts(path: Path, raw: Any, key: str) -> tuple[str, ...]:
    if not isinstance(raw, list) or not all(isinstance(item, str) for item in raw):
        raise SourceError(f'{place(path, key)}: "{key}" must be a list of texts, such as ["a", "b"]')
    return tuple(raw)


def text(path: Path, keys: dict[str, Any], key: str, where: str) -> str | None:
    """The text of a key, None where it is not given; blank is no text."""
    value = keys.get(key)
    if value is not None and (not isinstance(value, str) or not value.strip()):
        raise SourceError(f'{place(path, where)}: {key} of [{where}] must be a text, such as "Call Number"')
    return value


def zone(path: Path, name: Any) -> str | None:
    if name is None:
        return None
    try:
        ZoneInfo(name)
    except (LookupError, ValueError, OSError, TypeError) as error:
        raise SourceError(f'{place(path, "zone")}: "{name}" is no time zone, such as "UTC"') from error
    return str(name)


def encoding(path: Path, name: Any) -> str | None:
    """An encoding in which plain letters are single bytes, as the delimiter and the ends of lines are looked for as such.

    UTF-16 needs no declaration where the file says so itself, and cannot be read where it does not.
    """
    if name is None:
        return None
    try:
        known = isinstance(name, str) and (
            PLAIN.encode(name) == PLAIN.encode()
            or re.fullmatch(r"utf[-_]?(16|8[-_]sig)", name, re.IGNORECASE) is not None
        )
    except (LookupError, ValueError):
        known = False
    if not known:
        raise SourceError(
            f'{place(path, "encoding")}: "{name}" is no encoding that an export can have, such as "cp1252"'
        )
    return str(name)


def delimiter(path: Path, mark: Any) -> str | None:
    if mark is None:
        return None
    if not isinstance(mark, str) or len(mark) != 1:
        raise SourceError(f"{place(path, 'delimiter')}: the delimiter must be one character")
    if not mark.isascii() or mark.isalnum() or mark in '"\r\n\0':
        raise SourceError(f"{place(path, 'delimiter')}: {mark!r} parts no columns; a delimiter is such as ';'")
    return mark


def skipped(path: Path, rows: Any) -> int:
    if not isinstance(rows, int) or isinstance(rows, bool) or not 0 <= rows <= MOST_SKIPPED:
        raise SourceError(
            f"{place(path, 'skip_rows')}: skip_rows must be a whole number, 0 or more (at most {MOST_SKIPPED})"
        )
    return rows


def formats(path: Path, raw: Any, field: Field) -> tuple[str, ...]:
    """Formats of a time, each of which can be read."""
    found = texts(path, raw, "formats")
    if found and field.type != "datetime":
        raise SourceError(f"{place(path, f'fields.{field.name}')}: {field.name} is a {field.type}; formats are for datetimes")  # fmt: skip
    for each in found:
        wrong = _format_mistake(each)
        if wrong:
            raise SourceError(
                f'{place(path, each) if each else place(path, "formats")}: the format "{each}" of {field.name} {wrong}; '
                'write such as "%m/%d/%Y %H:%M"'
            )
    # An offset at the end of a stamp, "Z" among them, is read by itself and is no part of its format.
    return tuple(re.sub(r"(?<=%[SMf])Z$", "", each) for each in found)


def _format_mistake(format_: str) -> str:
    if format_ in WHOLE_FORMATS:
        return ""
    used = [letter.lstrip("-") for letter in re.findall(r"%(-?.?)", format_)]
    unknown = next((letter for letter in used if letter not in DIRECTIVES), None)
    if unknown is not None:
        return f"has %{unknown}, which is not known"
    twice = next((letter for letter in used if letter != "%" and used.count(letter) > 1), None)
    if twice:
        return f"has %{twice} twice"
    if not {"Y", "y"} & set(used) or any(not letter.isprintable() for letter in format_):
        return "has no year" if format_.isprintable() else "holds a control character"
    return ""


def constant(path: Path, value: Any, field: Field, key: Sequence[str]) -> str | None:
    """A value that every row is given: one that its field can hold."""
    if value is None:
        return None
    where = place(path, f"fields.{field.name}")
    if field.name == key[0]:
        raise SourceError(f"{where}: {field.name} tells the rows apart, so it needs a column, not a constant")
    if not isinstance(value, str | int | float):
        raise SourceError(f"{where}: the constant of {field.name} must be a text or a number")
    said = str(value).lower() if isinstance(value, bool) else str(value)
    if field.categories and said not in field.categories:
        raise SourceError(
            f'{where}: "{said}" is no value of {field.name}; it has {", ".join(field.categories)}'
            f"{nearest(said, field.categories)}"
        )
    try:
        if field.type == "datetime":
            datetime.fromisoformat(said)
        elif field.type in ("integer", "number"):
            (int if field.type == "integer" else float)(said)
        elif field.type == "boolean" and said not in ("true", "false"):
            raise ValueError
    except ValueError:
        raise SourceError(f'{where}: the constant "{said}" is no {field.type}, as {field.name} is') from None
    return said
