"""Which rows cannot stand? Each check is one condition in SQL: counted first, looked up only where there is a hit."""

from __future__ import annotations

from datetime import timedelta

import duckdb

from publicsafety.pipeline import casting, zones
from publicsafety.pipeline.columns import (
    EARLIEST,
    LATEST,
    LONGEST_FIELD,
    Column,
    Setting,
    is_read_by_distinct,
    sql_text,
)
from publicsafety.pipeline.footers import FOOTER_PATTERN

MOST_AHEAD = 300  # days by which a stamp may lie after nine tenths of its column, where the file has no date
PLANNED = {"roster"}  # tables that may speak of the future
IMPOSSIBLE = {"cases": ("opened_at", "closed_at"), "roster": ("starts_at", "ends_at")}  # these rows are set aside


def years_of(con: duckdb.DuckDBPyConnection, columns: list[Column]) -> tuple[int, int]:
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


def judge_rows(con: duckdb.DuckDBPyConnection, columns: list[Column], years: tuple[int, int], setting: Setting) -> None:
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
            f"lower(trim(t.{column.raw}, ' \ufeff')) = {sql_text(column.header.strip().lower())}" for column in telling
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
    return [(f"{' and '.join(others)} and regexp_matches(p.{key.out}, {sql_text(FOOTER_PATTERN)})", "", "", "footer")]


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
        elif not is_read_by_distinct(column):
            for spelling, error in (
                (f"= {sql_text(casting.UNCOMPUTED)}", casting.UNCOMPUTED),
                (f"<> {sql_text(casting.UNCOMPUTED)}", "#REF!"),
            ):
                among = f"({p} between '#' and '$' or starts_with({p}, 'Err:'))"
                full = f"{among} and regexp_full_match({p}, {sql_text(casting.ERROR_PATTERN)}) and {p} {spelling}"
                checks.append((f"({full})", name, raw, casting.formula_mistake(error)))
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
