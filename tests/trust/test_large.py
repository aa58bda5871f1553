"""The very large: refused with a sentence by a process whose memory does not grow by their size. In full in `make soak`."""

import os
import resource
from pathlib import Path

import pytest

from tests.pipeline.loading import load
from tests.trust import corpus, exports, servers
from tests.trust.test_corpus import resident

pytestmark = pytest.mark.slow
SOURCES = servers.ROOT / "data" / "sources"
LINE = (1 << 30) if "SOAK" in os.environ else (48 << 20)  # bytes of the one line


@pytest.mark.parametrize("quoted", [False, True], ids=["plain", "in quotes"])
def test_one_line_of_a_gigabyte_is_refused_and_never_held(tmp_path: Path, quoted: bool) -> None:
    """Written in full, no sparse file: every byte of it is there to be read."""
    (tmp_path / "exports").mkdir()
    with (tmp_path / "exports" / "cad_x.csv").open("wb") as file:
        file.write(corpus.csv() + (b'"' if quoted else b""))
        block = b"x" * (1 << 20)
        for _ in range(LINE >> 20):
            file.write(block)
        file.write(b'"\n' if quoted else b"\n")
    before, children = resident(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss  # of tests before this one
    loads = load(tmp_path, {}, sources=SOURCES, child=True)
    assert "longer than 4 MB" in loads.refused["cad_x.csv"]
    assert loads.result.files == ()
    assert resident() - before < 100 << 20
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    assert most <= max(children, 3 << 20), "kilobytes: no child held the line"


def test_a_wide_and_long_file_is_refused_or_loaded_within_its_memory(tmp_path: Path) -> None:
    """10,000 columns, of which the mapping knows seventeen, and as many rows as make 20 MB (200 MB in a soak)."""
    extra = [f"X{n}" for n in range(10_000 - len(exports.CAD))]
    count = 2000 if "SOAK" in os.environ else 200
    lines = (exports.text([exports.call(n)]).split("\n")[1] + ",y" * len(extra) for n in range(count))
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / "cad_x.csv").write_text(
        ",".join([*exports.CAD, *extra]) + "\n" + "\n".join(lines) + "\n", encoding="utf-8"
    )
    loads = load(tmp_path, {}, sources=SOURCES, child=True)
    assert loads.refused == {}
    assert [each.rows_loaded for each in loads.result.files] == [count]
