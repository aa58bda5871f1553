"""The first visit, behind the shipped nginx: bytes, and when the reader sees the shape of the page, the key figures, a chart.

Cold is a browser that has never been there; warm the same browser again, a new page. The bytes are what crosses the
network for everything that the page loads over HTTP.
"""

import os
import time

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
    """Cold and warm visits in turn through the proxy, and cold ones without it."""
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
            args=["--no-sandbox", "--disable-gpu", f"--host-resolver-rules=MAP {proxy.PUBLIC}:443 127.0.0.1:{port}"],
        )
        # Under the name and the port that the site has: the application refuses a websocket from any other origin.
        proxied, bare = f"https://{proxy.PUBLIC}/call_volume", first.url
        _visit(chromium.new_context(ignore_https_errors=True), proxied)  # fills the proxy's own cache
        for _ in range(rounds):
            for address, name in ((proxied, "proxied"), (bare, "bare")):
                context = chromium.new_context(ignore_https_errors=True, viewport={"width": 1280, "height": 900})
                for temperature in ("cold", "warm"):
                    times, size = _visit(context, address)
                    loaded.setdefault(f"{name} {temperature}", []).append(size / 2**20)
                    for mark, when in times.items():
                        seen.setdefault((f"{name} {temperature}", mark), []).append(when)
                context.close()
        chromium.close()
    sides = {name: Runs(name, "MiB", tuple(values)) for name, values in loaded.items()}
    found = [
        Figure("Bytes of a first visit, through the shipped nginx against without it", sides["proxied cold"], sides["bare cold"], 0.35),
        Figure("Bytes of a second visit against the first, through nginx", sides["proxied warm"], sides["proxied cold"]),
    ]  # fmt: skip
    for mark in MARKS:
        cold, warm = (Runs(kind, "ms", tuple(seen[f"proxied {kind}", mark])) for kind in ("cold", "warm"))
        found.append(Figure(f"First visit: {mark} after", cold, warm, note="cold, and beside it warm"))
    return found


def _visit(context: BrowserContext, address: str) -> tuple[dict[str, float], int]:
    """When each mark was seen, in milliseconds from the start of the navigation, and the bytes that came."""
    page = context.new_page()
    page.add_init_script(NOTE)
    session: CDPSession = context.new_cdp_session(page)
    session.send("Network.enable")
    received = [0]
    session.on("Network.loadingFinished", lambda event: received.__setitem__(0, received[0] + int(event["encodedDataLength"])))  # fmt: skip
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
    return {mark: float(found[mark]) for mark in MARKS}, received[0]
