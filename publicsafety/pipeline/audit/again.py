"""The static edition written once more, from the published database alone: whatever else stands in it came from elsewhere.

The writers (`publicsafety.site`, `publicsafety.documents`) are those of the edition, and no part of the protector. They
see a database that `databases` holds against the published tables, cell by cell; so a file that they write again, byte
by byte, says nothing that the tables do not. What the protector's package writes (the list of releases, the changed
figures) is made here from the published files, by other code.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from publicsafety.documents import open_data, tables_workbook
from publicsafety.documents.csv import harmless, lines
from publicsafety.language import gettext
from publicsafety.released import ReleasedDatabase
from publicsafety.site import SiteError, write
from publicsafety.site.changes import Release as Listed
from publicsafety.site.source import opened
from publicsafety.warehouse import WarehouseError

from .changelog import changelog
from .published import Release
from .reading import MANIFEST, PACKAGE, read_json
from .report import Finding

SITE, CHANGES, RELEASES, DICTIONARY, CATALOGUE = "site", "changes.csv", "releases.json", "dictionary.csv", "data.json"
# What the files are that are no single table: English texts of the catalogues of languages, in which they are looked up.
WORDS = {
    tables_workbook.NAME: "All tables as one accessible workbook: cover, notes, one table a sheet",
    DICTIONARY: "Data dictionary: every column of every table, with the definition of its figure",
    PACKAGE: "Data Package: a table schema and the rules of protection for each table",
    CATALOGUE: "Catalogue entry for data portals (DCAT-US 3)",
    CHANGES: "Every revised figure of every release, as it was and as it is, with the reason",
    RELEASES: "Every release: its number, its day, how far it reaches, what was new",
}
AROUND = 40  # bytes beside the first difference that a finding quotes


def rewritten_findings(folder: Path, database: Path, releases: Sequence[Release]) -> Iterator[Finding]:
    """Every file of the latest edition that is not, byte by byte, what its writers make of the published database."""
    site = folder / SITE
    if not site.is_dir() or not database.is_file():
        return
    try:
        wanted = edition(folder, database, releases)
    except (SiteError, WarehouseError, duckdb.Error, LookupError, ValueError, TypeError, OSError) as error:
        says = f"the edition cannot be written again from it ({str(error).splitlines()[0] if str(error) else type(error).__name__})"
        yield Finding("unreadable database", database.name, "", says)
        return
    ours = {f"{int(releases[-1].number):04d}", "latest"}
    there = {
        path.relative_to(site).as_posix()
        for top in site.iterdir()
        for path in (top.rglob("*") if top.is_dir() and top.name in ours else [top])
        if path.is_file()
    }
    for name in sorted({*wanted, *there}):
        place, _, cell = name.rpartition("/")
        where = f"{SITE}/{place}".rstrip("/")
        if name not in there:
            yield Finding("altered release", where, cell, "is missing: the published database has such a page")
        elif name not in wanted:
            yield Finding("file not in the package", where, cell, "is no file that the published database gives")
        elif not _same(name, content := (site / name).read_bytes(), wanted[name]):
            yield Finding("altered release", where, cell, _difference(content, wanted[name]))


def _same(name: str, content: bytes, wanted: bytes) -> bool:
    """Whether two files say the same: every byte of them; of JSON every key and value, each key once.

    The digests in a manifest are held against the files themselves, so that one page that differs is one finding.
    """
    if content == wanted or not name.endswith(".json"):
        return content == wanted
    try:
        told, meant = (json.loads(one, object_pairs_hook=_once) for one in (content, wanted))
    except ValueError:
        return False
    if name.endswith(MANIFEST) and isinstance(told.get("files"), dict):
        told, meant = ({**one, "files": sorted(one["files"])} for one in (told, meant))
    return bool(told == meant)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON; a second value under one key is read by some readers and not by others."""
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a key stands twice")
    return dict(pairs)


