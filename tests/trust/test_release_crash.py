"""A release that fails at any step publishes all of it or nothing, and the next one needs nobody's hand."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from publicsafety.pipeline import publish
from tests.trust.faults import TALLY, Fault, Outcome, Worker
from tests.trust.test_crash_safety import KINDS, left, spread

pytestmark = pytest.mark.slow
TIMES = int(os.environ.get("SOAK", "1"))
# Few tables: the steps by which a release touches the disk are the same, and it is over ten times as soon.
FEW = """
[dimensions.police_role]
title = "Police"
column = "police_role"
other = "Not known"
[dimensions.police_role.categories]
"No police" = ["none"]
[[tables]]
id = "by_quarter"
title = "By quarter"
metric = "care_responses"
grain = "quarter"
[[tables]]
id = "by_quarter_and_police"
title = "By quarter and police"
metric = "care_responses"
grain = "quarter"
dimensions = ["police_role"]
"""


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    worker = Worker()
    yield worker
    worker.close()


def release(worker: Worker, folder: Path, fault: Fault | None = None, options: tuple[str, ...] = ()) -> Outcome:
    return worker.run(["release", "--warehouse", folder / "w", "--open", folder / "open", *options], fault)


def start(folder: Path, warehouse: Path) -> Path:
    """A folder with the leadership database alone: nothing was released yet."""
    (folder / "w").mkdir(parents=True)
    for each in warehouse.glob("leadership.*"):
        shutil.copy2(each, folder / "w")
    return folder


def tables(folder: Path) -> dict[str, bytes]:
    """The published tables and pages, byte by byte."""
    found = sorted(each for kind in ("*.csv", "*.html", "*.xml") for each in (folder / "open").rglob(kind))
    return {each.relative_to(folder).as_posix(): each.read_bytes() for each in found}


@pytest.mark.parametrize(("few", "faults"), [(True, 12 * TIMES), (False, 2 * TIMES)], ids=["tables", "pages"])
def test_a_release_that_fails_at_any_step_publishes_all_or_nothing(
    worker: Worker, sample_warehouse: Path, tmp_path: Path, few: bool, faults: int
) -> None:
    options: tuple[str, ...] = ()
    if few:
        (tmp_path / "few.toml").write_text(FEW)
        options = ("--no-site", "--policy", str(tmp_path / "few.toml"))
    clean = start(tmp_path / "clean", sample_warehouse)
    done = release(worker, clean, Fault("count"), options)
    assert done.status == 0, done.said
    expected = tables(clean)
    assert expected
    for n, at in enumerate(spread(done.steps, faults)):
        fault = Fault(KINDS[n % len(KINDS)], at)
        folder = start(tmp_path / str(n), sample_warehouse)
        hurt = release(worker, folder, fault, options)
        assert "Traceback" not in hurt.said, f"{fault}: {hurt.said}"
        for audience in ("public", "council"):
            pointer = folder / "w" / f"{audience}.current"
            if pointer.exists():
                assert publish.is_whole(publish.path_of(folder / "w", audience, pointer.read_text().strip())), fault
        if (folder / "open").exists():
            assert tables(folder) == expected, f"{fault}: the open-data folder is half a release"
        TALLY[f"release: {fault.kind}", "new" if (folder / "w" / "public.current").exists() else "nothing yet"] += 1
        again = release(worker, folder, options=options)
        assert again.status == 0, f"{fault}: the next release failed: {again.said}"
        assert tables(folder) == expected, f"{fault}: the next release published something else"
        assert left(folder / "w") == []
        shutil.rmtree(folder)
