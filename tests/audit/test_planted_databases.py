"""Leaks planted into the released databases and beside them: each one is caught, and the databases as made are clean."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from publicsafety.pipeline.audit import Finding
from publicsafety.pipeline.audit.databases import database_findings
from publicsafety.pipeline.audit.gate import public_definitions
from publicsafety.pipeline.audit.published import Release
from publicsafety.pipeline.audit.reading import read_releases

NOTE = "East, Other calls: 4"
# What is planted, by which statements, and a word of the finding.
PLANTED = {
    "a withheld row with its number": (["update catalogue set value = 4 where status = 'c'"], "the database holds"),
    "a sign taken from a withheld row": (["update catalogue set status = 'x' where status = 'c'"], "has the status"),
    "rows in an order of their own": (
        ["create table other as select * from catalogue order by hash(period || dimensions)", "drop table catalogue",
         "alter table other rename to catalogue"],
        "an order of its own",
    ),
    "a key that no release has": ([f"insert into build_info values ('suppressed', '{NOTE}')"], "under a key"),
    "a number behind the day of the data": ([f"update build_info set value = value || ' ({NOTE})' where key = 'as_of'"], "as_of"),
    "a number behind the city's settings": ([f"update build_info set value = value || '{NOTE}' where key = 'city'"], "city"),
    "a number in a setting of the city": (
        ["update build_info set value = replace(value, '\"name\": \"', '\"name\": \"East 4137 ') where key = 'city'"], "city.name",
    ),
    "a setting that no city has": (
        ["update build_info set value = replace(value, '{\"name\"', '{\"hidden\": 4, \"name\"') where key = 'city'"], "city.hidden",
    ),
    "a number behind the last day": ([f"update release_info set value = value || ' {NOTE}' where key = 'through'"], "through"),
    "a number in the title": ([f"update release_info set value = value || ' {NOTE}' where key = 'title'"], "title"),
    "a package that is another": (["update release_info set value = value || ' ' where key = 'datapackage'"], "datapackage"),
    "a column of the definitions": (["alter table definitions add column suppressed varchar"], "definitions.suppressed"),
    "a definition that is nobody's": ([f"update definitions set card = replace(card, '\"title\": \"', '\"title\": \"{NOTE} ')"], "definition in use"),
    "an event that nobody announced": ([f"insert into dim_events values ('2025-01-01', '{NOTE}', 'launch')"], "events.csv"),
    "an event without a day": ([f"insert into dim_events (title) values ('{NOTE}')"], "events.csv"),
    "a line about another city": ([f"update dim_peers set figure = '{NOTE}'"], "peers.csv"),
    "a column of the map": (["alter table map_areas add column responses int"], "map_areas.responses"),
    "more than an outline in a map": (["update map_areas set geojson = '{\"type\": \"Polygon\", \"coordinates\": [], \"n\": 4}'"], "outline"),
    "a hexagon that is drawn elsewhere": (
        ["update map_hexagons set geojson = (select min(geojson) from map_hexagons)"], "not drawn where",
    ),
    "the title of a category": ([f"update labels set title = '{NOTE}'"], "not the package's"),
    "a note of a table": ([f"update tables set note = '{NOTE}'"], "is not published"),
    "a title of a table": ([f"update tables set title = '{NOTE}'"], "title is"),
    "a view": (["create view leak as select 4 as n"], "is a view"),
    "a macro": (["create macro leak() as 4"], "is a macro"),
    "a sequence": (["create sequence leak start 4"], "is a sequence"),
    "a comment": (["comment on table catalogue is 'East 4137'"], "is a comment"),
    "a default of a column": (["alter table labels alter column parent set default 'East 4137'"], "is a default"),
    "another schema": (["create schema s2", "create table s2.catalogue as select 4 as hidden"], "s2.catalogue"),
    "another table": (["create table fct_calls as select 4 as n"], "fct_calls"),
}  # fmt: skip
BESIDE: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "a key of a manifest": ("public.{id}.json", lambda path: _told(path, suppressed={"East": 4137}), "suppressed"),
    "the rows of a manifest": ("public.{id}.json", lambda path: _told(path, tables={"catalogue": 4137}), "tables"),
    "a file beside the database": ("public.log", lambda path: path.write_text(NOTE), "public.log"),
    "a journal beside the database": ("council.{id}.duckdb.wal", lambda path: path.write_text(NOTE), "duckdb.wal"),
}


def _told(path: Path, **more: object) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), **more}), encoding="utf-8")


@pytest.fixture(scope="module")
def releases(released_warehouse: Path) -> tuple[Release, ...]:
    return read_releases(released_warehouse / "open", public_definitions())


@pytest.fixture
def warehouse(released_warehouse: Path, tmp_path: Path) -> Path:
    """The released databases, to be written to."""
    for audience in ("public", "council"):
        for path in released_warehouse.glob(f"{audience}.*"):
            shutil.copy(path, tmp_path / path.name)
            (tmp_path / path.name).chmod(0o644)
    return tmp_path


def texts(found: list[Finding]) -> str:
    return "\n".join(f"{one.table}: {one.cell}: {one.says}" for one in found)


def test_the_databases_of_a_release_are_clean(warehouse: Path, releases: tuple[Release, ...]) -> None:
    """The control."""
    assert database_findings(warehouse, releases) == []


@pytest.mark.parametrize("leak", PLANTED, ids=str)
def test_what_was_slipped_into_a_database_is_found(warehouse: Path, releases: tuple[Release, ...], leak: str) -> None:
    """In the public file alone; the council's is as it was made."""
    statements, says = PLANTED[leak]
    build = (warehouse / "public.current").read_text(encoding="utf-8").strip()
    (warehouse / f"public.{build}.json").unlink()  # nothing is caught by its digest
    with duckdb.connect(str(warehouse / f"public.{build}.duckdb")) as connection:
        for statement in statements:
            connection.execute(statement)
    found = database_findings(warehouse, releases)
    assert says in texts(found)
    assert {one.table for one in found} == {f"public.{build}.duckdb"}


@pytest.mark.parametrize("leak", BESIDE, ids=str)
def test_what_was_slipped_beside_a_database_is_found(warehouse: Path, releases: tuple[Release, ...], leak: str) -> None:
    """Manifests are served with the files, and what bears their name may be."""
    name, plant, says = BESIDE[leak]
    plant(warehouse / name.format(id=(warehouse / "public.current").read_text(encoding="utf-8").strip()))
    assert says in texts(database_findings(warehouse, releases))


def test_an_earlier_build_that_is_still_kept_is_read_too(warehouse: Path, releases: tuple[Release, ...]) -> None:
    """Past briefings are made from it, and going back is moving the pointer."""
    build = (warehouse / "public.current").read_text(encoding="utf-8").strip()
    earlier = warehouse / "public.0123456789ab.duckdb"
    shutil.copy(warehouse / f"public.{build}.duckdb", earlier)
    with duckdb.connect(str(earlier)) as connection:
        connection.execute("create table load_files as select 4 as n")
    assert "public.0123456789ab.duckdb: load_files" in texts(database_findings(warehouse, releases))
