"""What does this text mean as a date, a number, a label? The exact reading of single values, and its refusals.

The bulk of a column is cast in SQL (`typed.py`); the few values that fail there come here, once per distinct value.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

# No place on earth is more than 14 hours from UTC.
OFFSET = re.compile(r"(?<=\d)\s?(Z|UTC|GMT|[+-](?:0\d|1[0-4])(?::?[0-5]\d)?)$", re.IGNORECASE)
FRACTION = re.compile(r"(:\d{2})\.\d{1,9}")
_INVISIBLE = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)
# What a spreadsheet writes where a formula failed; also used as an RE2 pattern in DuckDB, so no look-around.
ERROR_PATTERN = r"#(REF!|N/A|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|SPILL!|CALC!|FORMULA\?)|Err:5\d\d"
ERROR = re.compile(ERROR_PATTERN)
UNCOMPUTED = "#FORMULA?"  # what the reader of workbooks puts where a formula was never computed
_TRUE = {"true", "t", "yes", "y", "1", "x", "1.0"}
_FALSE = {"false", "f", "no", "n", "0", "0.0"}
_PERSONAL = (
    (re.compile(r"\b\d{3}-\d{2}-\d{4}\b"), "a social security number"),
    (re.compile(r"(?<!\d)(?:\+?1[-. ]?)?\(?\d{3}\)?[-. ]\d{3}[-. ]\d{4}(?!\d)"), "a telephone number"),
    # From the start of a word only: else a field of 40 kB takes the square of its length.
    (re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+\.[a-z]{2,}", re.IGNORECASE), "an e-mail address"),
)


@dataclass(frozen=True)
class Cast:
    """One value read: `value` (None: missing), or `reason` why not. `utc` marks a time that is UTC already."""

    value: datetime | float | int | bool | str | None = None
    reason: str = ""
    warning: str = ""
    utc: bool = False


def tidy(text: str) -> str:
    """Trimmed, single spaces, entities resolved, no invisible characters, NFC; Excel's ="x" is x."""
    text = unicodedata.normalize("NFC", _INVISIBLE.sub("", html.unescape(text) if "&" in text else text))
    text = " ".join(text.split())
    if text.startswith('="') and text.endswith('"'):
        text = text[2:-1].strip()
    return text


def formula_mistake(text: str) -> str:
    """Why a cell that a formula left is no value, or ''."""
    if not text.startswith(("#", "Err:")) or ERROR.fullmatch(text) is None:
        return ""
    if text == UNCOMPUTED:
        return "stands for a formula that was never computed; open the workbook, save it, and export again"
    return "is an error of a formula; mend it, or declare it in the mapping as missing"


def readable(format_: str) -> str:
    """A strptime format as people write it: YYYY-MM-DD HH:MM."""
    if not format_.count("%"):
        return {"epoch_ms": "milliseconds since 1970", "epoch_s": "seconds since 1970"}.get(format_, format_)
    words = {"Y": "YYYY", "y": "YY", "m": "MM", "d": "DD", "H": "HH", "I": "HH", "M": "MM", "S": "SS", "p": "AM/PM",
             "b": "Mon", "B": "Month", "f": "fraction", "z": "offset", "j": "day of year", "a": "Day", "A": "Day",
             "-d": "D", "-m": "M", "-H": "H", "-I": "H"}  # fmt: skip
    return re.sub(r"%(-?[A-Za-z])", lambda found: words.get(found[1], found[0]), format_)


def cast_datetime(raw: str, formats: Sequence[str]) -> Cast:
    """A stamp in one of the declared formats, with or without offset or fraction; 24:00 is the next midnight."""
    text = tidy(raw)
    if re.fullmatch(r"0?0:00(:00)?(\.0+)?", text):
        return Cast(None, warning="midnight without a date stands for not recorded; left blank")
    if re.fullmatch(r"\d{1,2}:\d{2}(:\d{2})?(\.\d+)?", text):
        return Cast(reason="has lost its date (a spreadsheet does that); export the column as text")
    if re.fullmatch(r"[1-9]\d{4}(\.\d+)?", text):
        return Cast(reason="is a spreadsheet's serial number, not a date; export the column as text")
    if re.fullmatch(r"\d{9,13}", text):
        for format_ in formats:
            size = {"epoch_s": 1, "epoch_ms": 1000}.get(format_)
            if size and len(text) == (13 if size == 1000 else 10):
                return Cast(datetime(1970, 1, 1) + timedelta(seconds=int(text) / size), utc=True)
    offset = OFFSET.search(text) if ":" in text or text.endswith(("Z", "z")) else None
    body = text[: offset.start()] if offset else text
    body = FRACTION.sub(r"\1", body)
    next_day = re.search(r"(?<!\d)24:00(:00)?(?!\d)", body)
    if next_day:
        body = body.replace("24:00", "00:00", 1)
    for format_ in formats:
        parsed = _strptime(body, format_)
        if parsed is None:
            continue
        if next_day:
            parsed += timedelta(days=1)
        if offset:
            return Cast(parsed - _shift(offset[1]), utc=True)
        return Cast(parsed, warning="24:00 taken as the next midnight" if next_day else "")
    expected = " or ".join(dict.fromkeys(readable(format_) for format_ in formats[:2]))
    return Cast(reason=f"is not a date (expected {expected})")


