"""Builds and releases that go wrong on purpose: killed, out of disk, without permission, at any step one names.

Runs as a process of its own (`python -m tests.trust.faults`) that has imported everything and opened nothing, and
forks a child for every job, so that hundreds of builds cost little more than their work. One JSON line in, one out.

A *step* is anything by which a build touches the disk or the engine: opening, renaming, removing, changing the mode of
a file below the warehouse or the open-data folder, flushing it, and every statement that the engine runs.
"""

import errno
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

TOUCHES = {
    "open",
    "os.rename",
    "os.remove",
    "os.chmod",
    "os.mkdir",
    "os.rmdir",
    "os.truncate",
    "os.utime",
    "os.link",
    "shutil.move",
}
ROOT = Path(__file__).resolve().parents[2]
# What was injected, and what was served after it, for the summary of `make soak`: (kind of fault, build) → times.
TALLY: Counter[tuple[str, str]] = Counter()


@dataclass(frozen=True)
class Fault:
    """What goes wrong: kill, ENOSPC, EACCES, EIO at a step; kill_after ms; small_files bytes; clock_back seconds."""

    kind: str = "none"
    at: int = 0


@dataclass(frozen=True)
class Outcome:
    """How a job ended: its exit status (negative: killed by that signal), what it said, how many steps it took."""

    status: int
    said: str
    steps: int


class Worker:
    """The forking process, seen from the tests."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.trust.faults"]
        self.process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, arguments: list[str | Path], fault: Fault | None = None) -> Outcome:
        """Run the command line with these arguments under this fault."""
        assert self.process.stdin
        assert self.process.stdout
        job = {"arguments": [str(each) for each in arguments], "fault": asdict(fault or Fault())}
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        return Outcome(**json.loads(self.process.stdout.readline()))

    def close(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait()


class Steps:
    """Counts steps and lets one of them go wrong."""

    def __init__(self, fault: Fault, folder: str, counted: int) -> None:
        self.fault, self.folder, self.counted, self.n = fault, folder, counted, 0

    def step(self) -> None:
        self.n += 1
        os.pwrite(self.counted, str(self.n).encode(), 0)
        if self.n == self.fault.at:
            if self.fault.kind == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            if self.fault.kind in ("ENOSPC", "EACCES", "EIO"):
                code = getattr(errno, self.fault.kind)
                raise OSError(code, os.strerror(code), self.folder)

    def audit(self, event: str, values: tuple[Any, ...]) -> None:
        if event in TOUCHES and any(
            isinstance(each, str | os.PathLike) and str(each).startswith(self.folder) for each in values
        ):
            self.step()


class Engine:
    """A DuckDB connection whose every statement is a step."""

    def __init__(self, connection: Any, steps: Steps) -> None:
        self.connection, self.steps = connection, steps

    def execute(self, *values: Any, **named: Any) -> Any:
        self.steps.step()
        return self.connection.execute(*values, **named)

    def __enter__(self) -> "Engine":
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.connection, name)


def _prepare(fault: Fault, folder: str, counted: int) -> None:
    import duckdb

    import publicsafety.pipeline.ingest
    from tests.pipeline.loading import HereReader

    if fault.kind == "kill_after":
        signal.setitimer(signal.ITIMER_REAL, fault.at / 1000)  # the signal's own action ends the process on the spot
        return
    # Reading in this process instead of a child makes every fault hit the build itself, and is quicker.
    publicsafety.pipeline.ingest.Reader = HereReader  # type: ignore[assignment, misc]
    if fault.kind == "small_files":
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (fault.at, fault.at))
        return
    if fault.kind == "clock_back":
        now, now_ns = time.time, time.time_ns
        time.time = lambda: now() - fault.at
        time.time_ns = lambda: now_ns() - fault.at * 1_000_000_000
        return
    steps = Steps(fault, folder, counted)
    connect, fsync = duckdb.connect, os.fsync
    duckdb.connect = lambda *values, **named: Engine(connect(*values, **named), steps)  # type: ignore[assignment]

    def flush(handle: int) -> None:
        steps.step()
        fsync(handle)

    os.fsync = flush  # type: ignore[assignment]
    sys.addaudithook(steps.audit)


def _child(arguments: list[str], fault: Fault, said: int, counted: int) -> None:
    from publicsafety.__main__ import main

    os.dup2(said, 1)
    os.dup2(said, 2)
    folder = str(Path(arguments[arguments.index("--warehouse") + 1]).parent)
    _prepare(fault, folder, counted)
    try:
        status = _publish(Path(arguments[2]), arguments[3]) if arguments[0] == "publish" else main(arguments)
    except BaseException:
        import traceback

        traceback.print_exc()
        status = 70
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _publish(warehouse: Path, build_id: str) -> int:
    """Publish a database of a few rows: the last steps of every build and release, without the build."""
    import duckdb

    from publicsafety.pipeline import publish

    try:
        with publish.only_one(warehouse):
            made = publish.temporary(warehouse, "leadership.duckdb")
            with duckdb.connect(str(made)) as con:
                con.execute(
                    "create table build_info as from (values ('as_of', '2025-12-31'), ('city', '{}')) each(key, value)"
                )
                con.execute(f"create table fct as select range as n, '{build_id}' as build from range(500)")
            publish.publish(made, warehouse, "leadership", build_id, {"build_info": 2, "fct": 500})
    except (publish.PublishError, OSError, duckdb.Error) as error:  # the three that a build turns into a sentence
        print(error)
        return 1
    return 0


def _serve() -> None:
    import publicsafety.__main__
    import publicsafety.pipeline.build
    import publicsafety.pipeline.release
    import publicsafety.warehouse  # noqa: F401 - imported once, for every child
    from publicsafety.metrics import registry

    registry()
    for line in sys.stdin:
        job = json.loads(line)
        with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as counted:
            child = os.fork()
            if child == 0:
                _child(job["arguments"], Fault(**job["fault"]), said.fileno(), counted.fileno())
            _, state = os.waitpid(child, 0)
            said.seek(0)
            counted.seek(0)
            outcome = Outcome(
                os.waitstatus_to_exitcode(state), said.read().decode(errors="replace"), int(counted.read() or 0)
            )
        print(json.dumps(asdict(outcome)), flush=True)


if __name__ == "__main__":
    _serve()
