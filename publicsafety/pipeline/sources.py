"""Which system wrote this export, and what do its columns mean? Reads `data/sources/*.toml` and recognises headers."""

from __future__ import annotations

import fnmatch
import hashlib
import html
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from publicsafety.city import DATA
from publicsafety.pipeline import declared
from publicsafety.pipeline.declared import SourceError
from publicsafety.pipeline.schemas import Schema, nearest, place

SOURCES = DATA / "sources"
ISO_FORMATS = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d",
)
TOP_KEYS = {"title", "table", "grain", "merge", "recognise", "read", "fields", "columns"}
RECOGNISE_KEYS = {"files", "columns", "sheet"}
READ_KEYS = {"delimiter", "encoding", "skip_rows", "missing", "zone"}
FIELD_KEYS = {"column", "time_column", "aliases", "formats", "values", "constant"}


@dataclass(frozen=True)
class FieldMap:
    """Where one canonical field comes from in an export."""

    name: str
    column: str | None = None
    aliases: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    values: tuple[tuple[str, str], ...] = ()
    constant: str | None = None
    time_column: str | None = None  # the time of day, when `column` holds the date alone

    def find_time(self, headers: Sequence[str]) -> int | None:
        """Position of the column with the time of day, when there is one."""
        folded = [fold_header(header) for header in headers]
        name = fold_header(self.time_column) if self.time_column else None
        return folded.index(name) if name in folded else None

    def find(self, headers: Sequence[str]) -> int | None:
        """Position of this field's column among the headers of a file; the column itself before its aliases."""
        folded = [fold_header(header) for header in headers]
        for name in (self.column, *self.aliases):
            if name is not None and fold_header(name) in folded:
                return folded.index(fold_header(name))
        return None


@dataclass(frozen=True)
class Source:
    """One system's export: how to recognise it, read it, and map it onto a canonical table."""

    name: str
    title: str
    table: str
    fields: tuple[FieldMap, ...]
    grain: str = "row"
    merge: str = "insert"
    files: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    sheet: str | None = None
    delimiter: str | None = None
    encoding: str | None = None
    skip_rows: int = 0
    missing: tuple[str, ...] = ()
    zone: str | None = None
    ignore: tuple[str, ...] = ()
    digest: str = ""
    is_canonical: bool = field(default=False)

    def missing_columns(self, headers: Sequence[str]) -> list[str]:
        """The columns that must be there and are not; an alias of a field counts as its column."""
        present = {fold_header(header) for header in headers}
        absent = []
        for column in self.columns:
            spellings = {fold_header(column)}
            for mapped in self.fields:
                names = {fold_header(name) for name in (mapped.column, *mapped.aliases) if name}
                if fold_header(column) in names:
                    spellings |= names
            if not spellings & present:
                absent.append(column)
        return absent

    def absent(self, headers: Sequence[str]) -> list[str]:
        """The columns that this mapping reads under any name and that the file lacks, by their first names."""
        lacking = []
        for mapped in self.fields:
            if mapped.column and mapped.find(headers) is None:
                lacking.append(mapped.column)
            elif mapped.time_column and mapped.find_time(headers) is None:
                lacking.append(mapped.time_column)
        return list(dict.fromkeys(lacking))

    def matched(self, headers: Sequence[str]) -> int:
        """How many headers this mapping knows (mapped or declared as ignored)."""
        present = {fold_header(header) for header in headers}
        found = sum(1 for mapped in self.fields if mapped.constant is None and mapped.find(headers) is not None)
        return found + sum(1 for column in self.ignore if fold_header(column) in present)

    def fits_name(self, name: str) -> bool:
        """Does the name of the file, zip member or sheet fit one of the declared patterns?"""
        pieces = name.casefold().split("/")
        return any(fnmatch.fnmatchcase(piece, pattern.casefold()) for piece in pieces for pattern in self.files)


@lru_cache(maxsize=4096)  # every mapping asks about every header of every file
def fold_header(header: str) -> str:
    """A header without case, spaces, punctuation, BOM and entities, for comparing: ' Call_Rcvd\\xa0' is 'callrcvd'."""
    text = unicodedata.normalize("NFKC", html.unescape(str(header))).casefold()
    folded = "".join(letter for letter in text if letter.isalnum())
    return folded or text.strip()


def fold_label(label: str) -> str:
    """A label trimmed, with single spaces and without case, for comparing."""
    return " ".join(unicodedata.normalize("NFC", html.unescape(label)).split()).casefold()


