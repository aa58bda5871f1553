"""The files to download in an edition: each says what the tables of its release say, cell by cell, and carries nothing else."""

import csv
import io
import re
import zipfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as parquet
from python_calamine import CalamineWorkbook

from publicsafety.metrics import registry

from .again import CATALOGUE, CHANGES, RELEASES, changes, releases_list
from .cards import LARGEST_SMALL, Catalogue, text_findings
from .changelog import changelog
from .packages import entry_findings
from .published import Release
from .reading import PACKAGE, AuditError, read_json
from .report import Finding
from .texts import Numbers
from .words import counts_in

FIRST = "Period (first day)"  # the heading over the rows of a table's sheet
# What a workbook of tables is made of; comments, drawings, macros and custom properties are none of it.
PARTS = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|docProps/(?:core|app)\.xml|xl/(?:workbook|sharedStrings|styles)\.xml|xl/theme/theme1\.xml"
    r"|xl/_rels/workbook\.xml\.rels|xl/tables/table\d+\.xml|xl/worksheets/sheet\d+\.xml|xl/worksheets/_rels/sheet\d+\.xml\.rels"
)
PROPERTIES = re.compile(
    r"<(?:dc:|cp:)?(?:title|subject|description|keywords|category|creator|lastModifiedBy|Manager|Company)[^>]*>([^<]*)<"
)


def data_findings(folder: Path, where: str, releases: Sequence[Release], known: Catalogue) -> Iterator[Finding]:
    """Every file of an edition's folder of data. `releases`: all up to the edition's own, which is the last."""
    home = Path(releases[-1].folder)
    titles = set(_titles(read_json(home / PACKAGE)))
    for path in sorted(folder.iterdir()):
        table = home / f"{path.stem}.csv"
        if path.suffix in (".csv", ".parquet") and table.is_file():
            same = path.read_bytes() == table.read_bytes() if path.suffix == ".csv" else _is_table(path, table, titles)
            if not same:
                yield Finding("altered release", where, path.name, "is not the table of the release")
        elif path.suffix == ".xlsx":
            yield from _workbook(path, where, releases[-1], known)
        elif path.name == PACKAGE:
            if path.read_bytes() != (home / PACKAGE).read_bytes():
                yield Finding("altered release", where, path.name, "is not the package of the release")
        elif path.name == CATALOGUE:
            names = {each.name for each in folder.iterdir()}
            yield from entry_findings(f"{where}/{path.name}", read_json(path), read_json(home / PACKAGE), names)
        elif path.name in (CHANGES, RELEASES):
            wanted = (changes if path.name == CHANGES else releases_list)(changelog(releases))
            if path.read_bytes() != wanted:
                yield Finding("number in a text", where, path.name, _first_difference(path, wanted))
        elif path.suffix == ".csv":
            texts = {cell for line in csv.reader(io.StringIO(path.read_text(encoding="utf-8"))) for cell in line}
            yield from text_findings(where, path.name, texts - versions(), _large(known), known)
        else:
            yield Finding("file not in the package", where, path.name, "is a kind of file that no release has")


def _first_difference(path: Path, wanted: bytes) -> str:
    told = path.read_text(encoding="utf-8", errors="replace").splitlines()
    meant = wanted.decode().splitlines()
    line = next((one for one in told if one not in meant), "a line is missing")
    return f"is not what the releases give (… {line.strip()[:80]} …)"


def versions() -> set[str]:
    """The version of each definition, which has a column of its own beside it."""
    return {str(metric.version) for metric in registry().values()}


def _large(known: Catalogue) -> Numbers:
    """Published numbers that a text about tables may name."""
    return Numbers((one for one in known.everything if one > LARGEST_SMALL), known.everything.shares)


def _titles(package: Mapping[str, Any]) -> Iterator[str]:
    """The titles of a release's tables and columns."""
    for one in package.get("resources", []):
        yield str(one.get("title"))
        yield from (str(each.get("title")) for each in (one.get("schema") or {}).get("fields", []))