def _strptime(text: str, format_: str) -> datetime | None:
    plain = FRACTION.sub(r"\1", format_.replace("%-", "%").replace(".%f", "").replace("%z", "").strip())
    if "%Y" in plain and not re.search(r"(?<!\d)\d{4}(?!\d)|\d{8}", text):
        return None
    try:
        return datetime.strptime(text, plain)
    except ValueError:
        return None


def _shift(offset: str) -> timedelta:
    if offset.upper() in ("Z", "UTC", "GMT"):
        return timedelta(0)
    digits = offset[1:].replace(":", "").ljust(4, "0")
    size = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return -size if offset[0] == "-" else size


LONGEST_WHOLE = 18  # digits with their sign, so that the value fits into 64 bits
LONGEST_NUMBER = 100  # beyond which a text of digits is infinity


def cast_number(raw: str, *, whole: bool) -> Cast:
    """A plain decimal number: thousands may be parted by comma or space; 1e3, 0x1A, 1_000, NaN and inf are refused."""
    text = tidy(raw)
    body = (
        re.sub(r"(?<=\d)[, '](?=\d{3}(?!\d))", "", text)
        if re.fullmatch(r"[+-]?\d{1,3}([, ']\d{3})+(\.\d+)?", text)
        else text
    )
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)", body):
        return Cast(reason="is not a number (plain digits are expected, such as 1589)")
    if whole:
        if re.fullmatch(r"[+-]?\d+(\.0*)?", body) is None:
            return Cast(reason="is not a whole number")
        digits = body.split(".")[0]
        if len(digits) > LONGEST_WHOLE:
            return Cast(reason="is too large to be a count")
        return Cast(int(digits))
    if len(body) > LONGEST_NUMBER:
        return Cast(reason="is too long to be a number")
    return Cast(float(body))


# (pattern, group of the latitude, group of the longitude); the patterns are read by Python and by DuckDB alike.
POINTS = (
    (r"(?i)^\s*(?:srid=\d+;)?\s*point\s*z?\s*\(\s*(-?[\d.]+)\s+(-?[\d.]+)", 2, 1),
    (r"\(\s*(-?\d+\.?\d*)\s*,\s*(-?\d+\.?\d*)\s*\)\s*$", 1, 2),
    (r"^\s*(-?\d+\.\d+)\s*[,;]\s*(-?\d+\.\d+)\s*$", 1, 2),
    (r"coordinates[\"']?\s*:\s*\[\s*(-?[\d.]+)\s*,\s*(-?[\d.]+)", 2, 1),
    (r"latitude[\"']?\s*:\s*[\"']?(-?[\d.]+).*longitude[\"']?\s*:\s*[\"']?(-?[\d.]+)", 1, 2),
)


def point_pattern(text: str) -> tuple[str, int, int] | None:
    """How a text spells a point, such as 'POINT (-71.1 42.3)' or '(42.3, -71.1)'; None when it is none."""
    return next((each for each in POINTS if re.search(each[0], text)), None)


def cast_boolean(raw: str) -> Cast:
    text = tidy(raw).casefold()
    if text in _TRUE:
        return Cast(True)
    if text in _FALSE:
        return Cast(False)
    return Cast(reason="is neither yes nor no")


def personal_pattern(text: str) -> str:
    """'a telephone number', 'an e-mail address' … when a label holds one, else ''."""
    if len(text) < 6:
        return ""
    return next((title for pattern, title in _PERSONAL if pattern.search(text)), "")
