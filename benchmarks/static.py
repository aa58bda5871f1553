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
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONFIGURATION = ROOT / "deploy" / "nginx" / "static.conf"
PAGE = "latest/en/call-volume.html"
PORTS = {"static": 8651, "plain": 8652, "streamlit": 8653}


def tool(name: str) -> str:
    """A program of the machine, or of what was unpacked for this."""
    unpacked = ROOT / ".browser" / "load"
    places = [*map(str, unpacked.glob("usr/*bin")), "/usr/sbin", "/usr/local/sbin", "/usr/bin", "/usr/local/bin"]
    found = shutil.which(name, path=":".join(places))
    if found is None:
        subprocess.run(["sh", "tools/debs.sh", str(unpacked), "nginx-light", "wrk"], cwd=ROOT, check=True)
        found = shutil.which(name, path=":".join([str(each) for each in unpacked.glob("usr/*bin")] + places))
    if found is None:
        raise SystemExit(f"{name} is not on this machine and could not be unpacked.")
    return found


@contextmanager
def nginx(folder: Path, server: str) -> Iterator[None]:
    """Run nginx with one server block, as an ordinary process."""
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "\n".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    path = folder / "nginx.conf"
    path.write_text(
        f"user root;\npid {folder}/pid;\nerror_log {folder}/error.log;\ndaemon off;\nworker_processes 1;\n"
        "events { worker_connections 1024; }\nhttp {\ninclude /etc/nginx/mime.types;\naccess_log off;\n"
        f"{temporary}\n{server}\n}}\n"
    )
    process = subprocess.Popen([tool("nginx"), "-p", str(folder), "-c", str(path)])
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def shipped(site: Path, port: int) -> str:
    """The shipped configuration with nothing changed but folder and port, without TLS: its cost is the same on each side."""
    text = CONFIGURATION.read_text().replace("/srv/publicsafety/open/site", str(site))
    text = re.sub(r"listen 443 ssl http2;", f"listen 127.0.0.1:{port};", text)
    return re.sub(r"\s+(?:listen \[::\]|ssl_)[^;]*;", "", text)


def until(url: str, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            urllib.request.urlopen(url, timeout=2).close()
            return
        except OSError:
            time.sleep(0.2)
    raise SystemExit(f"{url} did not answer within {seconds:.0f} s.")


def asked(url: str, seconds: int, connections: int) -> float:
    """Requests per second that were answered."""
    command = [tool("wrk"), "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", url]
    libraries = ":".join(str(each) for each in (ROOT / ".browser" / "load").glob("usr/lib/*-linux-gnu*"))
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
    urls = {
        "static": f"http://127.0.0.1:{PORTS['static']}/{PAGE}",
        "plain": f"http://127.0.0.1:{PORTS['plain']}/file.html",
        "streamlit": f"http://127.0.0.1:{PORTS['streamlit']}/call_volume",
    }
    with ExitStack() as stack:
        folders = [Path(stack.enter_context(tempfile.TemporaryDirectory())) for _ in range(2)]
        (folders[1] / "file.html").write_bytes(b"x" * size)
        stack.enter_context(nginx(folders[0], shipped(site, PORTS["static"])))
        plain = f"server {{ listen 127.0.0.1:{PORTS['plain']}; root {folders[1]}; sendfile on; tcp_nopush on; }}"
        stack.enter_context(nginx(folders[1], plain))
        stack.enter_context(streamlit(warehouse))
        for url in urls.values():
            until(url)
        found: dict[str, list[float]] = {name: [] for name in urls}
        for _ in range(3):
            for name, url in urls.items():
                found[name].append(asked(url, seconds, connections))
    told = {name: statistics.median(rates) for name, rates in found.items()}
    ratios = [a / b for a, b in zip(found["static"], found["plain"], strict=True)]
    return told | {"ratio": statistics.median(ratios), "bytes": float(size)}


@contextmanager
def streamlit(warehouse: Path) -> Iterator[None]:
    """The Streamlit edition; wrk asks it for the page's shell only, which is the least that a visit costs it."""
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        "dashboard.py",
        "--server.port",
        str(PORTS["streamlit"]),
        "--server.address",
        "127.0.0.1",
    ]
    environment = os.environ | {"PUBLICSAFETY_AUDIENCE": "public", "PUBLICSAFETY_WAREHOUSE": str(warehouse)}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


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
