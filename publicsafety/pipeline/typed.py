"""Rows of text become typed rows, rows set aside with a reason, warnings and labels: all in SQL, one column at a time.

A column is cast by one vectorised expression. The distinct values that fail it are looked at one by one in
`casting.py`; labels are looked at once per distinct spelling. No Python runs per row.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from publicsafety.pipeline import casting, zones
from publicsafety.pipeline.aside import set_aside
from publicsafety.pipeline.columns import (
    LONGEST_FIELD,
    Column,
    Setting,
    count_rows,
    is_read_by_distinct,
    missing_spellings,
    missing_sql,
    sql_text,
)
from publicsafety.pipeline.doubts import warn_of
from publicsafety.pipeline.formats import decide_formats, decide_points, sql_list
from publicsafety.pipeline.judging import judge_rows, years_of
from publicsafety.pipeline.readers.grid import Loaded
from publicsafety.pipeline.sources import fold_header, fold_label

MOST_LABELS = 20_000
MOST_ENUM = 50_000
FEWEST_DAYS = 5  # different midnights in UTC that make a column one of days


@dataclass
class Outcome:
    """What typing one file gave. The tables `typed`, `quarantine`, `warnings`, `labels` are in the connection."""

    rows_read: int
    rows_good: int
    rows_quarantined: int
    reasons: dict[str, int]
    first_at: str | None
    last_at: str | None
    latest_at: str | None


def type_rows(con: duckdb.DuckDBPyConnection, columns: list[Column], loaded: Loaded, setting: Setting) -> Outcome:
    """Make `typed`, `quarantine`, `warnings` and `labels` from `text`; Refusal when too much of the file is bad."""
    con.execute("create table problems (r bigint, field varchar, value varchar, reason varchar)")
    con.execute('create table warnings (line bigint, "column" varchar, "value" varchar, warning varchar)')
    con.execute('create table labels ("column" varchar, label varchar, canonical varchar, n bigint)')
    decide_formats(con, columns, setting)
    decide_points(con, columns, setting)
    _parse(con, columns, loaded, setting)
    _mend(con, columns, setting)
    _take_days(con, columns)
    years = years_of(con, columns)
    judge_rows(con, columns, years, setting)
    bad = set_aside(con, columns, loaded, setting)
    warn_of(con, columns, years, loaded, setting)
    _finish(con, columns, years, loaded, setting)
    return _outcome(con, columns, loaded, setting, bad)


def _clean(raw: str, loaded: Loaded) -> str:
    """SQL for the text of an identifier: trimmed, without invisible characters and Excel's ="…"."""
    text = raw
    if not loaded.is_ascii:
        text = f"regexp_replace(replace({text}, '\u00a0', ' '), '[\\x{{200B}}-\\x{{200F}}\\x{{202A}}-\\x{{202E}}\\x{{2060}}\\x{{FEFF}}\\x{{00AD}}]', '', 'g')"
        text = f"nfc_normalize({text})"
        text = f"trim({text}, ' \t\n\r')"
    else:
        text = f"case when starts_with({raw}, ' ') or ends_with({raw}, ' ') then trim({raw}) else {raw} end"
    return f"case when starts_with({text}, '=\"') then trim({text}, '=\" ') else {text} end"


def _expression(column: Column, loaded: Loaded, setting: Setting) -> str:
    """SQL for the typed value of a column, null where it is missing or needs a closer look."""
    raw, kind = column.raw, column.field.type
    if kind == "datetime":
        if column.has_utc:
            body = f"regexp_replace({raw}, '\\s*(Z|z|[+-]\\d{{2}}(:?\\d{{2}})?)\\s*$', '')"
            zulu = f"regexp_matches({raw}, ':\\d{{2}}(\\.\\d+)?\\s*(Z|z|[+-]00(:?00)?)\\s*$')"
            return f"case when {zulu} then try_strptime({body}, {sql_list(column.usual)}) end"
        return f"try_strptime({raw}, {sql_list(column.usual)})"
    if kind == "number":
        if column.point:
            raw = f"regexp_extract({raw}, {sql_text(column.point[0])}, {column.point[1]})"
        number = f"try_cast({raw} as double)"
        odd = " or ".join(f"contains({raw}, '{letter}')" for letter in "eE_xXnN")
        return f"case when {odd} then null when isfinite({number}) then {number} end"
    if kind == "integer":
        return f"case when regexp_full_match(trim({raw}), '[+-]?\\d{{1,18}}') then try_cast({raw} as bigint) end"
    text = _clean(raw, loaded)
    longest = max(map(len, missing_spellings(setting)))
    # Identifiers are longer than most spellings of "missing": the length settles it for nearly every row.
    rarely = f"(length({raw}) <= {longest} or starts_with({raw}, ' ') or ends_with({raw}, ' ')) and {missing_sql(raw, setting)}"
    return f"case when {rarely} then null else nullif({text}, '') end"


