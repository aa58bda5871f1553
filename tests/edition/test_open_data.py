"""Open data, whole: the same tables as CSV, Parquet and workbook, described for people, portals and programs."""

import csv
import json
import re
import xml.etree.ElementTree as tree
from pathlib import Path

import jsonschema
import pyarrow.parquet as parquet
import pytest
from frictionless import Package
from python_calamine import CalamineWorkbook

from tests.edition.dcat import CATALOG

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def data(site: Path) -> Path:
    return site / "latest" / "data"


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.open(encoding="utf-8")))


def same(text: str, value: object) -> bool:
    return (
        text == "" if value is None else float(text) == value if isinstance(value, int | float) else text == str(value)
    )


def test_parquet_says_what_the_csv_says(data: Path) -> None:
    tables = list(data.glob("*.parquet"))
    assert len(tables) > 20
    for path in tables:
        told, read = rows(path.with_suffix(".csv")), parquet.read_table(path)
        assert read.column_names == list(told[0])
        assert read.schema.field("period").type == "date32[day]"
        for line, other in zip(told, read.to_pylist(), strict=True):
            assert all(same(line[name], other[name]) for name in line), (path.name, line, other)


def test_the_workbook_has_a_cover_notes_and_one_table_a_sheet(data: Path) -> None:
    book = CalamineWorkbook.from_path(data / "community-safety-tables.xlsx")
    assert book.sheet_names[:4] == ["Cover", "Contents", "Notes", "Definitions"]
    tables = json.loads((data / "datapackage.json").read_text())["resources"]
    assert len(book.sheet_names) == 4 + len(tables)
    symbols = [line[0] for line in book.get_sheet_by_name("Notes").to_python()]
    assert {"[c]", "[r]", "[x]", "[z]"} <= set(symbols)
    for name, resource in zip(book.sheet_names[4:], tables, strict=True):
        lines = book.get_sheet_by_name(name).to_python()
        assert lines[0][0] == resource["title"]
        start = next(place for place, line in enumerate(lines) if str(line[0]).startswith("Period"))
        told = rows(data / resource["path"])
        assert len(lines) - start - 1 == len(told)
        measures = [field["name"] for field in resource["schema"]["fields"] if field["type"] in ("integer", "number")]
        for line, row in zip(lines[start + 1 :], told, strict=True):
            shown = line[len(line) - len(measures) :] if "Note" not in lines[start] else line[-1 - len(measures) : -1]
            for cell, measure in zip(shown, measures, strict=True):
                assert cell == (float(row[measure]) if row[measure] else f"[{row['status'] or 'x'}]"), (name, row)


def test_the_data_package_beside_the_files_is_valid_and_has_the_day_of_the_release(data: Path) -> None:
    report = Package(str(data / "datapackage.json")).validate()
    assert report.valid, report.flatten(["type", "message"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT00:00:00Z", json.loads((data / "datapackage.json").read_text())["created"])


@pytest.mark.parametrize("place", ["data.json", "site/latest/data/data.json"])
def test_data_json_is_a_dcat_us_3_catalogue(released_warehouse: Path, place: str) -> None:
    catalogue = json.loads((released_warehouse / "open" / place).read_text())
    validator = jsonschema.Draft202012Validator(CATALOG, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)
    assert [error.message for error in validator.iter_errors(catalogue)] == []
    broken = json.loads(json.dumps(catalogue))
    del broken["dataset"][0]["contactPoint"]["hasEmail"]
    broken["dataset"][0]["accrualPeriodicity"] = "every now and then"
    assert len(list(validator.iter_errors(broken))) == 2


def test_data_json_lists_every_file_under_an_address_that_stays(data: Path) -> None:
    found = json.loads((data / "data.json").read_text())["dataset"][0]["distribution"]
    addresses = [entry["downloadURL"] for entry in found]
    assert all(re.match(r"https://\S+/latest/data/[\w.-]+$", each) for each in addresses)
    files = {path.name for path in data.iterdir()} - {"data.json", "datapackage.json"}
    assert {each.rpartition("/")[2] for each in addresses} == files


def test_the_dictionary_defines_every_column_of_every_table(data: Path) -> None:
    told = rows(data / "dictionary.csv")
    for resource in json.loads((data / "datapackage.json").read_text())["resources"]:
        name = resource["path"].removesuffix(".csv")
        lines = [line for line in told if line["table"] == name]
        assert [line["column"] for line in lines] == [field["name"] for field in resource["schema"]["fields"]]
        assert all(line["title"] for line in lines)
        assert [line["type"] for line in lines] == [field["type"] for field in resource["schema"]["fields"]]
        assert any(line["counted"] for line in lines)


def test_the_feed_has_one_entry_a_release_whose_links_stay(site: Path) -> None:
    for path in site.glob("feed*.xml"):
        root = tree.parse(path).getroot()
        assert root.tag == f"{ATOM}feed"
        for name in ("id", "title", "updated"):
            assert root.findtext(f"{ATOM}{name}")
        entries = root.findall(f"{ATOM}entry")
        assert len(entries) == 1
        for entry in entries:
            assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", entry.findtext(f"{ATOM}id") or "")
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT00:00:00Z", entry.findtext(f"{ATOM}updated") or "")
            assert entry.find(f"{ATOM}link") is not None
            assert entry.findtext(f"{ATOM}summary")
