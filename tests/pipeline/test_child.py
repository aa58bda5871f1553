"""A parser that hangs or crashes takes its child process with it, never the build."""

from __future__ import annotations

from pathlib import Path

import pytest

from publicsafety.pipeline.child import Reader, ReaderDied
from tests.pipeline.loading import cad_file, load


def test_a_child_that_takes_too_long_is_ended_and_another_starts() -> None:
    reader = Reader()
    try:
        with pytest.raises(ReaderDied, match="took longer"):
            reader.read({"bounds": None}, 0.0)
        with pytest.raises(ReaderDied, match="cannot be read"):
            reader.read({"bounds": None, "path": 1}, 60.0)
    finally:
        reader.close()


def test_a_build_reads_in_a_child_process_and_refuses_what_kills_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("publicsafety.pipeline.ingest.SECONDS", 0.0)
    loads = load(tmp_path, {"cad.csv": cad_file(10)}, child=True)
    assert loads.refused["cad.csv"].startswith("cad.csv: reading it took longer than 0 seconds")
    monkeypatch.undo()
    again = load(tmp_path, {}, child=True)
    assert again.files["cad.csv"].rows_loaded == 10
    assert not list((tmp_path / "cache").glob(".reading-*"))
