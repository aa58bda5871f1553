"""The static edition of a draft: its pages, every format of its tables, and what each release has changed."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from publicsafety.documents import open_data, tables_workbook
from publicsafety.documents.csv import harmless, lines
from publicsafety.language import gettext as _
from publicsafety.pipeline.release import opendata
from publicsafety.pipeline.release.drafting import Draft
from publicsafety.pipeline.release.history import Past
from publicsafety.pipeline.release.years import quarter_of
from publicsafety.released import ReleasedDatabase
from publicsafety.site import write
from publicsafety.site.changes import MEASURES, Release, Revision
from publicsafety.site.source import opened

SITE = "site"
CHANGES, RELEASES, DICTIONARY = "changes.csv", "releases.json", "dictionary.csv"
Rows = Mapping[tuple[str, ...], Mapping[str, str]]


def files(database: Path, draft: Draft) -> dict[str, bytes]:
    """Every file below the open folder that the static edition of a draft is made of. Raises SiteError."""
    releases, edition = history(draft), draft.edition
    with opened(database) as source:
        data = {**draft.files, **formats(source), CHANGES: changes_csv(releases), RELEASES: releases_json(releases)}
        names = [name for name in data if name != "datapackage.json"]
        place = address(edition, "latest/data/")
        data["data.json"] = opendata.data_json(draft.policy, edition, draft.tables, names, place)
        made = write(source, releases, data, words, address(edition))
    return {f"{SITE}/{name}": content for name, content in made.items()}


def address(edition: opendata.Edition, place: str = "") -> str:
    """Where the static edition will be served, as the city file says; empty when it does not."""
    base = str(edition.city.get("open_data") or "")
    return f"{base.rstrip('/')}/{place}" if base else ""


def words() -> dict[str, str]:
    """What the files are that are no single table, in the language in use."""
    return {
        tables_workbook.NAME: _("All tables as one accessible workbook: cover, notes, one table a sheet"),
        DICTIONARY: _("Data dictionary: every column of every table, with the definition of its figure"),
        "datapackage.json": _("Data Package: a table schema and the rules of protection for each table"),
        "data.json": _("Catalogue entry for data portals (DCAT-US 3)"),
        CHANGES: _("Every revised figure of every release, as it was and as it is, with the reason"),
        RELEASES: _("Every release: its number, its day, how far it reaches, what was new"),
    }


def formats(source: ReleasedDatabase) -> dict[str, bytes]:
    """The tables as Parquet and as a workbook, and the dictionary of their columns."""
    frame, cells, labels = source.table("tables"), source.table("catalogue"), source.table("labels")
    rows = [{str(key): value for key, value in row.items()} for row in frame[frame["start"].notna()].to_dict("records")]
    cards = {str(row["metric"]): json.loads(row["card"]) for row in source.table("definitions").to_dict("records")}
    titles = {str(row["dimension"]): str(row["title"]) for row in labels.to_dict("records")}
    release = {str(row["key"]): str(row["value"]) for row in source.table("release_info").to_dict("records")}
    by_table = dict(list(cells.groupby("table_id")))
    made: dict[str, bytes] = {}
    for row in rows:
        name, dimensions = str(row["table_id"]), tuple(str(each) for each in row["dimensions"])
        kind = str(cards[str(row["metric"])]["kind"])
        made[f"{name}.parquet"] = open_data.table_parquet(by_table[name], dimensions, kind, str(row["title"]), titles)
    city = source.city
    publisher = f"{city.department}, {city.name}"
    made[tables_workbook.NAME] = tables_workbook.write(
        rows, cells, cards, release, publisher, city.contact, source.as_of
    )
    made[DICTIONARY] = open_data.dictionary(rows, titles, cards)
    return made


def history(draft: Draft) -> list[Release]:
    """Every release with what it changed, the oldest first, this one last; a draft that says nothing new is the last of
    the past."""
    found: list[Release] = []
    before: Mapping[str, Rows] = {}
    for each in draft.past:
        now = {name: table.rows for name, table in each.tables.items()}
        told = {
            table.id: (str(_title(each, name)), str(table.disclosure["grain"])) for name, table in each.tables.items()
        }
        created, reasons = opendata.created_of(each.package), opendata.corrections_of(each.package)
        through = each.closed_until
        found.append(_release(each.number, created, through, before, now, told, reasons, each.manifest_sha256))
        before = now
    if draft.changed:
        edition, tables = draft.edition, [each.table for each in draft.tables]
        titles = {each.id: (each.title, each.grain) for each in tables}
        now = {each.id: _rows(draft.files[f"{each.id}.csv"], len(each.dimensions)) for each in tables}
        reasons = [dict(each) for each in edition.corrections]
        found.append(_release(edition.number, edition.created, edition.closed_until, before, now, titles, reasons, ""))
    return found


def _title(release: Past, name: str) -> str:
    found = (each["title"] for each in release.package["resources"] if each["disclosure"]["table"] == name)
    return str(next(found, name))


def _rows(content: bytes, dimensions: int) -> Rows:
    """The rows of a CSV by period and categories, as `history` reads those of the archive."""
    reader = csv.reader(io.StringIO(content.decode()))
    header = next(reader)
    return {tuple(line[: 1 + dimensions]): dict(zip(header, line, strict=True)) for line in reader}


def _release(
    number: int,
    created: date | None,
    closed_until: date,
    before: Mapping[str, Rows],
    now: Mapping[str, Rows],
    titles: Mapping[str, tuple[str, str]],
    corrections: Sequence[Mapping[str, Any]],
    sha256: str,
) -> Release:
    """What one release says that the one before it did not, and what it says otherwise."""
    known = {
        (titles[name][1], key[0])
        for name, rows in now.items()
        for key in rows
        if titles[name][1] in ("year", "quarter")
    }
    old = {(titles[name][1], key[0]) for name, rows in before.items() if name in titles for key in rows}
    revisions = [
        each
        for name, rows in sorted(now.items())
        for key, row in sorted(rows.items())
        if name in before and key in before[name]
        for each in _revised(name, titles[name], key, before[name][key], row, number, corrections)
    ]
    return Release(
        number, created, date.fromordinal(closed_until.toordinal() - 1), tuple(sorted(known - old, key=lambda each: (each[1], each[0]))),
        tuple(titles[name][0] for name in now if name not in before), tuple(revisions), sha256,
    )  # fmt: skip


def _revised(
    name: str,
    titled: tuple[str, str],
    key: tuple[str, ...],
    before: Mapping[str, str],
    now: Mapping[str, str],
    number: int,
    corrections: Sequence[Mapping[str, Any]],
) -> list[Revision]:
    title, grain = titled
    return [
        Revision(name, title, grain, key[0], key[1:], measure, before[measure], now[measure], now["status"],
                 _reason(key[0], grain, number, corrections))
        for measure in MEASURES
        if measure in now and measure in before and now[measure] != before[measure]
    ]  # fmt: skip


def _reason(period: str, grain: str, number: int, corrections: Sequence[Mapping[str, Any]]) -> str:
    """Why: the reasons of the corrections that this release brought for the period."""

    def is_about(quarter: str) -> bool:
        return quarter[:4] == period[:4] if grain == "year" else quarter == quarter_of(period)

    told = [str(each["reason"]) for each in corrections if each["release"] == number and is_about(str(each["quarter"]))]
    return "; ".join(dict.fromkeys(told))


def changes_csv(releases: Sequence[Release]) -> bytes:
    """Every revised figure of every release."""
    rows: list[tuple[Any, ...]] = [
        ("release", "published", "table", "period", "of", "measure", "before", "now", "status", "reason")
    ]
    for release in releases:
        for each in release.revisions:
            published = release.created.isoformat() if release.created else ""
            of = "; ".join(map(harmless, each.dimensions))
            told = (each.measure, each.before, each.after, each.status, harmless(each.reason))
            rows.append((release.number, published, each.table, each.period, of, *told))
    return lines(rows)


def releases_json(releases: Sequence[Release]) -> bytes:
    """The list of releases, for programs."""
    told = [
        {
            "release": each.number,
            "published": each.created.isoformat() if each.created else None,
            "through": each.through.isoformat(),
            "folder": f"../../{each.number:04d}/",
            "new_periods": [{"grain": grain, "period": period} for grain, period in each.new_periods],
            "new_tables": list(each.new_tables),
            "revised": len(each.revisions),
        }
        for each in releases
    ]
    return (json.dumps({"releases": told}, ensure_ascii=False, indent=1) + "\n").encode()
