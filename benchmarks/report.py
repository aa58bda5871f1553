"""What was measured, kept part by part in results.json and written out as RESULTS.md and as the picture of the README."""

import json
import os
import platform
import subprocess
import tomllib
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, figure, lines
from benchmarks.measure import machine

HERE = Path(__file__).parent
KEPT, WRITTEN = HERE / "results.json", HERE / "RESULTS.md"
PICTURE = HERE.parent / "docs" / "images" / "benchmark.svg"
TITLES = {
    "pages": "A filter change in the browser",
    "growth": "The server's part as the data grows",
    "page_sql": "What a page asks of its database as the data grows",
    "throughput": "Reruns a second",
    "crowd": "Many at once",
    "first_visit": "The first visit",
    "ingest": "Exports to a published database",
    "release": "Release and briefing",
    "static": "The static edition",
    "soak": "Soak",
}
HEAD = """# Results

Written by `make bench`; every part says when, where and by which command it was measured. Ratios are of medians, the two sides
measured in turn on the same machine; absolute times vary from machine to machine. Goals were set before anything was built;
what was missed is said, with the reason, in [docs/performance.md](../docs/performance.md).

The peers show the same page as somebody who knows the framework would write it: `benchmarks/peers`. Before anything is timed, a
browser reads the key figures and the calls by month off every page and stops unless all are the same.
Warehouses above a million calls hold the million's calls several times over (`benchmarks/data.py`).
"""


def keep(part: str, figures: list[Figure], command: str) -> None:
    """Replace the figures of one part, those of the same name and no others, and write everything out."""
    known: dict[str, Any] = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    names = {each.what for each in figures}
    others = known.get(part, {"runs": []})["runs"]
    before = [each | {"figures": [one for one in each["figures"] if one["what"] not in names]} for each in others]
    run = {
        "when": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "command": command,
        "commit": _commit(),
        "load": f"{os.getloadavg()[1]:.1f}",
        "figures": [each.as_json() for each in figures],
    }
    known[part] = {"runs": [*(each for each in before if each["figures"]), run]}
    known["machine"] = machine() + f", {platform.system()} {platform.release().split('-')[0]}"
    KEPT.write_text(json.dumps(known, indent=1) + "\n")
    write(known)
    print("\n".join(lines(figures)))


def write(known: dict[str, Any]) -> None:
    """RESULTS.md and the picture from what is kept."""
    parts = [HEAD, f"Machine: {known['machine']}.\n"]
    for part, title in TITLES.items():
        if part not in known:
            continue
        parts.append(f"## {title}\n")
        for run in known[part]["runs"]:
            parts.append("\n".join(lines([figure(each) for each in run["figures"]])))
            parts.append(f"\n`{run['command']}`, {run['when']}, commit {run['commit']}, load average over five minutes {run['load']} (its own included).\n")  # fmt: skip
    WRITTEN.write_text("\n".join(parts))
    if "pages" in known:
        PICTURE.write_text(picture([figure(each) for run in known["pages"]["runs"] for each in run["figures"]]))


def _commit() -> str:
    done = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, cwd=HERE)
    return done.stdout.strip() or "unknown"


def picture(figures: list[Figure]) -> str:
    """Bars: milliseconds of a filter change, the dashboard and its peers, a group for each number of calls."""
    groups: dict[str, dict[str, float]] = {}
    for each in figures:
        if each.what.startswith("Filter change") and each.other:
            group = groups.setdefault(each.what.rpartition(", ")[2], {"this dashboard": each.ours.median})
            group[each.other.name] = each.other.median
    theme = tomllib.loads((HERE.parent / ".streamlit" / "config.toml").read_text())["theme"]
    ink, quiet, colours = theme["textColor"], theme["grayTextColor"], theme["chartCategoricalColors"]
    width, left, right, bar, step = 760, 190, 90, 18, 24
    longest = max((value for group in groups.values() for value in group.values()), default=1.0)
    marks, y = [], 58
    for name, group in sorted(groups.items(), key=lambda pair: int(pair[0].split()[0].replace(",", ""))):
        marks.append(f'<text x="16" y="{y + 14}" font-weight="600" fill="{ink}">{escape(name)}</text>')
        y += step
        for who, value in group.items():
            length = max(2.0, (width - left - right) * value / longest)
            colour, weight = (colours[0], 600) if who == "this dashboard" else (theme["borderColor"], 400)
            marks.append(f'<text x="{left - 10}" y="{y + 14}" text-anchor="end" font-weight="{weight}" fill="{ink}">{escape(who)}</text>')  # fmt: skip
            marks.append(f'<rect x="{left}" y="{y}" width="{length:.1f}" height="{bar}" fill="{colour}"/>')
            marks.append(f'<text x="{left + length + 8:.1f}" y="{y + 14}" fill="{quiet}">{value / 1000:.2f} s</text>')
            y += step
        y += 10
    said = "; ".join(f"{name}: " + ", ".join(f"{who} {value / 1000:.2f} s" for who, value in group.items()) for name, group in groups.items())  # fmt: skip
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {y + 8}" role="img" aria-label="Filter change in the browser. {escape(said, quote=True)}" '
        f'font-family="Source Sans, Helvetica, Arial, sans-serif" font-size="13">\n<rect width="100%" height="100%" fill="{theme["backgroundColor"]}"/>\n'
        f'<text x="16" y="30" font-size="16" font-weight="650" fill="{ink}">How long from choosing an area until the page stands still</text>\n'
        + "\n".join(marks)
        + "\n</svg>\n"
    )
