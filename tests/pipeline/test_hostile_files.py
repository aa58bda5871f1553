"""Files made to hurt: refused with a sentence before they are read whole, and within bounds of memory."""

from __future__ import annotations

import io
import os
import resource
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from publicsafety.pipeline import child
from tests.pipeline.loading import HEADER, PROJECT, cad_file, load


@pytest.mark.parametrize(
    ("head", "said"),
    [(HEADER.encode() + b"\n" + b"x" * (10 << 20), "line longer than 4 MB"), (cad_file(10).encode(), "NUL bytes")],
)
def test_two_gigabytes_of_one_line_are_refused_without_being_read(tmp_path: Path, head: bytes, said: str) -> None:
    inbox = tmp_path / "exports"
    inbox.mkdir()
    with (inbox / "cad.csv").open("wb") as handle:
        handle.write(head)
        if said.startswith("line"):
            handle.seek((2 << 30) - (6 << 20))
            handle.write(b"x" * (6 << 20))
        handle.truncate(2 << 30)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_inblock
    loads = load(tmp_path, {})
    assert said in loads.refused["cad.csv"]
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_inblock - before) * 512 < 1 << 30


def test_a_damaged_member_of_an_archive_does_not_keep_the_others_out(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a_cad.csv", cad_file(20))
        archive.writestr("b_cad.csv", cad_file(20))
    content = bytearray(packed.getvalue())
    content[200] ^= 255
    loads = load(tmp_path, {"exports.zip": bytes(content)})
    assert list(loads.refused) == ["exports.zip/a_cad.csv"]
    assert loads.files["exports.zip/b_cad.csv"].rows_read == 20


def test_links_and_paths_out_of_an_archive_are_not_followed(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        link = zipfile.ZipInfo("link_cad.csv")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("../../evil_cad.csv", cad_file(20))
        archive.writestr("/absolute_cad.csv", cad_file(20))
        archive.writestr("fine_cad.csv", cad_file(30))
    loads = load(tmp_path, {"exports.zip": packed.getvalue()})
    assert list(loads.files) == ["exports.zip/fine_cad.csv"]
    assert len(loads.refused) == 3
    assert not list(tmp_path.rglob("*evil*"))


def test_the_reading_process_cannot_take_more_than_four_gigabytes() -> None:
    code = (
        "from publicsafety.pipeline.child import _limit; _limit()\n"
        "try:\n    blocks = [bytearray(1 << 28) for _ in range(17)]\nexcept MemoryError:\n    print('refused')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "refused"
    assert child.MEMORY == 4 << 30


def test_a_larger_file_may_take_more_memory_but_never_more_than_the_machine_can_spare() -> None:
    assert child.allowed(1 << 20) == child.MEMORY
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert child.MEMORY <= child.allowed(1 << 50) <= max(child.MEMORY, machine)
