"""Time whole commands in turn, A B A B …, so that a machine whose speed drifts is fair to both."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Timing:
    """Seconds of each run (wall clock) and the most memory of any process in MiB."""

    seconds: tuple[float, ...]
    peak_mib: int


def interleaved(
    commands: Mapping[str, Sequence[str]],
    runs: int,
    before: Callable[[str], None] = lambda name: None,
) -> dict[str, Timing]:
    """Run each command `runs` times in turn; `before` puts the stage in order for the named command, untimed."""
    silent = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]  # what the commands print is not shown
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    peaks = dict.fromkeys(commands, 0)
    for _ in range(runs):
        for name, command in commands.items():
            before(name)
            started = time.perf_counter()
            pid = os.posix_spawn(command[0], list(command), os.environ, file_actions=silent)
            _, status, usage = os.wait4(pid, 0)
            seconds[name].append(time.perf_counter() - started)
            peaks[name] = max(peaks[name], usage.ru_maxrss // 1024)
            if status:
                raise SystemExit(f"{' '.join(command)} failed with {os.waitstatus_to_exitcode(status)}")
    return {name: Timing(tuple(seconds[name]), peaks[name]) for name in commands}


def machine() -> str:
    """One line about where the figures were taken."""
    model = next(
        (line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")),
        "unknown processor",
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {model}, {memory:.0f} GiB, Python {sys.version.split()[0]}"


def run(*command: str) -> str:
    """What a command prints; a failing one stops the benchmark."""
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
