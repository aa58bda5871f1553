"""What else may lie in the folder of exports: no file at all, another's file, the same file in another coat."""

import os
import socket
import stat
from pathlib import Path
from typing import Any

import pytest

from publicsafety.pipeline import reading
from tests.pipeline.loading import Loads, load
from tests.trust import corpus, servers

SOURCES = servers.ROOT / "data" / "sources"
GOOD = corpus.csv()


def loaded(folder: Path, files: dict[str, str | bytes] | None = None) -> Loads:
    found = load(folder, {"cad_good.csv": GOOD, **(files or {})}, sources=SOURCES)
    assert found.rows("select count(*) from raw_calls") == [(corpus.GOOD,)], (
        "the good file loads whatever lies beside it"
    )
    assert all(sentence.startswith(name) and sentence.endswith((".", "]")) for name, sentence in found.refused.items())
    return found


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    (tmp_path / "exports").mkdir()
    return tmp_path / "exports"


def test_what_is_no_file_is_refused_without_being_opened(
    tmp_path: Path, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(inbox / "cad_pipe.csv")
    (inbox / "cad_loop.csv").symlink_to("cad_loop.csv")
    (inbox / "cad_away.csv").symlink_to("/nonexistent/x.csv")
    (inbox / "cad_zero.csv").symlink_to("/dev/zero")
    (inbox / "cad_folder.csv").mkdir()
    monkeypatch.chdir(inbox)  # the name of a socket may have some hundred letters only
    with socket.socket(socket.AF_UNIX) as ear:
        ear.bind("cad_ear.csv")
        found = loaded(tmp_path)
    assert set(found.refused) >= {"cad_pipe.csv", "cad_loop.csv", "cad_away.csv", "cad_zero.csv", "cad_ear.csv"}


def test_a_link_to_a_folder_is_said_and_not_passed_over_in_silence(tmp_path: Path, inbox: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "cad_x.csv").write_bytes(GOOD)
    (inbox / "last_year").symlink_to(tmp_path / "elsewhere")
    (inbox / "round").symlink_to(inbox)
    assert set(loaded(tmp_path).refused) == {"last_year", "round"}


def test_a_file_larger_than_five_gigabytes_is_refused_unread(tmp_path: Path, inbox: Path) -> None:
    with (inbox / "cad_large.csv").open("wb") as file:
        file.write(GOOD)
        file.truncate(5_000_000_001)  # sparse: it takes no room
    assert "larger than 5 GB" in loaded(tmp_path).refused["cad_large.csv"]


@pytest.mark.parametrize("what", ["grows", "is replaced", "is replaced by as many bytes", "is gone"])
def test_a_file_that_changes_while_it_is_read_is_refused_and_waits_for_the_next_build(
    tmp_path: Path, inbox: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    path, real = inbox / "cad_x.csv", reading._read_kind
    path.write_bytes(GOOD)

    def change(*values: Any) -> Any:
        parts = real(*values)
        if values[1] == path:
            other = tmp_path / "other"
            other.write_bytes(GOOD.replace(b"911", b"912") if "bytes" in what else GOOD * 2)
            if what == "grows":
                with path.open("ab") as file:
                    file.write(GOOD)
            elif what == "is gone":
                path.unlink()
            else:
                other.replace(path)
        return parts

    monkeypatch.setattr(reading, "_read_kind", change)
    words = "no such file" if what == "is gone" else "while it was read"
    assert words in loaded(tmp_path).refused["cad_x.csv"]
    assert not list((tmp_path / "cache").glob(".reading-*"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may make a device")
def test_a_device_is_refused(tmp_path: Path, inbox: Path) -> None:
    try:
        os.mknod(inbox / "cad_device.csv", stat.S_IFCHR | 0o666, os.makedev(1, 5))  # /dev/zero by another name
    except OSError:
        pytest.skip("this machine lets nobody make a device")
    assert "cad_device.csv" in loaded(tmp_path).refused


def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path, inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root may read everything, so the refusal of the operating system is played."""
    real = os.open

    def shut(path: object, *values: object, **named: object) -> int:
        if str(path).endswith("cad_shut.csv"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, *values, **named)  # type: ignore[arg-type]

    (inbox / "cad_shut.csv").write_bytes(GOOD)
    (inbox / "cad_shut.csv").chmod(0)
    monkeypatch.setattr(os, "open", shut)
    assert "cad_shut.csv" in loaded(tmp_path).refused


def test_the_same_file_twice_under_two_names_and_in_a_zip_counts_once(tmp_path: Path) -> None:
    found = loaded(tmp_path, {"cad_again.csv": GOOD, "pack.zip": corpus.archive([("cad_1.csv", GOOD)]), "cad_crlf.csv": GOOD.replace(b"\n", b"\r\n")})  # fmt: skip
    assert found.refused == {}


def test_a_file_that_is_still_being_written_waits(tmp_path: Path) -> None:
    found = loaded(tmp_path, {"cad_x.csv.part": GOOD[:500], "cad_y.csv.crdownload": b"", "~$cad_x.xlsx": b"\0" * 165, ".cad_z.csv": b"x"})  # fmt: skip
    assert [each.file for each in found.result.files] == ["cad_good.csv"]


@pytest.mark.parametrize(
    "name", ["cad_empty.csv", "cad_empty.xlsx", "cad_empty.json", "cad_empty.zip", "cad_empty.ods"]
)
def test_a_file_of_no_bytes_is_refused(tmp_path: Path, name: str) -> None:
    assert "empty" in loaded(tmp_path, {name: b""}).refused[name]
