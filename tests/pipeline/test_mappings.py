"""Whatever a mapping file says: it is read, or refused in one sentence that names the file and, where it has one, the line."""

import os
from pathlib import Path

import pytest

from publicsafety.pipeline.schemas import load_schemas
from publicsafety.pipeline.sources import SourceError, load_sources
from tests.pipeline.loading import CAD, PROJECT

SCHEMAS = load_schemas(PROJECT / "data" / "schemas")
END = len(CAD.splitlines()) + 2  # the line after an appended [read]


def instead(old: str, new: str) -> str:
    assert old in CAD
    return CAD.replace(old, new)


def read(key: str, value: str) -> str:
    return f"{CAD}[read]\n{key} = {value}\n"


RECEIVED = 'aliases = ["Call Received"]\nformats = ["%Y-%m-%d %H:%M:%S", "%m/%d/%Y %H:%M"]'
DISPATCHED = 'column = "DISP"\nformats = ["%Y-%m-%d %H:%M:%S", "%m/%d/%Y %H:%M"]'
SOURCE = '[fields.source]\ncolumn = "SRC"\n[fields.source.values]\n"E911" = "9-1-1"'
MISTAKES: dict[str, tuple[str | bytes, str]] = {
    "nothing": ("", "cad.toml: it lacks table"),
    "a table that is a list": (instead('"calls"', '["calls"]'), "cad.toml line 3: table"),
    "a table that is a number": (instead('"calls"', "5"), "cad.toml line 3: table"),
    "a title that is a number": (instead('"A CAD export"', "5"), "cad.toml: title"),
    "fields that are a number": ("table = 'calls'\nfields = 5\n", "cad.toml line 2: [fields]"),
    "fields that are a list": ("table = 'calls'\nfields = [1]\n", "cad.toml line 2: [fields]"),
    "a field that is a number": (f"{CAD}[fields]\npriority = 5\n", "cad.toml: [fields.priority]"),
    "a column that is a number": (instead('"NATURE"', "5"), "cad.toml line 20: column"),
    "a column that is a list": (instead('"NATURE"', '["NATURE"]'), "cad.toml line 20: column"),
    "a column without a name": (instead('"NATURE"', '" "'), "cad.toml line 20: column"),
    "a time column that is a number": (instead('"DISP"', '"DISP"\ntime_column = 5'), "cad.toml line 14: time_column"),
    "a column and a constant": (instead('"NATURE"', '"NATURE"\nconstant = "x"'), "cad.toml line 20: give"),
    "a field with a space": (instead("[fields.nature]", '[fields."nature "]'), 'did you mean "nature"'),
    "a sheet that is a number": (instead('files = ["*cad*"]', "sheet = 5"), "cad.toml line 5: sheet"),
    "no header to know it by": (instead('["INC_NUM", "CALL_RCVD", "UNIT"]', '[""]'), "cad.toml: [recognise] needs"),
    "a zone that is a number": (read("zone", "5"), f"cad.toml line {END}: "),
    "a zone that is a list": (read("zone", '["UTC"]'), f"cad.toml line {END}: "),
    "a zone that is a folder": (read("zone", '"America"'), f"cad.toml line {END}: "),
    "a zone that climbs out": (read("zone", '"../../etc/passwd"'), f"cad.toml line {END}: "),
    "a zone of 300 letters": (read("zone", f'"{"a" * 300}"'), f"cad.toml line {END}: "),
    "an encoding that is a number": (read("encoding", "5"), f"cad.toml line {END}: "),
    "an encoding that is a cipher": (read("encoding", '"rot13"'), f"cad.toml line {END}: "),
    "an encoding that always fails": (read("encoding", '"undefined"'), f"cad.toml line {END}: "),
    "an encoding with NUL": (read("encoding", '"\\u0000"'), f"cad.toml line {END}: "),
    "EBCDIC, under which the rows would vanish": (read("encoding", '"cp500"'), f"cad.toml line {END}: "),
    "an encoding of names of hosts": (read("encoding", '"punycode"'), f"cad.toml line {END}: "),
    "a quote as delimiter": (read("delimiter", "'\"'"), f"cad.toml line {END}: "),
    "a letter as delimiter": (read("delimiter", '"a"'), f"cad.toml line {END}: "),
    "a line's end as delimiter": (read("delimiter", '"\\n"'), f"cad.toml line {END}: "),
    "two letters as delimiter": (read("delimiter", '",,"'), f"cad.toml line {END}: "),
    "a delimiter beyond ASCII": (read("delimiter", '"\u2603"'), f"cad.toml line {END}: "),
    "rows to skip without end": (read("skip_rows", "99999999999999999999"), f"cad.toml line {END}: "),
    "rows to skip that are a text": (read("skip_rows", '"3"'), f"cad.toml line {END}: "),
    "missing values that are numbers": (read("missing", "[1]"), f"cad.toml line {END}: "),
    "a format that nobody knows": (instead(RECEIVED, 'formats = ["%Q"]'), "cad.toml line 12: the format"),
    "a format that stops short": (instead(RECEIVED, 'formats = ["%Y-%m-%"]'), "cad.toml line 12: the format"),
    "a format of nothing": (instead(RECEIVED, 'formats = [""]'), "cad.toml line 12: the format"),
    "a format with the year twice": (instead(RECEIVED, 'formats = ["%Y-%Y"]'), "cad.toml line 12: the format"),
    "a format without a year": (instead(RECEIVED, 'formats = ["%d %H:%M"]'), "cad.toml line 12: the format"),
    "formats that are no list": (instead(RECEIVED, 'formats = "%Y"'), 'cad.toml line 12: "formats"'),
    "a value that is a table": (instead('"9-1-1"', "{a = 1}"), "cad.toml line 25: the value"),
    "a constant of no category": (instead(SOURCE, '[fields.source]\nconstant = "x"'), "cad.toml line 22: "),
    "a constant that is no date": (instead(DISPATCHED, 'constant = "soon"'), "cad.toml line 14: "),
    "a constant that is no number": (instead('column = "LAT"', 'constant = "north"'), "cad.toml line 26: "),
    "a constant that is a list": (instead('column = "NATURE"', "constant = [1]"), "cad.toml line 20: "),
    "one key for all rows": (instead('column = "INC_NUM"', 'constant = "1"'), "cad.toml line 8: "),
    "a column never to be loaded, and loaded": (instead('["NARR"]', '["nature"]'), "cad.toml line 35: "),
    "one field twice": (f'{CAD}[fields.nature]\ncolumn = "x"\n', "at line"),
    "a byte that is no text": (CAD.encode() + b"\xff", "cad.toml line 36: it is not UTF-8"),
    "UTF-16": (CAD.encode("utf-16"), "cad.toml line 1: it is not UTF-8"),
    "NUL": (CAD.encode() + b"\0", "at line 36"),
    "CR alone": (CAD.encode().replace(b"\n", b"\r"), "at line 1"),
    "JSON": (b'{"table": "calls"}', "at line 1"),
    "lists nested 20,000 deep": ("a = " + "[" * 20_000 + "]" * 20_000, "cad.toml: not valid TOML (it is nested"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_in_a_mapping_is_one_sentence_with_the_file_and_its_line(tmp_path: Path, name: str) -> None:
    content, words = MISTAKES[name]
    (tmp_path / "cad.toml").write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(SourceError) as error:
        load_sources(tmp_path, SCHEMAS)
    assert str(error.value).startswith("cad.toml")
    assert words in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("kind", ["folder", "loop", "dangling", "pipe"])
def test_what_is_no_file_among_the_mappings_is_named_and_never_opened(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "cad.toml"
    {
        "folder": path.mkdir,
        "loop": lambda: path.symlink_to("cad.toml"),
        "dangling": lambda: path.symlink_to("nowhere"),
        "pipe": lambda: os.mkfifo(path),
    }[kind]()
    with pytest.raises(SourceError, match=r"^cad\.toml: it is no plain file"):
        load_sources(tmp_path, SCHEMAS)


def test_what_may_be_declared_is_read() -> None:
    """Else the strictness above would be cheap."""
    assert len(load_sources(PROJECT / "data" / "sources", SCHEMAS)) > 14


@pytest.mark.parametrize(
    "line", ['encoding = "shift_jis"', 'encoding = "utf-8-sig"', 'delimiter = "~"', 'zone = "UTC"']
)
def test_a_rare_but_sound_declaration_is_read(tmp_path: Path, line: str) -> None:
    (tmp_path / "cad.toml").write_text(f"{CAD}[read]\n{line}\n")
    assert load_sources(tmp_path, SCHEMAS)[0].name == "cad"
