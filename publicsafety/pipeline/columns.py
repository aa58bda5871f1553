"""A column of an export and what typing needs to know beside the file; small pieces of SQL that all steps share."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import duckdb

from publicsafety.pipeline.schemas import Field, Schema
from publicsafety.pipeline.sources import FieldMap, Source

EARLIEST, LATEST = "1980-01-01", "2100-01-01"
LONGEST_FIELD = 32_768


@dataclass
class Column:
    """One mapped column of a file: the canonical field, its mapping, and its place in the table `text`."""

    field: Field
    map: FieldMap
    place: int
    header: str
    formats: tuple[str, ...] = ()
    usual: tuple[str, ...] = ()  # those that the sample needs; the rest is tried on what they cannot read
    has_utc: bool = False
    joined: str = ""  # the column of `text` that holds date and time of day together
    point: tuple[str, int] | None = None  # pattern and group when latitude or longitude is part of one text

    @property
    def raw(self) -> str:
        return self.joined or f"c{self.place}"

    @property
    def out(self) -> str:
        return f'"{self.field.name}"'


@dataclass
class Setting:
    """What typing needs to know beside the file: table, mapping, zone, bounds, limits and the secret of the person keys."""

    schema: Schema
    source: Source
    zone: str
    bounds: tuple[float, float, float, float] | None
    quarantine_share: float
    person_key: bytes
    file: str
    made_key: str = ""
    has_odd: bool = True
    exported: datetime | None = None  # the date in the file's name
    footer_warnings: list[tuple[int, str]] = field(default_factory=list)


def missing_spellings(setting: Setting) -> list[str]:
    return [*dict.fromkeys([*setting.schema.missing, *setting.source.missing])]


def sql_text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def missing_sql(raw: str, setting: Setting) -> str:
    return f"trim({raw}) in ({', '.join(sql_text(value) for value in missing_spellings(setting))})"


def count_rows(con: duckdb.DuckDBPyConnection, table: str) -> int:
    return int(con.execute(f"select count(*) from {table}").fetchall()[0][0])


def is_read_by_distinct(column: Column) -> bool:
    """Is the column read once per distinct spelling: labels, yes/no and persons?"""
    return column.field.is_label or column.field.type == "boolean" or column.field.is_hashed or bool(column.map.values)
