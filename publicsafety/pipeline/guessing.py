"""How well does a column fit a canonical field? Judged by its name and by its values, for `inspect`."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from publicsafety.pipeline import casting
from publicsafety.pipeline.schemas import ROOT, Field, Schema
from publicsafety.pipeline.sources import fold_header

SYNONYMS = ROOT / "data" / "reference" / "synonyms.toml"
FORMATS = (
    "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %I:%M:%S%p", "%m/%d/%Y %H:%M:%S", "%d/%m/%Y %H:%M:%S",
    "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%m/%d/%Y %I:%M %p", "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M", "%d/%m/%Y %I:%M:%S %p",
    "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y %b %d %I:%M:%S %p", "%d-%b-%Y %H:%M:%S", "%d-%b-%Y %H:%M", "%d-%b-%y %I:%M:%S %p",
    "%b %d, %Y %I:%M:%S %p", "%b %d, %Y %I:%M %p", "%B %d, %Y %I:%M %p", "%B %d, %Y", "%b %d, %Y", "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M", "%d.%m.%Y", "%Y-%m-%d", "%m/%d/%Y", "%d/%m/%Y", "%Y/%m/%d", "%Y%m%d %H:%M:%S", "%Y%m%d%H%M%S", "%Y%m%d",
    "%m-%d-%Y %H:%M:%S", "%m-%d-%Y %H:%M", "%m-%d-%Y", "%d-%b-%Y", "%d-%b-%y", "%m/%d/%y %H:%M:%S", "%m/%d/%y %I:%M %p", "%m/%d/%y %H:%M", "%m/%d/%y",
    "%A, %B %d, %Y %I:%M %p", "%a %b %d %H:%M:%S %Y", "epoch_ms", "epoch_s",
)  # fmt: skip
STAMP = re.compile(
    r"\d[-/.]\d{1,2}[-/. T]\d|\d[- ]?[A-Za-z]{3,9}[-,. ]+\d|[A-Za-z]{3,9} \d{1,2},? |^(19|20)\d{6}(\d{6}| \d\d:|$)|^\d{10}(\d{3})?$"
)
NAME_WEIGHT = 0.72
ENOUGH = 0.5


@dataclass(frozen=True)
class Values:
    """Facts of a sample of a column's values."""

    filled: float
    distinct: float
    formats: tuple[str, ...]
    numbers: float
    whole: float
    low: float
    high: float
    decimals: float
    labels: frozenset[str]
    length: float


def look_at(values: Sequence[str | None], missing: frozenset[str]) -> Values:
    """Facts of a sample: how filled, how distinct, which time formats read all of it, which range its numbers have."""
    texts = [casting.tidy(value) for value in values if value is not None]
    texts = [text for text in texts if text not in missing and text.casefold() not in missing]
    some = list(dict.fromkeys(texts))[:200]
    numbers = [cast.value for text in some if not (cast := casting.cast_number(text, whole=False)).reason]
    figures = [float(value) for value in numbers if isinstance(value, int | float)]
    return Values(
        filled=len(texts) / max(1, len(values)),
        distinct=len(set(texts)) / max(1, len(texts)),
        formats=reading_formats(some),
        numbers=len(figures) / max(1, len(some)),
        whole=sum(value == int(value) for value in figures) / max(1, len(figures)) if figures else 0.0,
        low=min(figures, default=0.0),
        high=max(figures, default=0.0),
        decimals=sum("." in text and len(text.split(".")[-1]) >= 3 for text in some) / max(1, len(some)),
        labels=frozenset(fold_header(text) for text in some) if len(some) <= 60 else frozenset(),
        length=sum(map(len, some)) / max(1, len(some)),
    )


def reading_formats(texts: Sequence[str]) -> tuple[str, ...]:
    """Formats that read at least 95% of the texts, best first; day-first and month-first are both listed when both fit."""
    stamps = [text for text in texts if not re.fullmatch(r"0?0:00(:00)?", text)][:150]
    if not stamps or sum(bool(STAMP.search(text)) for text in stamps) < 0.9 * len(stamps):
        return ()
    found = []
    for format_ in FORMATS:
        if all(casting.cast_datetime(text, (format_,)).reason for text in stamps[:3]):
            continue
        read = [casting.cast_datetime(text, (format_,)) for text in stamps]
        plausible = sum(not cast.reason and cast.value is not None and 1985 <= cast.value.year <= 2060 for cast in read)  # type: ignore[union-attr]
        if plausible >= 0.95 * len(stamps):
            found.append((plausible, format_))
    best = max((n for n, _ in found), default=0)
    return tuple(format_ for n, format_ in found if n == best)


