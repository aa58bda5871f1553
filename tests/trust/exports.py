"""Small exports in the shape of the sample's, for tests that build hundreds of times."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

CAD = ("INC_NUM", "CALL_RCVD", "DISP", "ONSCN", "CLR", "CALL_SRC", "NATURE", "PRI", "ELIG", "DISPO", "POL_ROLE",
       "LAT", "LON", "NBHD", "CLIENT_ID", "UNIT_ID", "AGENCY")  # fmt: skip
STAMP = "%m/%d/%Y %H:%M:%S"


def call(number: int, **changes: str) -> dict[str, str]:
    """One good row of the CAD export; `changes` replace fields."""
    at = datetime(2025, 3, 3, 10, 0) + timedelta(hours=7 * number)
    row = dict.fromkeys(CAD, "") | {
        "INC_NUM": f"I{number:05}", "CALL_RCVD": at.strftime(STAMP),
        "DISP": (at + timedelta(minutes=3)).strftime(STAMP),
        "ONSCN": (at + timedelta(minutes=15)).strftime(STAMP), "CLR": (at + timedelta(minutes=50)).strftime(STAMP),
        "CALL_SRC": "911", "NATURE": "Well-being check", "PRI": "3", "ELIG": "E",
        "DISPO": "Assisted", "POL_ROLE": "NONE",
        "CLIENT_ID": f"P{number % 9}", "UNIT_ID": "C1", "AGENCY": "CARE",
    }  # fmt: skip
    return row | changes


def text(rows: Iterable[dict[str, str]], columns: Sequence[str] = CAD, delimiter: str = ",", end: str = "\n") -> str:
    """The rows as delimited text; a field is quoted only where it must be."""
    lines = [
        delimiter.join(columns),
        *(delimiter.join(_quoted(row.get(name, ""), delimiter) for name in columns) for row in rows),
    ]
    return end.join(lines) + end


def _quoted(value: str, delimiter: str) -> str:
    needs = any(mark in value for mark in (delimiter, '"', "\n", "\r"))
    return '"' + value.replace('"', '""') + '"' if needs else value


def write(folder: Path, calls: int = 40, name: str = "cad_2025.csv") -> Path:
    """A folder with one CAD export of `calls` incidents."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text(call(number) for number in range(calls)), encoding="utf-8")
    return folder
