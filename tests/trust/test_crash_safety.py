"""Whatever happens to a build, what is served is a whole build, old or new, and the next build needs nobody's hand.

`make soak` runs the same with many more faults: PUBLICSAFETY_SOAK multiplies them.
"""

import json
import os
import random
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from publicsafety import warehouse
from publicsafety.audience import Audience
from publicsafety.city import CITY_FILE
from publicsafety.filters import Filters
from publicsafety.pipeline import publish
from tests.trust import exports
from tests.trust.faults import TALLY, Fault, Outcome, Worker

pytestmark = pytest.mark.slow
TIMES = int(os.environ.get("SOAK", "1"))
KINDS = ("kill", "ENOSPC", "EACCES", "EIO")
KEY = "only-for-tests-only-for-tests-00"


@dataclass(frozen=True)
class Bench:
    """A worker, two sets of exports, a warehouse built from the first, and the figures of a clean run of each."""

    worker: Worker
    old: Path
    new: Path
    base: Path
    figures: dict[str, Any]


def build(worker: Worker, folder: Path, source: Path, fault: Fault | None = None) -> Outcome:
    city = source.parent / "city.toml"  # a copy: a setting that is edited meanwhile is another build
    return worker.run(["build", "--exports", source, "--warehouse", folder / "w", "--city", city], fault)


def figures(worker: Worker, folder: Path) -> list[dict[str, Any]]:
    """What a page would show now, asked of a process that starts this moment."""
    by = ("metric", "calls_for_service", "--grain", "month", "--json", "--warehouse")
    found = worker.run([*by, folder / "w"])
    assert found.status == 0, found.said
    shown: list[dict[str, Any]] = json.loads(found.said.splitlines()[-1])["observations"]
    return shown


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("crash")
    worker = Worker()
    old, new = exports.write(folder / "exports_old", 30), exports.write(folder / "exports_new", 45)
    shutil.copy2(CITY_FILE, folder / "city.toml")
    clean = {}
    for name, source in (("new", new), ("old", old)):
        done = build(worker, folder / name, source)
        assert done.status == 0, done.said
        clean[name] = figures(worker, folder / name)
    assert clean["old"] != clean["new"]
    yield Bench(worker, old, new, folder / "old", clean)
    worker.close()


def left(folder: Path) -> list[str]:
    """What no warehouse should hold: temporary files, journals, manifests without a database."""
    found = [each.name for each in folder.rglob("*") if each.name.startswith(".new-") or each.name.endswith(".wal")]
    return found + [each.name for each in folder.glob("*.json") if not each.with_suffix(".duckdb").exists()]


def suffers(bench: Bench, folder: Path, fault: Fault) -> None:
    """Let one build suffer one fault, and hold the warehouse to its promises afterwards."""
    shutil.copytree(bench.base / "w", folder / "w", copy_function=shutil.copy2)
    hurt = build(bench.worker, folder, bench.new, fault)
    assert "Traceback" not in hurt.said, f"{fault}: {hurt.said}"
    assert hurt.status in (0, 1) or hurt.status < 0, f"{fault}: {hurt}"
    shown = figures(bench.worker, folder)
    assert shown in list(bench.figures.values()), f"{fault}: what is served is neither old nor new"
    TALLY[f"build: {fault.kind}", "new" if shown == bench.figures["new"] else "old"] += 1
    again = build(bench.worker, folder, bench.new)
    assert again.status == 0, f"{fault}: the next build failed: {again.said}"
    assert figures(bench.worker, folder) == bench.figures["new"], f"{fault}: rows were lost or doubled"
    assert left(folder / "w") == [], f"{fault}: was not cleaned up"
    shutil.rmtree(folder)


def spread(total: int, count: int) -> list[int]:
    """`count` step numbers from 1 to `total`, evenly spread, the first and the last among them."""
    return sorted({1 + round(each * (total - 1) / max(1, count - 1)) for each in range(count)})