def _parse(con: duckdb.DuckDBPyConnection, columns: list[Column], loaded: Loaded, setting: Setting) -> None:
    """`parsed(r, <fields>)`: every field typed, times still local; null where a value failed."""
    chosen, joins = ["t.rowid as r"], []
    for number, column in enumerate(columns):
        if is_read_by_distinct(column):
            _label_table(con, f"label_{number}", column, setting)
            chosen.append(f"l{number}.value as {column.out}")
            joins.append(f"left join label_{number} as l{number} on l{number}.raw = t.{column.raw}")
        else:
            value = _expression(column, loaded, setting)
            if column.has_utc:
                chosen.append(f'null::timestamp as {column.out}, {value} as "utc {column.field.name}"')
            else:
                chosen.append(f"{value} as {column.out}")
            if column.field.type != "string":
                chosen.append(f't.{column.raw} is not null and {value} is null as "odd {column.field.name}"')
    con.execute(f"create table parsed as select {', '.join(chosen)} from text as t {' '.join(joins)}")
    for number, column in enumerate(columns):
        if is_read_by_distinct(column):
            con.execute(
                f"insert into problems select t.rowid, $field, l.shown, l.reason from text as t join label_{number} as l "
                f"on l.raw = t.{column.raw} where l.reason <> ''",
                {"field": column.field.name},
            )
            con.execute(f"drop table label_{number}")


def _label_table(con: duckdb.DuckDBPyConnection, name: str, column: Column, setting: Setting) -> None:
    """`name(raw, value, shown, reason)`: what each distinct spelling in the column becomes. Fills `labels`."""
    found = con.execute(
        f"select {column.raw}, count(*) from text where {column.raw} is not null group by all"
    ).fetchall()
    read = _label_reader(column, setting)
    raws, values, shown, reasons = [], [], [], []
    for raw, _ in found:
        value, reason = read(raw)
        personal = casting.personal_pattern(raw) if column.field.is_label else ""
        if personal:
            value, reason = None, f"looks like {personal}; such a column is not loaded"
        raws.append(raw)
        values.append(value)
        shown.append("(not kept)" if personal or column.field.is_hashed else raw[:200])
        reasons.append(reason)
    kind = pa.bool_() if column.field.type == "boolean" else pa.string()
    if column.field.type not in ("boolean", "string"):
        values = [None if value is None else str(value) for value in values]
    table = pa.table({"raw": pa.array(raws, pa.string()), "value": pa.array(values, kind),
                      "shown": pa.array(shown, pa.string()), "reason": pa.array(reasons, pa.string())})  # fmt: skip
    con.register("labels_in", table)
    target = column.field.duckdb_type
    if column.field.type == "string" and any(value is not None for value in values) and len(values) <= MOST_ENUM:
        # An enumeration is a small number per row: joins, parquet and later scans get several times faster.
        con.execute(
            f"create type {name}_type as enum (select distinct value from labels_in where value is not null order by 1)"
        )
        target = f"{name}_type"
    con.execute(
        f"create table {name} as select raw, try_cast(value as {target}) as value, shown, reason from labels_in"
    )
    con.unregister("labels_in")
    if not column.field.is_hashed and column.field.is_label and len(found) <= MOST_LABELS:
        counts: dict[tuple[str, str | None], int] = {}
        for (_raw, n), value, text in zip(found, values, shown, strict=True):
            key = (casting.tidy(text), None if value is None else str(value))
            counts[key] = counts.get(key, 0) + n
        rows = [(column.field.name, label, value, n) for (label, value), n in sorted(counts.items(), key=str)]
        con.executemany("insert into labels values (?, ?, ?, ?)", rows) if rows else None


