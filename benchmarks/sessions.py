"""Many at once: how long a rerun takes for 1, 10, 50 and 100 sessions, in one process and in two behind the shipped nginx;
how many reruns a second one process gives when nobody thinks; the server's part of a rerun as the data grows.

The visitors run in a process of their own on the same machine and share its processors with the server.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import data, serve
from benchmarks.figures import Figure, Runs
from benchmarks.serve import Server
from benchmarks.visitors import Seen

THINK = 5.0


def visiting(server: Server, sessions: int, seconds: float, **named: object) -> Seen:
    """`visitors.visit` in another process, so that its work is not the server's."""
    asked = {"address": server.address, "page": server.page, "sessions": sessions, "seconds": seconds, **named}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.sessions", json.dumps(asked)], capture_output=True, text=True, check=True
    )
    seen = Seen(**json.loads(done.stdout))
    if seen.errors:
        raise SystemExit(
            f"{server.name}: {len(seen.errors)} errors, such as {seen.errors[0]} The servers' own words are in {serve.LOGS}."
        )
    return seen


def warm(server: Server, natures: float = 0.0) -> None:
    """Until code is loaded and caches hold what many ask for."""
    visiting(server, 2, 12, think=0, natures=natures, seed=1000)


def crowd(calls: int, sessions: tuple[int, ...] = (1, 10, 50, 100), seconds: float = 30) -> list[Figure]:
    """p50 and p95 of a rerun by number of sessions: one process and two, views that somebody has asked for before and a mix."""
    warehouse = data.warehouse(calls)
    found = []
    mixes = ((0.0, "views seen before", 10.0), (0.3, "three in ten by nature too, mostly not asked before", None))
    with serve.product(warehouse) as server:
        warm(server)
        for natures, what, goal in mixes:
            alone: Runs | None = None
            for many in sessions:
                think = THINK if many > 1 else 0.5
                seen = visiting(server, many, seconds, think=think, natures=natures, seed=many)
                runs = _ms(f"{many} sessions", seen)
                other = Runs("p95 of 1 session", "ms", (alone.percentile(0.95),)) if alone else None
                title = f"{many} sessions, one process, {what}, {calls:,} calls"
                found.append(_crowded(title, runs, other, goal if many == 100 else None, server))
                alone = alone or runs
    with two_processes(warehouse) as (first, second, proxy):
        for server in (first, second):
            warm(server)
        for natures, what, _ in mixes:
            for many in sessions[1:]:
                seen = visiting(
                    proxy, many, seconds, think=THINK, natures=natures, seed=many, site="safety.city.example"
                )
                title = f"{many} sessions, two processes behind nginx, {what}, {calls:,} calls"
                found.append(_crowded(title, _ms(f"{many} sessions", seen), None, None, first, second))
    return found


def _crowded(title: str, runs: Runs, alone: Runs | None, goal: float | None, *servers: Server) -> Figure:
    memory = " and ".join(f"{server.mib():.0f}" for server in servers)
    note = f"p50 {runs.median:.0f} ms, slowest {max(runs.values):.0f} ms, {len(runs.values)} reruns, {memory} MiB, no error"
    return Figure(title, Runs("p95", "ms", (runs.percentile(0.95),)), alone, goal, note)


def throughput(calls: int, seconds: float = 15, rounds: int = 3) -> list[Figure]:
    """Reruns a second when four visitors never think; views seen before, and views that are mostly new."""
    found = []
    with serve.product(data.warehouse(calls)) as ours, serve.plain_streamlit(data.for_peers(calls)) as plain:
        for server in (ours, plain):
            warm(server)
        for natures, what, goal in ((0.0, "one of the areas", -3.0), (1.0, "an area and a nature, mostly not asked before", None)):  # fmt: skip
            rates: dict[str, list[float]] = {}
            cpu: dict[str, list[float]] = {}
            for number in range(rounds):
                for server in (ours, plain):
                    before = server.cpu()
                    seen = visiting(server, 4, seconds, think=0, natures=natures, seed=number * 100)
                    rates.setdefault(server.name, []).append(len(seen.seconds) / seconds)
                    cpu.setdefault(server.name, []).append(1000 * (server.cpu() - before) / len(seen.seconds))
            sides = [Runs(name, "reruns/s", tuple(values)) for name, values in rates.items()]
            found.append(Figure(f"Reruns a second, one process, {what}, {calls:,} calls", sides[0], sides[1], goal))
            sides = [Runs(name, "ms", tuple(values)) for name, values in cpu.items()]
            found.append(Figure(f"Processor time of a rerun, {what}, {calls:,} calls", sides[0], sides[1]))
    return found


def growth(few: int, many: int, seconds: float = 10, rounds: int = 3) -> list[Figure]:
    """One visitor's reruns on a large and a small warehouse: the server's part."""
    times: dict[tuple[int, float], list[float]] = {}
    with serve.product(data.warehouse(few)) as small, serve.product(data.warehouse(many)) as large:
        for server in (small, large):
            warm(server)
        for number in range(rounds):
            for natures in (0.0, 1.0):
                for calls, server in ((many, large), (few, small)):
                    seen = visiting(server, 1, seconds, think=0, natures=natures, seed=number * 100)
                    times.setdefault((calls, natures), []).extend(1000 * each for each in seen.seconds)
    return [
        Figure(
            f"Server's part of a rerun, {what}: {many:,} calls against {few:,}",
            Runs("this dashboard", "ms", tuple(times[many, natures])),
            Runs(f"{few:,} calls", "ms", tuple(times[few, natures])),
            1.5,
        )
        for natures, what in ((0.0, "one of the areas"), (1.0, "an area and a nature, mostly not asked before"))
    ]  # fmt: skip


def _ms(name: str, seen: Seen) -> Runs:
    return Runs(name, "ms", tuple(1000 * each for each in seen.seconds))


@contextmanager
def two_processes(warehouse: Path) -> Iterator[tuple[Server, Server, Server]]:
    """Two processes and the shipped nginx before them, as the site of the public is deployed."""
    from tests.trust import proxy

    ports = {name: serve.free_port() for name in ("8501", "8502", "8511", "8590")}
    hosts = {"STREAMLIT_SERVER_ALLOWED_HOSTS": f"{proxy.PUBLIC} localhost 127.0.0.1", "PUBLICSAFETY_OPEN": "1"}
    with (
        tempfile.TemporaryDirectory() as folder,
        serve.product(warehouse, port=ports["8501"], **hosts) as first,
        serve.product(warehouse, port=ports["8502"], **hosts) as second,
        proxy.running(Path(folder), ports) as found,
    ):
        yield first, second, Server("nginx", f"https://127.0.0.1:{found.tls}", first.pid, "call_volume")


if __name__ == "__main__":
    from benchmarks import visitors

    print(json.dumps(visitors.visit(**json.loads(sys.argv[1])).__dict__))
