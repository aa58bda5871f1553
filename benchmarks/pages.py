"""How soon is the page there again after a filter change, against the same page in plain Streamlit and pandas?

A real browser chooses an area; the time runs from the key stroke to the last change of the page. Also the server's own
part: the reruns of the page's script without a browser, on a small and a large warehouse. Goals: at most half of the
plain page; at 10 M calls at most 1.5 times the server's part at 100 k.
"""

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
from playwright.sync_api import Page, sync_playwright

from benchmarks.measure import machine, run

WATCH = """() => { window.lastChange = performance.now();
  new MutationObserver(() => { window.lastChange = performance.now(); })
    .observe(document.body, {subtree: true, childList: true, attributes: true, characterData: true}); }"""
QUIET = 700  # milliseconds without a change: the page is done


def main(calls: int = 1_000_000, rounds: int = 5) -> list[str]:
    """The lines to print. Works in a temporary folder."""
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        warehouse = make(here, calls)
        data = here / "calls.parquet"
        build = (warehouse / "leadership.current").read_text().strip()
        with duckdb.connect(str(warehouse / f"leadership.{build}.duckdb"), read_only=True) as con:
            con.execute(f"copy (select * exclude (h3_8, h3_9, file, line) from fct_calls) to '{data}'")
            areas = [
                row[0]
                for row in con.execute(
                    "select area from fct_calls group by area order by count(*) desc limit 6"
                ).fetchall()
            ]
        ours = {"PUBLICSAFETY_AUDIENCE": "leadership", "PUBLICSAFETY_WAREHOUSE": str(warehouse)}
        with (
            server("dashboard.py", ours) as a,
            server("benchmarks/peers/plain_streamlit.py", {"PEER_DATA": str(data)}) as b,
        ):
            times = drive({"this dashboard": f"{a}/call_volume", "plain Streamlit + pandas": b}, areas, rounds)
    lines = [f"Filter change in the browser, call volume page, {calls:,} calls. {machine()}"]
    lines += [
        f"{name:<32} {statistics.median(values):7.0f} ms ({min(values):.0f} to {max(values):.0f}, n={len(values)})"
        for name, values in times.items()
    ]
    mine, plain = (statistics.median(values) for values in times.values())
    return [*lines, f"ratio: {mine / plain:.2f} (goal 0.50)"]


def make(here: Path, calls: int) -> Path:
    run(sys.executable, "-m", "publicsafety", "sample", "--out", str(here / f"sample{calls}"), "--calls", str(calls))
    run(
        sys.executable,
        "-m",
        "publicsafety",
        "build",
        "--exports",
        str(here / f"sample{calls}"),
        "--warehouse",
        str(here / f"warehouse{calls}"),
    )
    return here / f"warehouse{calls}"


@contextmanager
def server(script: str, settings: dict[str, str]) -> Iterator[str]:
    """A Streamlit server of its own on a free port; yields its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        script,
        "--server.port",
        str(port),
        "--server.address",
        "127.0.0.1",
    ]
    process = subprocess.Popen(command, env=os.environ | settings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(120):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.25)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def drive(pages: dict[str, str], areas: list[str], rounds: int) -> dict[str, list[float]]:
    """Milliseconds of each filter change, the pages in turn."""
    times: dict[str, list[float]] = {name: [] for name in pages}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        opened = {name: browser.new_page(viewport={"width": 1280, "height": 900}) for name in pages}
        for name, page in opened.items():
            page.goto(pages[name])
            page.wait_for_selector(".js-plotly-plot", timeout=120_000)
            page.evaluate(WATCH)
            settle(page)
        for place in range(rounds + 1):
            for name, page in opened.items():
                page.bring_to_front()
                taken = choose(page, areas[place % len(areas)])
                if place:  # the first change warms up
                    times[name].append(taken)
        browser.close()
    return times


def choose(page: Page, area: str) -> float:
    """Choose one more area by keyboard and return the milliseconds until the page stands still."""
    box = page.get_by_role("combobox", name="Area").first
    page.keyboard.press("Escape")
    box.focus()
    page.keyboard.type(area)
    settle(page)
    started = page.evaluate("() => performance.now()")
    page.keyboard.press("Enter")
    settle(page)
    taken = float(page.evaluate("() => window.lastChange")) - float(started)
    page.keyboard.press("Escape")
    settle(page)
    return taken


def settle(page: Page) -> None:
    page.wait_for_function(
        f"() => performance.now() - window.lastChange > {QUIET} && document.querySelector('[data-test-script-state=notRunning]')",
        timeout=120_000,
        polling=50,
    )


if __name__ == "__main__":
    print("\n".join(main(*map(int, sys.argv[1:]))))
