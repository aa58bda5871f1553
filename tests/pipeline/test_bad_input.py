"""Each bad input and the right behaviour: refused with a sentence, set aside with a reason, or loaded with a warning."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from publicsafety.pipeline.sources import SourceError
from tests.pipeline.loading import CAD, HEADER, cad_file, cad_row, load

GOOD = cad_file(50)


def zipped(**files: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/"), content)
    return packed.getvalue()


REFUSED: dict[str, tuple[str, str | bytes, str]] = {
    "empty file": ("cad.csv", b"", "empty"),
    "white space only": ("cad.csv", " \n\n  \n", "blank space"),
    "UTF-16 without a mark": ("cad.csv", GOOD.encode("utf-16-le"), "UTF-16"),
    "NUL tail": ("cad.csv", GOOD.encode() + b"\0" * 4096, "NUL"),
    "zip renamed": ("cad.csv", zipped(a="x"), "zip archive"),
    "login page": ("cad.csv", "<!DOCTYPE html><html><body>Sign in</body></html>", "web page"),
    "PDF": ("cad.csv", b"%PDF-1.7 ...", "PDF"),
    "CSV named XLSX": ("cad.xlsx", GOOD, "text, not .xlsx"),
    "XML": ("cad.csv", "<?xml version='1.0'?><a/>", "XML"),
    "one line without end": ("cad.csv", HEADER + "\n" + "x" * (5 << 20), "longer than 4 MB"),
    "unclosed quote": (
        "cad.csv",
        cad_file(20, cad_row(90, NARR='"he said')) + GOOD.split("\n", 1)[1],
        "line 22: a quote",
    ),
    "truncated last row": ("cad.csv", GOOD.rstrip("\n")[:-40], "cut off"),
    "duplicated header": ("cad.csv", GOOD.replace("LAT,LON", "LAT,LAT", 1), "occurs twice"),
    "missing required column": ("cad.csv", GOOD.replace("CALL_RCVD", "SOMETHING", 1), "CALL_RCVD is missing"),
    "no header": ("cad.csv", GOOD.split("\n", 1)[1], "column names"),
    "no recognised source": ("other.csv", "a,b\n1,2\n", "inspect other.csv"),
    "more than five per cent bad": (
        "cad.csv",
        cad_file(50, *(cad_row(90 + n, CALL_RCVD="soon") for n in range(6))),
        "6 of 56 rows",
    ),
    "identifiers shortened by a spreadsheet": (
        "cad.csv",
        GOOD + cad_row(90, INC_NUM="2.02503E+11") + "\n",
        "digits are lost",
    ),
    "broken JSON": ("cad.json", '[{"a": 1}, {"a"', "not valid JSON"),
    "nested depth bomb": ("cad.json", "[" * 100_000 + "]" * 100_000, "nested deeper"),
    "JSON without records": ("cad.json", '{"a": 1}', "no list of records"),
    "projected GeoJSON": (
        "cad.geojson",
        '{"type":"FeatureCollection","crs":{"properties":{"name":"EPSG:2249"}},"features":[]}',
        "WGS 84",
    ),
    "truncated zip": ("pack.zip", zipped(**{"cad.csv": GOOD})[:200], "damaged"),
    "zip of nothing": ("pack.zip", zipped(), "zip"),
    "unknown encoding": ("cad.csv", b"\x84\x80\x81\xfe\xff" * 50, ""),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_table_is_refused_with_a_sentence_and_the_others_load(tmp_path: Path, case: str) -> None:
    name, content, words = REFUSED[case]
    loads = load(tmp_path, {name: content, "good_cad.csv": GOOD})
    assert list(loads.refused) == [name]
    assert words in loads.refused[name]
    assert loads.refused[name].startswith(name)
    assert loads.files["good_cad.csv"].rows_loaded == 50
    assert loads.rows("select file from load_refused") == [(name,)]


SET_ASIDE: dict[str, tuple[str | bytes, str]] = {
    "extra column": (cad_row(90) + ",more", "12 columns, more than the 11"),
    "short row": (cad_row(90).rsplit(",", 2)[0], "9 columns, fewer than the 11"),
    "a row of 500 columns": (",".join(["x"] * 500), "500 columns"),
    "stray quote": (cad_row(90, NATURE='5" pipe'), "a quote inside a field"),
    "NUL in a field": (cad_row(90, NATURE="a\0b"), "NUL"),
    "invalid UTF-8": (cad_row(90).encode().replace(b"Well", b"W\xffll"), "not UTF-8"),
    "31 February": (cad_row(90, CALL_RCVD="2025-02-31 10:00:00"), "is not a date"),
    "two-digit year": (cad_row(90, CALL_RCVD="03/04/25 10:00"), "is not a date"),
    "spreadsheet serial": (cad_row(90, CALL_RCVD="45000.5"), "serial number"),
    "lost its date": (cad_row(90, CALL_RCVD="00:05.0"), "lost its date"),
    "1900": (cad_row(90, CALL_RCVD="1900-01-01 00:00:00"), "outside 1980"),
    "9999": (cad_row(90, CALL_RCVD="9999-12-31 00:00:00"), "outside 1980"),
    "the future": (cad_row(90, CALL_RCVD="2093-01-01 00:00:00"), "future"),
    "required value missing": (cad_row(90, INC_NUM=""), "required and missing"),
    "repeated header": (HEADER, "repeated header"),
    "total row": ("Total,50" + "," * 9, "footer"),
    "short total row": ("Total: 50 records", "footer"),
    "comment": ("# exported by X", "comment line"),
    "latitude with a degree sign": (cad_row(90, LAT="42.37°"), "is not a number"),
    "telephone number in a label": (cad_row(90, NATURE="call 617-555-0123"), "telephone number"),
    "a field of 40 kB": (cad_row(90, NATURE="x" * 40_000), "longer than 32 kB"),
    "infinity as a number": (cad_row(90, LAT="inf"), "is not a number"),
}


@pytest.mark.parametrize("case", SET_ASIDE)
def test_a_bad_row_is_set_aside_with_file_line_and_reason(tmp_path: Path, case: str) -> None:
    row, words = SET_ASIDE[case]
    raw = row if isinstance(row, bytes) else row.encode()
    head, tail = cad_file(30).encode(), cad_file(50).encode().split(b"\n", 31)[31]
    loads = load(tmp_path, {"cad.csv": head + raw + b"\n" + tail})
    assert loads.refused == {}
    found = loads.quarantine()
    assert [line for line, *_ in found] == [32]
    assert words in found[0][3]
    assert (loads.files["cad.csv"].rows_read, loads.files["cad.csv"].rows_loaded) == (51, 50)


def test_a_telephone_number_is_not_kept_in_the_quarantine(tmp_path: Path) -> None:
    loads = load(tmp_path, {"cad.csv": cad_file(50, cad_row(90, NATURE="call 617-555-0123"))})
    assert "617-555-0123" not in str(loads.rows("from load_quarantine")) + str(loads.rows("from load_labels"))


WARNED: dict[str, tuple[str, str]] = {
    "header only": (HEADER + "\n", "no rows"),
    "on scene before dispatch": (cad_file(30, cad_row(90, ONSC="2025-03-01 09:00:00")), "lies before dispatched_at"),
    "unknown extra column": (cad_file(30).replace("NARR", "EXTRA"), ""),
}


@pytest.mark.parametrize("case", WARNED)
def test_what_is_doubtful_loads_with_a_warning(tmp_path: Path, case: str) -> None:
    content, words = WARNED[case]
    loads = load(tmp_path, {"cad.csv": content})
    assert loads.refused == {}
    assert words in loads.warnings()
    assert loads.files["cad.csv"].rows_quarantined == 0


def test_a_single_bad_row_never_refuses_a_small_file(tmp_path: Path) -> None:
    loads = load(tmp_path, {"cad.csv": cad_file(9, cad_row(90, CALL_RCVD="soon"))})
    assert loads.files["cad.csv"].rows_loaded == 9


def test_a_file_of_nothing_but_bad_rows_is_refused(tmp_path: Path) -> None:
    loads = load(tmp_path, {"cad.csv": "\n".join([HEADER, cad_row(1, CALL_RCVD="soon")])})
    assert "1 of 1 rows" in loads.refused["cad.csv"]


def test_links_pipes_and_unfinished_downloads_are_not_read(tmp_path: Path) -> None:
    inbox = tmp_path / "exports"
    inbox.mkdir()
    (tmp_path / "outside.csv").write_text(GOOD)
    (inbox / "link_cad.csv").symlink_to(tmp_path / "outside.csv")
    os.link(tmp_path / "outside.csv", inbox / "hard_cad.csv")
    os.mkfifo(inbox / "pipe_cad.csv")
    loads = load(tmp_path, {"cad.csv.part": GOOD, ".hidden.csv": GOOD, "README.md": "x", "cad.csv": GOOD})
    assert sorted(loads.refused) == ["hard_cad.csv", "link_cad.csv", "pipe_cad.csv"]
    assert list(loads.files) == ["cad.csv"]


@pytest.mark.parametrize(
    "name", ["a[1]*?.csv", "it's cad; drop table.csv", "ünïcode cad.csv", "new\nline.csv", "x" * 200 + ".csv"]
)
def test_odd_file_names_are_only_names(tmp_path: Path, name: str) -> None:
    loads = load(tmp_path, {name: GOOD})
    assert loads.refused == {}
    assert [each.rows_loaded for each in loads.result.files] == [50]
    assert "\n" not in loads.result.files[0].file


def test_a_zip_that_points_outside_itself_or_swells_is_refused(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../escape_cad.csv", GOOD)
        archive.writestr("bomb.csv", b"0" * (50 << 20))
        archive.writestr("cad.csv", GOOD)
    loads = load(tmp_path, {"pack.zip": packed.getvalue()})
    assert "outside the archive" in loads.refused["pack.zip/../../escape_cad.csv"]
    assert "zip bomb" in loads.refused["pack.zip/bomb.csv"]
    assert loads.files["pack.zip/cad.csv"].rows_loaded == 50
    assert not list(tmp_path.rglob("*escape*"))


TYPOS: dict[str, tuple[Callable[[str], str], str]] = {
    "unknown top key": (
        lambda text: text.replace("grain", "grian", 1),
        'line 4: [the mapping] has an unknown key "grian" (did you mean "grain"?)',
    ),
    "unknown field": (lambda text: text.replace("fields.latitude", "fields.lattitude"), '(did you mean "latitude"?)'),
    "unknown field key": (lambda text: text.replace('aliases = ["Call', 'alias = ["Call'), '(did you mean "aliases"?)'),
    "unknown table": (lambda text: text.replace('"calls"', '"call"'), '(did you mean "calls"?)'),
    "wrong category": (lambda text: text.replace('"E911" = "9-1-1"', '"E911" = "9-1"'), "is no value of source"),
    "broken TOML": (lambda text: text + "\n[fields.x", "not valid TOML"),
    "required field unmapped": (
        lambda text: text.replace("fields.received_at", "fields.entered_at"),
        "calls needs received_at",
    ),
}


@pytest.mark.parametrize("case", TYPOS)
def test_a_typo_in_a_mapping_names_file_line_and_the_nearest_key(tmp_path: Path, case: str) -> None:
    change, words = TYPOS[case]
    with pytest.raises(SourceError) as error:
        load(tmp_path, {"cad.csv": GOOD}, {"cad": change(CAD)})
    assert words in str(error.value)
    assert str(error.value).startswith("cad.toml")
