"""Every load of a canonical table becomes one `raw_<table>` with one row per key, and each row's fate is counted.

Same key and same values: a duplicate. Same key and other values: the newest export wins (in one file the last row),
and the older row is superseded. Update rows fill the blank fields of the row that they name. The result does not
depend on the order in which files were given.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from publicsafety.pipeline.reading import Part
from publicsafety.pipeline.schemas import Schema
from publicsafety.pipeline.zones import local_sql

MOST_CONFLICTS = 200
CHANGING = {"cases", "services", "referrals"}
CHILDREN = {"services": "cases", "referrals": "cases"}  # a row whose case_number is in no case is an orphan


@dataclass(frozen=True)
class MergedPart:
    """One table of one file, typed and waiting in the cache."""

    part: Part
    folder: Path
    sha256: str

    @property
    def exported_at(self) -> str:
        return self.part.exported_at or ""

    @property
    def rows(self) -> str:
        return str(self.folder / "rows.parquet").replace("'", "''")


@dataclass
class Counts:
    """The fate of a part's rows."""

    loaded: int = 0
    duplicate: int = 0
    superseded: int = 0
    quarantined: int = 0
    reasons: dict[str, int] = field(default_factory=dict)


def merge(
    con: duckdb.DuckDBPyConnection, parts: list[MergedPart], tables: dict[str, Schema], zone: str, share: float
) -> list[Counts]:
    """Create all `raw_*` and the row-level `load_*` tables; the counts come in the order of `parts` (oldest first)."""
    _create_loads(con, parts)
    counts = [Counts(each.part.rows_good, 0, 0, each.part.rows_quarantined, dict(each.part.reasons)) for each in parts]
    for schema in tables.values():
        mine = [n for n, each in enumerate(parts) if each.part.table == schema.name]
        _insert(con, schema, parts, counts, [n for n in mine if parts[n].part.merge == "insert"])
        _update(con, schema, parts, counts, [n for n in mine if parts[n].part.merge == "update"])
    for child, parent in CHILDREN.items():
        if child in tables and parent in tables:
            _orphans(con, child, parent, parts, counts, share)
    for schema in tables.values():
        _completeness(con, schema, zone)
    return counts


def _create_loads(con: duckdb.DuckDBPyConnection, parts: list[MergedPart]) -> None:
    con.execute(
        'create table load_quarantine (file varchar, line bigint, "column" varchar, "value" varchar, reason varchar, "row" varchar)'
    )
    con.execute(
        'create table load_warnings (file varchar, line bigint, "column" varchar, "value" varchar, warning varchar)'
    )
    con.execute('create table load_labels (file varchar, "column" varchar, label varchar, canonical varchar, n bigint)')
    con.execute('create table load_completeness ("table" varchar, field varchar, month date, n bigint, filled bigint)')
    for each in sorted(parts, key=lambda each: each.part.file):
        for name in ("quarantine", "warnings", "labels"):
            path = str(each.folder / f"{name}.parquet").replace("'", "''")
            con.execute(f"insert into load_{name} select $file, * from '{path}'", {"file": each.part.file})


def _empty(con: duckdb.DuckDBPyConnection, schema: Schema) -> None:
    columns = ", ".join(f'"{each.name}" {each.duckdb_type}' for each in schema.fields)
    con.execute(f"create table raw_{schema.name} ({columns}, file varchar, line bigint)")


def _insert(
    con: duckdb.DuckDBPyConnection, schema: Schema, parts: list[MergedPart], counts: list[Counts], mine: list[int]
) -> None:
    table = f"raw_{schema.name}"
    if not mine:
        _empty(con, schema)
        return
    names = [each.name for each in schema.fields]
    listed = ", ".join(f'"{name}"' for name in names)
    _judge(con, schema, parts, counts, mine, names)
    # The files in the cache are the table: copying a million rows would only cost time. Tables whose rows may still be
    # filled or set aside are copied.
    kind = "table" if schema.name in CHANGING else "view"
    union = " union all ".join(
        f"select {listed}, '{_escaped(parts[n].part.file)}' as file, line from '{parts[n].rows}' "
        f"where line not in (select line from losers_{schema.name} where part = {n})"
        if counts[n].loaded < parts[n].part.rows_good
        else f"select {listed}, '{_escaped(parts[n].part.file)}' as file, line from '{parts[n].rows}'"
        for n in mine
    )
    con.execute(f"create {kind} {table} as {union}")


