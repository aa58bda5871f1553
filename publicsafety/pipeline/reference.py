"""The lists of a department in data/reference: which there are, what their columns are, and whether each row can be meant.

Lines that begin with # are notes. A # anywhere else belongs to the text that it stands in.
"""

import csv
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from publicsafety.city import DATA, place_of

REFERENCE = DATA / "reference"
TABLES = {"natures": "label varchar, nature varchar, nature_group varchar, eligible boolean, sensitive boolean",
          "dispositions": "label varchar, disposition varchar, is_transport boolean, is_follow_up boolean",
          "partners": "label varchar, partner varchar, partner_group varchar, sensitive boolean",
          "needs": "label varchar, need varchar",
          "events": "date date, title varchar, kind varchar",
          "peers": "city varchar, team varchar, metric varchar, figure varchar, starts date, ends date, counts varchar, differs varchar, source varchar, address varchar"}  # fmt: skip


class ListError(ValueError):
    """A list that cannot be read or a row that cannot be meant; the text names file and line, and says what to do."""


def columns_of(name: str) -> dict[str, str]:
    """The columns of a list and their types: "label" → "varchar"."""
    return dict(column.split() for column in TABLES[name].split(", "))  # type: ignore[misc]


# The columns whose values are those of a list of labels, and the list: "nature_group" → "natures".
LIST_OF = {
    column: name
    for name in TABLES
    for column, kind in columns_of(name).items()
    if next(iter(columns_of(name))) == "label" != column and kind == "varchar"
}


def path_of(name: str) -> Path:
    return REFERENCE / f"{name}.csv"


def rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Every row with the line on which it ends, the header first; notes and blank lines left out.

    Raises ListError for a file that is not there or is no text.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            for row in reader:
                if row and not row[0].startswith("#"):
                    yield reader.line_num, [cell.strip() for cell in row]
    except FileNotFoundError:
        raise ListError(
            f"There is no {place_of(path)}. docs/your-city.md lists what a department's folder holds."
        ) from None
    except (csv.Error, UnicodeDecodeError) as error:
        raise ListError(f"{place_of(path)}: {error}. Mend the file and build again.") from None


def read(path: Path, columns: dict[str, str] | None = None) -> pd.DataFrame:
    """A list as text, one row a line.

    Raises ListError for a row of another width than the header; where `columns` are named also for other columns, for
    what is neither true nor false where it must be, and for a label that means two things.
    """
    (head, names), *found = [*rows(path)] or [(1, [])]
    if columns is not None and names != list(columns):
        raise ListError(
            f"{place_of(path)} line {head}: the columns are {', '.join(names)}; they must be {', '.join(columns)}."
        )
    seen: dict[str, tuple[int, list[str]]] = {}
    for line, row in found:
        if problem := _width(names, row) or _meaning(dict(zip(names, row, strict=True)), columns or {}, line, seen):
            raise ListError(f"{place_of(path)} line {line}: {problem}")
    return pd.DataFrame([row for _, row in found], columns=names, dtype=object)


def _width(names: list[str], row: list[str]) -> str:
    if len(row) == len(names):
        return ""
    return f"it has {len(row)} values; there must be {len(names)}: {', '.join(names)}."


def _meaning(cells: dict[str, str], columns: dict[str, str], line: int, seen: dict[str, tuple[int, list[str]]]) -> str:
    """Why a row cannot be meant, or nothing. `seen`: each label's first line and the rest of its row."""
    for name, kind in columns.items():
        if kind == "boolean" and cells[name].lower() not in ("true", "false"):
            return f'{name} is "{cells[name]}"; it must be true or false.'
    label = " ".join(cells.get("label", "").split()).lower() if columns else ""
    rest = list(cells.values())[1:]
    first, others = seen.setdefault(label, (line, rest)) if label else (line, rest)
    if others == rest:
        return ""
    return f'"{cells["label"]}" means something else on line {first}. Take one of the two lines out.'
