"""Is the dashboard up, which build does it serve, and how old is that?

    python -m tools.health                      one JSON line; exit status 0 when all is well, 1 when it is not
    python -m tools.health --serve 8590         the same at http://127.0.0.1:8590/health, with status 200 or 503

The answer holds no figures, so a monitor may read it without signing in. The build is verified as the pages verify it.
"""

import argparse
import json
import os
import sys
import time
import urllib.request
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from publicsafety import warehouse
from publicsafety.audience import Audience, ceiling

OLD_HOURS = 36.0  # a nightly build that was missed once is worth a look the next morning
PATIENCE = 5.0  # seconds


def health(audience: Audience, folder: Path, urls: Sequence[str], old_hours: float = OLD_HOURS) -> dict[str, Any]:
    """What a monitor wants to know; `ok` is the summary, and `problems` says in sentences what is wrong."""
    problems = [f"{url} does not answer." for url in urls if not _answers(url)]
    found: dict[str, Any] = {
        "up": not problems,
        "audience": str(audience),
        "build_id": None,
        "as_of": None,
        "age_hours": None,
    }
    try:
        opened = warehouse.open(audience, folder)
        pointer = folder / f"{audience}.current"
        age = max(0.0, time.time() - pointer.stat().st_mtime) / 3600
        found |= {"build_id": opened.build_id, "as_of": opened.as_of.isoformat(), "age_hours": round(age, 1)}
        if pointer.read_text(encoding="ascii", errors="replace").strip() != opened.build_id:
            problems.append("The build that the pointer names is damaged; the newest whole one is served.")
        if age > old_hours:
            problems.append(f"The last build is {age:.0f} hours old. See: journalctl -u publicsafety-build")
    except (warehouse.WarehouseError, OSError):
        problems.append("There is no whole build to serve. See: journalctl -u publicsafety-build")
    return found | {"ok": not problems, "problems": problems}


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def server(port: int, audience: Audience, folder: Path, urls: Sequence[str], old_hours: float) -> ThreadingHTTPServer:
    """A server on loopback that answers `/health`; the caller runs it."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path != "/health":
                self.send_error(404)
                return
            found = health(audience, folder, urls, old_hours)
            body = json.dumps(found).encode()
            self.send_response(200 if found["ok"] else 503)
            self.send_header("Content-Type", "application/json")
            self.send_header("Cache-Control", "no-store")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *values: object) -> None:
            """Nothing: a monitor asks every minute, and the answer is the news."""

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.health", description="Up, which build, how old.")
    parser.add_argument(
        "--warehouse", type=Path, default=Path(os.environ.get("PUBLICSAFETY_WAREHOUSE") or "data/warehouse")
    )
    parser.add_argument("--url", action="append", default=[], help="a server's /_stcore/health; may be repeated")
    parser.add_argument("--old-hours", type=float, default=OLD_HOURS)
    parser.add_argument("--serve", type=int, metavar="PORT")
    chosen = parser.parse_args()
    if chosen.serve:
        server(chosen.serve, ceiling(), chosen.warehouse, chosen.url, chosen.old_hours).serve_forever()
    found = health(ceiling(), chosen.warehouse, chosen.url, chosen.old_hours)
    print(json.dumps(found))
    return 0 if found["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
