"""What does a SQL file say about itself? The TOML comment on top of it, read against a frozen dataclass."""

from __future__ import annotations

import re
import tomllib
from dataclasses import MISSING, fields
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

_FROM_THE_FILE = {"name", "sql", "path"}


class MetricError(ValueError):
    """A SQL file that cannot be used; the text names file, line and what to do."""


def read_definition(path: Path, kind: type) -> tuple[dict[str, Any], str]:
    """The header's values as the fields of the dataclass `kind`, and the statement below it. Raises MetricError.

    Lists become tuples and tables tuples of pairs. Unknown keys, missing keys and wrong types are errors.
    """
    text = path.read_text(encoding="utf-8")
    parts = re.match(r"(\s*/\*)(.*?)\*/(.*)\Z", text, re.DOTALL)
    if not parts:
        raise MetricError(f'{path} line 1: the definition is missing. Start the file with /* title = "…" … */.')
    try:
        header = tomllib.loads(parts[2])
    except tomllib.TOMLDecodeError as error:
        raise MetricError(
            f"{path}: the definition is not valid TOML: {error}. Mend it (the line with /* is line 1)."
        ) from None
    known = {field.name: field for field in fields(kind) if field.name not in _FROM_THE_FILE}
    for key, value in header.items():
        if key not in known:
            fail(path, key, f"is not known in a definition. Known: {', '.join(sorted(known))}.")
        if not isinstance(value, _type_of(str(known[key].type))) or isinstance(value, bool):
            fail(path, key, f"= {value!r} is not of the right form (see another file of the folder for an example).")
    for name, field in known.items():
        if field.default is MISSING and name not in header:
            raise MetricError(f"{path} line 1: '{name}' is missing in the definition. Add it.")
    return {key: _frozen(value) for key, value in header.items()}, parts[3].strip().rstrip(";")


def fail(path: Path, key: str, problem: str) -> NoReturn:
    """Raise MetricError with the line on which the key stands."""
    text = path.read_text(encoding="utf-8")
    found = re.search(rf"^\s*{re.escape(key)}\s*=", text, re.MULTILINE)
    line = text.count("\n", 0, found.end()) + 1 if found else 1
    raise MetricError(f"{path} line {line}: {key} {problem}")


def _frozen(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(value)
    return tuple(value.items()) if isinstance(value, dict) else value


def _type_of(name: str) -> type | tuple[type, ...]:
    return {"str": str, "int": int, "date": date}.get(name, (list, dict))
