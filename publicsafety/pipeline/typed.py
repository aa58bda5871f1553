"""Rows of text become typed rows, rows set aside with a reason, warnings and labels: all in SQL, one column at a time.

A column is cast by one vectorised expression. The distinct values that fail it are looked at one by one in
`casting.py`; labels are looked at once per distinct spelling. No Python runs per row.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import duckdb
import pyarrow as pa

from publicsafety.pipeline import casting, zones
from publicsafety.pipeline.footers import FOOTER, FOOTER_PATTERN, Footer, disagreements
from publicsafety.pipeline.readers.grid import BadRow, Loaded
from publicsafety.pipeline.readers.scan import Refusal
from publicsafety.pipeline.schemas import Field, Schema
from publicsafety.pipeline.sources import ISO_FORMATS, FieldMap, Source, fold_header, fold_label

EARLIEST, LATEST = "1980-01-01", "2100-01-01"
LONGEST_FIELD = 32_768
SMALL_ALLOWANCE = 3  # this many bad rows never refuse a file of which most rows are good
MOST_WARNINGS = 1000  # rows of one kind of warning per file that are listed one by one
MOST_LABELS = 20_000
MOST_ENUM = 50_000
MOST_AHEAD = 300  # days by which a stamp may lie after nine tenths of its column, where the file has no date
PLANNED = {"roster"}  # tables that may speak of the future
ORDERED = {
    "calls": (("received_at", "dispatched_at"), ("dispatched_at", "on_scene_at"), ("on_scene_at", "cleared_at"),
              ("received_at", "on_scene_at"), ("received_at", "cleared_at")),
    "unit_responses": (("dispatched_at", "on_scene_at"), ("on_scene_at", "cleared_at"), ("received_at", "dispatched_at")),
    "pickups": (("reported_at", "closed_at"),),
    "referrals": (("sent_at", "connected_at"), ("sent_at", "completed_at")),
}  # fmt: skip
IMPOSSIBLE = {"cases": ("opened_at", "closed_at"), "roster": ("starts_at", "ends_at")}  # these rows are set aside


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
    _decide_formats(con, columns, setting)
    _decide_points(con, columns, setting)
    _parse(con, columns, loaded, setting)
    _mend(con, columns, setting)
    years = _years(con, columns)
    _judge(con, columns, years, setting)
    bad = _set_aside(con, columns, loaded, setting)
    _warn(con, columns, years, loaded, setting)
    _finish(con, columns, years, loaded, setting)
    return _outcome(con, columns, loaded, setting, bad)


# -- formats ----------------------------------------------------------------------------------------------------------


def _missing(setting: Setting) -> list[str]:
    return [*dict.fromkeys([*setting.schema.missing, *setting.source.missing])]


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _missing_sql(raw: str, setting: Setting) -> str:
    return f"trim({raw}) in ({', '.join(_quote(value) for value in _missing(setting))})"


def _list(formats: Iterable[str]) -> str:
    return "[" + ", ".join(_quote(format_) for format_ in formats) + "]"


def _decide_formats(con: duckdb.DuckDBPyConnection, columns: list[Column], setting: Setting) -> None:
    """Settle each time column's format: the declared one that reads every value; two that disagree refuse the file."""
    for column in columns:
        if column.field.type != "datetime":
            continue
        declared = column.map.formats or ISO_FORMATS
        sample = [
            row[0]
            for row in con.execute(
                f"select distinct {column.raw} from (select {column.raw} from text where {column.raw} is not null "
                f"and not ({_missing_sql(column.raw, setting)}) limit 2000) limit 500"
            ).fetchall()
        ]
        formats = _with_fractions(declared, sample)
        stamps = sum(1 for value in sample if casting.OFFSET.search(value.strip()) and ":" in value)
        column.has_utc = bool(stamps)
        counts = {f: sum(1 for v in sample if casting.cast_datetime(v, (f,)).reason == "") for f in formats}
        rivals = [f for f in formats if counts[f] and counts[f] == max(counts.values())]
        rivals += [f for f in formats if f not in rivals and counts[f] and _swapped(f) in rivals]
        ordered = sorted(formats, key=lambda f: -counts[f])
        if any(_swapped(f) in rivals for f in rivals):
            ordered = _settle(con, column, rivals, ordered, setting)
        column.formats = tuple(ordered)
        column.usual = tuple(f for f in ordered if counts.get(f)) or column.formats[:1]


