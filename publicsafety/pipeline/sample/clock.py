"""Local and UTC seconds, and stamps as text, for millions of moments at once: int64 seconds, NONE for no moment."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime
from functools import cache

import numpy as np
import pyarrow as pa

from publicsafety.pipeline.zones import changes

NONE = np.iinfo(np.int64).min
DAY = 86_400
EPOCH = date(1970, 1, 1)


def seconds(day: date) -> int:
    """Midnight of a day, as seconds."""
    return (day - EPOCH).days * DAY


def month_days(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1]


@cache
def _offsets(zone: str) -> tuple[np.ndarray, np.ndarray]:
    start, found = changes(zone, 2015, 2060)
    at = np.array([int(each.at.replace(tzinfo=UTC).timestamp()) for each in found], dtype=np.int64)
    return at, np.array([start, *(each.after for each in found)], dtype=np.int64)


def to_local(moments: np.ndarray, zone: str) -> np.ndarray:
    """UTC seconds as the wall clock shows them."""
    at, offsets = _offsets(zone)
    return np.where(moments == NONE, NONE, moments + offsets[np.searchsorted(at, moments, side="right")])


def to_utc(local: np.ndarray, zone: str) -> np.ndarray:
    """Wall-clock seconds in UTC: a time in the spring gap moves on, one in the autumn fold is taken as the later."""
    at, offsets = _offsets(zone)
    guess = local - offsets[np.searchsorted(at, local, side="right")]
    return local - offsets[np.searchsorted(at, guess, side="right")]


def digits(numbers: np.ndarray, width: int) -> np.ndarray:
    """Whole numbers as ASCII digits, one row each, left-padded with zeros to `width`."""
    powers = 10 ** np.arange(width - 1, -1, -1, dtype=np.int64)
    return (numbers[:, None] // powers % 10 + 48).astype(np.uint8)


@cache
def _times() -> np.ndarray:
    second = np.arange(DAY)
    text = np.full((DAY, 8), ord(":"), dtype=np.uint8)
    text[:, 0:2], text[:, 3:5], text[:, 6:8] = (
        digits(second // 3600, 2),
        digits(second // 60 % 60, 2),
        digits(second % 60, 2),
    )
    return text


def strings(letters: np.ndarray, present: np.ndarray | None = None) -> pa.Array:
    """Rows of ASCII bytes of one width as an Arrow text column; blank where not `present`."""
    count, width = letters.shape
    offsets = np.arange(count + 1, dtype=np.int32 if count * width < 2**31 else np.int64) * width
    mask = None if present is None else pa.py_buffer(np.packbits(present, bitorder="little"))
    make = pa.StringArray if offsets.dtype == np.int32 else pa.LargeStringArray
    return make.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(letters)), mask)


def stamps(moments: np.ndarray, order: str = "mdy") -> pa.Array:
    """Moments as 12/31/2024 23:59:59 (`mdy`) or 2024-12-31T23:59:59 (`iso`); blank where there is none."""
    present = moments != NONE
    safe = np.where(present, moments, 0)
    days = safe // DAY
    first = int(days[present].min()) if present.any() else 0
    span = (int(days[present].max()) - first if present.any() else 0) + 1
    shape = "%m/%d/%Y " if order == "mdy" else "%Y-%m-%dT"
    table = b"".join(datetime.fromtimestamp((first + n) * DAY, UTC).strftime(shape).encode() for n in range(span))
    dates = np.frombuffer(table, dtype=np.uint8).reshape(span, 11)
    letters = np.empty((len(moments), 19), dtype=np.uint8)
    letters[:, :11] = dates[np.clip(days - first, 0, span - 1)]
    letters[:, 11:] = _times()[safe % DAY]
    return strings(letters, present)


def numbers(prefix: str, values: np.ndarray, width: int, present: np.ndarray | None = None) -> pa.Array:
    """A prefix and a zero-padded number, such as C-00017."""
    letters = np.empty((len(values), len(prefix) + width), dtype=np.uint8)
    letters[:, : len(prefix)] = np.frombuffer(prefix.encode(), dtype=np.uint8)
    letters[:, len(prefix) :] = digits(values.astype(np.int64), width)
    return strings(letters, present)
