"""How many readers can the static edition serve? wrk against nginx with the shipped configuration, on this machine.

Beside it: a plain file of the same size from a bare nginx (the most that the machine can do), and the Streamlit edition's
first answer. Each side is asked in turn, three times. nginx and wrk are unpacked from the distribution where the machine
lacks them (`sh tools/debs.sh .browser/load nginx-light wrk`).
"""

import os
import re
import subprocess
import tempfile
from contextlib import ExitStack
from pathlib import Path

from benchmarks import data, serve
from benchmarks.figures import Figure, Runs
from tests.trust import proxy

ROOT = Path(__file__).resolve().parent.parent
PAGE = "latest/en/call-volume.html"
SECONDS, CONNECTIONS, TURNS = 5, 64, 3


def tool(name: str) -> str:
    """A program of the machine, or of what is unpacked for this."""
    if proxy.program(name) is None:
        subprocess.run(["sh", "tools/debs.sh", str(proxy.UNPACKED), "nginx-light", "wrk"], cwd=ROOT, check=True)
    found = proxy.program(name)
    if found is None:
        raise SystemExit(f"{name} is not on this machine and could not be unpacked.")
    return found


def asked(url: str) -> float:
    """Requests per second that were answered."""
    command = [tool("wrk"), "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "--timeout", "30s", url]
    libraries = ":".join(str(each) for each in proxy.UNPACKED.glob("usr/lib/*-linux-gnu*"))
    environment = os.environ | ({"LD_LIBRARY_PATH": libraries} if libraries else {})
    said = subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    if failed:
        raise SystemExit(f"{url}: {failed[1]} answers were errors.")
    found = re.search(r"Requests/sec:\s+([\d.]+)", said)
    return float(found[1]) if found else 0.0


def measure() -> list[Figure]:
    """Requests per second of the static edition beside a bare nginx with a file of that size, and beside Streamlit."""
    warehouse = data.released()
    site = (warehouse / "open" / "site").resolve()
    size = (site / PAGE).stat().st_size
    tool("nginx")
    with ExitStack() as stack:
        folders = [Path(stack.enter_context(tempfile.TemporaryDirectory())) for _ in range(2)]
        (folders[1] / "file.html").write_bytes(b"x" * size)
        ports = [serve.free_port() for _ in range(2)]
        # wrk asks the Streamlit edition for the page's shell only, which is the least that a visit costs it.
        dashboard = stack.enter_context(serve.product(warehouse.resolve(), "public"))
        urls = {
            "static": f"http://127.0.0.1:{ports[0]}/{PAGE}",
            "plain": f"http://127.0.0.1:{ports[1]}/file.html",
            "streamlit": dashboard.url,
        }
        plain = f"server {{ listen 127.0.0.1:{ports[1]}; root {folders[1]}; sendfile on; tcp_nopush on; }}"
        stack.enter_context(proxy.serving(folders[0], proxy.static_site(site, ports[0]), urls["static"]))
        stack.enter_context(proxy.serving(folders[1], plain, urls["plain"]))
        found: dict[str, list[float]] = {name: [] for name in urls}
        for _ in range(TURNS):
            for name, url in urls.items():
                found[name].append(asked(url))
    ours = Runs("static edition, shipped nginx", "requests/s", tuple(found["static"]))
    beside = {
        "plain": f"a plain file of {size / 1024:.0f} KB, bare nginx",
        "streamlit": "the Streamlit edition, its shell alone",
    }
    return [
        Figure(
            f"Requests a second, {CONNECTIONS} connections, beside {'a file' if name == 'plain' else 'Streamlit'}",
            ours,
            Runs(title, "requests/s", tuple(found[name])),
            -0.95 if name == "plain" else None,
        )
        for name, title in beside.items()
    ]