def _decide_points(con: duckdb.DuckDBPyConnection, columns: list[Column], setting: Setting) -> None:
    """Find latitudes and longitudes that stand in one text, such as POINT (-71.1 42.3), by the first values."""
    for column in columns:
        if column.field.name not in ("latitude", "longitude"):
            continue
        sample = con.execute(
            f"select {column.raw} from text where {column.raw} is not null and not ({_missing_sql(column.raw, setting)}) limit 20"
        ).fetchall()
        spelled = next((found for (value,) in sample if (found := casting.point_pattern(value))), None)
        if spelled:
            column.point = (spelled[0], spelled[1] if column.field.name == "latitude" else spelled[2])


def _with_fractions(formats: Iterable[str], sample: list[str]) -> list[str]:
    fractional = any(casting.FRACTION.search(value) for value in sample)
    found: list[str] = []
    for format_ in formats:
        found.append(format_)
        if fractional and format_.endswith("%S"):
            found.append(format_ + ".%f")
    return found


def _swapped(format_: str) -> str:
    """The same format with day and month exchanged, for finding rivals: 03/04 is March or April."""
    return format_.replace("%-", "%").translate(str.maketrans("md", "dm")) if "%m" in format_ else ""


def _settle(
    con: duckdb.DuckDBPyConnection, column: Column, rivals: list[str], ordered: list[str], setting: Setting
) -> list[str]:
    """Day-first or month-first? Decided by all values of the file; a tie that matters is refused, never guessed."""
    pairs = {f: _swapped(f) for f in rivals if _swapped(f) in rivals}
    total = f"{column.raw} is not null and not ({_missing_sql(column.raw, setting)})"
    dropped: set[str] = set()
    for first, second in pairs.items():
        if first in dropped or second in dropped:
            continue
        a, b, differ = con.execute(
            f"select count(a), count(b), count(*) filter (where a is distinct from b) from (select "
            f"try_strptime({column.raw}, {_quote(first)}) as a, try_strptime({column.raw}, {_quote(second)}) as b "
            f"from text where {total})"
        ).fetchall()[0]
        if a == b and differ:
            raise Refusal(
                f"{column.header}: every value can be read as {casting.readable(first)} and as "
                f"{casting.readable(second)}; declare the day/month order in the mapping (formats of {column.field.name})"
            )
        dropped.add(second if a >= b else first)
    return [f for f in ordered if f not in dropped]


# -- parse ------------------------------------------------------------------------------------------------------------


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
            return f"case when {zulu} then try_strptime({body}, {_list(column.usual)}) end"
        return f"try_strptime({raw}, {_list(column.usual)})"
    if kind == "number":
        if column.point:
            raw = f"regexp_extract({raw}, {_quote(column.point[0])}, {column.point[1]})"
        number = f"try_cast({raw} as double)"
        odd = " or ".join(f"contains({raw}, '{letter}')" for letter in "eE_xXnN")
        return f"case when {odd} then null when isfinite({number}) then {number} end"
    if kind == "integer":
        return f"case when regexp_full_match(trim({raw}), '[+-]?\\d{{1,18}}') then try_cast({raw} as bigint) end"
    text = _clean(raw, loaded)
    longest = max(map(len, _missing(setting)))
    # Identifiers are longer than most spellings of "missing": the length settles it for nearly every row.
    rarely = f"(length({raw}) <= {longest} or starts_with({raw}, ' ') or ends_with({raw}, ' ')) and {_missing_sql(raw, setting)}"
    return f"case when {rarely} then null else nullif({text}, '') end"


def _by_distinct(column: Column) -> bool:
    """Is the column read once per distinct spelling: labels, yes/no and persons?"""
    return column.field.is_label or column.field.type == "boolean" or column.field.is_hashed or bool(column.map.values)


def _parse(con: duckdb.DuckDBPyConnection, columns: list[Column], loaded: Loaded, setting: Setting) -> None:
    """`parsed(r, <fields>)`: every field typed, times still local; null where a value failed."""
    chosen, joins = ["t.rowid as r"], []
    for number, column in enumerate(columns):
        if _by_distinct(column):
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
        if _by_distinct(column):
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
    missing = set(_missing(setting)) | {value.casefold() for value in _missing(setting)}
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
    cast = [column for column in columns if column.field.type != "string" and not _by_distinct(column)]
    if not cast:
        return
    counted = ", ".join(f'count(*) filter (where "odd {column.field.name}")' for column in cast)
    odd = con.execute(f"select {counted} from parsed").fetchall()[0]
    setting.has_odd = any(odd)
    for column, n in zip(cast, odd, strict=True):
        if not n:
            continue
        failed = f'p."odd {column.field.name}" and not ({_missing_sql("t." + column.raw, setting)})'
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