def _judge(
    con: duckdb.DuckDBPyConnection,
    schema: Schema,
    parts: list[MergedPart],
    counts: list[Counts],
    mine: list[int],
    names: list[str],
) -> None:
    """Create `losers_<table>(part, line)`, the rows that another row of the same key stands for, and count them.

    Only rows whose key comes more than once are compared: in most exports that is a handful of a million.
    """
    keyed = " union all ".join(
        f"select hash({_key(schema, parts[n].part)}) as key from '{parts[n].rows}'" for n in mine
    )
    con.execute(f"create or replace temp table twice as select key from ({keyed}) group by key having count(*) > 1")
    listed = ", ".join(f'"{name}"' for name in names)
    union = " union all ".join(
        f"select {n} as part, {_key(schema, parts[n].part)} as key, {listed}, line from '{parts[n].rows}' "
        f"where hash({_key(schema, parts[n].part)}) in (from twice)"
        for n in mine
    )
    # `won` is the row whose values win; `copy` tells the rows that hold the very same values apart.
    con.execute(
        f"create or replace temp table judged as select part, key, line, whole, first_value(whole) over w as won, "
        "row_number() over (partition by key, whole order by part, line) as copy from "
        f"(select part, key, line, {_whole(names)} as whole from ({union})) "
        "window w as (partition by key order by part desc, line desc rows between unbounded preceding and unbounded following)"
    )
    con.execute(
        f"create or replace table losers_{schema.name} as select part, line from judged where whole <> won or copy > 1"
    )
    for n, duplicate, superseded in con.execute(
        "select part, count(*) filter (where whole = won and copy > 1), count(*) filter (where whole <> won) from judged group by part"
    ).fetchall():
        counts[n].loaded -= duplicate + superseded
        counts[n].duplicate, counts[n].superseded = duplicate, superseded
    files = " ".join(f"when {n} then '{_escaped(parts[n].part.file)}'" for n in mine)
    con.execute(
        f"insert into load_warnings select case part {files} end, line, $column, key, "
        "'the same key comes again with other values; the newest is taken' from judged where whole <> won "
        f"order by part, line limit {MOST_CONFLICTS * len(mine)}",
        {"column": schema.primary_key[0]},
    )
    con.execute("drop table twice; drop table judged")


def _whole(names: list[str]) -> str:
    """SQL for one hash of all values of a row; a blank and an empty text are told apart."""
    listed = ", ".join(f'coalesce("{name}"::varchar, chr(30))' for name in names)
    return f"md5(concat_ws(chr(31), {listed}))"


def _escaped(text: str) -> str:
    return text.replace("'", "''")


def _key_fields(schema: Schema, part: Part) -> list[str]:
    """The fields of the key that this source maps; a calls export with one row per incident has no unit in its key."""
    fields = [name for name in schema.primary_key if name in part.fields]
    if schema.name == "calls" and part.grain != "unit":
        fields = [name for name in fields if name != "unit"]
    return fields


def _key(schema: Schema, part: Part) -> str:
    """SQL for a row's key as text. Without a mapped key the whole row is its key: equal rows are duplicates."""
    fields = _key_fields(schema, part)
    if not fields:
        fields = list(part.fields)
    return "concat_ws(chr(31), " + ", ".join(f"coalesce(\"{name}\"::varchar, '')" for name in fields) + ")"


