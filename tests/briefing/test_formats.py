"""Every format says the same, says only what is published, is accessible, and comes out the same twice."""

import io
import itertools
import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pptx
import pytest
from pptx.util import Emu

from publicsafety.briefing import Briefing, brief, open_database, periods
from publicsafety.briefing.core import printed
from publicsafety.documents import markdown as memo
from publicsafety.documents.formats import FORMATS
from publicsafety.filters import Filters
from publicsafety.released import ReleasedDatabase
from tests.briefing import read_back
from tests.briefing.town import count, rate, split, write, year

READERS: dict[str, Callable[[bytes], str]] = {
    ".md": read_back.markdown, ".txt": lambda content: content.decode(), ".xlsx": read_back.workbook, ".pptx": read_back.slides, ".pdf": read_back.pdf,
}  # fmt: skip
LONG = "The neighborhood between the old railway yard and the second bridge over the river"
HEBREW, ARABIC, ACCENTED = "שכונת הנמל", "حي الميناء", "Æbleskærvænget Ñandú"


@pytest.fixture(scope="module")
def sample(released_warehouse: Path) -> ReleasedDatabase:
    return open_database(released_warehouse)


@pytest.fixture(scope="module", params=["2024", "2025", "2025-Q3"])
def briefing(sample: ReleasedDatabase, request: pytest.FixtureRequest) -> Briefing:
    period = next(each for each in periods(sample) if each.code == request.param)
    return brief(sample, period.start, period.end)


@pytest.fixture(scope="module")
def written(briefing: Briefing) -> dict[str, bytes]:
    return {suffix: form.write(briefing) for suffix, form in FORMATS.items()}


@pytest.fixture(scope="module")
def awkward(tmp_path_factory: pytest.TempPathFactory) -> Briefing:
    """Names of 80 characters, from right to left, with accents, and one that a spreadsheet would run."""
    names = {
        LONG: 40,
        HEBREW: 30,
        ARABIC: 20,
        ACCENTED: 12,
        '=HYPERLINK("http://example.org")': 9,
        "*bold* <b>|</b> #": 8,
        "Withheld place": None,
    }
    cells = [count("care_responses", 130), rate("no_police_rate", 120, 130), count("needle_reports", 130), *split("care_responses", "area", names),
             *split("needle_reports", "area", names), count("referrals_sent", 130), *split("referrals_sent", "partner", names)]  # fmt: skip
    return brief(
        write(tmp_path_factory.mktemp("awkward"), cells, name="Ciudad Ñ", department=LONG, team=HEBREW), *year()
    )


def shown(value: float, unit: str) -> set[str]:
    """The ways in which a number may be printed."""
    return {f"{value:.1%}"} if unit == "percent" else {f"{value:,.0f}", f"{value:,.1f}"}


def published(source: ReleasedDatabase) -> set[str]:
    """Every number of the catalogue, as `metric --audience council` answers, and those of tables that only the catalogue has."""
    found: set[str] = set()
    for row in source.table("catalogue").to_dict("records"):
        unit = "percent" if row["denominator"] == row["denominator"] and row["denominator"] else ""
        for name in ("numerator", "denominator", "n"):
            found |= shown(float(row[name]), "") if row[name] == row[name] and row[name] is not None else set()
        for name in ("value", "low", "high"):
            found |= shown(float(row[name]), unit) if row[name] == row[name] else set()
            # "89.6–96.5%" has one sign of percent for both ends.
            found |= {f"{float(row[name]) * 100:.1f}"} if row[name] == row[name] and unit else set()
    return found


def words_around(briefing: Briefing, source: ReleasedDatabase) -> set[str]:
    """Numbers that are no figures: dates, thresholds, names, definitions, and process limits' own constants."""
    fixed = [briefing.title, briefing.stamp, *briefing.sources, *briefing.limitations, *briefing.not_shown, json.dumps([dict(each.lines) for each in briefing.definitions], ensure_ascii=False),
             " ".join(source.table("labels")["label"]), " ".join(str(each) for each in range(2023, 2031)), "1 2 3 4 5 6 7 8 9 10 11 12 30 31 50 95% 2.66 0.1 0 5%", "9-1-1 911 09:00 21:00 00"]  # fmt: skip
    said = " ".join(fixed)
    said += " ".join(
        caveat
        for found in (*briefing.findings, briefing.revisions)
        for caveat in (*found.caveats, *found.options.get("beside", ()))
    )
    return read_back.numbers(said) | {str(number) for number in range(1, 32)} | {f"Q{number}" for number in range(1, 5)}