@lru_cache(maxsize=100_000)
def words(name: str) -> tuple[str, ...]:
    """'CallRcvdDTTM' and 'call_rcvd_dttm' as words: ('call', 'rcvd', 'dttm')."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return tuple(re.findall(r"[a-z]+|\d+", spaced.lower()))


@lru_cache(maxsize=1)
def synonyms(path: Path = SYNONYMS) -> dict[str, dict[str, tuple[str, ...]]]:
    """table → field → names, in order of how telling they are."""
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for table, fields in raw.items():
        found[table] = {
            name: tuple(raw[value][name] if isinstance(value, str) else value) for name, value in fields.items()
        }
    return found


GENERIC = {"id", "type", "date", "time", "status", "number", "x", "y", "dt", "description", "category", "objectid", "source",
           "result", "agency", "incident", "case", "event", "service", "code", "end", "start", "to", "from", "place", "state",
           "request", "contact", "count", "problem", "closed", "completed", "accepted", "created", "sent", "zone", "final"}  # fmt: skip


STAMP_WORDS = {"date", "time", "datetime", "dttm", "dt", "tm", "dtm", "ts", "at", "on", "timestamp", "stamp"}
THING_WORDS = {"case", "request", "service", "sr", "call", "calls", "incident", "event", "ticket", "cad", "issue", "report", "record",
               "row", "unit", "evnt", "inc", "the", "of", "coordinate", "code", "text", "desc", "description"}  # fmt: skip


NUMBER_WORDS = {"id", "number", "no", "num", "key"}


def _core(name: tuple[str, ...], is_stamp: bool) -> frozenset[str]:
    """The words of a name that carry its meaning: without what it is of, and for a time without 'date' and 'time'."""
    return frozenset(name) - THING_WORDS - (STAMP_WORDS if is_stamp else frozenset())


@lru_cache(maxsize=100_000)
def name_fit(header: str, field: Field, names: tuple[str, ...]) -> float:
    """0 to 1: 1 for a listed name, less for a generic one or one that shares most words."""
    mine, best = words(header), 0.0
    folded, is_stamp = "".join(mine), field.type == "datetime"
    if not folded:
        return 0.0
    mine_core = _core(mine, is_stamp)
    for rank, name in enumerate((field.name.replace("_", " "), field.title, *names)):
        other = words(name)
        joined = "".join(other)
        if folded == joined:
            best = max(best, 1.0 - 0.12 * (name in GENERIC) - 0.0008 * rank)
            continue
        shared = set(mine) & set(other)
        cover = 2 * len(shared) / (len(set(mine)) + len(set(other)))
        best = max(best, 0.4 * cover if len(shared) == 1 and shared <= GENERIC else 0.82 * cover)
        if mine_core - NUMBER_WORDS and mine_core == _core(other, is_stamp):
            best = max(best, 0.9 - 0.0008 * rank)
        if folded[0] == joined[0] and abs(len(folded) - len(joined)) <= 3 and len(joined) > 4:
            alike = difflib.SequenceMatcher(None, folded, joined)
            if alike.real_quick_ratio() > 0.8 and alike.quick_ratio() > 0.8:
                best = max(best, 0.85 * alike.ratio() if alike.ratio() > 0.8 else 0.0)
    if not is_stamp and best < 0.95 and set(mine) & STAMP_WORDS - {"at", "on"}:
        best *= 0.5  # a name that says date or time is hardly a label or number
    return best


def value_fit(values: Values, field: Field, schema: Schema) -> float:
    """-1 when the values cannot be this field, else 0 to 1; 0.4 for a column without values."""
    if values.filled == 0:
        return 0.4
    if field.type == "datetime":
        if not values.formats:
            return -1.0
        only_date = schema.name in ("calls", "unit_responses") and not re.search("%[HI]|epoch", values.formats[0])
        return 0.5 if only_date else 1.0
    if field.name in ("latitude", "longitude"):
        limit = 90 if field.name == "latitude" else 180
        inside = values.numbers > 0.9 and max(abs(values.low), abs(values.high)) <= limit
        if not inside:
            return -1.0
        telling = values.decimals > 0.5
        beyond = field.name == "longitude" and max(abs(values.low), abs(values.high)) > 90
        return 1.0 if telling and (beyond or values.low * values.high > 0) else 0.6 if telling else 0.2
    if field.type == "integer":
        return (
            -1.0
            if values.numbers < 0.9 or values.whole < 0.95
            else 0.8
            if (field.minimum is None or values.low >= field.minimum)
            else -1.0
        )
    if field.type == "number":
        return -1.0 if values.numbers < 0.9 else 0.7
    if field.type == "boolean":
        yes = {"true", "false", "yes", "no", "y", "n", "1", "0", "t", "f"}
        return 1.0 if values.labels and values.labels <= yes else -1.0
    is_stamp = bool(values.formats) and values.formats[0] not in ("epoch_ms", "epoch_s", "%Y%m%d", "%Y%m%d%H%M%S")
    if is_stamp:
        return -1.0
    if field.categories:
        known = {fold_header(label) for label in field.categories}
        return 1.0 if values.labels & known else 0.5 if values.labels else 0.1
    if (field.name == schema.primary_key[0] and len(schema.primary_key) == 1) or field.name.endswith("_number"):
        return 1.0 if values.distinct > 0.95 else 0.7 if values.distinct > 0.3 else 0.1
    if field.is_label:
        if values.decimals > 0.5:
            return -1.0
        return 0.8 if values.distinct < 0.5 and values.length < 60 else 0.5 if values.length < 60 else 0.1
    return 0.6