def _is_table(path: Path, table: Path, titles: Collection[str]) -> bool:
    """Whether a Parquet file has the rows of a CSV, and besides them no text but titles."""
    read = parquet.read_table(path)
    columns = [column.to_pylist() for column in read.columns]
    rows = [list(read.column_names), *([_plain(cell) for cell in line] for line in zip(*columns, strict=True))]
    described = [read.schema.metadata or {}, *(each.metadata or {} for each in read.schema)]
    said = {each.get(b"title", b"").decode() for each in described}
    plain = all(set(each) <= {b"title"} for each in described) and not any(map(counts_in, said - set(titles)))
    stored = set(parquet.ParquetFile(path).metadata.metadata or {}) <= {b"ARROW:schema", b"title"}
    return plain and stored and rows == _rows(table)


def _rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [[_plain(cell) for cell in line] for line in csv.reader(file)]


def _plain(cell: object) -> str:
    """A cell as text, numbers in one spelling."""
    try:
        return "" if cell is None else str(Decimal(str(cell)).normalize())
    except ArithmeticError:
        return str(cell)


def _workbook(path: Path, where: str, release: Release, known: Catalogue) -> Iterator[Finding]:
    """Every cell of every sheet, hidden ones too, and every part of the file."""
    content = path.read_bytes()
    yield from _parts(content, f"{where}/{path.name}")
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    home = Path(release.folder)
    paths = [home / str(one["path"]) for one in read_json(home / PACKAGE).get("resources", [])]
    for name in book.sheet_names:
        lines = book.get_sheet_by_name(name).to_python()
        start = next((n for n, line in enumerate(lines) if line and line[0] == FIRST), len(lines))
        texts = {cell for line in lines[: start + 1] for cell in line if isinstance(cell, str)}
        yield from text_findings(f"{where}/{path.name}", name, texts - versions(), _large(known), known)
        for cell in (cell for line in lines[: start + 1] for cell in line if not isinstance(cell, str)):
            yield Finding("number in a text", f"{where}/{path.name}", name, f"{cell!r} stands in no table")
        if start < len(lines):
            yield from _sheet(lines[start + 1 :], name, f"{where}/{path.name}", paths)


def _sheet(lines: Sequence[Sequence[Any]], name: str, where: str, paths: Collection[Path]) -> Iterator[Finding]:
    """The rows of a sheet against those of the table that it is called after; a long name is cut off."""
    like = [path for path in paths if path.stem.startswith(re.sub(r"_\d$", "", name)[:28])]
    wanted = [_as_in_a_sheet(path) for path in like]
    told = [[_plain(cell) for cell in line] for line in lines]
    if told in wanted:
        return
    best = wanted[0] if len(wanted) == 1 else []
    place = next((n for n, (one, other) in enumerate(zip(told, best, strict=False)) if one != other), 0)
    said = ", ".join(told[place]) if told else "nothing"
    yield Finding("number in a text", where, name, f"is not the table of the release (… {said} …)")


def _as_in_a_sheet(path: Path) -> list[list[str]]:
    """The rows of a CSV as the workbook has them: a sign in place of each number that is not there."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    is_revised = any(row["status"] == "r" for row in rows)
    made = []
    for row in rows:
        sign = f"[{row['status'] or 'x'}]"
        cells = [_plain(value) if value else sign for name, value in row.items() if name != "status"]
        made.append([*cells, *(["[r]" if row["status"] == "r" else "[z]"] if is_revised else [])])
    return made


def _parts(content: bytes, where: str) -> Iterator[Finding]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            for name in book.namelist():
                if not PARTS.fullmatch(name):
                    yield Finding("file not in the package", where, name, "is no part of a workbook of tables")
            told = (
                book.comment.decode("utf-8", "replace"),
                *(one.comment.decode("utf-8", "replace") for one in book.infolist()),
            )
            core = "".join(
                book.read(name).decode("utf-8", "replace") for name in book.namelist() if name.startswith("docProps/")
            )
    except zipfile.BadZipFile as error:
        raise AuditError(f"{where}: is no workbook ({error}); release again") from error
    for text in (*told, *PROPERTIES.findall(core)):
        if text.strip():
            yield Finding("number in a text", where, "", f"a property or comment says {text[:80]!r}")