def _cast(column: Column, value: str) -> casting.Cast:
    if len(value) > LONGEST_FIELD:
        return casting.Cast(reason=f"is longer than {LONGEST_FIELD // 1024} kB")
    if casting.tidy(value) == "":
        return casting.Cast(None)
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


# -- judge ------------------------------------------------------------------------------------------------------------


def _years(con: duckdb.DuckDBPyConnection, columns: list[Column]) -> tuple[int, int]:
    """First and last year of all plausible local stamps, so that only the zone's changes between them are compared."""
    times = [column.out for column in columns if column.field.type == "datetime"]
    if not times:
        return 2000, 2000
    chosen = ", ".join(
        f"min({t}) filter (where {t} >= '{EARLIEST}' and {t} < '{LATEST}'), max({t}) filter (where {t} >= '{EARLIEST}' and {t} < '{LATEST}')"
        for t in times
    )
    found = [value for value in con.execute(f"select {chosen} from parsed").fetchall()[0] if value is not None]
    return (min(found).year, max(found).year) if found else (2000, 2000)


def _judge(con: duckdb.DuckDBPyConnection, columns: list[Column], years: tuple[int, int], setting: Setting) -> None:
    """Note in `problems` every row that cannot stand: counted first, looked up only where there is one."""
    checks = [*_row_checks(columns, setting), *_value_checks(con, columns, years, setting)]
    if not checks:
        return
    counted = ", ".join(f"count(*) filter (where {sql})" for sql, *_ in checks)
    text = " join text as t on t.rowid = p.r" if any("t.c" in sql for sql, *_ in checks) else ""
    counts = con.execute(f"select {counted} from parsed as p{text}").fetchall()[0]
    for (sql, name, raw, reason), n in zip(checks, counts, strict=True):
        if n:
            shown = f"t.{raw}" if raw else "null"
            con.execute(
                f"insert into problems select p.r, $field, {shown}, $reason from parsed as p join text as t on t.rowid = p.r "
                f"where {sql}",
                {"field": name, "reason": reason},
            )


def _row_checks(columns: list[Column], setting: Setting) -> list[tuple[str, str, str, str]]:
    """Checks of a whole row: (SQL, field, raw column, reason). The repeated header comes first."""
    checks = []
    telling = [column for column in columns if column.header.strip()][:3]
    if telling and setting.has_odd:  # a header's word where a date or number belongs is odd
        same = " and ".join(
            f"lower(trim(t.{column.raw})) = {_quote(column.header.strip().lower())}" for column in telling
        )
        checks.append((same, "", "", "repeated header"))
    checks += _footer_check(columns, setting)
    for column in columns:
        if column.field.name in _needed(setting):
            stamps = f' and p."utc {column.field.name}" is null' if column.has_utc else ""
            checks.append((f"p.{column.out} is null{stamps}", column.field.name, column.raw, "is required and missing"))
    return checks


def _footer_check(columns: list[Column], setting: Setting) -> list[tuple[str, str, str, str]]:
    """A row with nothing but a key that reads "Total: 795" is a footer."""
    key = next((c for c in columns if c.field.name == setting.schema.primary_key[0] and c.field.type == "string"), None)
    if key is None or len(columns) < 2:
        return []
    others = [f"p.{c.out} is null" for c in columns if c is not key]
    others += [f'p."utc {c.field.name}" is null' for c in columns if c.has_utc]
    return [(f"{' and '.join(others)} and regexp_matches(p.{key.out}, {_quote(FOOTER_PATTERN)})", "", "", "footer")]


def _needed(setting: Setting) -> tuple[str, ...]:
    return setting.schema.primary_key if setting.source.merge == "update" else setting.schema.required


