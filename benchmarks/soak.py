"""Readers for an hour while builds swap underneath: errors, how long reruns take, and whether memory grows.

    python -m benchmarks.soak --sessions 50 --minutes 60

Every build is a real one's database under a build id of its own, published as a build publishes, the ten latest kept; each
has different figures from the one before. Memory is read every few seconds; its growth is the median of the last tenth of
the time against that of the tenth that follows the first quarter, when caches are full.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from benchmarks import data, report, serve
from benchmarks.figures import Figure, Runs
from benchmarks.visitors import Seen
from publicsafety.pipeline import publish

CALLS = (100_000, 20_000)  # two builds of different figures, in turn


def soak(sessions: int, minutes: float, swap_seconds: float) -> list[Figure]:
    """Run it; the figures."""
    databases = [data.database(data.warehouse(calls)) for calls in CALLS]
    rows = [publish.rows_of(each) for each in databases]
    memory: list[tuple[float, float]] = []
    swaps = 0
    with tempfile.TemporaryDirectory(dir=data.FOLDER) as name:
        here = Path(name)
        _swap(here, databases, rows, 0)
        with serve.product(here) as server:
            asked = {"address": server.address, "page": server.page, "sessions": sessions, "seconds": 60 * minutes}
            visitors = subprocess.Popen([sys.executable, "-m", "benchmarks.sessions", json.dumps(asked)], stdout=subprocess.PIPE, text=True)  # fmt: skip
            said: list[str] = []
            reading = threading.Thread(target=lambda: said.append(visitors.stdout.read() if visitors.stdout else ""))
            reading.start()
            started = time.monotonic()
            while visitors.poll() is None:
                time.sleep(2)
                memory.append((time.monotonic() - started, server.mib()))
                if time.monotonic() - started > (swaps + 1) * swap_seconds:
                    swaps += 1
                    _swap(here, databases, rows, swaps)
            reading.join()
    seen = Seen(**json.loads(said[0]))
    first, last = _spell(memory, 0.25, 0.35), _spell(memory, 0.9, 1.0)
    runs = Runs("reruns", "ms", tuple(1000 * each for each in seen.seconds))
    about = f"{sessions} sessions for {minutes:g} minutes, {swaps} builds swapped underneath"
    errors = "; ".join(dict.fromkeys(seen.errors))[:300]
    return [
        Figure(f"Soak, {about}: errors", Runs("this dashboard", f"of {len(seen.seconds):,} reruns", (float(len(seen.errors)),)), note=errors),
        Figure("Soak: memory at the end against when caches were full", Runs("this dashboard", "MiB", (last,)), Runs("after a third of the time", "MiB", (first,)), 1.1,
               f"most {max(mib for _, mib in memory):,.0f} MiB"),
        Figure("Soak: p95 of a rerun", Runs("this dashboard", "ms", (runs.percentile(0.95),)), note=f"p50 {runs.median:.0f} ms, slowest {max(runs.values):,.0f} ms"),
    ]  # fmt: skip


def _spell(memory: list[tuple[float, float]], since: float, until: float) -> float:
    """Median memory between two shares of the time."""
    end = memory[-1][0]
    return statistics.median(mib for when, mib in memory if since * end <= when <= until * end)


def _swap(folder: Path, databases: list[Path], rows: list[dict[str, int]], number: int) -> None:
    """Publish a database as the next build; what was served before stays readable until it is the eleventh-last."""
    which = number % len(databases)
    with publish.only_one(folder):
        made = publish.temporary(folder, "leadership.duckdb")
        shutil.copyfile(databases[which], made)
        publish.publish(made, folder, "leadership", f"soak{number:04}", rows[which])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__.splitlines()[0])
    parser.add_argument("--sessions", type=int, default=50)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--swap", type=float, default=60, help="seconds between builds (default 60)")
    given = parser.parse_args()
    report.keep("soak", soak(given.sessions, given.minutes, given.swap), " ".join(["python -m benchmarks.soak", *sys.argv[1:]]))  # fmt: skip
