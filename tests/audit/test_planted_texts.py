"""Leaks planted into every kind of published file of a real release, each in a place of its own: each one is caught there.

The digests are made anew afterwards, as a faulty writer would make them, so that nothing is caught by its digest alone.
"""

import hashlib
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
from openpyxl.comments import Comment

from publicsafety.pipeline.audit import Finding
from publicsafety.pipeline.audit.again import rewritten_findings
from publicsafety.pipeline.audit.databases import served
from publicsafety.pipeline.audit.editions import edition_findings
from publicsafety.pipeline.audit.gate import public_definitions
from publicsafety.pipeline.audit.leftovers import folder_findings
from publicsafety.pipeline.audit.reading import read_releases
from publicsafety.pipeline.audit.texts import numbers_of, text_leaks

Plant = Callable[[Path], None]
CARD = '<p class="notes">'
WORKBOOK = "site/latest/data/community-safety-tables.xlsx"


def said(old: str, new: str) -> Plant:
    """Replace the first of a text in a file."""

    def plant(path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{path.name} has no {old!r}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return plant


def body(html: str) -> Plant:
    return said("</main>", f"{html}</main>")


def key(*names: str | int, value: object) -> Plant:
    """Set a key of a JSON file."""

    def plant(path: Path) -> None:
        told = json.loads(path.read_text(encoding="utf-8"))
        node = told
        for name in names[:-1]:
            node = node[name]
        node[names[-1]] = value
        path.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    return plant


def new(text: str) -> Plant:
    return lambda path: (path.parent.mkdir(parents=True, exist_ok=True), path.write_text(text, encoding="utf-8"))[0]


def metadata(path: Path) -> None:
    table = parquet.read_table(path)
    parquet.write_table(table.replace_schema_metadata({"suppressed": "East, Other calls: 4"}), path)


def filled_parquet(path: Path) -> None:
    table = parquet.read_table(path)
    place = table.schema.get_field_index("value")
    values = table.column("value").to_pylist()
    values[values.index(None)] = 4
    parquet.write_table(
        table.set_column(place, table.schema.field(place), pa.array(values, table.schema.field(place).type)), path
    )


def workbook(path: Path) -> None:
    """A withheld cell filled, a comment and a property, all in one workbook: openpyxl reads some sixty sheets once."""
    book = openpyxl.load_workbook(path)
    cells = (cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row)
    withheld = next(cell for cell in cells if cell.value == "[c]" and cell.row > 6)
    withheld.value = 4
    book.worksheets[-1]["A1"].comment = Comment("East, Other calls: 4", "x")
    book.properties.description = "East, Other calls: 4"
    book.save(path)


# What is planted, into which file, how; the finding names the file.
READ: dict[str, tuple[str, Plant]] = {
    "a small number in a sentence": ("site/latest/en/outcomes-2025.html", body("<p>East, Other calls: 4.</p>")),
    "a small number in a card's note": ("site/latest/en/call-volume-2025-Q1.html", said(CARD, f"{CARD}East, Other calls: 3. ")),
    "a small number in words": ("site/latest/en/call-volume-2024.html", body("<p>In East, three were other calls.</p>")),
    "a number of another figure's table": ("site/latest/en/needle-pickups-2025.html", said("</caption>", ": 697</caption>")),
    "a sign for a withheld number that became a number": ("site/latest/en/call-volume.html", said("[c]</td>", "2</td>")),
    "a small number in the Spanish page alone": ("site/latest/es/outcomes-2024.html", body("<p>Este, otras llamadas: 4.</p>")),
    "a small number in Spanish words": ("site/latest/es/overview.html", body("<p>En el Este, tres fueron otras.</p>")),
    "an alternative text": ("site/latest/en/outcomes.html", body('<p role="img" aria-label="East, Other calls: 4"></p>')),
    "the label of a picture": ("site/latest/en/overview-2025.html", said("<svg ", '<svg aria-label="East, Other calls 3" ')),
    "a bar for a withheld number": (
        "site/latest/en/call-volume-2025.html",
        said("</svg>", '<rect x="10" y="20" width="12" height="3.2" fill="#12436D"/></svg>'),
    ),
    "a tick that is no step of an axis": ("site/latest/en/needle-pickups.html", body('<svg><text class="tick">137</text></svg>')),
    "a style": ("site/latest/en/overview-2024.html", body('<div style="width:41.37%"></div>')),
    "a class": ("site/latest/en/overview-2024-Q4.html", body('<div class="v4137"></div>')),
    "a name of a place": ("site/latest/en/overview-2025-Q1.html", body('<div id="cell-4137"></div>')),
    "a link": ("site/latest/en/overview-2025-Q2.html", body('<a href="overview.html?n=4137">x</a>')),
    "a data attribute": ("site/latest/en/overview-2025-Q3.html", body('<div data-value="4137"></div>')),
    "a comment": ("site/latest/en/overview-2025-Q4.html", body("<!-- East 4137 -->")),
    "a query that is nobody's": ("site/latest/en/definitions.html", body("<code>East other = 4137</code>")),
    "the English feed": ("site/feed.xml", said("</feed>", "<entry><title>East 4137</title></entry></feed>")),
    "the Spanish feed": ("site/feed-es.xml", said("</feed>", "<entry><title>Este 4138</title></entry></feed>")),
    "the style sheet": ("site/latest/style.css", said(".", "/* East other 4137 */ .")),
    "the list of releases": ("site/latest/data/releases.json", key("suppressed", value={"East": 4137})),
    "the catalogue entry of the edition": ("site/latest/data/data.json", key("dataset", 0, "description", value="East: 4137")),
    "the catalogue entry on top": ("data.json", key("title", value="East, Other calls: 4")),
    "a key of the package": ("datapackage.json", key("resources", 0, "disclosure", "suppressed_values", value={"East": 4})),
    "the changed figures": ("site/latest/data/changes.csv", said("reason\n", "reason\n1,,t,2025-01-01,East,value,4,3,r,\n")),
    "the dictionary": ("site/latest/data/dictionary.csv", said("\n", "\nx,4137,,,,,,,,,\n")),
    "the metadata of a Parquet file": ("site/latest/data/responses_by_quarter.parquet", metadata),
    "a withheld cell of a Parquet file": ("site/latest/data/responses_by_part_of_city_and_nature.parquet", filled_parquet),
    "a file in releases/": ("releases/notes.txt", new("East, Other calls: 4")),
    "a file in a release of the archive": ("releases/0001/notes.txt", new("East, Other calls: 4")),
    "a hidden file beside the editions": ("site/.cells.json", new('{"East": 4}')),
    "an edition of no release": ("site/0007/en/overview.html", new("<p>East 4137</p>")),
}  # fmt: skip


def refresh(folder: Path) -> None:
    """The digests as a faulty writer makes them, and the numbered edition a copy of the latest."""
    for edition in (path for path in (folder / "site").iterdir() if path.is_dir()):
        files = {
            path.relative_to(edition).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(edition.rglob("*"))
            if path.is_file() and path.name != "manifest.json"
        }
        told = {"release": 1, "files": files}
        (edition / "manifest.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    shutil.rmtree(folder / "site" / "0001")
    shutil.copytree(folder / "site" / "latest", folder / "site" / "0001")


@pytest.fixture(scope="module")
def planted(released_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Finding]:
    """What reading alone finds with every leak planted at once; nothing is written again, no database is asked."""
    folder = tmp_path_factory.mktemp("planted") / "open"
    shutil.copytree(released_warehouse / "open", folder)
    for name, plant in READ.values():
        plant(folder / name)
    workbook(folder / WORKBOOK)
    refresh(folder)
    releases = read_releases(folder, public_definitions())
    return [*folder_findings(releases), *edition_findings(folder, releases)]


@pytest.mark.parametrize("leak", READ, ids=str)
def test_a_number_that_was_slipped_into_a_published_file_is_found_where_it_stands(
    planted: list[Finding], leak: str
) -> None:
    """None by its digest: those were made anew."""
    name = READ[leak][0]
    found = [one for one in planted if name.removeprefix("site/") in f"{one.table}/{one.cell}"]
    assert found, leak
    assert {one.kind for one in found} != {"altered release"} or name.endswith(".parquet")


@pytest.mark.parametrize(
    "part", ["'East, Other calls: 4'", "is not the table of the release", "is no part of a workbook"]
)
def test_what_a_workbook_says_besides_its_tables_is_found(planted: list[Finding], part: str) -> None:
    """A property, a cell that was withheld, a comment."""
    assert any(part in one.says for one in planted if "community-safety-tables.xlsx" in one.table)


def test_nothing_is_found_in_the_release_as_it_was_made(released_warehouse: Path) -> None:
    """The control: without it every test above would pass on a reader who always complains."""
    folder = released_warehouse / "open"
    releases = read_releases(folder, public_definitions())
    database = served(released_warehouse, "public")
    assert database is not None
    found = [*folder_findings(releases), *edition_findings(folder, releases)]
    assert [*found, *rewritten_findings(folder, database, releases)] == []


def test_a_page_that_the_database_does_not_give_is_found_whatever_it_says(
    released_warehouse: Path, tmp_path: Path
) -> None:
    """A bar a little longer, a number that its own figure has elsewhere, a cell of the workbook, a page too many."""
    folder = tmp_path / "open"
    shutil.copytree(released_warehouse / "open", folder)
    said('width="', 'width="1')(folder / "site/latest/en/call-volume-2024.html")
    said("[c]</td>", "[x]</td>")(folder / "site/latest/es/call-volume.html")
    new("<p>nothing</p>")(folder / "site/latest/en/more.html")
    with zipfile.ZipFile(folder / WORKBOOK, "a") as book:
        book.writestr("docProps/custom.xml", "<x>4</x>")
    database = served(released_warehouse, "public")
    assert database is not None
    found = list(rewritten_findings(folder, database, read_releases(folder, public_definitions())))
    assert {f"{one.table}/{one.cell}".removeprefix("site/latest/") for one in found} == {
        *("en/call-volume-2024.html", "es/call-volume.html", "en/more.html", "data/community-safety-tables.xlsx"),
    }


@pytest.mark.parametrize("text", ["95% interval 2.1–4.7%", "(3.1–10.2%)", "0.1–10.0%", "1.1 to 4.5%", "1–4%"])
def test_an_interval_of_a_share_is_no_range_of_small_counts(text: str) -> None:
    """They stopped a release whose numbers were all published."""
    ends = ("0.021", "0.047", "0.031", "0.102", "0.001", "0.1", "0.011", "0.045", "0.01", "0.04")
    assert text_leaks(text, numbers_of([{"low": one} for one in ends])) == []


@pytest.mark.parametrize("text", ["Other: 4", "4 calls", "1–4", "1 to 4 calls", "from 1-10"])
def test_a_share_that_rounds_to_a_small_number_lets_no_count_through(text: str) -> None:
    """3.7% is no reason to print a 4."""
    assert text_leaks(text, numbers_of([{"value": "0.037"}, {"value": "0.01"}, {"value": "0.1"}]))


@pytest.mark.parametrize("text", ["8,911\n9-1-1 response began", "1,311 calls", "2,911 days", "12,911,311"])
def test_a_count_that_ends_like_the_emergency_number_is_read_whole(text):
    numbers = numbers_of([{"value": one} for one in ("8911", "1311", "2911", "12911311")])
    assert text_leaks(text, numbers) == []
    assert text_leaks(text, numbers_of([{"value": "7"}]))
