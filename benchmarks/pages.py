"""How soon is the page there again after a filter change, against the same page in plain Streamlit, Dash and Panel?

A real browser chooses an area on each page in turn; see drive.py for what is timed. Before anything is timed, the pages
must show the same key figures and the same calls by month, without a filter and with one.
"""

from playwright.sync_api import Page

from benchmarks import data, drive, serve
from benchmarks.figures import Figure, Runs

# The peer and the number of calls → the goal of the design.
GOALS = {
    ("streamlit", 1_000_000): 0.40,
    ("dash", 1_000_000): 0.45,
    ("panel", 1_000_000): 0.95,
    ("streamlit", 10_000_000): 0.10,
    ("dash", 10_000_000): 0.25,
    ("panel", 10_000_000): 0.25,
}


def measure(calls: int, rounds: int) -> list[Figure]:
    """Milliseconds of each filter change, the pages in turn."""
    screen: dict[str, list[float]] = {}
    whole: dict[str, list[float]] = {}
    away: dict[str, list[float]] = {}
    areas = data.areas(calls)
    with serve.everybody(calls) as servers, drive.browser() as chromium:
        pages = {key: drive.opened(chromium, key, server) for key, server in servers.items()}
        same_figures(pages, areas[-1])
        for place in range(rounds):
            for key, page in pages.items():
                page.bring_to_front()
                taken = drive.choose(page, key, areas[place % (len(areas) - 1)])
                screen.setdefault(key, []).append(taken[0])
                whole.setdefault(key, []).append(taken[1])
                away.setdefault(key, []).extend(filter(None, taken[2:]))
        names = {key: server.name for key, server in servers.items()}
        memory = {key: server.mib() for key, server in servers.items()}
    ours = Runs("this dashboard", "ms", tuple(screen["ours"]))
    found = [
        Figure(f"Filter change in the browser, {calls:,} calls", ours, Runs(names[key], "ms", tuple(times)), GOALS.get((key, calls)))
        for key, times in screen.items() if key != "ours"
    ]  # fmt: skip
    found += [
        Figure(
            f"All areas again, {calls:,} calls",
            Runs("this dashboard", "ms", tuple(away["ours"])),
            Runs(names[key], "ms", tuple(times)),
        )
        for key, times in away.items()
        if key not in ("ours", *serve.FLOORS)
    ]
    found.append(
        Figure(
            f"The same until charts out of sight are drawn too, {calls:,} calls",
            Runs("this dashboard", "ms", tuple(whole["ours"])),
            Runs(names["streamlit"], "ms", tuple(whole["streamlit"])),
            note="charts out of sight wait for a rest of 2.5 s, which is part of the time",
        )
    )
    found += [
        Figure(f"Memory of the process, {calls:,} calls", Runs("this dashboard", "MiB", (memory["ours"],)), Runs(names[key], "MiB", (memory[key],)))
        for key in memory if key not in ("ours", *serve.FLOORS)
    ]  # fmt: skip
    return found


def same_figures(pages: dict[str, Page], area: str) -> None:
    """Stop unless all pages show the same numbers, for everything and for one area."""
    for chosen in ("", area):
        shown = {}
        for key, page in pages.items():
            page.bring_to_front()
            if chosen:
                drive.choose(page, key, chosen)
            months = drive.months(pages["ours"] if key in serve.FLOORS else page)  # floors draw nothing
            shown[key] = (drive.figures(page, key), months)
        for key, found in shown.items():
            if found != shown["ours"] or not found[0] or not found[1]:
                raise SystemExit(f"{key} shows other numbers than this dashboard ({chosen or 'no filter'}): {found} and {shown['ours']}")  # fmt: skip
