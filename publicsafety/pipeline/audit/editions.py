"""The static edition as an attacker downloads it: every page, picture, feed and file is read for numbers that no table has.

English pages are read against the catalogue. A page in another language may have no number that its English twin lacks.
"""

import csv
import hashlib
import io
import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import fields
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pyarrow.parquet as parquet
from python_calamine import CalamineWorkbook

from publicsafety.city import DATA
from publicsafety.metrics import registry

from .published import Release
from .reading import MANIFEST, AuditError, read_json
from .report import Finding
from .texts import catalogue_numbers, text_leaks

SITE, LATEST, ENGLISH = "site", "latest", "en"
PEERS = DATA / "reference" / "peers.csv"
READ_ALOUD = ("alt", "title", "aria-label", "content", "summary", "label", "placeholder", "value")
# What a sentence counts that is no record: cells, places, days of waiting, versions, builds.
SAID = re.compile(
    r"urn:uuid:[0-9a-f-]{36}|[\d,]+ figures? (?:is|are|was|were) (?:withheld|revised)|The map shows [\d,]+ \w+|\bRelease \d+|\b\d in 10\b|\bBuild [0-9a-f]{12}\b"
    r"|\bversion \d+|^\d+, reviewed|Of [\d,]+ numbers in this release, [\d,]+ are withheld|Counts of \d+ to \d+|too few \w+ to judge \(\d+\)"
    r"|[\d,]+ figures of other cities|DCAT-US 3|\(RFC \d+\)|[\d,]+ \w+ of the \w+ is withheld|of \d+ to \d+ (?:calls|people)|part of release \d+",
    re.MULTILINE,
)
TOP = re.compile(r"(?:index\.html|feed(?:-[\w]+)?\.xml|latest|\d{4})")


def edition_findings(folder: Path, releases: Sequence[Release]) -> Iterator[Finding]:
    """Everything in the static edition that tells what the tables do not; nothing where there is no such edition."""
    site = folder / SITE
    if not site.is_dir():
        return
    yield from _unexpected(site)
    yield from _copies(folder, site, releases[-1])
    numbers = catalogue_numbers(releases)
    fine = _fine(releases)
    for path in sorted((site / LATEST / "data").iterdir()):
        yield from _data(path, folder, numbers, fine)
    yield from _pages(site, numbers, fine)


def _unexpected(site: Path) -> Iterator[Finding]:
    """Files that no manifest lists, and files that are not as their manifest says."""
    for path in sorted(site.iterdir()):
        if not TOP.fullmatch(path.name):
            yield Finding(
                "file not in the package", f"{SITE}/{path.name}", "", "is published and belongs to no release"
            )
        elif path.is_dir():
            told = read_json(path / MANIFEST).get("files", {})
            there = {each.relative_to(path).as_posix() for each in path.rglob("*") if each.is_file()} - {MANIFEST}
            for name in sorted(there ^ set(told)):
                yield Finding("file not in the package", f"{SITE}/{path.name}", name, "is not what the manifest lists")
            for name in sorted(there & set(told)):
                if hashlib.sha256((path / name).read_bytes()).hexdigest() != told[name]:
                    yield Finding("altered release", f"{SITE}/{path.name}", name, "is not the file that was published")


def _copies(folder: Path, site: Path, release: Release) -> Iterator[Finding]:
    """`latest` is the latest release, and its CSVs are those on top."""
    numbered = site / f"{int(release.number):04d}"
    if (
        not (numbered / MANIFEST).is_file()
        or (site / LATEST / MANIFEST).read_bytes() != (numbered / MANIFEST).read_bytes()
    ):
        yield Finding("altered release", f"{SITE}/{LATEST}", "", f"is not release {release.number}")
    for path in sorted((site / LATEST / "data").glob("*.csv")):
        twin = folder / path.name
        if twin.is_file() and twin.read_bytes() != path.read_bytes():
            yield Finding("altered release", f"{SITE}/{LATEST}/data", path.name, "is not the table of the release")