def _update(
    con: duckdb.DuckDBPyConnection, schema: Schema, parts: list[MergedPart], counts: list[Counts], mine: list[int]
) -> None:
    """Fill blank fields of existing rows, newest update first; an update that names no row is set aside."""
    table, key = f"raw_{schema.name}", schema.primary_key[0]
    deleted = "deleted_at" in schema.by_name
    for n in reversed(mine):
        part = parts[n]
        filled = [name for name in part.part.fields if name not in (*schema.primary_key, "deleted_at")]
        listed = ", ".join(f'"{each.name}"' for each in schema.fields)
        con.execute(
            f"create or replace temp table updates as select *, {_whole([key, *filled])} as whole, "
            f'"{key}" in (select "{key}" from {table}) as known from (select {listed}, line from \'{part.rows}\')'
        )
        con.execute(
            f'create or replace temp table chosen as select *, first_value(whole) over w as won, row_number() over (partition by "{key}", whole order by line) as copy '
            f'from updates where known window w as (partition by "{key}" order by line desc rows between unbounded preceding and unbounded following)'
        )
        sets = ", ".join(f'"{name}" = coalesce({table}."{name}", u."{name}")' for name in filled)
        where = "and u.deleted_at is null" if deleted else ""
        if sets:
            con.execute(
                f'update {table} set {sets} from chosen as u where u."{key}" = {table}."{key}" and u.whole = u.won and u.copy = 1 {where}'
            )
        loaded, duplicate, superseded = con.execute(
            "select count(*) filter (where whole = won and copy = 1), count(*) filter (where whole = won and copy > 1), "
            "count(*) filter (where whole <> won) from chosen"
        ).fetchall()[0]
        counts[n].loaded, counts[n].duplicate, counts[n].superseded = loaded, duplicate, superseded
        orphans = con.execute(f'select line, "{key}" from updates where not known order by line').fetchall()
        reason = f"names no row of {schema.name}: an orphan"
        _quarantine(con, part.part.file, key, reason, orphans, counts[n])
        con.execute("drop table updates; drop table chosen")


def _quarantine(
    con: duckdb.DuckDBPyConnection, file: str, column: str, reason: str, rows: list[tuple[int, str]], counts: Counts
) -> None:
    if not rows:
        return
    con.executemany(
        "insert into load_quarantine values (?, ?, ?, ?, ?, null)",
        [[file, line, column, value, reason] for line, value in rows],
    )
    counts.quarantined += len(rows)
    counts.reasons[f"{column}: {reason}"] = counts.reasons.get(f"{column}: {reason}", 0) + len(rows)


def _orphans(
    con: duckdb.DuckDBPyConnection, child: str, parent: str, parts: list[MergedPart], counts: list[Counts], share: float
) -> None:
    """Rows that name an unknown case are set aside, unless so many do that the case export must be the short one."""
    known = con.execute(f"select count(*) from raw_{parent}").fetchall()
    if not known[0][0]:
        return
    for n, each in enumerate(parts):
        if each.part.table != child or each.part.merge != "insert":
            continue
        rows = con.execute(
            f"select line, case_number from raw_{child} where file = $file and case_number is not null "
            f"and case_number not in (select case_number from raw_{parent}) order by line",
            {"file": each.part.file},
        ).fetchall()
        if not rows:
            continue
        if len(rows) > max(share * each.part.rows_read, 3):
            con.execute(
                "insert into load_warnings (file, \"column\", warning) values (?, 'case_number', ?)",
                [
                    each.part.file,
                    f"{len(rows):,} of {each.part.rows_read:,} rows name a case that no file of cases holds; they are kept",
                ],
            )
            continue
        con.execute(
            f"delete from raw_{child} where file = $file and case_number is not null "
            f"and case_number not in (select case_number from raw_{parent})",
            {"file": each.part.file},
        )
        counts[n].loaded -= len(rows)
        _quarantine(con, each.part.file, "case_number", f"names no row of {parent}: an orphan", rows, counts[n])


def _completeness(con: duckdb.DuckDBPyConnection, schema: Schema, zone: str) -> None:
    """How many rows of each month have each field filled."""
    years = con.execute(
        f'select min(year("{schema.main_time}")), max(year("{schema.main_time}")) from raw_{schema.name}'
    ).fetchall()[0]
    if years[0] is None:
        return
    local = local_sql(f'"{schema.main_time}"', zone, *years)
    month = f"date_trunc('month', {local})::date"
    filled = ", ".join(f'count("{each.name}") as "{each.name}"' for each in schema.fields)
    names = ", ".join(f'"{each.name}"' for each in schema.fields)
    con.execute(
        f"insert into load_completeness select '{schema.name}', field, month, n, filled from "
        f"(unpivot (select {month} as month, count(*) as n, {filled} from raw_{schema.name} group by all having count(*) > 0) on {names} "
        "into name field value filled) order by all"
    )
