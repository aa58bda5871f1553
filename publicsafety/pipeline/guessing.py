"""How well does a column fit a canonical field? Judged by its name and by its values, for `inspect`."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from publicsafety.city import DATA
from publicsafety.pipeline import casting
from publicsafety.pipeline.schemas import Field, Schema
from publicsafety.pipeline.sources import fold_header

SYNONYMS = DATA / "reference" / "synonyms.toml"
DATES = ("%Y-%m-%d", "%m/%d/%Y", "%d/%m/%Y", "%Y/%m/%d", "%d.%m.%Y", "%m-%d-%Y", "%d-%m-%Y", "%d-%b-%Y", "%d %b %Y",
         "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%Y %b %d", "%m/%d/%y", "%d/%m/%y", "%d-%b-%y", "%Y%m%d")  # fmt: skip
TIMES = (" %H:%M:%S", " %I:%M:%S %p", " %H:%M", " %I:%M %p", " %I:%M:%S%p", " %I:%M%p", "")
# Every format that `inspect` tries; of two that read all values the first is proposed first.
FORMATS = (
    "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", *(day + time for time in TIMES for day in DATES), "%Y%m%d%H%M%S",
    "%A, %B %d, %Y %I:%M %p", "%a %b %d %H:%M:%S %Y", "epoch_ms", "epoch_s",
)  # fmt: skip
STAMP = re.compile(
    r"\d[-/.]\d{1,2}[-/. T]\d|\d[- ]?[A-Za-z]{3,9}[-,. ]+\d|[A-Za-z]{3,9} \d{1,2},? |^(19|20)\d{6}(\d{6}| \d\d:|$)|^\d{10}(\d{3})?$"
)
NAME_WEIGHT = 0.72
WEAK = 0.6  # of a name that only goes with fitting values: "call type?" in the list
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
    spoken: float = 0.0
    examples: tuple[str, ...] = ()
    clock: float = 0.0
    midnights: float = 0.0


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
        spoken=sum(len(re.findall(r"[^\W\d_]", text)) >= 5 for text in some) / max(1, len(some)),
        examples=tuple(some[:60]),
        midnights=sum(bool(MIDNIGHT.search(text)) for text in some) / max(1, len(some)),
        clock=sum(bool(CLOCK.fullmatch(text)) for text in some) / max(1, len(some)),
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


def _split(name: str) -> tuple[str, ...]:
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return tuple(re.findall(r"[a-z]+|\d+", spaced.lower()))


@lru_cache(maxsize=100_000)
def words(name: str) -> tuple[str, ...]:
    """'CallRcvdDTTM', 'call_rcvd_dttm' and 'CALLRCVDDTTM' as words: ('call', 'rcvd', 'dttm')."""
    return tuple(piece for word in _split(name) for piece in _apart(word))


@lru_cache(maxsize=100_000)
def _apart(word: str) -> tuple[str, ...]:
    """'howreceived' as ('how', 'received'): a word without gaps in as few known words as possible, or as it is."""
    known = _vocabulary()
    if len(word) < 7 or word in known:
        return (word,)
    best: list[tuple[str, ...] | None] = [(), *[None] * len(word)]
    for end in range(1, len(word) + 1):
        for start in range(max(0, end - 14), end):
            before = best[start]
            if before is not None and word[start:end] in known:
                shortest = best[end]
                if shortest is None or len(before) + 1 < len(shortest):
                    best[end] = (*before, word[start:end])
    return best[-1] or (word,)


@lru_cache(maxsize=1)
def _vocabulary() -> frozenset[str]:
    """Words that names of columns are made of: those of the synonyms, the short ones only where they are usual."""
    found = {
        word for fields in synonyms().values() for names in fields.values() for name in names for word in _split(name)
    }
    return frozenset({word for word in found if len(word) >= 3} | {"id", "no", "dt", "tm", "of"})


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
               "row", "unit", "evnt", "inc", "the", "of", "coordinate", "code", "first", "text", "desc", "description"}  # fmt: skip


TELLING = {"text": 0.94, "desc": 0.94, "description": 0.94, "descr": 0.94, "name": 0.92, "label": 0.92, "code": 0.86}
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
    stem = "".join(mine[:-1]) if mine[-1] in TELLING else ""  # "call type text" is "call type"
    for rank, name in enumerate((field.name.replace("_", " "), field.title, *names)):
        other = words(name)
        joined = "".join(other)
        if folded == joined:
            best = max(best, WEAK if name.endswith("?") else 1.0 - 0.12 * (name in GENERIC) - 0.0008 * rank)
            continue
        if name.endswith("?"):
            continue
        if stem and stem == joined:
            best = max(best, TELLING[mine[-1]] - 0.12 * (name in GENERIC) - 0.0008 * rank)
            continue
        shared = set(mine) & set(other)
        cover = 2 * len(shared) / (len(set(mine)) + len(set(other)))
        other_core = _core(other, is_stamp)
        # Words such as "call", "type" or "time" say what a column is of, not what it is.
        empty = shared <= GENERIC | THING_WORDS | STAMP_WORDS or (
            is_stamp and bool(other_core) and not shared & other_core
        )
        best = max(best, 0.4 * cover if empty else 0.82 * cover)
        if mine_core - NUMBER_WORDS - {"type"} and mine_core == other_core:
            best = max(best, 0.9 - 0.0008 * rank)
        if folded[0] == joined[0] and abs(len(folded) - len(joined)) <= 3 and len(joined) > 4:
            alike = difflib.SequenceMatcher(None, folded, joined)
            if alike.real_quick_ratio() > 0.8 and alike.quick_ratio() > 0.8:
                best = max(best, 0.85 * alike.ratio() if alike.ratio() > 0.8 else 0.0)
    if is_stamp and mine[-1] in NUMBER_WORDS and not set(mine) & STAMP_WORDS:
        best *= 0.5  # a name that ends in "id" or "number" is hardly a time
    if not is_stamp and best < 0.95 and set(mine) & STAMP_WORDS - {"at", "on"}:
        best *= 0.5  # a name that says date or time is hardly a label or number
    return best


SPOKEN = {"nature", "final_nature", "disposition"}
CLOCK = re.compile(
    r"(?:(?:1899-12-3[01]|1900-01-0[01]|0?1/0?1/1900)[T ])?\d{1,2}:\d{2}(:\d{2})?(\.\d+)?( ?[AaPp]\.?[Mm]\.?)?"
)
HAS_CLOCK = re.compile("%[HIX]|epoch")
MIDNIGHT = re.compile(r"[T ](12:00(:00)? AM|0?0:00(:00)?(\.0+)?)(Z|\+00(:?00)?)?$")
MILITARY = re.compile(r"\d{1,4}")  # a time of day as 1405, or as 5 at five past midnight
FIRST_DAY = re.compile(r"^(\d{4}-\d\d-\d\d|\d{1,2}/\d{1,2}/\d{4})[T ]")
NEEDLE = re.compile(r"needle|syringe|sharps", re.IGNORECASE)
OWN_INITIATIVE = {"self", "onview", "officer", "proactive", "selfinitiated", "initiated"}  # of a flag: who began a call
YES = {"y", "yes", "true", "t", "1"}
FLAGS = YES | {"n", "no", "false", "f", "0"}
CATEGORY_WORDS = (  # (field, pattern of a label, category): only what is plain; the rest is left to the person
    ("kind", NEEDLE, "needle"),
    ("status", re.compile(r"cancel|duplicate|invalid", re.IGNORECASE), "cancelled"),
    ("status", re.compile(r"^(closed?|resolved|complete|completed|done)", re.IGNORECASE), "closed"),
    ("status", re.compile(r"^(open|new|active|assigned|pending|in[ -]progress|received|submitted)", re.IGNORECASE), "open"),
    ("source", re.compile(r"referr", re.IGNORECASE), "referral"),  # "Self-referral" is nobody's own initiative
    ("source", re.compile(r"non.?emerg|\b(not|non)[ -]?9-?1-?1|7 ?digit|ten digit|10 digit|311", re.IGNORECASE), "non-emergency"),
    ("source", re.compile(r"(?<!\d)9-?1-?1(?!\d)", re.IGNORECASE), "9-1-1"),
    ("source", re.compile(r"self|on.?view|officer.?init|^(officer|field|radio)", re.IGNORECASE), "self-initiated"),
    ("place_kind", re.compile(r"\bparks?\b(?!.*\b(lot|garage)\b)|playground", re.IGNORECASE), "park"),
    ("place_kind", re.compile(r"school", re.IGNORECASE), "school"),
    ("place_kind", re.compile(r"street|sidewalk|\balley|(?<!rail)road\b|roadway", re.IGNORECASE), "street"),
)  # fmt: skip


def stamp_core(header: str) -> frozenset[str]:
    """What a date or time is of: INCIDENT_DATE and INCIDENT_TIME are of the same thing."""
    return frozenset(words(header)) - STAMP_WORDS


def joined(day: str, hour: str | None) -> str:
    """A date and its time of day as one text, as ingest joins them."""
    time = FIRST_DAY.sub("", (hour or "").strip())
    if MILITARY.fullmatch(time):
        time = f"{time.zfill(4)[:2]}:{time.zfill(4)[2:]}"
    return f"{MIDNIGHT.sub('', day.strip())} {time}".strip()


def is_military(values: Values) -> bool:
    """Are all values times of day written as 1405? Only a column that is named like the time of a date is asked."""
    some = values.examples
    fitting = [text for text in some if MILITARY.fullmatch(text) and int(text) < 2400 and int(text) % 100 < 60]
    return len(some) > 0 and len(fitting) == len(some) and max(map(len, some)) >= 3


def category_of(field: str, label: str) -> str:
    """The category that a label's words plainly say, or ''. 'TELEPHONE OTHER, NOT 911' is non-emergency."""
    return next((to for name, spelled, to in CATEGORY_WORDS if name == field and spelled.search(label)), "")


def _category_fit(values: Values, field: Field) -> float:
    """1 when labels are categories, less when their words say one; a flag of yes and no can say who began a call."""
    known = {fold_header(label) for label in field.categories}
    if values.labels & known:
        return 1.0
    if not values.labels:
        return 0.1
    if field.name == "source" and len(field.categories) > 1 and values.labels <= FLAGS:
        return 0.9
    said = sum(bool(category_of(field.name, text)) for text in values.examples) / max(1, len(values.examples))
    if said >= 0.3 and values.length < 40:
        return 0.9
    return 0.1 if field.name in ("source", "place_kind") else 0.5


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
        return _category_fit(values, field)
    if (field.name == schema.primary_key[0] and len(schema.primary_key) == 1) or field.name.endswith("_number"):
        return 1.0 if values.distinct > 0.95 else 0.7 if values.distinct > 0.3 else 0.1
    if field.is_label:
        if values.decimals > 0.5:
            return -1.0
        if field.name in SPOKEN:  # a description tells more than its code
            return 0.9 if values.spoken > 0.5 and values.length < 80 else 0.6 if values.spoken > 0.2 else 0.4
        return 0.8 if values.distinct < 0.5 and values.length < 60 else 0.5 if values.length < 60 else 0.1
    return 0.6