def _fine(releases: Sequence[Release]) -> set[str]:
    """Numbers and phrases that pages may say: minimum cells, the rules' own numbers, definitions, other cities' figures.

    The names of places and the licence may have a digit ("Area 2", "CC-BY-4.0"); a name that is all digits is no phrase.
    """
    found = {str(table.threshold) for release in releases for table in release.tables}
    found |= {label for label in _labels(releases) if re.search(r"[^\W\d_]", label)}
    found |= {str(len(releases)), *(str(release.number) for release in releases)}
    for release in releases[-1:]:
        package = read_json(Path(release.folder) / "datapackage.json")
        rules = package.get("disclosure", {})
        found |= {str(one.get("name", "")) for one in package.get("licenses", [])}
        found |= {str(rules.get("lag_days", "")), *(str(one) for one in rules.get("thresholds", {}).values())} - {""}
        for aim in rules.get("targets", {}).values():  # announced by the city itself
            found |= {f"target {aim:g}", f"target {aim * 100:.1f}%"}
        found |= {str(one.get(name, "")) for one in package.get("resources", []) for name in ("title", "description")}
    for metric in registry().values():
        for each in fields(metric):
            found |= set(_strings(getattr(metric, each.name)))
    if PEERS.is_file():
        with PEERS.open(encoding="utf-8", newline="") as file:
            found |= {cell for row in csv.reader(line for line in file if not line.startswith("#")) for cell in row}
    return {text for text in found if any(sign.isdigit() for sign in text)}


def _labels(releases: Sequence[Release]) -> set[str]:
    """The categories of every published table."""
    rows = (row for release in releases for table in release.tables for row in table.rows)
    return {label for row in rows for _, label in row.dimensions}


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
        yield from (" ".join(line.split()) for line in value.splitlines())
    elif isinstance(value, tuple):
        for each in value:
            yield from _strings(each)


def _leaks(
    where: str, cell: str, texts: Collection[str], numbers: Collection[Decimal], fine: Collection[str]
) -> Iterator[Finding]:
    text = SAID.sub(" ", "\n".join(sorted(texts)))
    for leak in text_leaks(text, numbers, fine):
        says = f"{leak.number!r} is in no published table (… {leak.around} …)"
        yield Finding("number in a text", where, cell, says)


def _data(path: Path, folder: Path, numbers: Collection[Decimal], fine: Collection[str]) -> Iterator[Finding]:
    """One file to download: a table in another form says what its CSV says; any other text has published numbers only."""
    where, table = f"{SITE}/{LATEST}/data", folder / f"{path.stem}.csv"
    if path.suffix == ".parquet":
        if not table.is_file() or _parquet_rows(path) != _csv_rows(table):
            yield Finding("altered release", where, path.name, "does not say what the table's CSV says")
    elif path.suffix == ".xlsx":
        yield from _workbook(path, numbers, fine)
    elif path.suffix == ".csv" and not table.is_file():
        yield from _leaks(where, path.name, _texts_of_csv(path), numbers, fine)
    elif path.suffix not in (".csv", ".json"):
        yield Finding("file not in the package", where, path.name, "is a kind of file that no release has")


def _csv_rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [[_plain(cell) for cell in line] for line in csv.reader(file)]


def _parquet_rows(path: Path) -> list[list[str]]:
    read = parquet.read_table(path)
    columns = [column.to_pylist() for column in read.columns]
    return [list(read.column_names), *([_plain(cell) for cell in line] for line in zip(*columns, strict=True))]


def _plain(cell: object) -> str:
    """A cell as text, numbers in one spelling."""
    try:
        return "" if cell is None else str(Decimal(str(cell)).normalize())
    except ArithmeticError:
        return str(cell)


