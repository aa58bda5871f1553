"""The child process that reads files: it takes one job per line, and its memory is limited.

A file that crashes or exhausts a parser takes only this process with it; `Reader` starts another.
"""

from __future__ import annotations

import json
import os
import resource
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

MEMORY = 4 << 30  # of data; DuckDB is told to stay well below (Job.memory)
GROWTH = 4  # a file larger than a quarter of that may take so many times its size: ten million calls are 5 GB of text
SHARE = 0.6  # of the machine's memory, whatever the size of the file
ADDRESS_SPACE = 12 << 30  # of addresses, most of which allocators reserve and never touch
PACKAGE_ROOT = Path(__file__).resolve().parents[2]


class ReaderDied(RuntimeError):
    """The child process ended or was ended; the message says which, as part of a sentence."""


class Reader:
    """A child process, started when the first job comes and again after one has killed it."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def read(self, job: dict[str, Any], seconds: float) -> None:
        """Have the job done; ReaderDied when the child crashes or takes longer than `seconds`."""
        process = self._process or self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps(job).encode() + b"\n")
            process.stdin.flush()
        except BrokenPipeError:
            self.close()
            raise ReaderDied("reading it failed before it began; build again") from None
        end = time.monotonic() + seconds
        while True:
            ready, _, _ = select.select([process.stdout], [], [], max(0.0, end - time.monotonic()))
            if not ready:
                self.close()
                raise ReaderDied(f"reading it took longer than {seconds:.0f} seconds; export shorter periods")
            answer = process.stdout.readline()
            if answer.startswith(b"done"):
                return
            if answer.startswith(b"failed"):
                self.close()
                raise ReaderDied(f"it cannot be read ({answer[7:].decode(errors='replace').strip()})")
            if not answer:
                self.close()
                raise ReaderDied(
                    "reading it used too much memory or crashed the parser; the file is damaged or too large"
                )

    def warm_up(self) -> None:
        """Start the child before the first job, so that its imports run while this process hashes files."""
        if self._process is None:
            self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        environment = {key: value for key, value in os.environ.items() if not key.startswith("PUBLICSAFETY_")}
        environment["PYTHONPATH"] = os.pathsep.join(
            filter(None, [str(PACKAGE_ROOT), environment.get("PYTHONPATH", "")])
        )
        self._process = subprocess.Popen(
            [sys.executable, "-m", "publicsafety.pipeline.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        return self._process

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for stream in (self._process.stdin, self._process.stdout):
                if stream is not None:
                    stream.close()
            self._process = None


def _limit() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = ADDRESS_SPACE if hard == resource.RLIM_INFINITY else min(ADDRESS_SPACE, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    limit = MEMORY if hard == resource.RLIM_INFINITY else min(MEMORY, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def allowed(size: int) -> int:
    """How many bytes of data the reading of a file of `size` bytes may take."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return max(MEMORY, min(GROWTH * size, int(SHARE * machine)))


def _raise_limit(path: str) -> None:
    """Give a large file the room that its size needs."""
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = allowed(Path(path).stat().st_size)
    if wanted > soft and (hard == resource.RLIM_INFINITY or wanted <= hard):
        resource.setrlimit(resource.RLIMIT_DATA, (wanted, hard))
        addresses, most = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (addresses + wanted - soft, most))


def main() -> None:
    """Serve jobs from standard input until it closes. Nothing a parser prints can be taken for an answer."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(2, 1)
    _limit()
    import pandas as pd  # noqa: F401  Arrow takes it at its first table; here it comes while the first file is hashed

    from publicsafety.pipeline.reading import Job, read_file

    for line in sys.stdin.buffer:
        try:
            raw = json.loads(line)
            raw["bounds"] = tuple(raw["bounds"]) if raw["bounds"] else None
            _raise_limit(raw["path"])
            read_file(Job(**raw))
            answer = b"done\n"
        except MemoryError:
            answer = b"failed it needs too much memory\n"
        except Exception as error:  # whatever happens is the file's fate, not the build's
            answer = (
                f"failed {type(error).__name__}: {str(error).splitlines()[0][:200] if str(error) else ''}\n".encode()
            )
        answers.write(answer)
        answers.flush()


if __name__ == "__main__":
    main()
