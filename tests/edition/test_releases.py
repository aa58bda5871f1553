"""From release to release: what was revised and why, addresses that stay, and nothing half published."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest

from publicsafety import language
from publicsafety.pipeline.audit import cards
from publicsafety.pipeline.audit.editions import edition_findings
from publicsafety.pipeline.audit.gate import public_definitions
from publicsafety.pipeline.audit.reading import read_releases
from publicsafety.pipeline.audit.texts import Numbers, catalogue_numbers, text_leaks
from publicsafety.pipeline.release import folder, static
from publicsafety.pipeline.release.history import Past, PastTable
from publicsafety.released import ReleasedDatabase
from publicsafety.site import SiteError, files, pages
from publicsafety.site.changes import Release, Revision, listed
from publicsafety.site.files import environment
from publicsafety.site.source import opened
from tests.edition.reading import Page

REVISION = Revision("responses_by_quarter", "Responses of the team by quarter", "quarter", "2025-01-01", (), "value", "120", "126", "r", "A late export")  # fmt: skip
FIRST = Release(
    1, date(2026, 2, 4), date(2025, 12, 31), (("year", "2025-01-01"),), ("Responses of the team by quarter",), ()
)
SECOND = Release(2, date(2026, 5, 4), date(2026, 3, 31), (("quarter", "2026-01-01"),), (), (REVISION,))


@pytest.fixture
def source(released_warehouse: Path) -> Iterator[ReleasedDatabase]:
    name = (released_warehouse / "public.current").read_text().strip()
    with opened(released_warehouse / f"public.{name}.duckdb") as found:
        yield found


def page_of(source: ReleasedDatabase, releases: list[Release]) -> Page:
    """The list of releases, read back."""
    page = Page()
    page.feed(written(source, releases).decode())
    return page


def written(source: ReleasedDatabase, releases: list[Release]) -> bytes:
    made = pages.releases_page([files.told(each) for each in listed(releases)])
    return files.render(source, made, pages.stems())


def test_every_revised_figure_is_listed_as_it_was_and_as_it_is_with_its_reason(source: ReleasedDatabase) -> None:
    page = page_of(source, [FIRST, SECOND])
    assert page.tables["release-2"][1][1:] == ["Q1 2025", "All", "value", "120", "126", "A late export"]
    assert {"release-1", "release-2"} <= set(page.ids)
    said = " ".join(text for _, text in page.texts)
    assert "1 figure was revised." in said
    assert "Published on 4 May 2026." in said
    rows = static.changes_csv([FIRST, SECOND]).decode().splitlines()
    assert rows[1] == "2,2026-05-04,responses_by_quarter,2025-01-01,,value,120,126,r,A late export"
    told = json.loads(static.releases_json([FIRST, SECOND]))["releases"]
    assert [(each["release"], each["revised"]) for each in told] == [(1, 0), (2, 1)]


def test_what_a_release_changed_is_found_by_comparing_it_with_the_one_before() -> None:
    disclosure = {"grain": "quarter", "dimensions": ["nature"]}

    def past(number: int, values: dict[str, str], corrections: list[dict[str, object]]) -> Past:
        rows = {
            (period, "All"): {"value": value, "status": "c" if not value else "r" if value == "126" else ""}
            for period, value in values.items()
        }
        package = {
            "created": f"2026-0{number}-04T00:00:00Z",
            "resources": [{"title": "By quarter", "disclosure": {"table": "t"}}],
            "disclosure": {"corrections": corrections},
        }
        table = PastTable(number, "t", disclosure, rows)
        return Past(number, Path("x"), date(2026, 1, 1), f"digest {number}", package, {"t": table})

    reason = {"release": 2, "quarter": "2025-01-01", "reason": "A late export"}
    before = past(1, {"2025-01-01": "120", "2025-04-01": "90"}, [])
    after = past(2, {"2025-01-01": "126", "2025-04-01": "", "2025-07-01": "80"}, [reason])
    first, second = static.history(SimpleNamespace(past=(before, after), changed=False))  # type: ignore[arg-type]
    assert first.revisions == ()
    assert first.new_tables == ("By quarter",)
    assert second.created == date(2026, 2, 4)
    assert second.new_periods == (("quarter", "2025-07-01"),)
    told = [(each.period, each.before, each.after, each.status, each.reason) for each in second.revisions]
    assert told == [("2025-01-01", "120", "126", "r", "A late export"), ("2025-04-01", "90", "", "c", "")]


def test_the_pages_of_an_earlier_release_stay_when_a_later_one_comes(tmp_path: Path) -> None:
    place = tmp_path / "open"
    for number in (1, 2):
        page = f"release {number}".encode()
        folder.make(place, {f"site/{number:04d}/en/overview.html": page, "site/latest/en/overview.html": page})
        folder.swap(place)
    assert (place / "site/0001/en/overview.html").read_bytes() == b"release 1"
    assert (place / "site/latest/en/overview.html").read_bytes() == b"release 2"


def test_markup_in_the_data_is_shown_and_never_obeyed(source: ReleasedDatabase) -> None:
    hostile = replace(FIRST, new_tables=(), revisions=(replace(REVISION, reason='<script>alert(1)</script> & "x"'),))
    page = page_of(source, [FIRST, replace(hostile, number=2)])
    assert "script" not in page.tags
    assert '<script>alert(1)</script> & "x"' in page.tables["release-2"][1]
    city = replace(source.city, name='"><img src=x onerror=alert(1)>')
    page = page_of(replace(source, city=city), [FIRST])
    assert "img" not in page.tags


def test_a_broken_template_is_a_sentence_with_file_and_line(
    source: ReleasedDatabase, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import jinja2

    (tmp_path / "releases.html").write_text("<h1>{{ heading }}</h1>\n{% if answer %}\n")
    broken = jinja2.Environment(loader=jinja2.FileSystemLoader(tmp_path), autoescape=True)
    monkeypatch.setattr("publicsafety.site.files.environment", lambda: broken)
    with pytest.raises(SiteError, match=r"releases\.html line \d+: .*Nothing was published"):
        written(source, [FIRST])


def test_a_page_that_is_too_heavy_stops_the_release_with_a_sentence(
    source: ReleasedDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("publicsafety.site.files.HEAVIEST", 1000)
    with pytest.raises(SiteError, match=r"The page releases .* would weigh \d+ KB.*Nothing was published"):
        written(source, [FIRST])


def test_templates_escape_everything_and_refuse_a_name_that_is_not_given() -> None:
    assert environment().autoescape is True
    assert environment().from_string("{{ x }}").render(x="<b>") == "&lt;b&gt;"


SLIPPED = {
    "latest/en/overview.html": ("</main>", "<p>3 calls</p></main>"),
    "latest/en/outcomes.html": ("<desc>", "<desc>3 calls. "),
    "latest/en/referrals.html": ("<main ", '<main data-hidden="7.31" '),
    "latest/en/call-volume.html": ("</main>", "<!-- was 4321987 --></main>"),
    "latest/es/overview.html": ("</main>", "<p>987654 llamadas</p></main>"),
    "feed.xml": ("</summary>", " 3 calls</summary>"),
    "latest/data/changes.csv": ("reason\n", "reason\n1,2026-01-01,t,2025-01-01,,value,3,4321987,r,\n"),
}


def test_the_audit_finds_every_number_that_was_slipped_into_a_page_a_picture_a_feed_or_a_file(
    released_warehouse: Path, tmp_path: Path
) -> None:
    place = tmp_path / "open"
    shutil.copytree(released_warehouse / "open", place)
    releases = read_releases(place, public_definitions())
    for name, (old, new) in SLIPPED.items():
        path = place / "site" / name
        text = path.read_text(encoding="utf-8")
        assert old in text, name
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
    (place / "site" / "latest" / "notes.txt").write_text("3 calls")
    found = list(edition_findings(place, releases))
    told = {(each.table, each.cell) for each in found if each.kind in ("number in a text", "attribute in a page")}
    for name in SLIPPED:
        assert any(name in f"{table}/{cell}" for table, cell in told), name
    altered = {each.cell for each in found if each.kind == "altered release"}
    assert {name.removeprefix("latest/") for name in SLIPPED if name.startswith("latest/")} <= altered
    assert any(each.kind == "file not in the package" and each.cell == "notes.txt" for each in found)


def test_a_share_of_everybody_is_said_as_a_percentage_and_a_count_of_one_is_not(released_warehouse: Path) -> None:
    """A small quarter without any police: 1 in the table is 100.0% on the page."""
    (last,) = read_releases(released_warehouse / "open", public_definitions())[-1:]
    (rate,) = [table for table in last.tables if table.name == "no_police_rate_by_quarter"]
    (count,) = [table for table in last.tables if table.name == "responses_by_month"]
    numbers = {"numerator": "10", "denominator": "10", "value": "1", "low": "0.722467", "high": "1", "status": ""}
    rows = (replace(rate.rows[0], numbers={name: numbers[name] for name in rate.rows[0].numbers}),)
    counts = (replace(count.rows[0], numbers={"value": "1"}),)
    assert not text_leaks("100.0% (10 of 10)", catalogue_numbers([replace(last, tables=(replace(rate, rows=rows),))]))
    assert text_leaks("100.0%", catalogue_numbers([replace(last, tables=(replace(count, rows=counts),))]))


def test_a_place_and_a_licence_with_a_digit_in_their_names_are_no_leak(
    released_warehouse: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However few numbers a small city publishes: with none at all, every figure is found, and the names are not."""
    monkeypatch.setattr(cards.Catalogue, "allowed", lambda *_: Numbers((), ()))
    releases = read_releases(released_warehouse / "open", public_definitions())
    leaks = [each.says for each in edition_findings(released_warehouse / "open", releases) if "(… " in each.says]
    assert any(" calls" in says for says in leaks)
    assert not [says for says in leaks if says.startswith("'4.0'")]
    assert not [says for says in leaks if says.startswith("'2'") and "Area 2/" in says]


def test_every_language_on_offer_has_its_folder(site: Path) -> None:
    assert {path.name for path in (site / "latest").iterdir() if path.is_dir()} == {"data", *language.codes()}