def test_a_build_that_fails_at_any_step_loses_nothing_and_serves_nothing_torn(bench: Bench, tmp_path: Path) -> None:
    shutil.copytree(bench.base / "w", tmp_path / "count" / "w")
    total = build(bench.worker, tmp_path / "count", bench.new, Fault("count")).steps
    assert total > 50
    for n, at in enumerate(spread(total, 24 * TIMES)):
        suffers(bench, tmp_path / f"s{n}", Fault(KINDS[n % len(KINDS)], at))


def test_a_build_killed_at_any_moment_loses_nothing_and_serves_nothing_torn(bench: Bench, tmp_path: Path) -> None:
    shutil.copytree(bench.base / "w", tmp_path / "timed" / "w")
    started = time.monotonic()
    build(bench.worker, tmp_path / "timed", bench.new)
    whole = int(1000 * (time.monotonic() - started))
    for n, at in enumerate(spread(whole, 8 * TIMES)):
        suffers(bench, tmp_path / f"k{n}", Fault("kill_after", at))


def test_a_disk_that_takes_no_more_bytes_costs_nothing_but_the_new_build(bench: Bench, tmp_path: Path) -> None:
    for n, at in enumerate(spread(5_000_000, 6 * TIMES)):
        suffers(bench, tmp_path / f"f{n}", Fault("small_files", at))


def test_a_clock_that_was_set_back_does_not_hide_the_new_build(bench: Bench, tmp_path: Path) -> None:
    shutil.copytree(bench.base / "w", tmp_path / "w", copy_function=shutil.copy2)
    assert build(bench.worker, tmp_path, bench.new, Fault("clock_back", 10_000_000)).status == 0
    assert figures(bench.worker, tmp_path) == bench.figures["new"]
    (tmp_path / "w" / "leadership.current").unlink()
    assert figures(bench.worker, tmp_path) == bench.figures["new"], (
        "readers fall back to the newest, by order of builds"
    )