def _field_map(path: Path, name: str, raw: Any, schema: Schema) -> FieldMap:
    known = schema.by_name
    if name not in known:
        raise SourceError(
            f'{place(path, f"fields.{name}")}: "{name}" is no field of {schema.name}{nearest(name, set(known))}'
        )
    keys = declared.check_keys(path, raw, FIELD_KEYS, f"fields.{name}")
    if ("column" in keys) == ("constant" in keys):
        raise SourceError(f"{place(path, f'fields.{name}')}: give [fields.{name}] either a column or a constant")
    formats = declared.formats(path, keys.get("formats", []), known[name])
    if "time_column" in keys and (known[name].type != "datetime" or "column" not in keys):
        raise SourceError(
            f"{place(path, f'fields.{name}')}: time_column goes with the column of a date; {name} has none"
        )
    values = keys.get("values", {})
    if not isinstance(values, dict):
        raise SourceError(f"{place(path, f'fields.{name}.values')}: [fields.{name}.values] must be a table of texts")
    for label, canonical in values.items():
        if isinstance(canonical, dict | list):
            raise SourceError(f'{place(path, label)}: the value of "{label}" must be a text')
        if known[name].categories and str(canonical) and str(canonical) not in known[name].categories:
            raise SourceError(
                f'{place(path, label)}: "{canonical}" is no value of {name}; it has '
                f"{', '.join(known[name].categories)}{nearest(str(canonical), known[name].categories)}"
            )
    return FieldMap(
        name=name,
        column=declared.text(path, keys, "column", f"fields.{name}"),
        aliases=declared.texts(path, keys.get("aliases", []), "aliases"),
        formats=formats,
        values=tuple((str(label), str(canonical)) for label, canonical in values.items()),
        constant=declared.constant(path, keys.get("constant"), known[name], schema.primary_key),
        time_column=declared.text(path, keys, "time_column", f"fields.{name}"),
    )


