"""Which columns of a table become which fields, and what becomes of its key: a source's mapping, applied to one file."""

from __future__ import annotations

import hmac
from dataclasses import replace

import duckdb

from publicsafety.pipeline.columns import Column, Setting
from publicsafety.pipeline.readers.scan import Refusal
from publicsafety.pipeline.schemas import Schema
from publicsafety.pipeline.sources import ISO_FORMATS, Source


def with_cell_dates(source: Source) -> Source:
    """The mapping for a workbook, whose date cells are dates whatever the formats that were declared for texts."""
    cells = [each for each in ISO_FORMATS if " " in each or "T" not in each]
    mapped = [
        replace(each, formats=tuple(dict.fromkeys([*each.formats, *cells]))) if each.formats else each
        for each in source.fields
    ]
    return replace(source, fields=tuple(mapped))


def mapped_columns(source: Source, headers: list[str], schema: Schema) -> tuple[list[Column], list[int]]:
    """The columns of the file that the mapping names, and their positions among the headers."""
    positions: list[int] = []
    columns = []
    for mapped in source.fields:
        if mapped.constant is not None:
            continue
        position = mapped.find(headers)
        if position is None:
            continue
        for each in (position, mapped.find_time(headers)):
            if each is not None and each not in positions:
                positions.append(each)
        columns.append(Column(schema.by_name[mapped.name], mapped, positions.index(position), headers[position]))
    return columns, positions


def join_times(con: duckdb.DuckDBPyConnection, columns: list[Column], headers: list[str], positions: list[int]) -> None:
    """A date and its time of day in two columns become one text, so that it is read like any other stamp.

    Portals write such a date as the stamp of its midnight, and such a time as a stamp of some first day: both are cut.
    """
    for number, column in enumerate(columns):
        place = column.map.find_time(headers)
        if place is None:
            continue
        day, hour = f"trim({column.raw})", f"trim(c{positions.index(place)})"
        day = f"regexp_replace({day}, '(T| )(12:00(:00)? AM|0?0:00(:00)?(\\.0+)?)(Z|\\+00(:?00)?)?$', '')"
        hour = f"regexp_replace({hour}, '^(\\d{{4}}-\\d\\d-\\d\\d|\\d{{1,2}}/\\d{{1,2}}/\\d{{4}})[T ]', '')"
        plain = f"lpad({hour}, 4, '0')"  # 1405, and 5 for five past midnight
        hour = (
            f"case when regexp_full_match({hour}, '\\d{{1,4}}') then {plain}[:2] || ':' || {plain}[3:] else {hour} end"
        )
        con.execute(f"alter table text add column c_joined_{number} varchar")
        con.execute(f"update text set c_joined_{number} = {day} || coalesce(' ' || nullif({hour}, ''), '')")
        column.joined = f"c_joined_{number}"


def made_key(schema: Schema, fields: list[str]) -> str:
    """The key field that has to be made from the row, when the export has none and the schema does not require one."""
    key = schema.primary_key[0]
    missing = all(name not in fields for name in schema.primary_key)
    return key if missing and not schema.by_name[key].required else ""


def make_key(con: duckdb.DuckDBPyConnection, name: str, width: int, setting: Setting) -> None:
    """`made_key(r, key)`: a keyed hash of the whole row, so that equal rows are duplicates and nothing can be guessed."""
    salt = hmac.digest(setting.person_key or b"none", b"key of a row", "sha256").hex()[:16]
    cells = ", ".join(f"coalesce(c{n}, '')" for n in range(width))
    con.execute(
        f"create table made_key as select rowid as r, md5(concat_ws(chr(31), '{salt}', {cells}))[:16] as key from text"
    )
    setting.made_key = name


def refuse_mangled_keys(con: duckdb.DuckDBPyConnection, columns: list[Column], schema: Schema) -> None:
    """Identifiers that a spreadsheet turned into 2.02503E+11 have lost digits: no row of the file can be trusted."""
    key = schema.primary_key[0]
    for column in columns:
        if column.field.name == key and column.field.type == "string":
            found = con.execute(
                f"select {column.raw}, count(*) over () from text where {column.raw} is not null "
                f"and regexp_full_match({column.raw}, '\\d(\\.\\d+)?[eE]\\+\\d{{2}}') limit 1"
            ).fetchall()
            if found:
                raise Refusal(
                    f'{column.header}: "{found[0][0]}" ({found[0][1]} rows) is an identifier that a spreadsheet shortened; its '
                    "digits are lost. Export again with the column as text"
                )
