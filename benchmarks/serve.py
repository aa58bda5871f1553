"""The product and its peers as running servers, each a process of its own on a free port of this machine."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import data

PATIENCE = 180  # seconds: a peer reads ten million rows before it answers
LOGS = data.FOLDER / "logs"  # what each server says, kept until the next of its name and port
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Server:
    """Where a page is, and the process behind it."""

    name: str
    address: str
    pid: int
    page: str = ""

    @property
    def url(self) -> str:
        return f"{self.address}/{self.page}"

    def cpu(self) -> float:
        """Seconds of processor time so far, of all its threads."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def mib(self) -> float:
        """Memory that it holds now."""
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(name: str, command: list[str], settings: Mapping[str, str], port: int, page: str = "") -> Iterator[Server]:
    """A server that answers; stopped when the block ends."""
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("STREAMLIT_", "PUBLICSAFETY_"))
    }
    LOGS.mkdir(parents=True, exist_ok=True)
    with (LOGS / f"{name.replace(' ', '-')}-{port}.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment | dict(settings), stdout=subprocess.DEVNULL, stderr=log)
    try:
        address = f"http://127.0.0.1:{port}"
        _wait(address, process, name)
        yield Server(name, address, process.pid, page)
    finally:
        process.kill()
        process.wait()


def _wait(address: str, process: subprocess.Popen[bytes], name: str) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            urllib.request.urlopen(address, timeout=PATIENCE).read()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            if process.poll() is not None:
                raise SystemExit(f"{name} ended with {process.returncode} before it answered.") from None
            time.sleep(0.2)
    raise SystemExit(f"{name} did not answer within {PATIENCE} s.")


def _streamlit(script: str, port: int) -> list[str]:
    address = ["--server.port", str(port), "--server.address", "127.0.0.1", "--server.headless", "true"]
    return [sys.executable, "-m", "streamlit", "run", script, *address]


@contextmanager
def product(warehouse: Path, audience: str = "leadership", page: str = "call_volume", port: int = 0, **settings: str) -> Iterator[Server]:  # fmt: skip
    """This dashboard, as deployed: its own settings, one process."""
    port = port or free_port()
    named = {
        "PUBLICSAFETY_AUDIENCE": audience,
        "PUBLICSAFETY_WAREHOUSE": str(warehouse),
        "STREAMLIT_SECRETS_FILES": "/nonexistent",
    }
    with running("this dashboard", _streamlit("dashboard.py", port), named | settings, port, page) as server:
        yield server


# What Streamlit takes before anything is counted or drawn: the least that it can, and with the product's number of cards.
FLOORS = {"least": ("Streamlit, 4 figures alone", 0), "cards": ("Streamlit, 14 empty cards", 14)}
# A plain page runs with Streamlit's defaults, not with the settings of this checkout.
DEFAULTS = {
    "STREAMLIT_RUNNER_POST_SCRIPT_GC": "true",
    "STREAMLIT_SERVER_FILE_WATCHER_TYPE": "auto",
    "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "false",
}


@contextmanager
def plain_streamlit(peers: Path) -> Iterator[Server]:
    port = free_port()
    named = {"PEER_DATA": str(peers), **DEFAULTS}
    script = "benchmarks/peers/plain_streamlit.py"
    with running("plain Streamlit + pandas", _streamlit(script, port), named, port) as server:
        yield server


@contextmanager
def floor(peers: Path, name: str, cards: int) -> Iterator[Server]:
    """Streamlit with this product's settings and nothing to count or draw."""
    port = free_port()
    named = {"PEER_DATA": str(peers), "CARDS": str(cards)}
    with running(name, _streamlit("benchmarks/peers/floor.py", port), named, port) as server:
        yield server


@contextmanager
def peer(name: str, module: str, peers: Path, page: str = "") -> Iterator[Server]:
    port = free_port()
    command = [sys.executable, "-m", f"benchmarks.peers.{module}"]
    with running(name, command, {"PEER_DATA": str(peers), "PORT": str(port)}, port, page) as server:
        yield server


@contextmanager
def everybody(calls: int) -> Iterator[dict[str, Server]]:
    """The product and the peers that are installed, by a short name."""
    warehouse, peers = data.warehouse(calls), data.for_peers(calls)
    with ExitStack() as stack:
        found = {
            "ours": stack.enter_context(product(warehouse)),
            "streamlit": stack.enter_context(plain_streamlit(peers)),
        }
        for key, module, name in (
            ("dash", "dash_pandas", "Dash + pandas"),
            ("panel", "panel_pandas", "Panel + pandas"),
        ):
            if is_installed(key):
                found[key] = stack.enter_context(peer(name, module, peers))
        for key, (name, cards) in FLOORS.items():
            found[key] = stack.enter_context(floor(peers, name, cards))
        yield found


def is_installed(module: str) -> bool:
    from importlib.util import find_spec

    return find_spec(module) is not None