def _value_checks(
    con: duckdb.DuckDBPyConnection, columns: list[Column], years: tuple[int, int], setting: Setting
) -> list[tuple[str, str, str, str]]:
    zone = setting.source.zone or setting.zone
    checks = []
    for column in columns:
        p, name, raw = f"p.{column.out}", column.field.name, column.raw
        if column.field.type == "datetime":
            for value in (p, f'p."utc {name}"') if column.has_utc else (p,):
                checks.append((f"({value} < '{EARLIEST}' or {value} >= '{LATEST}')", name, raw,
                               f"is outside {EARLIEST[:4]} to {int(LATEST[:4]) - 1}: a stand-in for missing or a two-digit year"))  # fmt: skip
                bound = _future(con, value, setting)
                if bound:
                    checks.append((f"({value} > '{bound}' and {value} < '{LATEST}')", name, raw, "lies in the future"))
            gap = zones.gap_sql(p, zone, *years)
            if gap != "false":
                checks.append((f"({gap})", name, raw, f"never happened: clocks in {zone} were set forward over it"))
        elif column.field.type in ("integer", "number"):
            if column.field.minimum is not None:
                checks.append((f"{p} < {column.field.minimum}", name, raw, f"is below {column.field.minimum:g}"))
            if column.field.maximum is not None:
                checks.append((f"{p} > {column.field.maximum}", name, raw, f"is above {column.field.maximum:g}"))
        elif not _by_distinct(column):
            checks.append((f"length({p}) > {LONGEST_FIELD}", name, raw, f"is longer than {LONGEST_FIELD // 1024} kB"))
    names = {column.field.name: column for column in columns}
    opened, closed = IMPOSSIBLE.get(setting.schema.name, ("", ""))
    if opened in names and closed in names and not (names[opened].has_utc or names[closed].has_utc):
        checks.append((f'p."{closed}" < p."{opened}"', closed, names[closed].raw, f"lies before {opened}"))
    return checks


def _future(con: duckdb.DuckDBPyConnection, value: str, setting: Setting) -> str:
    """A bound beyond which a stamp is a mistake, judged by the file alone: the same file always reads the same.

    Two days after the export's date in the file's name, when nine tenths of the column lie before it; else 300 days
    after nine tenths of the column.
    """
    if setting.schema.name in PLANNED:
        return ""
    n, top = con.execute(
        f"select count({value}), max({value}) from parsed as p where {value} < '{LATEST}' and {value} >= '{EARLIEST}'"
    ).fetchall()[0]
    if top is None:
        return ""
    exported = None if setting.exported is None else setting.exported + timedelta(days=2)
    if exported is not None and top <= exported:
        return ""
    share = min(0.9, (n - 1) / n)
    (usual,) = con.execute(
        f"select quantile_disc({value}, {share}) from parsed as p where {value} < '{LATEST}' and {value} >= '{EARLIEST}'"
    ).fetchall()[0]
    if exported is not None and usual <= exported:
        return str(exported)
    return str((usual + timedelta(days=MOST_AHEAD)).replace(microsecond=0))


# -- set aside --------------------------------------------------------------------------------------------------------


def _set_aside(con: duckdb.DuckDBPyConnection, columns: list[Column], loaded: Loaded, setting: Setting) -> int:
    """`quarantine(line, column, value, reason, row)`, one line per bad row with its first reason; refuse if too many."""
    con.execute(
        'create table quarantine (line bigint, "column" varchar, "value" varchar, reason varchar, "row" varchar)'
    )
    line = "n.line" if loaded.has_lines else f"t.rowid + {loaded.first_line}"
    join = "join lines as n on n.rowid = t.rowid" if loaded.has_lines else ""
    cells = ", ".join(f"t.{column.raw}" for column in columns) or "null"
    rows = (
        con.execute(
            f"select {line}, w.field, w.value, w.reason, {cells} from (select r, field, value, reason from problems "
            f"qualify row_number() over (partition by r order by reason not in ('repeated header', 'footer'), rowid) = 1) as w "
            f"join text as t on t.rowid = w.r {join} order by 1"
        ).fetchall()
        if _count(con, "problems")
        else []
    )
    hidden = {column.header for column in columns if column.field.is_hashed}
    kept = []
    footers: list[Footer] = []
    for number, name, value, reason, *texts in rows:
        named = {column.header: text for column, text in zip(columns, texts, strict=True) if text is not None}
        start = str(next(iter(named.values()), "")).strip()
        if FOOTER.search(start) and reason != "repeated header":
            name, value, reason = "", None, "footer"
            footers.append(Footer(number, tuple(named.items())))
        elif start.startswith("#"):
            name, value, reason = "", None, "comment line"
        kept_cells = {header: "(not kept)" if casting.personal_pattern(text) else text
                      for header, text in named.items() if header not in hidden}  # fmt: skip
        shown = json.dumps(kept_cells, ensure_ascii=False)
        kept.append((number, name or None, None if name in _hidden(columns) else value, reason, shown[:4000]))
    is_private = bool(setting.source.ignore) or any(column.field.is_hashed for column in columns) or loaded.unmapped
    shaped = [_shape_row(row, is_private) for row in loaded.bad]
    footers += [
        Footer(row.line, tuple(("", cell) for cell in row.cells))
        for row, (*_, reason, _shown) in zip(loaded.bad, shaped, strict=True)
        if reason == "footer"
    ]
    kept += shaped
    kept.sort(key=lambda row: row[0])
    _refuse_if_many(con, kept, loaded, setting)
    data = _count(con, "text") + len(loaded.bad) - sum(row[3] in NOT_DATA for row in kept)
    _check_footers(con, columns, footers, data, setting)
    if kept:
        table = pa.table({name: pa.array([row[n] for row in kept], kind) for n, (name, kind) in enumerate(
            [("line", pa.int64()), ("column", pa.string()), ("value", pa.string()), ("reason", pa.string()), ("row", pa.string())])})  # fmt: skip
        con.register("kept_in", table)
        con.execute("insert into quarantine select * from kept_in")
        con.unregister("kept_in")
    return len(kept)


