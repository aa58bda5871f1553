"""How long does the pipeline take: a build against DuckDB's bare read_csv, a rebuild after one more small file, a release,
a briefing in every format. Whole commands, in turn, with the most memory of any process.
"""

import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks import data
from benchmarks.figures import Figure, Runs
from benchmarks.measure import Timing, interleaved

FORMATS = ("pdf", "pptx", "md", "txt", "xlsx")
# What DuckDB itself takes to read the file: the least that a build could.
BARE = 'import duckdb, sys; duckdb.connect(sys.argv[2]).execute("create table calls as from read_csv(\'" + sys.argv[1] + "\')")'


def ingest(calls: int, runs: int = 3) -> list[Figure]:
    """A full build and a rebuild after one small file, beside a bare read of the same CSV."""
    exports = data.exports(calls)
    cad = max(exports.glob("*.csv"), key=lambda each: each.stat().st_size)
    small = min(exports.glob("*roster*.csv"), key=lambda each: each.stat().st_size)
    with tempfile.TemporaryDirectory(dir=data.FOLDER) as name:
        here = Path(name)
        for place, path in (("one", cad), ("two", small)):
            (here / place).mkdir()
            shutil.copy(path, here / place / path.name)
        build = [sys.executable, "-m", "publicsafety", "build", "--warehouse", str(here / "w"), "--exports", str(here / "one")]  # fmt: skip

        def before(name: str) -> None:
            (here / "bare.duckdb").unlink(missing_ok=True)
            if name == "full":  # "again" follows it, on the warehouse that it leaves
                shutil.rmtree(here / "w", ignore_errors=True)

        times = interleaved(
            {
                "bare": [sys.executable, "-c", BARE, str(cad), str(here / "bare.duckdb")],
                "full": build,
                "again": [*build, "--exports", str(here / "two")],
            },
            runs,
            before,
        )
    bare, full, again = (_runs(times[name], said) for name, said in (("bare", "bare read_csv into a table"), ("full", "this dashboard"), ("again", "this dashboard")))  # fmt: skip
    return [
        Figure(f"Build from a CAD export of {calls:,} rows", full, bare, 4, f"peak memory {times['full'].peak_mib:,} MiB (goal 4,096)"),
        Figure(f"Rebuild after one more small file, {calls:,} rows", again, Runs("full build", "s", full.values), 0.25, f"peak memory {times['again'].peak_mib:,} MiB"),
    ]  # fmt: skip


def release(calls: int) -> list[Figure]:
    """A release of everything, and a briefing of its latest month in every format."""
    warehouse = data.warehouse(calls)
    with tempfile.TemporaryDirectory(dir=data.FOLDER) as name:
        here = Path(name)
        shutil.copytree(warehouse, here / "w", copy_function=_linked)
        command = [sys.executable, "-m", "publicsafety"]
        times = interleaved(
            {"release": [*command, "release", "--warehouse", str(here / "w"), "--open", str(here / "open")]}, 1
        )
        period = ["--start", "2026-07-01", "--end", "2026-09-30"]
        brief = {
            suffix: [
                *command,
                "brief",
                *period,
                "--warehouse",
                str(here / "w"),
                "--out",
                str(here / f"briefing.{suffix}"),
            ]
            for suffix in FORMATS
        }
        times |= interleaved(brief, 3)
    made = [Figure(f"Release, {calls:,} calls", _runs(times["release"]), note=f"peak memory {times['release'].peak_mib:,} MiB")]  # fmt: skip
    return made + [Figure(f"Briefing as .{suffix}, {calls:,} calls", _runs(times[suffix]), note=f"peak memory {times[suffix].peak_mib:,} MiB") for suffix in FORMATS]  # fmt: skip


def _runs(timing: Timing, name: str = "this dashboard") -> Runs:
    return Runs(name, "s", timing.seconds)


def _linked(source: str, target: str) -> None:
    Path(target).hardlink_to(source)