def derived(briefing: Briefing) -> set[str]:
    """Differences and % changes of two published figures, worked out here a second time."""
    found: set[str] = set()
    table = printed(briefing.findings[0])
    assert table is not None
    for row in table.rows:
        for place in range(3, len(row), 2):
            now, then = row[1].number, row[place].number
            if now is None or then is None:
                continue
            found |= {
                f"{abs(now - then):,.0f}",
                f"{abs(now - then) * 100:.1f}",
                f"{abs(now - then) / then:.1%}" if then else "",
            }
    return found


@pytest.mark.parametrize("suffix", [".md", ".txt", ".xlsx", ".pptx", ".pdf"])
def test_every_number_in_every_format_is_published_or_follows_from_two_that_are(
    sample: ReleasedDatabase, briefing: Briefing, written: dict[str, bytes], suffix: str
) -> None:
    if suffix == ".pdf" and not read_back.has_pdf_reader():
        pytest.skip("pdftotext is not on this machine")
    allowed = published(sample) | words_around(briefing, sample) | derived(briefing)
    if suffix == ".pdf":
        allowed |= {f"{tick}%" for tick in range(0, 101, 5)} | {
            str(tick) for tick in range(0, 1000, 10)
        }  # axes and page numbers
    found = read_back.numbers(READERS[suffix](written[suffix]))
    assert len(found) > 20
    assert {each for each in found if each not in allowed and not re.fullmatch(r"8[0-9]2?[0-9a-f]*", each)} == set()


@pytest.mark.parametrize("suffix", [".md", ".txt", ".xlsx", ".pptx", ".pdf"])
def test_every_format_tells_every_sentence(briefing: Briefing, written: dict[str, bytes], suffix: str) -> None:
    if suffix == ".pdf" and not read_back.has_pdf_reader():
        pytest.skip("pdftotext is not on this machine")
    text = READERS[suffix](written[suffix])
    for sentence in briefing.summary:
        # A PDF breaks lines; the numbers of the sentence must stand in its order all the same.
        numbers = re.findall(r"\d[\d,.]*%?", sentence)
        assert all(number.rstrip(",.") in text for number in numbers)
        if suffix not in (".pdf",):
            assert " ".join(sentence.split()) in " ".join(text.split())


def markdown_tables(text: str) -> Iterator[list[list[str]]]:
    rows: list[list[str]] = []
    for line in [*text.splitlines(), ""]:
        if line.startswith("|"):
            rows.append([cell.strip() for cell in line.strip("|").split("|")])
        elif rows:
            yield [row for row in rows if not set("".join(row)) <= set("-: ")]
            rows = []


def test_headlines_in_the_memo_are_what_the_metric_answers(sample: ReleasedDatabase) -> None:
    text = FORMATS[".md"].write(brief(sample, *year())).decode()
    rows = {row[0]: row[1] for row in next(markdown_tables(text))}
    for metric in (
        "care_responses",
        "people_served",
        "needles_removed",
        "needle_reports",
        "active_cases",
        "referrals_sent",
        "no_police_rate",
    ):
        answer = sample.run(metric, Filters(*year()))
        total = answer.total()
        assert total is not None
        assert rows[answer.metric.title] in shown(total["value"], answer.metric.unit)