def _label_reader(column: Column, setting: Setting) -> Callable[[str], tuple[Any, str]]:
    """A function from one spelling to (value, reason why not)."""
    missing = set(missing_spellings(setting)) | {value.casefold() for value in missing_spellings(setting)}
    mapped = {fold_label(label): canonical for label, canonical in column.map.values}
    categories = {fold_header(label): label for label in column.field.categories}
    key = setting.person_key

    def read(raw: str) -> tuple[Any, str]:
        text = casting.tidy(raw)
        if len(raw) > LONGEST_FIELD:
            return None, f"is longer than {LONGEST_FIELD // 1024} kB"
        if fold_label(text) in mapped:
            text = mapped[fold_label(text)]
            if text == "":
                return None, ""
        elif text in missing or text.casefold() in missing:
            return None, ""
        elif "*" in mapped:
            text = mapped["*"]
        elif mistake := casting.formula_mistake(text):
            return None, mistake
        if column.field.is_hashed:
            return (hmac.digest(key, text.encode(), "sha256").hex()[:16] if key else None), ""
        if column.field.type == "boolean":
            cast = casting.cast_boolean(text)
            return cast.value, cast.reason
        if column.field.type == "string" and categories:
            return categories.get(fold_header(text), f"Other (new): {text}"), ""
        return text, ""

    return read


def _mend(con: duckdb.DuckDBPyConnection, columns: list[Column], setting: Setting) -> None:
    """Look closely at the values that the vectorised cast left null: mend them, or note why they cannot be read."""
    cast = [column for column in columns if column.field.type != "string" and not is_read_by_distinct(column)]
    if not cast:
        return
    counted = ", ".join(f'count(*) filter (where "odd {column.field.name}")' for column in cast)
    odd = con.execute(f"select {counted} from parsed").fetchall()[0]
    setting.has_odd = any(odd)
    for column, n in zip(cast, odd, strict=True):
        if not n:
            continue
        failed = f'p."odd {column.field.name}" and not ({missing_sql("t." + column.raw, setting)})'
        values = con.execute(
            f"select distinct t.{column.raw} from parsed as p join text as t on t.rowid = p.r where {failed}"
        ).fetchall()
        if not values:
            continue
        casts = [(value, _cast(column, value)) for (value,) in values]
        if not column.has_utc and any(cast.utc for _, cast in casts):
            column.has_utc = True
            con.execute(f'alter table parsed add column "utc {column.field.name}" timestamp')
        _apply(con, column, casts, failed)


def _take_days(con: duckdb.DuckDBPyConnection, columns: list[Column]) -> None:
    """A column of nothing but midnights in UTC holds days, as portals write them: read as moments, each would be the day before."""
    for column in columns:
        if not column.has_utc:
            continue
        utc = f'"utc {column.field.name}"'
        n, days, other = con.execute(
            f"select count({utc}), count(distinct {utc}), count({column.out}) + count(*) filter (where {utc} <> date_trunc('day', {utc})) from parsed"
        ).fetchall()[0]
        if other or days < FEWEST_DAYS:
            continue
        con.execute(f"update parsed set {column.out} = {utc}, {utc} = null")
        con.execute(
            "insert into warnings values (null, ?, null, ?)",
            [column.field.name, f"all {n:,} stamps are midnights in UTC: they are taken as days, not as moments"],
        )


def _cast(column: Column, value: str) -> casting.Cast:
    if len(value) > LONGEST_FIELD:
        return casting.Cast(reason=f"is longer than {LONGEST_FIELD // 1024} kB")
    if casting.tidy(value) == "":
        return casting.Cast(None)
    if mistake := casting.formula_mistake(casting.tidy(value)):
        return casting.Cast(reason=mistake)
    if column.field.type == "datetime":
        return casting.cast_datetime(value, column.formats)
    if column.point:
        found = re.search(column.point[0], value)
        value = found[column.point[1]] if found else value
    return casting.cast_number(value, whole=column.field.type == "integer")


