"""What may a canonical table hold? Reads `data/schemas/*.yaml` (Table Schema) and checks every key."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = ROOT / "data" / "schemas"

DUCKDB_TYPES = {
    "string": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "datetime": "TIMESTAMP",
}
SCHEMA_KEYS = {"name", "title", "description", "primaryKey", "missingValues", "fields"}
FIELD_KEYS = {
    "name",
    "type",
    "title",
    "description",
    "sensitivity",
    "unit",
    "missing",
    "categories",
    "hash",
    "constraints",
}
CONSTRAINT_KEYS = {"required", "minimum", "maximum"}


class SchemaError(ValueError):
    """A schema file cannot be used; the message names the file, the place and what to do."""


@dataclass(frozen=True)
class Field:
    """One column of a canonical table."""

    name: str
    type: str
    title: str
    sensitivity: str = "internal"
    categories: tuple[str, ...] = ()
    required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    is_hashed: bool = False

    @property
    def duckdb_type(self) -> str:
        return DUCKDB_TYPES[self.type]

    @property
    def is_label(self) -> bool:
        """Is this text with few distinct values, worth listing in `load_labels`?"""
        return self.type == "string" and self.sensitivity == "open"


@dataclass(frozen=True)
class Schema:
    """One canonical table: its fields in order, its key and the spellings of "missing"."""

    name: str
    title: str
    primary_key: tuple[str, ...]
    missing: tuple[str, ...]
    fields: tuple[Field, ...]

    @cached_property
    def by_name(self) -> dict[str, Field]:
        return {field.name: field for field in self.fields}

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.fields if field.required)

    @property
    def main_time(self) -> str:
        """The timestamp that puts a row into a month: the first required one."""
        times = [field for field in self.fields if field.type == "datetime"]
        if not times:
            raise SchemaError(f"{self.name}: the schema has no datetime field; every table needs one")
        return next((field for field in times if field.required), times[0]).name


def nearest(word: str, known: set[str] | list[str] | tuple[str, ...]) -> str:
    """A hint for a typo: ' (did you mean "files"?)', or nothing."""
    match = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.6)
    return f' (did you mean "{match[0]}"?)' if match else ""


def place(path: Path, word: str) -> str:
    """`file line 12`, for messages: of the line on which `word` is the key, else of the first that holds it."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return path.name
    telling = [
        (number, line) for number, line in enumerate(lines, 1) if word in line and not line.lstrip().startswith("#")
    ]
    if not word or not telling:
        return path.name
    as_key = [number for number, line in telling if line.lstrip(" \t[\"'").startswith(word)]
    return f"{path.name} line {(as_key or [telling[0][0]])[0]}"


def _check_keys(path: Path, found: dict[str, Any], known: set[str], where: str) -> None:
    for key in found:
        if key not in known:
            raise SchemaError(f'{place(path, str(key))}: {where} has an unknown key "{key}"{nearest(str(key), known)}')


def _field(path: Path, raw: Any) -> Field:
    if not isinstance(raw, dict) or "name" not in raw or "type" not in raw:
        raise SchemaError(f"{path.name}: every field needs a name and a type; found {raw!r}")
    _check_keys(path, raw, FIELD_KEYS, f'field "{raw["name"]}"')
    constraints = raw.get("constraints") or {}
    _check_keys(path, constraints, CONSTRAINT_KEYS, f'constraints of "{raw["name"]}"')
    if raw["type"] not in DUCKDB_TYPES:
        raise SchemaError(f'{place(path, str(raw["name"]))}: type "{raw["type"]}" is none of {", ".join(DUCKDB_TYPES)}')
    return Field(
        name=raw["name"],
        type=raw["type"],
        title=str(raw.get("title") or raw["name"]),
        sensitivity=raw.get("sensitivity", "internal"),
        categories=tuple(str(label) for label in raw.get("categories", ())),
        required=bool(constraints.get("required", False)),
        minimum=constraints.get("minimum"),
        maximum=constraints.get("maximum"),
        is_hashed=bool(raw.get("hash", False)),
    )


def load_schema(path: Path) -> Schema:
    """Read one schema file; SchemaError names file, line and the nearest known key."""
    return _parse(path, path.read_text(encoding="utf-8"))


@lru_cache(maxsize=64)
def _parse(path: Path, text: str) -> Schema:
    try:
        raw = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" line {mark.line + 1}" if mark else ""
        raise SchemaError(f"{path.name}{line}: not valid YAML ({getattr(error, 'problem', error)})") from error
    if not isinstance(raw, dict):
        raise SchemaError(f"{path.name}: expected keys such as name, primaryKey and fields")
    _check_keys(path, raw, SCHEMA_KEYS, "the schema")
    for key in ("name", "primaryKey", "fields"):
        if not raw.get(key):
            raise SchemaError(f'{path.name}: the key "{key}" is missing')
    fields = tuple(_field(path, field) for field in raw["fields"])
    names = {field.name for field in fields}
    for key in raw["primaryKey"]:
        if key not in names:
            raise SchemaError(f'{place(path, "primaryKey")}: "{key}" is no field of this table{nearest(key, names)}')
    return Schema(
        name=raw["name"],
        title=str(raw.get("title") or raw["name"]),
        primary_key=tuple(raw["primaryKey"]),
        missing=tuple(str(value) for value in raw.get("missingValues", [""])),
        fields=fields,
    )


def load_schemas(folder: Path = SCHEMAS) -> dict[str, Schema]:
    """All canonical tables by name, in the order of their file names."""
    paths = sorted(folder.glob("*.yaml"))
    if not paths:
        raise SchemaError(f"{folder}: no *.yaml schema in this folder")
    schemas = [load_schema(path) for path in paths]
    return {schema.name: schema for schema in schemas}