def test_a_full_disk_costs_nothing_but_the_new_build(bench: Bench, tmp_path: Path) -> None:
    """A real one: a small file system in memory, where the test may mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    held = sum(each.stat().st_size for each in (bench.base / "w").rglob("*") if each.is_file())
    room = f"size={(held >> 10) + 1024}k"  # what is there, and too little for a new build
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", room, "tmpfs", str(disk)], capture_output=True)
    if mounted.returncode:
        pytest.skip("only root may mount a small file system; the other disk-full tests ran")
    try:
        shutil.copytree(bench.base / "w", disk / "w", copy_function=shutil.copy2)
        hurt = build(bench.worker, disk, bench.new)
        assert hurt.status == 1
        assert "Traceback" not in hurt.said
        assert figures(bench.worker, disk) == bench.figures["old"]
        TALLY["build: disk full (tmpfs)", "old"] += 1
        subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)
        assert build(bench.worker, disk, bench.new).status == 0
        assert figures(bench.worker, disk) == bench.figures["new"]
        assert left(disk / "w") == []
    finally:
        subprocess.run(["umount", str(disk)], check=False)


def test_of_two_builds_at_once_one_is_refused_with_a_sentence_and_nothing_mixes(bench: Bench, tmp_path: Path) -> None:
    other = Worker()
    try:
        for n in range(4 * TIMES):
            folder = tmp_path / str(n)
            shutil.copytree(bench.base / "w", folder / "w", copy_function=shutil.copy2)
            with ThreadPoolExecutor(2) as pool:
                both = list(pool.map(lambda worker, at=folder: build(worker, at, bench.new), (bench.worker, other)))
            assert 0 in [each.status for each in both]
            for refused in [each for each in both if each.status]:
                assert refused.status == 1
                assert "a build or release is running (since" in refused.said
            assert figures(bench.worker, folder) == bench.figures["new"]
            assert left(folder / "w") == []
            TALLY["two builds at once", "new"] += 1
    finally:
        other.close()


def served_rows(folder: Path) -> tuple[str, int]:
    """Which small build a reader is given, and how many of its rows belong to it: all 500, or it is torn."""
    warehouse._served.clear()
    opened = warehouse.open(Audience.LEADERSHIP, folder)
    path = folder / f"leadership.{opened.build_id}.duckdb"
    warehouse._served.clear()
    opened._connection.close()
    with duckdb.connect(str(path), read_only=True) as con:
        return opened.build_id, con.execute("select count(*) from fct where build = $1", [opened.build_id]).fetchall()[
            0
        ][0]


def small(worker: Worker, folder: Path, build_id: str, fault: Fault | None = None) -> Outcome:
    return worker.run(["publish", "--warehouse", folder / "w", build_id], fault)


def test_publishing_that_fails_at_any_step_leaves_the_old_build_or_the_new_one(bench: Bench, tmp_path: Path) -> None:
    small(bench.worker, tmp_path / "base", "old")
    shutil.copytree(tmp_path / "base", tmp_path / "count")
    total = small(bench.worker, tmp_path / "count", "new", Fault("count")).steps
    assert total > 20
    for kind in KINDS:
        for at in range(1, total + 1):
            folder = tmp_path / f"{kind}{at}"
            shutil.copytree(tmp_path / "base", folder, copy_function=shutil.copy2)
            hurt = small(bench.worker, folder, "new", Fault(kind, at))
            assert "Traceback" not in hurt.said, f"{kind} at {at}: {hurt.said}"
            build_id, whole = served_rows(folder / "w")
            assert (build_id in ("old", "new"), whole) == (True, 500), f"{kind} at {at}"
            TALLY[f"publish: {kind}", build_id] += 1
            assert small(bench.worker, folder, "new").status == 0
            assert served_rows(folder / "w") == ("new", 500)
            assert left(folder / "w") == []
            shutil.rmtree(folder)


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"new", b"none\n", b"../old\n", b"\xff\xfe\x00", b"new\nold\n", b"x" * 100_000, b"old.duckdb", None],
)
def test_a_damaged_pointer_is_answered_with_the_newest_whole_build(
    bench: Bench, tmp_path: Path, content: bytes | None
) -> None:
    for name in ("old", "new"):
        small(bench.worker, tmp_path, name)
    pointer = tmp_path / "w" / "leadership.current"
    pointer.unlink()
    if content is not None:
        pointer.write_bytes(content)
    assert served_rows(tmp_path / "w") == ("new", 500)
    TALLY["pointer damaged", "new"] += 1
    assert small(bench.worker, tmp_path, "newer").status == 0
    assert served_rows(tmp_path / "w") == ("newer", 500)


def damaged(path: Path, n: int) -> bytes:
    """The file's bytes with the n-th damage done: cut short, a bit flipped, a block of zeros, something appended."""
    data = bytearray(path.read_bytes())
    chance = random.Random(n)
    if n % 4 == 0:
        return bytes(data[: chance.randrange(len(data))])
    if n % 4 == 1:
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    elif n % 4 == 2:
        at = chance.randrange(len(data) - 4096)
        data[at : at + 4096] = bytes(4096) if any(data[at : at + 4096]) else b"\x01" * 4096
    else:
        data += b"\0" * chance.randrange(1, 5000)
    return bytes(data)


def test_a_damaged_database_is_never_served_and_the_build_before_it_is(bench: Bench, tmp_path: Path) -> None:
    for name in ("old", "new"):
        small(bench.worker, tmp_path, name)
    path = tmp_path / "w" / "leadership.new.duckdb"
    good = path.read_bytes()
    for n in range(120 * TIMES):
        path.chmod(0o644)
        path.write_bytes(damaged(path, n))
        assert not publish.is_whole(path)
        assert served_rows(tmp_path / "w") == ("old", 500), f"damage {n}"
        TALLY["database damaged", "old"] += 1
        path.write_bytes(good)
    assert served_rows(tmp_path / "w") == ("new", 500)


