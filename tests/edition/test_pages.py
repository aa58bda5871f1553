"""Every page of the static edition: its numbers are the catalogue's, its links lead somewhere, it asks nobody else."""

import csv
import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest

from publicsafety import language
from publicsafety.briefing.core import Period
from publicsafety.findings import contents
from publicsafety.site.pages import period_links
from tests.edition.reading import Page, read

HEAVIEST = 300 * 1024
NUMBER = re.compile(r"\d+(?:[.,\u00a0\u202f]\d+)*")
CANARIES = ("CANARY", "555-010-", "person_key_", "incident_number=")
SCRIPTED = re.compile(r"^on[a-z]+$")


def codes() -> list[str]:
    return list(language.codes())


def number(text: str, code: str) -> Decimal:
    """A number as a language writes it: "1,589", "93.9%"; "1.589", "93,9 %"."""
    point = "," if code != "en" and language.locale(code).number_symbols["latn"]["decimal"] == "," else "."
    other = "." if point == "," else ","
    return Decimal(re.sub(rf"[{other}\u00a0\u202f]", "", text).replace(point, "."))


@pytest.fixture(scope="session")
def catalogue(released_warehouse: Path) -> set[Decimal]:
    """Every number of every CSV, as it is and as a percentage with one decimal."""
    found = {Decimal(0)}
    for path in (released_warehouse / "open").glob("*.csv"):
        for row in csv.DictReader(path.open(encoding="utf-8")):
            for name in ("value", "numerator", "denominator", "n", "low", "high"):
                if row.get(name):
                    exact = Decimal(row[name])
                    found |= {exact.normalize(), exact.quantize(Decimal(1)).normalize()}
                    if "." in row[name]:
                        found |= {
                            Decimal(f"{float(row[name]) * 100:.1f}").normalize(),
                            Decimal(f"{float(row[name]) * 100:.0f}").normalize(),
                        }
    return found


def test_every_language_has_every_page(pages: dict[str, Page]) -> None:
    by_language = {code: {name.split("/", 1)[1] for name in pages if name.startswith(f"{code}/")} for code in codes()}
    assert len(by_language) >= 2
    assert len(by_language["en"]) > 40
    assert all(names == by_language["en"] for names in by_language.values())
    for stem in contents.PAGES:
        assert f"{stem.replace('_', '-')}.html" in by_language["en"]


def test_every_number_of_every_table_and_picture_is_in_the_catalogue(
    pages: dict[str, Page], catalogue: set[Decimal]
) -> None:
    seen, wrong = 0, []
    for name, page in pages.items():
        code, stem = name.split("/", 1)
        if stem.startswith(("definitions", "open-data", "releases", "peers")):
            continue
        cells = [cell for rows in page.tables.values() for row in rows[1:] for cell in row[1:]]
        for text in [*cells, *(text for texts in page.pictures.values() for text in texts)]:
            for found in NUMBER.findall(_without_dates(text)):
                seen += 1
                if number(found, code) not in catalogue:
                    wrong.append((name, text))
    assert wrong == []
    assert seen > 5_000


def _without_dates(text: str) -> str:
    """Without years, quarters, hexagons, the width of an interval's promise and names that hold a digit."""
    text = re.sub(r"\b(?:19|20)\d\d\b|\b[QT]\d\b|\b[0-9a-f]{15}\b|95\s?%|9-1-1|\b9 (?:in|de cada) 10\b", " ", text)
    return re.sub(r"Area 2/MIT|Área 2/MIT", " ", text)


def test_the_sum_of_what_a_page_shows_is_a_cell_for_cell_copy_of_its_table(
    pages: dict[str, Page], released_warehouse: Path
) -> None:
    """One table followed from the CSV to the page: every quarter and kind of call, withheld ones as [c]."""
    rows = list(
        csv.DictReader((released_warehouse / "open" / "responses_by_quarter_and_nature.csv").open(encoding="utf-8"))
    )
    latest = max((name for name in pages if re.fullmatch(r"en/call-volume-\d{4}-Q\d\.html", name)), key=str)
    shown = next(rows for key, rows in pages[latest].tables.items() if "quarter-and-nature" in key)
    header, lines = shown[0], {line[0]: line for line in shown[1:]}
    checked = 0
    for row in rows:
        month = int(row["period"][5:7])
        line = lines.get(f"Q{(month + 2) // 3} {row['period'][:4]}")
        if line is None:
            continue
        checked += 1
        assert line[header.index(row["nature"])] == (f"{int(row['value']):,}" if row["value"] else "[c]")
    assert checked > 10


def test_a_page_in_another_language_has_the_numbers_of_the_english_one(pages: dict[str, Page]) -> None:
    for name, page in pages.items():
        code, stem = name.split("/", 1)
        if code == "en" or stem.startswith(("definitions", "open-data", "releases")):
            continue
        twin = pages[f"en/{stem}"]
        assert sorted(page.tables) == sorted(twin.tables)
        for key, rows in page.tables.items():  # rows and columns stand in the order of each language's alphabet
            ours, theirs = (
                sorted(
                    number(found, tongue) for line in lines[1:] for cell in line[1:] for found in NUMBER.findall(cell)
                )
                for lines, tongue in ((rows, code), (twin.tables[key], "en"))
            )
            assert ours == theirs, (name, key)


