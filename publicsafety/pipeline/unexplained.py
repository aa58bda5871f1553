"""Labels that no mapping explains, and what becomes of their rows: said with every build, for they change figures."""

from __future__ import annotations

import duckdb

from publicsafety.city import place_of
from publicsafety.pipeline.guessing import NEEDLE
from publicsafety.pipeline.sources import SOURCES

MOST_NAMED = 8
FOLDED = "trim(regexp_replace(lower(replace({text}, '/', ' or ')), '\\s+', ' ', 'g'))"  # as the marts compare labels
# What a label outside the categories means for the figures; a field that is not here keeps it as a label of its own.
MEANS = {
    "agency": "whether police went is unknown on their calls, and none of them counts as the team",
    "police_role": "police involvement counts as unknown on them, and no response of the team is told by them",
    "eligibility": "they do not count as eligible",
    "status": "they count as visits only with a date of closing or a number of needles",
    "result": "their referrals are judged by their dates alone",
    "evidence": "they vouch for no connection",
    "outcome": "they do not count as met",
    "kind": "they do not count as requests about needles",
}
# The fields whose labels a list in data/reference explains, and the column of the list that names them.
LISTS = {
    "nature": ("natures", "nature"),
    "final_nature": ("natures", "nature"),
    "disposition": ("dispositions", "disposition"),
    "need": ("needs", "need"),
    "partner": ("partners", "partner"),
}


def unlisted(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Marks the labels that no list in data/reference has (no canonical label in `load_labels`), and says which they are."""
    found: dict[str, list[tuple[str, int]]] = {}
    named: dict[str, set[str]] = {}
    fields = con.execute(
        'select distinct f."table", l."column" from load_labels as l join load_files as f using (file) order by all'
    ).fetchall()
    for table, column in fields:
        if column not in LISTS:
            continue
        name, canonical = LISTS[column]
        rows = con.execute(
            f"""update load_labels as l set canonical = null from load_files as f
            where l.file = f.file and f."table" = $1 and l."column" = $2
                and l.canonical in (select {column} from raw_{table})
                and {FOLDED.format(text="l.canonical")} not in (
                    select {FOLDED.format(text="label")} from ref_{name}
                    union all select {FOLDED.format(text=canonical)} from ref_{name}
                )
            returning l.file, l.label, l.n""",
            [table, column],
        ).fetchall()
        for file, label, n in sorted(rows):
            found.setdefault(name, []).append((label, n))
            named.setdefault(name, set()).add(file)
    return [_unlisted(name, named[name], labels) for name, labels in sorted(found.items())]


def _unlisted(name: str, files: set[str], labels: list[tuple[str, int]]) -> str:
    total: dict[str, int] = {}
    for label, n in labels:
        total[label] = total.get(label, 0) + n
    shown = _shown(sorted(total.items(), key=lambda item: (-item[1], item[0])))
    where = min(files) if len(files) == 1 else f"{len(files)} files"
    return (
        f"{where}: reference/{name}.csv has no line for these labels: {shown}; each is kept as a label of its own, in no "
        "group. Add a line for each and build again."
    )


def _shown(labels: list[tuple[str, int]]) -> str:
    shown = ", ".join(f'"{label[:60]}" ({n:,})' for label, n in labels[:MOST_NAMED])
    return f"{shown} and {len(labels) - MOST_NAMED} more" if len(labels) > MOST_NAMED else shown


def warnings(con: duckdb.DuckDBPyConnection) -> list[str]:
    """A sentence for each field of a mapping with unexplained labels, from `load_labels` and `load_files`."""
    rows = con.execute(
        """select f.source, f."table", l."column", l.label, l.canonical, sum(l.n)::bigint, min(f.file), count(distinct f.file)
        from load_labels as l join load_files as f using (file)
        where l.canonical like 'Other (new): %' or (l."column" = 'kind' and l.canonical = 'other')
        group by all order by f.source, l."column", 6 desc, l.label"""
    ).fetchall()
    found: dict[tuple[str, str], list[tuple[str, int]]] = {}
    named: dict[str, str] = {}
    kept: dict[tuple[str, str], set[str]] = {}
    for source, table, column, label, canonical, n, file, files in rows:
        if canonical == "other" and not NEEDLE.search(label):
            continue
        if (table, column) not in kept:
            kept[table, column] = _kept(con, table, column)
        if canonical not in kept[table, column]:  # of rows that were set aside: a repeated header's, a footer's
            continue
        found.setdefault((source, column), []).append((label, n))
        named[source] = file if files == 1 else f"{source} ({files} files)"
    return [_sentence(named[source], source, column, labels) for (source, column), labels in found.items()]


def _kept(con: duckdb.DuckDBPyConnection, table: str, column: str) -> set[str]:
    """The values of a column that no mapping explains, in the rows that figures are counted from."""
    rows = con.execute(
        f"""select distinct {column}::varchar from raw_{table} where {column}::varchar like 'Other (new): %' or {column}::varchar = 'other'"""
    ).fetchall()
    return {value for (value,) in rows}


def _sentence(where: str, source: str, column: str, labels: list[tuple[str, int]]) -> str:
    means = MEANS.get(column, "each is kept as a label of its own")
    mapping = "a mapping for this export" if source.startswith("canonical_") else place_of(SOURCES / f"{source}.toml")
    return (
        f"{where}: no mapping says what these labels of {column} mean: {_shown(labels)}; {means}. "
        f"Say it under [fields.{column}.values] in {mapping} and build again."
    )