def test_a_damaged_database_is_made_again_by_the_next_build(bench: Bench, tmp_path: Path) -> None:
    shutil.copytree(bench.base.parent / "new" / "w", tmp_path / "w", copy_function=shutil.copy2)
    (path,) = (tmp_path / "w").glob("leadership.*.duckdb")
    path.chmod(0o644)
    path.write_bytes(damaged(path, 1))
    assert build(bench.worker, tmp_path, bench.new).status == 0
    served = (tmp_path / "w" / "leadership.current").read_text().strip()
    assert publish.is_whole(publish.path_of(tmp_path / "w", "leadership", served))
    assert figures(bench.worker, tmp_path) == bench.figures["new"]


def test_a_damaged_cache_changes_no_figure(bench: Bench, tmp_path: Path) -> None:
    shutil.copytree(bench.base.parent / "new" / "w", tmp_path / "base", copy_function=shutil.copy2)
    kept = [each.relative_to(tmp_path / "base") for each in (tmp_path / "base").glob("cache*/**/*") if each.is_file()]
    assert kept
    for n, name in enumerate(kept):
        for way in range(3):
            folder = tmp_path / f"{n}{way}"
            shutil.copytree(tmp_path / "base", folder / "w", copy_function=shutil.copy2)
            for each in (folder / "w").glob("leadership.*"):
                each.unlink()
            cached = folder / "w" / name
            cached.chmod(0o644)
            cached.write_bytes([b"", damaged(cached, 0), damaged(cached, 1)][way])
            again = build(bench.worker, folder, bench.new)
            assert again.status == 0, f"{name}: {again.said}"
            assert figures(bench.worker, folder) == bench.figures["new"], f"{name} damaged in way {way}"
            TALLY["cache damaged", "new"] += 1
            shutil.rmtree(folder)


def test_the_last_ten_builds_are_kept_and_older_ones_go(bench: Bench, tmp_path: Path) -> None:
    for n in range(publish.KEEP + 3):
        assert small(bench.worker, tmp_path, f"b{n:02}").status == 0
    kept = sorted(each.name.split(".")[1] for each in (tmp_path / "w").glob("leadership.*.duckdb"))
    assert kept == [f"b{n:02}" for n in range(3, publish.KEEP + 3)]


def test_readers_under_load_see_no_error_while_builds_swap_underneath_them(bench: Bench, tmp_path: Path) -> None:
    source = tmp_path / "source.duckdb"
    (built,) = (bench.base / "w").glob("leadership.*.duckdb")
    folder = tmp_path / "w"
    folder.mkdir()
    rows = publish.rows_of(built)
    runs, errors, is_over = [0], [], threading.Event()

    def swap(n: int) -> None:
        shutil.copy2(built, source)
        with publish.only_one(folder):
            made = publish.temporary(folder, "leadership.duckdb")
            source.rename(made)
            publish.publish(made, folder, "leadership", f"b{n:02}", rows)

    def read(seed: int) -> None:
        chance = random.Random(seed)
        while not is_over.is_set():
            try:
                opened = warehouse.open(Audience.LEADERSHIP, folder)
                grain = chance.choice(["all", "month", "week", "year"])
                found = warehouse.run(
                    opened,
                    chance.choice(["calls_for_service", "care_responses", "no_police_rate"]),
                    Filters(grain=grain),
                )
                info = warehouse.table(opened, "build_info")
                assert found.build_id == opened.build_id
                assert min(len(found.frame), len(info)) > 0
                runs[0] += 1
            except Exception as error:
                errors.append(repr(error))
                return

    swap(0)
    readers = [threading.Thread(target=read, args=(seed,)) for seed in range(3)]
    for reader in readers:
        reader.start()
    for n in range(1, 50 * TIMES + 1):
        swap(n)
    while runs[0] < 1000 * TIMES and not errors:
        time.sleep(0.05)
    is_over.set()
    for reader in readers:
        reader.join()
    warehouse._served.clear()
    assert errors == []
    assert runs[0] >= 1000 * TIMES
