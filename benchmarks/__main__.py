"""`make bench`: measure, print, and write RESULTS.md and its picture. Nothing here is asserted in tests.

python -m benchmarks --calls 100000,1000000 --parts pages,throughput
"""

import argparse
import os
import shlex
import subprocess
import sys
from collections.abc import Callable

from benchmarks import data, report
from benchmarks.figures import Figure

SIZES = "100000,1000000,10000000"
NEEDS_BROWSER, NEEDS_PROXY, NEEDS_CORES = (
    ("pages", "first_visit"),
    ("crowd", "first_visit", "static"),
    ("crowd", "throughput"),
)


def _parts(sizes: list[int], rounds: int) -> dict[str, list[Callable[[], list[Figure]]]]:
    """What each part runs: the page for every size, the rest for the sizes that its goal is about."""
    from benchmarks import first_visit, page_sql, pages, pipeline, sessions, static

    piped = [size for size in sizes if size <= data.LARGEST]
    usual = max(piped, default=sizes[0])
    return {
        "pages": [lambda size=size: pages.measure(size, rounds) for size in sizes],  # type: ignore[misc]
        "growth": [lambda: sessions.growth(sizes[0], sizes[-1])] if len(sizes) > 1 else [],
        "page_sql": [lambda: page_sql.growth(usual, sizes[-1])] if sizes[-1] > usual else [],
        "throughput": [lambda: sessions.throughput(usual)],
        "crowd": [lambda: sessions.crowd(usual)],
        "first_visit": [lambda: first_visit.measure(sizes[0])],
        "ingest": [lambda: pipeline.ingest(usual)] if piped else [],
        "release": [lambda: pipeline.release(piped[0])] if piped else [],
        "static": [static.measure],
    }


def left_out() -> dict[str, str]:
    """What cannot be measured on this machine, and why."""
    from tests.trust import proxy

    found: dict[str, str] = {}
    browser = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    if subprocess.run(["sh", "-c", 'command -v "$0"', browser], capture_output=True).returncode:
        found |= dict.fromkeys(NEEDS_BROWSER, f"there is no browser at {browser}; name one with CHROMIUM=")
    if proxy.binary() is None:
        found |= dict.fromkeys(NEEDS_PROXY, "nginx is not installed")
    if (os.cpu_count() or 1) < 2:
        found |= dict.fromkeys(NEEDS_CORES, "with one processor the visitors would time each other, not the server")
    return found


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--calls", default=SIZES, help=f"sizes, smallest first (default {SIZES})")
    named = ", ".join(
        name for name in report.TITLES if name != "soak"
    )  # a command of its own, for as long as it is told
    parser.add_argument("--parts", default="", help=f"some of {named} (default: all of them)")
    parser.add_argument("--rounds", type=int, default=7, help="filter changes on each page")
    given = parser.parse_args(arguments)
    sizes = sorted(int(each.replace("_", "")) for each in given.calls.split(","))
    parts = _parts(sizes, given.rounds)
    wanted = given.parts.split(",") if given.parts else list(parts)
    if unknown := set(wanted) - set(parts):
        parser.error(f"there is no part {', '.join(sorted(unknown))}; there are {', '.join(parts)}")
    missing = left_out()
    for name in [name for name in wanted if name in missing]:
        print(f"Left out: {report.TITLES[name].lower()}, because {missing[name]}.", file=sys.stderr)
    command = shlex.join(["python", "-m", "benchmarks", *arguments])
    for name in wanted:
        for measure in [] if name in missing else parts[name]:
            print(f"\n{report.TITLES[name]}", flush=True)
            report.keep(name, measure(), command)


if __name__ == "__main__":
    main(sys.argv[1:])
