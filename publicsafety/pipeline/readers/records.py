"""JSON exports: an array of objects, the usual envelopes, GeoJSON points, or one object a line."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from publicsafety.pipeline.readers.grid import BadRow, Grid
from publicsafety.pipeline.readers.scan import Refusal

DEEPEST = 60
LARGEST = 512 << 20
ENVELOPES = ("data", "results", "value", "records", "items", "rows", "result")


def read_json(path: Path) -> Grid:
    """Headers and rows of a JSON export; `line` is the record's number, or the line for one object a line."""
    if path.stat().st_size > LARGEST:
        raise Refusal(f"it is larger than {LARGEST >> 20} MB; export CSV instead")
    content = path.read_bytes()
    try:
        # UTF-16 without its mark is told by its first bytes (RFC 4627); "utf-8-sig" takes the mark away.
        found = json.detect_encoding(content)
        text = content.decode("utf-8-sig" if found == "utf-8" else found)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Refusal(f"line {line}: byte {error.start + 1} of the file is not UTF-8; save it as UTF-8") from error
    _check_depth(text)
    try:
        document = _loads(text)
    except json.JSONDecodeError as error:
        return _lines(text, error)
    except RecursionError as error:
        raise Refusal(f"it is nested deeper than {DEEPEST} levels; it is no export") from error
    records, notes = _records(document)
    grid = _grid(records, list(range(1, len(records) + 1)), [])
    grid.notes += notes
    return grid


def _loads(text: str) -> Any:
    """The document, with digits as they stand: no zero and no precision is lost."""
    return json.loads(text, parse_int=str, object_pairs_hook=_once)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        name = next(name for n, (name, _) in enumerate(pairs) if name in dict(pairs[:n]))
        raise Refusal(
            f"a record has the name {_sound(name)[:80]!r} twice, and nothing says which value is meant; export it again"
        )
    return found


def _check_depth(text: str) -> None:
    depth, in_text, escaped = 0, False, False
    if text.count("[") + text.count("{") <= DEEPEST:
        return
    for letter in text:
        if in_text:
            if escaped:
                escaped = False
            elif letter == "\\":
                escaped = True
            elif letter == '"':
                in_text = False
        elif letter == '"':
            in_text = True
        elif letter in "[{":
            depth += 1
            if depth > DEEPEST:
                raise Refusal(f"it is nested deeper than {DEEPEST} levels; it is no export")
        elif letter in "]}":
            depth -= 1


def _lines(text: str, error: json.JSONDecodeError) -> Grid:
    """One object a line. The first line must be a whole object, else the document as a whole is broken."""
    records: list[dict[str, Any]] = []
    lines: list[int] = []
    bad: list[BadRow] = []
    # Not splitlines: a text may hold U+2028 and its kin as they are (RFC 8259).
    for number, line in enumerate(re.split(r"\r\n|\n|\r", text), 1):
        if not line.strip():
            continue
        try:
            record = _loads(line)
        except json.JSONDecodeError as problem:
            if not records:
                raise Refusal(f"line {error.lineno}: it is not valid JSON ({error.msg}); export it again") from error
            bad.append(BadRow(number, f"the line is not valid JSON ({problem.msg})", cells=(line[:500],)))
            continue
        if not isinstance(record, dict):
            raise Refusal(f'line {number}: a JSON object was expected, such as {{"id": 1}}')
        records.append(record)
        lines.append(number)
    return _grid(records, lines, bad)


def _records(document: Any) -> tuple[list[dict[str, Any]], list[str]]:
    """The records of a document, and what is to be noted of them."""
    if isinstance(document, dict):
        if isinstance(document.get("features"), list):
            return _features(document)
        inner = next((document[key] for key in ENVELOPES if isinstance(document.get(key), list | dict)), None)
        if isinstance(inner, dict):
            return _records(inner)
        if inner is None:
            raise Refusal(f"it holds no list of records (looked for features, {', '.join(ENVELOPES)})")
        document = inner
    if not isinstance(document, list):
        raise Refusal("it holds no list of records")
    wrong = next((number for number, record in enumerate(document, 1) if not isinstance(record, dict)), None)
    if wrong is not None:
        raise Refusal(
            f"record {wrong}: its records are no objects with named values, or this one is not; export it as CSV or as "
            "an array of objects"
        )
    return document, []


def _features(document: dict[str, Any]) -> tuple[list[dict[str, Any]], list[str]]:
    crs = json.dumps(document.get("crs") or "").upper()
    if document.get("crs") and not any(name in crs for name in ("CRS84", "4326")):
        raise Refusal('its coordinates are not in WGS 84 (see its "crs"); export it again as EPSG:4326')
    found, beyond = [], 0
    others: dict[str, int] = {}
    for number, feature in enumerate(document["features"], 1):
        if not isinstance(feature, dict):
            raise Refusal(f"feature {number}: its features are no objects, or this one is not; export it again")
        properties = feature.get("properties") or feature.get("attributes") or {}
        geometry = feature.get("geometry") or {}
        if not isinstance(properties, dict) or not isinstance(geometry, dict):
            raise Refusal(
                f"feature {number}: a feature's properties and geometry must be objects (RFC 7946); export it again"
            )
        record = dict(properties)
        point = geometry.get("coordinates") if geometry.get("type") == "Point" else None
        several = geometry.get("coordinates") if geometry.get("type") == "MultiPoint" else None
        if isinstance(several, list) and len(several) == 1:
            point = several[0]
        if not isinstance(point, list) and {"x", "y"} <= set(geometry):
            point = [geometry["x"], geometry["y"]]
        if isinstance(point, list) and len(point) >= 2:
            record.setdefault("longitude", point[0])
            record.setdefault("latitude", point[1])
            beyond += _is_beyond(point)
        elif geometry:
            kind = str(geometry.get("type") or "shape without a type")[:40]
            others[kind] = others.get(kind, 0) + 1
        found.append(record)
    if 2 * beyond > len(found):
        raise Refusal("its coordinates are no degrees (feet or metres of a projection?); export it again as EPSG:4326")
    notes = [
        f"{count} features are no single points ({_sound(kind)}); no place was taken from them"
        for kind, count in sorted(others.items())
    ]
    return found, notes


def _is_beyond(point: list[Any]) -> bool:
    """Whether a point cannot be degrees. Text among the coordinates is a matter of its row."""
    try:
        return abs(float(point[0])) > 180 or abs(float(point[1])) > 90
    except (TypeError, ValueError):
        return False


def _grid(records: list[dict[str, Any]], lines: list[int], bad: list[BadRow]) -> Grid:
    keys = list(dict.fromkeys(key for record in records for key in record))
    headers = [_sound(key) for key in keys]
    if len(headers) > 2000:
        raise Refusal(f"its records have {len(headers)} different names; it is no table")
    rows: list[Sequence[str | None]] = [[_text(record.get(key)) for key in keys] for record in records]
    return Grid(headers, rows, lines, bad)


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, dict | list):
        return _sound(json.dumps(value, ensure_ascii=False))[:1000]
    return _sound(str(value))


def _sound(text: str) -> str:
    """The text without halves of letters, which JSON can escape and no file can hold."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
