"""How many readers can the static edition serve? wrk against nginx with the shipped configuration, on this machine.

Beside it: a plain file of the same size from a bare nginx (the most that the machine can do), and the Streamlit edition's
first answer. Each side is asked in turn, three times; the median counts. nginx and wrk are unpacked from the distribution
where the machine lacks them (`sh tools/debs.sh .browser/load nginx-light wrk`).

    python -m benchmarks.static [--warehouse DIR] [--seconds 5] [--connections 64]
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from benchmarks import serve
from tests.trust import proxy

ROOT = Path(__file__).resolve().parent.parent
PAGE = "latest/en/call-volume.html"


def tool(name: str) -> str:
    """A program of the machine, or of what is unpacked for this."""
    if proxy.program(name) is None:
        subprocess.run(["sh", "tools/debs.sh", str(proxy.UNPACKED), "nginx-light", "wrk"], cwd=ROOT, check=True)
    found = proxy.program(name)
    if found is None:
        raise SystemExit(f"{name} is not on this machine and could not be unpacked.")
    return found


def asked(url: str, seconds: int, connections: int) -> float:
    """Requests per second that were answered."""
    command = [tool("wrk"), "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", url]
    libraries = ":".join(str(each) for each in proxy.UNPACKED.glob("usr/lib/*-linux-gnu*"))
    environment = os.environ | ({"LD_LIBRARY_PATH": libraries} if libraries else {})
    said = subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    if failed:
        raise SystemExit(f"{url}: {failed[1]} answers were errors.")
    found = re.search(r"Requests/sec:\s+([\d.]+)", said)
    return float(found[1]) if found else 0.0


def measured(warehouse: Path, seconds: int, connections: int) -> dict[str, float]:
    """Requests per second of each side, the median of three turns."""
    site = warehouse / "open" / "site"
    size = (site / PAGE).stat().st_size
    tool("nginx")
    with ExitStack() as stack:
        folders = [Path(stack.enter_context(tempfile.TemporaryDirectory())) for _ in range(2)]
        (folders[1] / "file.html").write_bytes(b"x" * size)
        ports = [serve.free_port() for _ in range(2)]
        # wrk asks the Streamlit edition for the page's shell only, which is the least that a visit costs it.
        dashboard = stack.enter_context(serve.product(warehouse, "public"))
        urls = {
            "static": f"http://127.0.0.1:{ports[0]}/{PAGE}",
            "plain": f"http://127.0.0.1:{ports[1]}/file.html",
            "streamlit": dashboard.url,
        }
        plain = f"server {{ listen 127.0.0.1:{ports[1]}; root {folders[1]}; sendfile on; tcp_nopush on; }}"
        stack.enter_context(proxy.serving(folders[0], proxy.static_site(site, ports[0]), urls["static"]))
        stack.enter_context(proxy.serving(folders[1], plain, urls["plain"]))
        found: dict[str, list[float]] = {name: [] for name in urls}
        for _ in range(3):
            for name, url in urls.items():
                found[name].append(asked(url, seconds, connections))
    told = {name: statistics.median(rates) for name, rates in found.items()}
    ratios = [a / b for a, b in zip(found["static"], found["plain"], strict=True)]
    return told | {"ratio": statistics.median(ratios), "bytes": float(size)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--warehouse", type=Path, default=ROOT / "data" / "warehouse", help="with its released folder `open` inside"
    )
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=64)
    chosen = parser.parse_args()
    told = measured(chosen.warehouse.resolve(), chosen.seconds, chosen.connections)
    print(f"A page of {told['bytes'] / 1024:.0f} KB, {chosen.connections} connections, requests per second:")
    for name, title in (
        ("static", "the static edition, shipped nginx"),
        ("plain", "a plain file of that size, bare nginx"),
        ("streamlit", "the Streamlit edition, its shell alone"),
    ):
        print(f"  {told[name]:>9,.0f}  {title}")
    print(f"  ratio of the static edition to the plain file: {told['ratio']:.2f}")
    print(json.dumps(told), file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