def test_links_and_anchors_lead_somewhere(site: Path) -> None:
    missing, places = [], {}
    files = [*site.glob("*.html"), *(site / "latest").rglob("*.html")]
    for path in files:
        for link in read(path).links:
            if re.match(r"(?:https?|mailto|urn):", link):
                missing.append((path.name, f"{link}: leads elsewhere"))
                continue
            address, anchor = urldefrag(link)
            target = (path.parent / unquote(address)).resolve() if address else path
            if not target.is_file():
                missing.append((path.name, link))
            elif anchor:
                known = places.setdefault(target, set(read(target).ids))
                if anchor not in known:
                    missing.append((path.name, link))
    assert missing == []
    assert len(files) > 80


def test_no_page_asks_another_host_runs_a_script_or_sets_a_style_of_its_own(site: Path) -> None:
    for path in [site / "index.html", *(site / "latest").rglob("*.html")]:
        page = read(path)
        assert not {"script", "style", "iframe", "img", "object", "form"} & set(page.tags), path
        assert not [each for each in page.attributes if SCRIPTED.match(each[1]) or each[1] == "style"], path
        assert len(page.ids) == len(set(page.ids)), f"{path}: two places of one name"
        assert any(name == "content" and "default-src 'none'" in value for _, name, value in page.attributes)
    css = (site / "latest" / "style.css").read_text()
    assert "url(" not in css
    assert "var(--" not in css
    assert "@import" not in css


def test_no_page_weighs_more_than_300_kilobytes(site: Path) -> None:
    weights = {path.name: path.stat().st_size for path in (site / "latest").rglob("*.html")}
    assert weights
    assert max(weights.values()) <= HEAVIEST
    assert (site / "latest" / "style.css").stat().st_size < 20_000


def test_every_chart_has_a_title_a_description_and_its_table(pages: dict[str, Page]) -> None:
    charts = 0
    for name, page in pages.items():
        for key, rows in page.pictures.items():
            charts += 1
            assert key, name
            assert page.tables.get(key), f"{name}: {key} has no table"
            assert rows
        pictures = page.tags.count("svg")
        assert page.tags.count("desc") == pictures
        assert sum(1 for tag, attribute, _ in page.attributes if (tag, attribute) == ("svg", "aria-label")) == pictures
    assert charts > 100


def test_nothing_private_is_in_any_file(released_warehouse: Path, site: Path) -> None:
    keys = _person_keys(released_warehouse)
    assert len(keys) > 30
    for path in (each for each in site.rglob("*") if each.is_file()):
        content = path.read_bytes()
        assert not [canary for canary in CANARIES if canary.encode() in content], path
        assert not [key for key in keys if key.encode() in content], path


def _person_keys(folder: Path) -> list[str]:
    """Keys of persons and numbers of incidents of the records behind the release."""
    from publicsafety import warehouse
    from publicsafety.audience import Audience

    opened = warehouse.open(Audience.LEADERSHIP, folder)
    cursor = opened._connection.cursor()
    rows = cursor.execute(
        "select person_key, incident_number from fct_calls where person_key is not null limit 40"
    ).fetchall()
    return [str(value) for row in rows for value in row if value and len(str(value)) > 7]


def test_the_manifest_of_a_release_names_every_file_with_its_digest(site: Path) -> None:
    import hashlib

    for folder in (site / "latest", site / "0001"):
        told = json.loads((folder / "manifest.json").read_text())["files"]
        there = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
        assert set(there) == {*told, "manifest.json"}
        assert all(hashlib.sha256(there[name].read_bytes()).hexdigest() == digest for name, digest in told.items())


def test_every_published_neighborhood_and_kind_of_call_has_a_page_that_the_list_leads_to(
    pages: dict[str, Page], released_warehouse: Path
) -> None:
    path = released_warehouse / "open" / "responses_by_area.csv"
    areas = {row["area"] for row in csv.DictReader(path.open(encoding="utf-8"))} - {"All"}
    for code in codes():
        index = pages[f"{code}/look-closer.html"]
        named = [link for link in index.links if link.startswith("look-closer-")]
        assert {f"{code}/{link}" for link in named} == {
            name for name in pages if name.startswith(f"{code}/look-closer-")
        }
        assert len([link for link in named if re.match("look-closer-area-(?!group-)", link)]) == len(areas)
    riverside = pages["en/look-closer-area-riverside.html"]
    (row,) = [
        row
        for row in csv.DictReader(path.open(encoding="utf-8"))
        if row["area"] == "Riverside" and row["period"].startswith("2025")
    ]
    assert ["2025", f"{int(row['value']):,}"] in [line[:2] for line in riverside.tables["care-responses-of-area"]]


def test_a_city_with_many_years_still_begins_its_pages_with_figures() -> None:
    offered = [Period("year", date(year, 1, 1)) for year in range(2016, 2026)]
    offered += [Period("quarter", date(year, month, 1)) for year in range(2016, 2027) for month in (1, 4, 7, 10)]
    here = Period("quarter", date(2017, 4, 1))
    laid = period_links("overview", offered, here)
    shown = [[link.text for link in links] for links in laid["lines"]]
    assert shown[0] == ["2017", "Q1", "Q2", "Q3", "Q4"]  # where the reader is stays in sight
    assert [line[0] for line in shown] == ["2017", "2023", "2024", "2025", "2026"]
    assert laid["lines"][-1][0].href == ""  # a year that is not over has no page of its own
    assert [link.name for link in laid["lines"][0] if link.is_here] == ["Q2 2017"]
    assert len(laid["earlier"]) == 6
    years = period_links("referrals", offered[:10], offered[9])
    assert [[link.text for link in links] for links in years["lines"]] == [[str(year) for year in range(2016, 2026)]]
