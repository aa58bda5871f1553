"""The files of a release, written from the released database alone: a CSV and a Parquet file a table, and what they mean.

docs/release-format.md describes both. A CSV is the same, byte for byte, as the one in the release's folder.
"""

import io
import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from publicsafety.documents.csv import harmless, lines

MIME = "text/csv"
MEASURES = {
    "count": ("value",),
    "distinct": ("value",),
    "proportion": ("numerator", "denominator", "value", "low", "high"),
    "median": ("value", "n"),
}
DICTIONARY = (
    "table", "table_title", "column", "type", "title", "unit", "metric", "counted", "out_of", "leaves_out",
    "definition_version",
)  # fmt: skip
ARROW = {"date": pa.date32(), "integer": pa.int64(), "number": pa.float64(), "string": pa.string()}
TITLES = {
    "numerator": "Numerator of the share",
    "denominator": "Denominator of the share",
    "low": "Lower end of the 95% Wilson interval",
    "high": "Upper end of the 95% Wilson interval",
    "n": "Number of durations behind the median",
    "status": "Empty, or: c withheld to protect people, r revised, x not available because a count it needs is not, z not applicable",
}


def columns(dimensions: tuple[str, ...], kind: str) -> list[str]:
    """The columns of a table of the release, in order."""
    return ["period", *dimensions, *MEASURES[kind], "status"]


def table_rows(cells: pd.DataFrame, dimensions: tuple[str, ...], kind: str) -> list[list[Any]]:
    """The rows of one table of the catalogue in their order: texts, whole numbers, fractions, None where there is none."""
    names = MEASURES[kind]
    made = []
    for row in cells.to_dict("records"):
        told = json.loads(row["dimensions"] or "{}")
        values = [str(told[name]) for name in dimensions]
        order = (str(row["period"]), *((value != "All", value) for value in values))
        numbers = [_plain(row[name], name, kind) for name in names]
        made.append((order, [str(row["period"]), *map(harmless, values), *numbers, row["status"] or ""]))
    return [line for _, line in sorted(made, key=lambda each: each[0])]


def table_csv(cells: pd.DataFrame, dimensions: tuple[str, ...], kind: str) -> bytes:
    """One table of the catalogue. `cells` are its rows of the catalogue; withheld numbers are empty."""
    return lines([columns(dimensions, kind), *table_rows(cells, dimensions, kind)])


def table_parquet(
    cells: pd.DataFrame, dimensions: tuple[str, ...], kind: str, title: str, titles: Mapping[str, str]
) -> bytes:
    """The same table as Parquet: dates, texts, whole numbers and fractions; what is withheld is null. Same bytes each time."""
    names, rows = columns(dimensions, kind), table_rows(cells, dimensions, kind)
    fields = []
    for name in names:
        form, told = ARROW[form_of(name, kind)], {"title": titles.get(name, TITLES.get(name, name))}
        fields.append(pa.field(name, form, metadata=told))
    arrays = []
    for place, each in enumerate(fields):
        values = [row[place] for row in rows]
        arrays.append(pa.array([date.fromisoformat(v) for v in values] if each.name == "period" else values, each.type))
    out = io.BytesIO()
    table = pa.Table.from_arrays(arrays, schema=pa.schema(fields, metadata={"title": title}))
    pq.write_table(table, out, compression="zstd")
    return out.getvalue()


def dictionary(
    tables: Sequence[Mapping[str, Any]], titles: Mapping[str, str], cards: Mapping[str, Mapping[str, Any]]
) -> bytes:
    """What every column of every table means, as CSV, with the definition of its figure from the metric's file."""
    made: list[Sequence[Any]] = [DICTIONARY]
    for row in tables:
        card, dimensions = cards[str(row["metric"])], tuple(str(name) for name in row["dimensions"])
        kind = str(card["kind"])
        for name in columns(dimensions, kind):
            is_measure = name in MEASURES[kind]
            title = (
                f"First day of the {row['grain']}"
                if name == "period"
                else titles.get(name, TITLES.get(name, str(card["title"])))
            )
            form = form_of(name, kind)
            unit = ("share (0 to 1)" if kind == "proportion" else str(card["unit"])) if name == "value" else ""
            told = (
                (
                    row["metric"],
                    card.get("numerator", ""),
                    card.get("denominator", ""),
                    "; ".join(card.get("excludes", ())),
                    card.get("version", ""),
                )
                if is_measure
                else ("",) * 5
            )
            made.append([harmless(each) for each in (row["table_id"], row["title"], name, form, title, unit, *told)])
    return lines(made)


def _plain(value: Any, name: str, kind: str) -> int | float | None:
    if value is None or pd.isna(value):
        return None
    return int(value) if is_whole(name, kind) else float(value)


def form_of(name: str, kind: str) -> str:
    """What a column holds: date, integer, number or string."""
    if name == "period":
        return "date"
    if name not in MEASURES[kind]:
        return "string"
    return "integer" if is_whole(name, kind) else "number"


def is_whole(name: str, kind: str) -> bool:
    """Whether a measure is a whole number."""
    return name in ("numerator", "denominator", "n") or (name == "value" and kind != "proportion")
