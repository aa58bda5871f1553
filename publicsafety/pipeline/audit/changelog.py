"""What each release said that the one before it did not, read off the published files alone."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from publicsafety.site.changes import MEASURES, Revision
from publicsafety.site.changes import Release as Listed

from .published import TOTAL, Release, Row, Table
from .reading import PACKAGE, read_json

Key = tuple[str, ...]
TOLD = ("year", "quarter")  # the grains of which a list of releases names new periods


def changelog(releases: Sequence[Release]) -> list[Listed]:
    """Every release as the edition's list of releases tells it, the oldest first."""
    found, before = [], None
    for release in releases:
        found.append(_listed(release, before))
        before = release
    return found


def _listed(release: Release, before: Release | None) -> Listed:
    package = read_json(Path(release.folder) / PACKAGE)
    titles = {str(one["disclosure"]["table"]): str(one.get("title", "")) for one in package.get("resources", [])}
    old = {table.name: table for table in before.tables} if before else {}
    known = {(table.grain, row.period) for table in release.tables for row in table.rows if table.grain in TOLD}
    grains = {table.name: table.grain for table in release.tables}
    seen = {(grains[name], row.period) for name, table in old.items() if name in grains for row in table.rows}
    revisions = [
        each
        for table in sorted(release.tables, key=lambda one: one.name)
        if table.name in old
        for each in _revisions(table, old[table.name], titles[table.name], package, int(release.number))
    ]
    return Listed(
        number=int(release.number),
        created=date.fromisoformat(str(package["created"])[:10]) if package.get("created") else None,
        through=(release.closed_until or date.max) - timedelta(days=1),
        new_periods=tuple(sorted(known - seen, key=lambda each: (each[1], each[0]))),
        new_tables=tuple(titles[table.name] for table in release.tables if table.name not in old),
        revisions=tuple(revisions),
    )


def rows_of(table: Table) -> dict[Key, Row]:
    """The rows of a table by period and categories, totals written out."""
    named = [(row, dict(row.dimensions)) for row in table.rows]
    return {(row.period, *(told.get(name, TOTAL) for name in table.dimensions)): row for row, told in named}


def _revisions(table: Table, old: Table, title: str, package: Mapping[str, Any], number: int) -> list[Revision]:
    before, now = rows_of(old), rows_of(table)
    return [
        Revision(table.name, title, table.grain, key[0], key[1:], measure, was, row.numbers[measure], row.status,
                 _reason(package, key[0], table.grain, number))
        for key, row in sorted(now.items())
        if key in before
        for measure in MEASURES
        if measure in row.numbers
        and (was := before[key].numbers.get(measure)) is not None
        and was != row.numbers[measure]
    ]  # fmt: skip


def _reason(package: Mapping[str, Any], period: str, grain: str, number: int) -> str:
    """The reasons of the corrections that the release brought for the period, as its package tells them."""
    quarter = f"{period[:4]}-{(int(period[5:7]) - 1) // 3 * 3 + 1:02d}-01"
    told = [
        str(one["reason"])
        for one in package.get("disclosure", {}).get("corrections", [])
        if one["release"] == number
        and (str(one["quarter"])[:4] == period[:4] if grain == "year" else str(one["quarter"]) == quarter)
    ]
    return "; ".join(dict.fromkeys(told))