def _toml(path: Path) -> tuple[bytes, dict[str, Any]]:
    """A mapping file's bytes and what they say."""
    try:
        if not path.is_file():
            raise SourceError(f"{path.name}: it is no plain file; a mapping is a text of TOML. Remove it or mend it")
        content = path.read_bytes()
    except OSError as error:
        raise SourceError(f"{path.name}: it cannot be read ({error.strerror}); check its permissions") from error
    try:
        return content, tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SourceError(f"{path.name} line {line}: it is not UTF-8; save the file as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise SourceError(f"{path.name}: not valid TOML ({error})") from error
    except RecursionError as error:
        raise SourceError(f"{path.name}: not valid TOML (it is nested too deep)") from error


def _table(path: Path, raw: dict[str, Any], key: str) -> dict[str, Any]:
    found = raw.get(key, {})
    return declared.check_keys(path, found, set(found) if isinstance(found, dict) else set(), key)


def load_source(path: Path, schemas: dict[str, Schema]) -> Source:
    """Read one mapping file; SourceError names file, line and the nearest known key."""
    content, raw = _toml(path)
    declared.check_keys(path, raw, TOP_KEYS, "the mapping")
    table = raw.get("table")
    if table is None:
        raise SourceError(f'{path.name}: it lacks table = "…", which is one of {", ".join(schemas)}')
    if not isinstance(table, str) or table not in schemas:
        raise SourceError(
            f'{place(path, "table")}: table = "{table}" is none of {", ".join(schemas)}'
            f"{nearest(str(table), set(schemas))}"
        )
    recognise = declared.check_keys(path, raw.get("recognise", {}), RECOGNISE_KEYS, "recognise")
    read = declared.check_keys(path, raw.get("read", {}), READ_KEYS, "read")
    columns = declared.check_keys(path, raw.get("columns", {}), {"ignore"}, "columns")
    for key, allowed in (("grain", ("row", "unit")), ("merge", ("insert", "update"))):
        if raw.get(key, allowed[0]) not in allowed:
            raise SourceError(f'{place(path, key)}: {key} = "{raw[key]}" must be one of {", ".join(allowed)}')
    fields = tuple(_field_map(path, name, value, schemas[table]) for name, value in _table(path, raw, "fields").items())
    source = Source(
        name=path.stem,
        title=declared.text(path, raw, "title", "the mapping") or path.stem,
        table=table,
        fields=fields,
        grain=raw.get("grain", "row"),
        merge=raw.get("merge", "insert"),
        files=declared.texts(path, recognise.get("files", []), "files"),
        columns=declared.texts(path, recognise.get("columns", []), "columns"),
        sheet=declared.text(path, recognise, "sheet", "recognise"),
        delimiter=declared.delimiter(path, read.get("delimiter")),
        encoding=declared.encoding(path, read.get("encoding")),
        skip_rows=declared.skipped(path, read.get("skip_rows", 0)),
        missing=declared.texts(path, read.get("missing", []), "missing"),
        zone=declared.zone(path, read.get("zone")),
        ignore=declared.texts(path, columns.get("ignore", []), "ignore"),
        digest=hashlib.sha256(content).hexdigest(),
    )
    _check_source(path, source, schemas[table])
    return source


def _check_source(path: Path, source: Source, schema: Schema) -> None:
    mapped = {fieldmap.name for fieldmap in source.fields}
    if not any(column.strip() for column in source.columns):
        raise SourceError(f"{path.name}: [recognise] needs columns = [...], the headers that tell this export apart")
    needed = schema.primary_key if source.merge == "update" else schema.required
    for name in needed:
        if name not in mapped:
            raise SourceError(f"{path.name}: {schema.name} needs {name}; add [fields.{name}] with its column")
    if source.grain == "unit" and "unit" not in mapped:
        raise SourceError(f'{place(path, "grain")}: grain = "unit" needs [fields.unit] with its column')
    folded = {fold_header(header): header for header in source.ignore}
    for mapped_field in source.fields:
        for column in (mapped_field.column, mapped_field.time_column):
            if column and fold_header(column) in folded:
                raise SourceError(
                    f'{place(path, "ignore")}: "{folded[fold_header(column)]}" is never to be loaded and is mapped to '
                    f"{mapped_field.name} as well; take it out of one of them"
                )


def load_sources(folder: Path, schemas: dict[str, Schema]) -> tuple[Source, ...]:
    """Every mapping in the folder, by name, then one identity mapping per canonical table."""
    found = tuple(load_source(path, schemas) for path in sorted(folder.glob("*.toml")))
    names = {source.name for source in found}
    identities = (canonical_source(schema) for schema in schemas.values())
    return found + tuple(source for source in identities if source.name not in names)


def canonical_source(schema: Schema) -> Source:
    """The mapping of a file whose headers already are the canonical field names."""
    fields = tuple(
        FieldMap(f.name, column=f.name, formats=ISO_FORMATS if f.type == "datetime" else ()) for f in schema.fields
    )
    digest = hashlib.sha256(repr((schema.name, fields)).encode()).hexdigest()
    return Source(
        name=f"canonical_{schema.name}",
        title=f"{schema.title}, canonical names",
        table=schema.name,
        fields=fields,
        grain="unit" if "unit" in schema.by_name and schema.name == "calls" else "row",
        files=(f"*{schema.name}*",),
        columns=schema.required,
        digest=digest,
        is_canonical=True,
    )


def _share_used(source: Source, headers: Sequence[str]) -> float:
    """Share of the mapping that the file fills: tells apart mappings that know equally many headers."""
    return source.matched(headers) / max(1, len(source.fields))


def recognise(
    sources: Iterable[Source], headers: Sequence[str], name: str, sheet: str | None = None
) -> tuple[Source | None, str]:
    """The source whose columns are all there, and otherwise why none was taken.

    Order of preference: mappings of a real system before the canonical names, then a fitting file name, then the most
    headers known, then the share of the mapping that is used. Two that are still equal are an error, never a guess.
    """
    candidates: list[tuple[tuple[bool, bool, int, float], Source]] = []
    near: list[tuple[int, Source, list[str]]] = []
    for source in sources:
        if source.sheet and sheet is not None and fold_header(source.sheet) != fold_header(sheet):
            continue
        absent = source.missing_columns(headers)
        known = source.matched(headers)
        if absent:
            most = 2 * len(absent) < len(source.columns)
            if known >= 2 and (source.fits_name(name) or (most and known >= 0.6 * len(source.fields))):
                near.append((known, source, absent))
            continue
        if source.is_canonical and known < max(2, 0.5 * len([h for h in headers if h.strip()])):
            continue
        score = (not source.is_canonical, source.fits_name(name), known, _share_used(source, headers))
        if source.is_canonical:
            source = for_headers(source, headers)
        candidates.append((score, source))
    if candidates:
        best = max(score for score, _ in candidates)
        winners = [source for score, source in candidates if score == best]
        if len(winners) == 1:
            return winners[0], ""
        names = " and ".join(sorted(source.name for source in winners))
        return None, f"{names} recognise this file equally well; give [recognise] files or more columns"
    if near:
        _, source, absent = max(near, key=lambda item: (item[0], item[1].name))
        listed = ", ".join(absent)
        return None, f'looks like "{source.title}" but required column {listed} is missing'
    return None, ""


def for_headers(source: Source, headers: Sequence[str]) -> Source:
    """A canonical source cut down to the fields that this file has, so that nothing absent counts as empty."""
    fields = tuple(mapped for mapped in source.fields if mapped.find(headers) is not None)
    grain = source.grain if any(mapped.name == "unit" for mapped in fields) else "row"
    return replace(source, fields=fields, grain=grain)


def duplicate_headers(headers: Sequence[str]) -> list[str]:
    """Headers that occur twice (compared as text): nothing says which of them is meant."""
    seen: dict[str, str] = {}
    twice = []
    for header in headers:
        key = re.sub(r"\s+", " ", header.replace("\ufeff", "")).strip().casefold()
        if key and key in seen:
            twice.append(header.strip())
        seen[key] = header
    return twice