def test_breakdowns_in_slides_and_workbook_are_what_the_metric_answers(sample: ReleasedDatabase) -> None:
    briefing = brief(sample, *year())
    answer = sample.run("referrals_sent", Filters(*year(), by=("partner",)))
    wanted = {row["partner"]: row["value"] for row in answer.records() if row["partner"] != "All"}
    charted = [
        dict(zip(names, values, strict=True)) for names, values in read_back.charts(FORMATS[".pptx"].write(briefing))
    ]
    assert wanted in charted
    book = openpyxl.load_workbook(io.BytesIO(FORMATS[".xlsx"].write(briefing)))
    sheet = book["referrals_sent_by_partner"]
    cells = {row[0].value: row[1].value for row in sheet.iter_rows()}
    assert {name: cells[name] for name in wanted} == wanted


@pytest.mark.parametrize("suffix", FORMATS)
def test_the_same_build_gives_the_same_bytes(sample: ReleasedDatabase, suffix: str) -> None:
    first, second = (FORMATS[suffix].write(brief(sample, *year())) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("suffix", FORMATS)
def test_long_accented_and_right_to_left_names_are_written_in_every_format(awkward: Briefing, suffix: str) -> None:
    content = FORMATS[suffix].write(awkward)
    if suffix == ".pdf":
        return  # that it was made at all is the test: PDF/UA-1 allows no sign without a glyph
    text = "".join(READERS[suffix](content).split())
    for name in (LONG, HEBREW, ARABIC, ACCENTED):
        assert "".join(name.split()) in text


def test_text_from_the_data_cannot_format_a_memo(awkward: Briefing) -> None:
    text = FORMATS[".md"].write(awkward).decode()
    assert "*bold*" not in text
    assert "<b>" not in text
    assert re.search(r"\\\*bold\\\* \\<b\\>\\\|", text)


def test_no_cell_of_a_workbook_is_a_formula_or_a_link(awkward: Briefing) -> None:
    parts = read_back.parts(FORMATS[".xlsx"].write(awkward))
    sheets = [part for name, part in parts.items() if name.startswith("xl/worksheets/sheet")]
    assert len(sheets) > 4
    assert not any(b"<f>" in part for part in sheets)
    assert not any(b"http://example.org" in part for name, part in parts.items() if name.endswith(".rels"))


def test_a_workbook_has_a_cover_notes_and_one_table_a_sheet(awkward: Briefing) -> None:
    book = openpyxl.load_workbook(io.BytesIO(FORMATS[".xlsx"].write(awkward)))
    assert book.sheetnames[:3] == ["Cover", "Contents", "Notes"]
    assert [len(sheet.tables) for sheet in book][1:] == [1] * (len(book.sheetnames) - 1)


def each_shape(content: bytes) -> Iterator[tuple[Any, Any]]:
    for slide in pptx.Presentation(io.BytesIO(content)).slides:
        for shape in slide.shapes:
            yield slide, shape


@pytest.mark.parametrize("which", ["sample", "awkward"])
def test_every_chart_table_and_map_on_a_slide_says_what_it_shows(
    which: str, sample: ReleasedDatabase, awkward: Briefing
) -> None:
    content = FORMATS[".pptx"].write(awkward if which == "awkward" else brief(sample, *year()))
    described = [
        shape._element.xpath(".//p:cNvPr")[0].get("descr")
        for _, shape in each_shape(content)
        if shape.name in ("Chart", "Table", "Map")
    ]
    assert len(described) > 8
    assert all(described)


def test_every_slide_has_a_title_of_its_own_and_notes(awkward: Briefing) -> None:
    slides = pptx.Presentation(io.BytesIO(FORMATS[".pptx"].write(awkward))).slides
    titles = [slide.shapes.title.text_frame.text for slide in slides]
    assert all(titles)
    assert all(slide.notes_slide.notes_text_frame.text for slide in slides)


def test_notes_speak_the_sentence_and_the_definition(sample: ReleasedDatabase) -> None:
    slides = pptx.Presentation(io.BytesIO(FORMATS[".pptx"].write(brief(sample, *year())))).slides
    notes = next(
        slide.notes_slide.notes_text_frame.text
        for slide in slides
        if slide.shapes.title.text_frame.text.startswith("How often were police")
    )
    assert "184 of the 196 calls" in notes
    assert "Counted: calls to which the team was dispatched" in notes


def test_nothing_on_a_slide_reaches_beyond_its_edges(awkward: Briefing) -> None:
    content = FORMATS[".pptx"].write(awkward)
    deck = pptx.Presentation(io.BytesIO(content))
    for _, shape in each_shape(content):
        assert shape.left >= 0
        assert shape.top >= 0
        assert shape.left + shape.width <= deck.slide_width
        assert shape.top + shape.height <= Emu(deck.slide_height)


def test_right_to_left_text_is_set_from_right_to_left_on_slides(awkward: Briefing) -> None:
    directions = {}
    for _, shape in each_shape(FORMATS[".pptx"].write(awkward)):
        if getattr(shape, "has_table", False) and shape.has_table:
            for row in shape.table.rows:
                paragraph = row.cells[0].text_frame.paragraphs[0]
                directions[paragraph.text] = paragraph._p.pPr.get("rtl")
    assert directions[HEBREW] == directions[ARABIC] == "1"
    assert directions[LONG] == "0"


def test_slides_are_whole_xml(awkward: Briefing) -> None:
    assert read_back.well_formed(FORMATS[".pptx"].write(awkward))


def test_the_pdf_is_tagged_titled_in_a_language_and_claims_pdf_ua(sample: ReleasedDatabase) -> None:
    content = read_back.unpacked(FORMATS[".pdf"].write(brief(sample, *year())))
    assert content.startswith(b"%PDF-1.7")
    for part in (
        b"/StructTreeRoot",
        b"/DisplayDocTitle true",
        b"<pdfuaid:part>1</pdfuaid:part>",
        b"Community Safety briefing, 2024",
    ):
        assert part in content
    assert re.search(rb"/MarkInfo\s*<<[^>]*/Marked true", content)
    assert re.search(rb"/Lang\s*\(en\)", content)


def test_every_picture_in_the_pdf_has_a_text_in_its_place(sample: ReleasedDatabase) -> None:
    briefing = brief(sample, *year())
    content = read_back.unpacked(FORMATS[".pdf"].write(briefing))
    pictures = len(re.findall(rb"/S\s*/Figure", content))
    drawn = sum(1 for found in briefing.findings if found.drawing)
    assert pictures >= drawn > 5
    assert len(re.findall(rb"/Alt\s*[(<]", content)) >= pictures


@pytest.mark.skipif(not read_back.has_pdf_reader(), reason="poppler's pdftotext and pdfinfo are not on this machine")
def test_the_pdf_is_read_from_the_headlines_to_the_sources(sample: ReleasedDatabase) -> None:
    briefing = brief(sample, *year())
    headings = read_back.outline(FORMATS[".pdf"].write(briefing))
    assert headings[0] == (1, briefing.title)
    assert [level for level, _ in headings].count(1) == 1
    assert all(after <= before + 1 for (before, _), (after, _) in itertools.pairwise(headings))
    second = [title for level, title in headings if level == 2]
    assert second[: len(briefing.core)] == [section.title for section in briefing.core]
    assert second[-3:] == ["Definitions", "Figures revised since they were published", "Sources"]


def test_a_missing_or_broken_logo_leaves_a_document_that_looks_no_worse(tmp_path: Path) -> None:
    cells = [count("care_responses", 130)]
    made = [
        brief(write(tmp_path / str(place), cells, **more), *year())
        for place, more in enumerate(({}, {"logo": "nowhere.png"}, {"logo": "../README.md"}))
    ]
    for suffix in (".pptx", ".pdf"):
        plain, missing, outside = (FORMATS[suffix].write(each) for each in made)
        assert plain == missing == outside


def test_combining_marks_take_no_room_in_a_plain_text_table() -> None:
    assert memo._width(unicodedata.normalize("NFD", "é")) == 1


def test_a_briefing_in_which_everything_is_withheld_is_written_in_every_format(tmp_path: Path) -> None:
    cells = [count("care_responses", None), count("people_served", None), rate("no_police_rate", None, None)]
    briefing = brief(write(tmp_path, cells), *year())
    for suffix, form in FORMATS.items():
        content = form.write(briefing)
        if suffix != ".pdf":
            assert "withheld" in READERS[suffix](content)
