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


class ReferenceError(ValueError):
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

    Raises ReferenceError for a file that is not there or is no text.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            for row in reader:
                if row and not row[0].startswith("#"):
                    yield reader.line_num, [cell.strip() for cell in row]
    except FileNotFoundError:
        raise ReferenceError(
            f"There is no {place_of(path)}. docs/your-city.md lists what a department's folder holds."
        ) from None
    except (csv.Error, UnicodeDecodeError) as error:
        raise ReferenceError(f"{place_of(path)}: {error}. Mend the file and build again.") from None


def read(path: Path) -> pd.DataFrame:
    """A list as text, one row a line. Raises ReferenceError for a row of another width than the header."""
    (_, names), *found = [*rows(path)] or [(1, [])]
    for line, row in found:
        if len(row) != len(names):
            raise ReferenceError(
                f"{place_of(path)} line {line}: it has {len(row)} values; there must be {len(names)}: {', '.join(names)}."
            )
    return pd.DataFrame([row for _, row in found], columns=names, dtype=object)


def check(path: Path, columns: dict[str, str]) -> None:
    """Whether the columns are these, each row is whole and says true or false where it must, and no label means two
    things. Raises ReferenceError.
    """
    names = list(columns)
    seen: dict[str, tuple[int, list[str]]] = {}
    head, *found = [*rows(path)] or [(1, [])]
    if head[1] != names:
        raise ReferenceError(
            f"{place_of(path)} line {head[0]}: the columns are {', '.join(head[1])}; they must be {', '.join(names)}."
        )
    read(path)
    for line, row in found:
        cells = dict(zip(names, row, strict=True))
        for name, kind in columns.items():
            if kind == "boolean" and cells[name].lower() not in ("true", "false"):
                raise ReferenceError(
                    f'{place_of(path)} line {line}: {name} is "{cells[name]}"; it must be true or false.'
                )
        label = " ".join(cells["label"].split()).lower() if "label" in cells else ""
        first, others = seen.setdefault(label, (line, row[1:])) if label else (0, row[1:])
        if others != row[1:]:
            raise ReferenceError(
                f'{place_of(path)} line {line}: "{cells["label"]}" means something else on line {first}. Take one of the two lines out.'
            )
