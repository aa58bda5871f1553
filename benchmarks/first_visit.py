"""The first visit, behind the shipped nginx: bytes, and when the reader sees the shape of the page, the key figures, a chart.

Cold is a browser that has never been there; warm the same browser again, a new page. The bytes are what crosses the
network for everything that the page loads over HTTP, beside what the same files weigh uncompressed.
"""

import base64
import hashlib
import os
import ssl
import time

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import BrowserContext, CDPSession, sync_playwright

from benchmarks import data, sessions
from benchmarks.figures import Figure, Runs

PATIENCE = 120  # seconds
MARKS = {
    "something to read": "document.querySelector('h1, [data-testid=stSkeleton], [data-testid=stAppSkeleton]')",
    "key figures": "document.querySelectorAll('[data-testid=stMetricValue]').length >= 4",
    "first chart": "document.querySelector('.plot .main-svg')",
}
NOTE = (
    """(() => {
  window.seen = {};
  const marks = {MARKS};
  const look = () => {
    for (const name in marks) if (!(name in window.seen) && marks[name]()) window.seen[name] = performance.now();
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})()"""
).replace("MARKS", ", ".join(f"{name!r}: () => {test}" for name, test in MARKS.items()))


def measure(calls: int, rounds: int = 3) -> list[Figure]:
    """Cold and warm visits in turn, through the proxy."""
    from tests.trust import proxy

    seen: dict[tuple[str, str], list[float]] = {}
    loaded: dict[str, list[float]] = {}
    with (
        sessions.two_processes(data.warehouse(calls)) as (first, second, front),
        sync_playwright() as playwright,
    ):
        for server in (first, second):
            sessions.warm(server)
        port = front.address.rpartition(":")[2]
        chromium = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"),
            args=[
                "--no-sandbox",
                "--disable-gpu",
                f"--host-resolver-rules=MAP {proxy.PUBLIC}:443 127.0.0.1:{port}",
                # Trusted by its key: of a site whose certificate is merely ignored, a browser keeps nothing.
                f"--ignore-certificate-errors-spki-list={_key(int(port))}",
            ],
        )
        # Under the name and the port that the site has: the application refuses a websocket from any other origin.
        address = f"https://{proxy.PUBLIC}/call_volume"
        _visit(chromium.new_context(), address)  # fills the proxy's own cache
        for _ in range(rounds):
            context = chromium.new_context(viewport={"width": 1280, "height": 900})
            for temperature in ("cold", "warm"):
                times, sent, whole = _visit(context, address)
                loaded.setdefault(temperature, []).append(sent / 2**20)
                loaded.setdefault(f"{temperature} uncompressed", []).append(whole / 2**20)
                for mark, when in times.items():
                    seen.setdefault((temperature, mark), []).append(when)
            context.close()
        chromium.close()
    sides = {name: Runs(name, "MiB", tuple(values)) for name, values in loaded.items()}
    found = [
        Figure("Bytes of a first visit behind the shipped nginx", sides["cold"], sides["cold uncompressed"], 0.35),
        Figure("Bytes of a second visit against the first", sides["warm"], sides["cold"]),
    ]
    for mark in MARKS:
        cold, warm = (Runs(kind, "ms", tuple(seen[kind, mark])) for kind in ("cold", "warm"))
        found.append(Figure(f"First visit: {mark} after", cold, warm, note="cold, and beside it warm"))
    return found


def _key(port: int) -> str:
    """What a browser calls the public key of the server's certificate: base64 of its SHA-256."""
    found = x509.load_pem_x509_certificate(ssl.get_server_certificate(("127.0.0.1", port)).encode())
    key = found.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(key).digest()).decode()


def _visit(context: BrowserContext, address: str) -> tuple[dict[str, float], int, int]:
    """When each mark was seen, in milliseconds from the start of the navigation; the bytes that came; their size unpacked."""
    page = context.new_page()
    page.add_init_script(NOTE)
    session: CDPSession = context.new_cdp_session(page)
    session.send("Network.enable")
    sent: list[int] = []
    whole: list[int] = []
    session.on("Network.loadingFinished", lambda event: sent.append(int(event["encodedDataLength"])))
    session.on("Network.dataReceived", lambda event: whole.append(int(event["dataLength"])))
    page.goto(address)
    end = time.monotonic() + PATIENCE
    found: dict[str, float] = {}
    while len(found) < len(MARKS):  # asked again and again: the site's policy lets no page evaluate text
        if time.monotonic() > end:
            raise SystemExit(f"{address}: only {', '.join(found) or 'nothing'} was seen within {PATIENCE} s.")
        page.wait_for_timeout(100)
        found = page.evaluate("() => window.seen ?? {}")
    page.wait_for_timeout(1500)  # what is loaded late
    page.close()
    return {mark: float(found[mark]) for mark in MARKS}, sum(sent), sum(whole)
