"""How long from a CAD export of a million rows to a published database, against DuckDB's bare read_csv of the file?

Goals: at most 4 times, at most 4 GiB; a rebuild after one more small file at most a quarter of a full build.
"""

import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import Timing, interleaved, machine, run

BARE = 'import duckdb, sys; duckdb.connect(sys.argv[2]).execute("create table calls as from read_csv(\'" + sys.argv[1] + "\')")'


def main(calls: int = 1_000_000, runs: int = 3) -> list[str]:
    """The lines to print. Works in a temporary folder; nothing of the checkout changes."""
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        run(sys.executable, "-m", "publicsafety", "sample", "--out", str(here / "sample"), "--calls", str(calls))
        cad = max((here / "sample").glob("*.csv"), key=lambda each: each.stat().st_size)
        small = min((here / "sample").glob("*roster*.csv"), key=lambda each: each.stat().st_size)
        (here / "one").mkdir()
        shutil.copy(cad, here / "one" / cad.name)
        (here / "two").mkdir()
        shutil.copy(small, here / "two" / small.name)
        build = [
            sys.executable,
            "-m",
            "publicsafety",
            "build",
            "--warehouse",
            str(here / "warehouse"),
            "--exports",
            str(here / "one"),
        ]

        def before(name: str) -> None:
            (here / "bare.duckdb").unlink(missing_ok=True)
            if name == "full build":
                shutil.rmtree(here / "warehouse", ignore_errors=True)
            for each in (here / "warehouse").glob("leadership.*"):
                each.unlink()

        times = interleaved({
            "bare read_csv into a table": [sys.executable, "-c", BARE, str(cad), str(here / "bare.duckdb")],
            "full build": build,
            "rebuild after one more small file": [*build, "--exports", str(here / "two")],
        }, runs, before)  # fmt: skip
        rows = sum(1 for _ in open(cad, "rb")) - 1
        return [
            f"Ingest of {rows:,} CAD rows ({cad.stat().st_size / 2**20:,.0f} MiB). {machine()}",
            *map(str, times.values()),
            *_ratios(times),
        ]


def _ratios(times: dict[str, Timing]) -> list[str]:
    bare, full, again = times.values()
    return [
        f"full build / bare read_csv: {full.median / bare.median:.2f} (goal 4)",
        f"rebuild / full build: {again.median / full.median:.2f} (goal 0.25)",
    ]


if __name__ == "__main__":
    print("\n".join(main(*map(int, sys.argv[1:]))))