def _texts_of_csv(path: Path) -> set[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return {cell for line in csv.reader(file) for cell in line}


def _workbook(path: Path, numbers: Collection[Decimal], fine: Collection[str]) -> Iterator[Finding]:
    """Every cell of every sheet, hidden ones too."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes()))
    for name in book.sheet_names:
        texts: set[str] = set()
        for line in book.get_sheet_by_name(name).to_python():
            for cell in line:
                if isinstance(cell, str):
                    texts.add(cell)
                elif isinstance(cell, int | float) and Decimal(str(cell)).normalize() not in numbers and cell:
                    says = f"{cell!r} is in no published table"
                    yield Finding("number in a text", f"{path.name}, {name}", "", says)
        yield from _leaks(path.name, name, texts, numbers, fine)


class _Words(HTMLParser):
    """The texts of a page, one for each element, and what is read aloud; ticks of an axis and queries are left out."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: set[str] = set()
        self.ticks: list[str] = []
        self._inside: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        for name, value in told.items():
            spoken = name in READ_ALOUD and not (tag == "meta" and told.get("name") in (None, "viewport"))
            if spoken or name.startswith("data-"):
                self.texts.add(value)
        if tag not in ("meta", "link", "br", "rect", "path", "circle"):
            self._inside.append((tag, told.get("class", "")))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._inside and tag in {name for name, _ in self._inside}:
            if self._inside.pop()[0] == tag:
                break

    def handle_comment(self, data: str) -> None:
        self.texts.add(data)

    def handle_data(self, data: str) -> None:
        if self._inside and self._inside[-1] == ("text", "tick"):
            self.ticks.append(data)
        elif data.strip() and not any(name == "code" for name, _ in self._inside):
            self.texts.add(" ".join(data.split()))


def _words(path: Path) -> _Words:
    found = _Words()
    found.feed(path.read_text(encoding="utf-8"))
    found.close()
    return found


def _pages(site: Path, numbers: Collection[Decimal], fine: Collection[str]) -> Iterator[Finding]:
    """Every page of the latest release; the texts that pages share are read once."""
    said: set[str] = set()
    english: dict[str, set[str]] = {}
    latest = site / LATEST
    tongues = sorted(each.name for each in latest.iterdir() if each.is_dir() and each.name != "data")
    if ENGLISH not in tongues:
        raise AuditError(f"{latest}: has no folder “{ENGLISH}”, by which the other languages are read; release again")
    for path in [site / "index.html", site / "feed.xml", *sorted((latest / ENGLISH).rglob("*"))]:
        if not path.is_file():
            continue
        words = _words(path)
        where = path.relative_to(site).as_posix()
        yield from _ticks(where, words.ticks)
        yield from _leaks(where, "", words.texts - said, numbers, fine)
        said |= words.texts
        english[path.name] = _digits(words.texts) | _digits(words.ticks)
    for path in sorted(
        path for one in tongues if one != ENGLISH for path in (latest / one).rglob("*") if path.is_file()
    ):
        words = _words(path)
        where = path.relative_to(site).as_posix()
        for digits in sorted((_digits(words.texts) | _digits(words.ticks)) - english.get(path.name, set())):
            yield Finding("number in a text", where, "", f"“{digits}” is on no place of the English page")


NUMBER = re.compile(r"\d+(?:[.,\u00a0\u202f'’٬٫]\d+)*")


def _digits(texts: Collection[str]) -> set[str]:
    """The numbers of texts as their digits alone, in whatever way a language writes them; dates and times by their parts."""
    found = set()
    for text in texts:
        for one in NUMBER.findall(text):
            parts = [one] if not re.search(r"[:/-]", one) else re.split(r"[:/-]", one)
            found |= {
                "".join(str(unicodedata.digit(sign)) for sign in part if sign.isdigit()).lstrip("0") for part in parts
            }
    return found - {""}


def _ticks(where: str, ticks: Sequence[str]) -> Iterator[Finding]:
    """The numbers of an axis are round steps; anything else would be a figure."""
    for tick in ticks:
        text = re.sub(r"[,%\u00a0\u202f]", "", tick)
        if re.fullmatch(r"\d+(?:\.\d+)?", text):
            digits = Decimal(text).normalize().as_tuple()
            whole = int("".join(map(str, digits.digits)))
            if (
                len(str(whole)) > 2
                and not re.fullmatch(r"(?:19|20)\d\d", text)
                and whole not in (125, 175, 225, 250, 275)
            ):
                yield Finding("scale", where, "", f"an axis has the number {tick!r}, which is no round step")
