"""However a file is damaged, rows_read = loaded + duplicate + superseded + quarantined, and no row is swallowed."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.pipeline.loading import HEADER, Loads, cad_file, cad_row, load

BYTES = st.sampled_from(
    [
        b",",
        b'"',
        b"\n",
        b"\r",
        b"\0",
        b"\xff",
        b"\xc3\xa9",
        b";",
        b" ",
        b"x",
        b"'",
        b"\xef\xbb\xbf",
        b"=",
        b"",
        b"24:00",
    ]
)
DAMAGE = st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 40), BYTES), max_size=4)
ROWS = st.lists(
    st.sampled_from([cad_row(1), cad_row(2), cad_row(2, NATURE="Other"), cad_row(3, CALL_RCVD="soon"), HEADER, "", "Total,3", "# note",
                     cad_row(4, NARR='"two\nlines"'), cad_row(5) + ",x", cad_row(6, LAT="0", LON="0"), cad_row(7, CALL_RCVD="2025-11-02 01:30:00")]),
    max_size=30,
)  # fmt: skip


def fresh(files: dict[str, str | bytes]) -> Loads:
    return load(Path(tempfile.mkdtemp()), files)


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(DAMAGE)
def test_a_randomly_damaged_file_keeps_its_accounts(damage: list[tuple[int, int, bytes]]) -> None:
    content = cad_file(40).encode()
    for at, cut, insert in damage:
        content = content[:at] + insert + content[at + cut :]
    loads = fresh({"cad.csv": content})  # `load` checks the conservation law
    assert len(loads.files) + len(loads.refused) == 1


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(ROWS)
def test_every_record_is_counted_once(rows: list[str]) -> None:
    good = [cad_row(100 + n) for n in range(60)]
    loads = fresh({"cad.csv": "\n".join([HEADER, *good, *rows]) + "\n"})
    if loads.refused:
        return
    records = len(good) + sum(1 for row in rows if row)
    assert loads.files["cad.csv"].rows_read == records
    assert loads.rows("select count(*) from raw_calls")[0][0] == loads.files["cad.csv"].rows_loaded


@settings(max_examples=8, suppress_health_check=list(HealthCheck))
@given(st.lists(ROWS, min_size=2, max_size=3), st.randoms(use_true_random=False))
def test_the_same_files_in_any_order_and_under_any_folder_give_the_same_tables(parts: list[list[str]], random) -> None:  # type: ignore[no-untyped-def]
    files = {
        f"2025-0{n + 1}-01_cad.csv": "\n".join([HEADER, *(cad_row(100 + i) for i in range(40)), *rows])
        for n, rows in enumerate(parts)
    }
    first = fresh(files)
    folder = Path(tempfile.mkdtemp())
    (folder / "elsewhere").mkdir()
    names = list(files)
    random.shuffle(names)
    for name in names:
        (folder / "elsewhere" / name).write_text(files[name])
    second = load(folder, {}, exports=[folder / "elsewhere" / name for name in names])
    assert second.result.digest == first.result.digest
    assert second.rows("from raw_calls order by all") == first.rows("from raw_calls order by all")
    assert second.rows("from load_files order by all") == first.rows("from load_files order by all")
