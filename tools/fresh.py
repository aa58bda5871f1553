"""How long from a fresh clone to an answering dashboard? `make fresh` clones the last commit and starts it twice.

Only what is committed counts, as for anyone who clones it; the folder's name has a space on purpose.
"""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GOALS = {"first start, installation included": 180, "second start": 15}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return int(probe.getsockname()[1])


def seconds_to_answer(clone: Path) -> float:
    """Type `make run` and wait until the dashboard answers; then stop it as Ctrl-C does."""
    port = free_port()
    started = time.monotonic()
    server = subprocess.Popen(["make", "run", f"PORT={port}"], cwd=clone, start_new_session=True)
    try:
        while True:
            if server.poll() is not None:
                raise SystemExit(f"make run ended with {server.returncode} before it answered")
            try:
                with urllib.request.urlopen(f"http://localhost:{port}/_stcore/health", timeout=1) as response:
                    if response.status == 200:
                        return time.monotonic() - started
            except OSError:
                time.sleep(0.1)
    finally:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGINT)
            server.wait(timeout=30)


def main() -> int:
    """Print seconds and goals; 1 when a goal was missed."""
    missed = False
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "a fresh clone"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        for name, goal in GOALS.items():
            seconds = seconds_to_answer(clone)
            missed |= seconds > goal
            print(f"{name}: {seconds:.1f} s (goal {goal})", flush=True)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
