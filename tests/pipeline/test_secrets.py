"""Names, telephone numbers, birth dates, free text and the secret itself are in nothing that ingest writes."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest

from publicsafety.pipeline.ingest import PersonKeyError, ingest, person_key_of, weakness_of
from publicsafety.pipeline.sample import write
from tests.pipeline.loading import CAD, CITY, HereReader, cad_file, load

PERSONAL = re.compile(r"CANARY|555-010-|@example\.org|\b19[4-9]\d-01-01\b")
KEY = b"a-secret-of-the-tests-0123456789"


def texts_of(con: duckdb.DuckDBPyConnection, relation: str) -> str:
    rows = con.execute(f"select * from {relation}").fetchall()
    return "\n".join(str(cell) for row in rows for cell in row if cell is not None)


def test_no_personal_column_of_the_sample_reaches_the_cache_or_any_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("publicsafety.pipeline.ingest.Reader", HereReader)
    write(tmp_path / "exports", calls=600, end=date(2025, 6, 30))
    con = duckdb.connect()
    said: list[str] = []
    result = ingest(
        con, [tmp_path / "exports"], city=CITY, person_key=KEY, cache=tmp_path / "cache", progress=said.append
    )
    written = {f"report: {result}": str(result), "progress": "\n".join(said)}
    for (table,) in con.execute("select table_name from duckdb_tables() union select view_name from duckdb_views() where not internal").fetchall():  # fmt: skip
        written[table] = texts_of(con, table)
    for path in tmp_path.joinpath("cache").rglob("*"):
        if path.is_file():
            written[path.name] = texts_of(con, f"'{path}'") if path.suffix == ".parquet" else ""
            written[f"bytes of {path}"] = path.read_bytes().decode("latin-1")
    assert any("raw_calls" in name for name in written)
    assert result.refused == ()
    found = {name: match[0] for name, text in written.items() if (match := PERSONAL.search(text))}
    assert found == {}
    assert not [name for name, text in written.items() if KEY.decode() in text or KEY.hex() in text]


def test_a_changed_secret_reads_the_files_again_and_changes_every_person(tmp_path: Path) -> None:
    first = load(tmp_path, {"cad.csv": cad_file(30)}, {"cad": CAD})
    con = duckdb.connect()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("publicsafety.pipeline.ingest.Reader", HereReader)
        again = ingest(con, [tmp_path / "exports"], city=CITY, person_key=b"another", cache=tmp_path / "cache", sources=tmp_path / "sources")  # fmt: skip
    before = {row[0] for row in first.rows("select person_key from raw_calls")}
    after = {row[0] for row in con.execute("select person_key from raw_calls").fetchall()}
    assert len(before) == len(after) == 7
    assert not before & after
    assert again.digest != first.result.digest


@pytest.mark.parametrize(("text", "key"), [(None, None), ("", None), (" \n", None), (" a secret \n", b"a secret")])
def test_a_blank_secret_is_none_and_space_around_one_does_not_count(text: str | None, key: bytes | None) -> None:
    assert person_key_of(text) == key


@pytest.mark.parametrize("text", ["two\nlines", "a\x00b", "\udcff is no text"])
def test_a_secret_in_a_wrong_form_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(PersonKeyError, match=r"^PUBLICSAFETY_PERSON_KEY .*build again\.$"):
        person_key_of(text)


def test_a_short_secret_is_called_weak() -> None:
    assert "can be guessed" in weakness_of(b"short")
    assert weakness_of(b"k" * 32) == weakness_of(None) == ""


def test_the_cache_keeps_what_the_last_builds_read_and_sweeps_the_rest(tmp_path: Path) -> None:
    city = SimpleNamespace(**vars(CITY))
    for n in range(5):
        load(tmp_path, {"cad.csv": cad_file(20 + n)}, city=city)
        left = tmp_path / "cache" / ".reading-999999999-x"
        left.mkdir(exist_ok=True)
    entries = [path for path in (tmp_path / "cache").iterdir() if path.is_dir() and not path.name.startswith(".")]
    assert len(entries) == 3
    load(tmp_path, {"cad.csv": cad_file(24)}, city=city)
    assert len(json.loads((tmp_path / "cache" / "builds.json").read_text())) == 3
    assert not list((tmp_path / "cache").glob(".reading-*"))