def _check_footers(
    con: duckdb.DuckDBPyConnection, columns: list[Column], footers: list[Footer], rows: int, setting: Setting
) -> None:
    """Use total rows as check sums; a warning where they disagree with what was read."""
    if not footers:
        return
    numeric = [
        c for c in columns if c.field.type in ("integer", "number") and c.field.name not in ("latitude", "longitude")
    ]
    sums: dict[str, float] = {}
    if numeric:
        chosen = ", ".join(f"coalesce(sum({column.out}), 0)" for column in numeric)
        where = "where r not in (select r from problems)"
        values = con.execute(f"select {chosen} from parsed {where}").fetchall()[0]
        sums = {column.header: float(value) for column, value in zip(numeric, values, strict=True)}
    setting.footer_warnings = disagreements(footers, rows, sums)


def _hidden(columns: list[Column]) -> set[str]:
    return {column.field.name for column in columns if column.field.is_hashed}


def _count(con: duckdb.DuckDBPyConnection, table: str) -> int:
    return int(con.execute(f"select count(*) from {table}").fetchall()[0][0])


def _shape_row(row: BadRow, is_private: bool) -> tuple[int, str | None, str | None, str, str]:
    """A row that does not fit the header. Which cell is which cannot be told, so private columns withhold it all."""
    first = next((cell.strip() for cell in row.cells if cell.strip()), "")
    reason = row.reason
    if FOOTER.search(first):
        reason = "footer"
    elif first.startswith("#"):
        reason = "comment line"
    if reason not in ("footer", "comment line") and is_private:
        shown = f"({len(row.cells)} cells, withheld: the row does not fit the header and the file has columns that are never loaded)"
    else:
        shown = json.dumps(list(row.cells)[:60], ensure_ascii=False)[:4000]
    return row.line, row.column or None, row.value or None, reason, shown


NOT_DATA = ("repeated header", "footer", "comment line")


def message(file: str, line: int, column: str | None, value: str | None, reason: str) -> str:
    """`calls.csv line 52, received_at: "2025-02-30" is not a date (expected YYYY-MM-DD HH:MM).`"""
    where = f"{file} line {line}" + (f", {column}" if column else "")
    what = f'"{value[:80]}" {reason}' if value is not None and column else reason
    return f"{where}: {what}."


def _refuse_if_many(
    con: duckdb.DuckDBPyConnection, kept: list[tuple[Any, ...]], loaded: Loaded, setting: Setting
) -> None:
    total = _count(con, "text") + len(loaded.bad)
    bad = [row for row in kept if row[3] not in NOT_DATA]
    too_many = len(bad) > setting.quarantine_share * total and (len(bad) > SMALL_ALLOWANCE or 2 * len(bad) >= total)
    if not too_many:
        return
    first = " ".join(message(setting.file, *row[:4]) for row in bad[:3])
    raise Refusal(
        f"{len(bad)} of {total} rows cannot be read, more than the {setting.quarantine_share:.0%} that quarantine_share "
        f"in the city file allows. {first}"
    )


# -- finish -----------------------------------------------------------------------------------------------------------