def _apply(con: duckdb.DuckDBPyConnection, column: Column, casts: list[tuple[str, casting.Cast]], failed: str) -> None:
    kind = {"datetime": pa.timestamp("us"), "integer": pa.int64(), "number": pa.float64()}[column.field.type]
    table = pa.table({
        "raw": pa.array([value for value, _ in casts], pa.string()),
        "value": pa.array([cast.value for _, cast in casts], kind),
        "is_utc": pa.array([cast.utc for _, cast in casts], pa.bool_()),
        "reason": pa.array([cast.reason for _, cast in casts], pa.string()),
        "warning": pa.array([cast.warning for _, cast in casts], pa.string()),
    })  # fmt: skip
    con.register("mended_in", table)
    con.execute(
        f"create or replace temp table mended as select p.r, m.* from parsed as p join text as t on t.rowid = p.r "
        f"join mended_in as m on m.raw = t.{column.raw} where {failed}"
    )
    con.unregister("mended_in")
    con.execute(
        f"update parsed set {column.out} = m.value from mended as m where m.r = parsed.r and m.value is not null "
        "and not m.is_utc"
    )
    if any(cast.utc for _, cast in casts):
        con.execute(
            f'update parsed set "utc {column.field.name}" = m.value from mended as m where m.r = parsed.r and m.is_utc'
        )
    con.execute(
        "insert into problems select r, $field, raw, reason from mended where reason <> ''",
        {"field": column.field.name},
    )
    con.execute(
        "insert into warnings select r, $field, raw, warning from mended where warning <> ''",
        {"field": column.field.name},
    )


def _finish(
    con: duckdb.DuckDBPyConnection, columns: list[Column], years: tuple[int, int], loaded: Loaded, setting: Setting
) -> None:
    """`typed(<every field of the schema>, line)`, times in UTC, without the rows set aside."""
    zone = setting.source.zone or setting.zone
    found = {column.field.name: column for column in columns}
    constants = {mapped.name: mapped.constant for mapped in setting.source.fields if mapped.constant is not None}
    chosen = []
    for each in setting.schema.fields:
        column = found.get(each.name)
        if each.name == setting.made_key:
            chosen.append(f'k.key as "{each.name}"')
        elif column is None:
            constant = constants.get(each.name)
            value = "null" if constant is None else sql_text(constant)
            chosen.append(f'{value}::{each.duckdb_type} as "{each.name}"')
        elif each.type == "datetime":
            utc = zones.utc_sql(f"p.{column.out}", zone, *years)
            chosen.append(
                f'coalesce(p."utc {each.name}", {utc}) as {column.out}' if column.has_utc else f"{utc} as {column.out}"
            )
        else:
            chosen.append(f"p.{column.out}")
    line = "n.line" if loaded.has_lines else f"p.r + {loaded.first_line}"
    join = "join lines as n on n.rowid = p.r" if loaded.has_lines else ""
    join += " join made_key as k on k.r = p.r" if setting.made_key else ""
    where = "where p.r not in (select r from problems)" if count_rows(con, "problems") else ""
    con.execute(f"create view typed as select {', '.join(chosen)}, {line} as line from parsed as p {join} {where}")


def _outcome(
    con: duckdb.DuckDBPyConnection, columns: list[Column], loaded: Loaded, setting: Setting, bad: int
) -> Outcome:
    total = count_rows(con, "text") + len(loaded.bad)
    main = setting.schema.main_time
    times = [
        column.field.name for column in columns if column.field.type == "datetime" and column.field.name != "deleted_at"
    ]
    main = main if main in times else (times[0] if times else main)
    first, last = con.execute(f'select min("{main}"), max("{main}") from typed').fetchall()[0]
    latest = last
    if times:
        every = ", ".join(f'max("{name}")' for name in times)
        latest = max(
            (value for value in con.execute(f"select {every} from typed").fetchall()[0] if value), default=None
        )
    reasons = {
        (f"{column}: {reason}" if column else reason): n
        for column, reason, n in con.execute(
            'select "column", reason, count(*) from quarantine group by all order by all'
        ).fetchall()
    }
    as_text: Callable[[Any], str | None] = lambda value: None if value is None else str(value)  # noqa: E731
    return Outcome(total, total - bad, bad, reasons, as_text(first), as_text(last), as_text(latest))
