"""Freshly started servers for tests: the dashboard for one audience, and an OpenID provider, each on a free port."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROVIDER = Path(__file__).with_name("oidc")
PATIENCE = 60  # seconds until a server that has not answered is taken for dead


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answer(
    url: str, headers: Mapping[str, str] | None = None, method: str = "GET", data: bytes | None = None
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers (names in lower case) and body of one request; an error status is an answer too."""
    request = urllib.request.Request(url, headers=dict(headers or {}), method=method, data=data)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:
            return response.status, {name.lower(): value for name, value in response.headers.items()}, response.read()
    except urllib.error.HTTPError as error:
        return error.code, {name.lower(): value for name, value in error.headers.items()}, error.read()


def until(is_so: Callable[[], bool], what: str, process: subprocess.Popen[bytes] | None = None) -> None:
    """Wait until something is so; a process that ended first, or too long a wait, fails the test with its name."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if is_so():
            return
        assert process is None or process.poll() is None, (
            f"{what}: the process ended with {process and process.returncode}"
        )
        time.sleep(0.1)
    raise AssertionError(f"{what}: not within {PATIENCE} s")


def answers(url: str) -> bool:
    try:
        return answer(url)[0] == 200
    except OSError:
        return False


@contextmanager
def running(command: list[str], url: str, environment: Mapping[str, str], folder: Path = ROOT) -> Iterator[Path]:
    """Run a server until the block ends; gives the file with what it said."""
    with tempfile.NamedTemporaryFile(suffix=".log") as said:
        process = subprocess.Popen(command, cwd=folder, env=dict(environment), stdout=said, stderr=subprocess.STDOUT)
        try:
            until(lambda: answers(url), " ".join(command[:4]), process)
            yield Path(said.name)
        finally:
            process.kill()
            process.wait()


@contextmanager
def dashboard(
    audience: str, warehouse: Path, *, port: int = 0, secrets: Path | None = None, **settings: str
) -> Iterator[str]:
    """A dashboard that was started this moment; gives its address. `settings` are further environment variables."""
    port = port or free_port()
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PUBLICSAFETY_", "STREAMLIT_"))
    }
    environment |= {
        "PUBLICSAFETY_AUDIENCE": audience,
        "PUBLICSAFETY_WAREHOUSE": str(warehouse),
        "STREAMLIT_SECRETS_FILES": str(secrets or "/nonexistent"),
        **settings,
    }
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        "dashboard.py",
        "--server.port",
        str(port),
        "--server.address",
        "127.0.0.1",
        "--server.headless",
        "true",
    ]
    with running(command, f"http://127.0.0.1:{port}/_stcore/health", environment):
        yield f"http://localhost:{port}"


@contextmanager
def provider(redirect_uri: str, people: Mapping[str, object]) -> Iterator[str]:
    """The certified OpenID provider from npm; `people` maps a login to claims. Gives the issuer's address."""
    port = free_port()
    command = ["node", "provider.mjs", str(port), redirect_uri, json.dumps(people)]
    with running(command, f"http://localhost:{port}/.well-known/openid-configuration", os.environ, PROVIDER):
        yield f"http://localhost:{port}"