def _warn(
    con: duckdb.DuckDBPyConnection, columns: list[Column], years: tuple[int, int], loaded: Loaded, setting: Setting
) -> None:
    """Fill `warnings`: folds, stamps out of order, doubtful points. Points that cannot be are blanked, the row stays."""
    names = {column.field.name: column for column in columns}
    zone = setting.source.zone or setting.zone
    checks: list[tuple[str, str, str]] = []
    for column in columns:
        if column.field.type == "datetime":
            fold = zones.fold_sql(f"p.{column.out}", zone, *years)
            if fold != "false":
                checks.append(
                    (
                        f"({fold})",
                        column.field.name,
                        f"happened twice as clocks in {zone} were set back; the earlier is taken",
                    )
                )
    for before, after in ORDERED.get(setting.schema.name, ()):
        if before in names and after in names and names[before].has_utc == names[after].has_utc:
            prefix = "utc " if names[before].has_utc else ""
            checks.append(
                (
                    f'p."{prefix}{after}" < p."{prefix}{before}"',
                    after,
                    f"lies before {before}; no duration is made of it",
                )
            )
            if setting.schema.name in ("calls", "unit_responses"):
                long = f'p."{prefix}{after}" - p."{prefix}{before}" > interval 1 day'
                checks.append((long, after, f"lies more than 24 hours after {before}"))
    blanks: list[str] = []
    if "latitude" in names and "longitude" in names:
        points, blank = _point_checks(setting)
        checks += points
        blanks = blank
    if checks:
        counts = con.execute(
            f"select {', '.join(f'count(*) filter (where {sql})' for sql, *_ in checks)} from parsed as p"
        ).fetchall()[0]
        for (sql, name, text), n in zip(checks, counts, strict=True):
            if n:
                _add_warnings(con, names[name], sql, text, n)
    for sql in blanks:
        con.execute(f"update parsed as p set latitude = null, longitude = null where {sql}")
    line = (
        "(select n.line from lines as n where n.rowid = w.line)"
        if loaded.has_lines
        else f"w.line + {loaded.first_line}"
    )
    con.execute(f"update warnings as w set line = {line} where line is not null")
    for number, text in setting.footer_warnings:
        con.execute("insert into warnings values (?, null, null, ?)", [number, text])


def _add_warnings(con: duckdb.DuckDBPyConnection, column: Column, sql: str, text: str, n: int) -> None:
    con.execute(
        f"insert into warnings select p.r, $field, t.{column.raw}, $text from parsed as p join text as t on t.rowid = p.r "
        f"where {sql} order by p.r limit {MOST_WARNINGS}",
        {"field": column.field.name, "text": text},
    )
    if n > MOST_WARNINGS:
        con.execute("insert into warnings values (null, $field, null, $text)",
                    {"field": column.field.name, "text": f"{n:,} rows in all: {text}"})  # fmt: skip


def _point_checks(setting: Setting) -> tuple[list[tuple[str, str, str]], list[str]]:
    """Warnings about points, and the conditions under which a point is blanked. A point outside the city stays."""
    lat, lon = "p.latitude", "p.longitude"
    origin = f"({lat} = 0 and {lon} = 0)"
    swapped = f"((abs({lat}) > 90 and abs({lat}) <= 180 and abs({lon}) <= 90)"
    far = f"((abs({lat}) > 90 or abs({lon}) > 180)"
    if setting.bounds:
        south, west, north, east = setting.bounds
        swapped += f" or ({lon} between {south} and {north} and {lat} between {west} and {east})"
    swapped += ")"
    far += f" and not {swapped})"
    checks = [
        (swapped, "latitude", "latitude and longitude seem exchanged; the point is left blank, the row is loaded"),
        (origin, "latitude", "the point (0, 0) stands for no point; left blank, the row is loaded"),
        (
            far,
            "latitude",
            "is no latitude in degrees (projected feet or metres?); the point is left blank, the row is loaded",
        ),
    ]
    blanks = [sql for sql, *_ in checks]
    if setting.bounds:
        south, west, north, east = setting.bounds
        outside = f"not ({lat} between {south} and {north} and {lon} between {west} and {east})"
        wrong = " or ".join(blanks)
        checks.append(
            (
                f"({outside} and not ({wrong}))",
                "latitude",
                "the point lies outside the bounds of the city file; the row is loaded",
            )
        )
    return checks, blanks


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
            value = "null" if constant is None else _quote(constant)
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
    where = "where p.r not in (select r from problems)" if _count(con, "problems") else ""
    con.execute(f"create view typed as select {', '.join(chosen)}, {line} as line from parsed as p {join} {where}")


def _outcome(
    con: duckdb.DuckDBPyConnection, columns: list[Column], loaded: Loaded, setting: Setting, bad: int
) -> Outcome:
    total = _count(con, "text") + len(loaded.bad)
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