def _difference(content: bytes, wanted: bytes) -> str:
    """Where a file first says something else than the published database does."""
    place = next((n for n, (one, other) in enumerate(zip(content, wanted, strict=False)) if one != other), len(wanted))
    first = max(0, place - AROUND // 2)
    text = " ".join(content[first : place + AROUND].decode("utf-8", "replace").split())
    said = f"from byte {place} (… {text} …)" if text.isprintable() else f"from byte {place}"
    return f"is not what the published database gives, {said}; if the program was renewed since, release again"


def edition(folder: Path, database: Path, releases: Sequence[Release]) -> dict[str, bytes]:
    """Every file below site/ as the edition's writers make it of a released database and the published tables."""
    listed, package = changelog(releases), read_json(folder / PACKAGE)
    names = [PACKAGE, *(str(one["path"]) for one in package.get("resources", []))]
    data = {name: (folder / name).read_bytes() for name in names}
    # The catalogue entry is written by the protector's package; `packages` reads it key by key.
    data[CATALOGUE] = (folder / SITE / "latest" / "data" / CATALOGUE).read_bytes()
    with opened(database) as source:
        data |= {**_formats(source), CHANGES: changes(listed), RELEASES: releases_list(listed)}
        return write(source, listed, data, _words, source.city.open_data)


def _words() -> Mapping[str, str]:
    return {name: gettext(text) for name, text in WORDS.items()}


def _formats(source: ReleasedDatabase) -> dict[str, bytes]:
    """The tables as Parquet and as a workbook, and the dictionary of their columns."""
    frame, cells = source.table("tables"), source.table("catalogue")
    rows = [{str(key): value for key, value in row.items()} for row in frame[frame["start"].notna()].to_dict("records")]
    cards = {str(row["metric"]): json.loads(row["card"]) for row in source.table("definitions").to_dict("records")}
    titles = {str(row["dimension"]): str(row["title"]) for row in source.table("labels").to_dict("records")}
    release = {str(row["key"]): str(row["value"]) for row in source.table("release_info").to_dict("records")}
    by_table = dict(list(cells.groupby("table_id")))
    made = {f"{row['table_id']}.parquet": _parquet(row, by_table, cards, titles) for row in rows}
    city = source.city
    publisher = f"{city.department}, {city.name}"
    workbook = tables_workbook.write(rows, cells, cards, release, publisher, city.contact, source.as_of)
    return {**made, tables_workbook.NAME: workbook, DICTIONARY: open_data.dictionary(rows, titles, cards)}


def _parquet(
    row: Mapping[str, Any], cells: Mapping[Any, Any], cards: Mapping[str, Any], titles: Mapping[str, str]
) -> bytes:
    dimensions, kind = tuple(str(each) for each in row["dimensions"]), str(cards[str(row["metric"])]["kind"])
    return open_data.table_parquet(cells[row["table_id"]], dimensions, kind, str(row["title"]), titles)


def changes(releases: Sequence[Listed]) -> bytes:
    """Every figure that a release revised, as docs/release-format.md has it."""
    head = ("release", "published", "table", "period", "of", "measure", "before", "now", "status", "reason")
    rows: list[tuple[Any, ...]] = [head]
    for one in releases:
        day = one.created.isoformat() if one.created else ""
        for each in one.revisions:
            of = "; ".join(harmless(label) for label in each.dimensions)
            said = (each.measure, each.before, each.after, each.status, harmless(each.reason))
            rows.append((one.number, day, each.table, each.period, of, *said))
    return lines(rows)


def releases_list(releases: Sequence[Listed]) -> bytes:
    """The list of releases for programs."""
    told = [
        {
            "release": one.number,
            "published": one.created.isoformat() if one.created else None,
            "through": one.through.isoformat(),
            "folder": f"../../{one.number:04d}/",
            "new_periods": [{"grain": grain, "period": period} for grain, period in one.new_periods],
            "new_tables": list(one.new_tables),
            "revised": len(one.revisions),
        }
        for one in releases
    ]
    return (json.dumps({"releases": told}, ensure_ascii=False, indent=1) + "\n").encode()
