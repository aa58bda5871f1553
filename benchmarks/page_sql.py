"""How does what a page asks of its database grow with the calls? The statements of a whole page, as they ran, asked again.

The page is drawn once at each size, without a browser, and every statement is kept. Then both sizes answer all of theirs
in turn, on a fresh cursor each, with nothing remembered but what DuckDB itself keeps in memory.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from streamlit.testing.v1 import AppTest

from benchmarks import data
from benchmarks.figures import Figure, Runs
from publicsafety import warehouse
from publicsafety.audience import Audience
from publicsafety.metrics import Query
from publicsafety.pages import PageFile, pages_for
from publicsafety.ui import router

ROOT = Path(__file__).resolve().parent.parent
PAGE = "call_volume"
ROUNDS = 15


def growth(small: int, large: int) -> list[Figure]:
    """Milliseconds of all statements of a page, the larger warehouse beside the smaller, views with and without an area."""
    found = []
    area = data.areas(small)[0]
    for what, asked in (("the page as it opens", {}), ("filtered by an area", {"area": area})):
        statements = {size: asked_by_page(data.warehouse(size), asked) for size in (small, large)}
        if len(statements[small]) != len(statements[large]):
            raise SystemExit("The page asks different questions of the two sizes, so there is nothing to compare.")
        times: dict[int, list[float]] = {small: [], large: []}
        for _ in range(ROUNDS):
            for size in times:
                times[size].append(1000 * seconds(data.warehouse(size), statements[size]))
        one, other = (tuple(times[size][1:]) for size in (large, small))  # the first reads the files
        note = f"{len(statements[small])} statements"
        name = f"SQL of a page, {what}: {large:,} calls against {small:,}"
        found.append(Figure(name, Runs("this dashboard", "ms", one), Runs(f"{small:,} calls", "ms", other), 1.2, note))
    return found


def asked_by_page(folder: Path, parameters: dict[str, str]) -> list[Query]:
    """Every statement that the page asks, in order, each once."""
    asked: list[Query] = []
    with _listening(asked), _audience(folder):
        app = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=600)
        for name, value in parameters.items():
            app.query_params[name] = value
        app.run()
        if app.exception:
            raise SystemExit(f"The page could not be drawn: {app.exception[0].message}")
    return list({(each.sql, repr(sorted(each.parameters.items()))): each for each in asked}.values())


def seconds(folder: Path, statements: list[Query]) -> float:
    """How long a database takes to answer them all, one after the other."""
    opened = warehouse.open(Audience.LEADERSHIP, folder)
    began = time.perf_counter()
    for each in statements:
        opened._connection.cursor().execute(each.sql, dict(each.parameters) or None).fetchall()
    return time.perf_counter() - began


@contextmanager
def _listening(asked: list[Query]) -> Iterator[None]:
    """What the warehouse is asked is added to a list."""
    ask = warehouse._ask

    def heard(opened, query, read):  # type: ignore[no-untyped-def]
        asked.append(query)
        return ask(opened, query, read)

    warehouse._ask = heard
    try:
        yield
    finally:
        warehouse._ask = ask


@contextmanager
def _audience(folder: Path) -> Iterator[None]:
    """The leadership pages of a warehouse, with the page that is measured in front."""
    named = {
        "PUBLICSAFETY_AUDIENCE": "leadership",
        "PUBLICSAFETY_WAREHOUSE": str(folder.resolve()),
        "PUBLICSAFETY_OPEN": "1",
    }
    kept, pages = dict(os.environ), router.pages_for
    os.environ.update(named)
    every = [page for section in pages_for(Audience.LEADERSHIP).values() for page in section]

    def in_front(audience: Audience, folder: Path = ROOT) -> dict[str, list[PageFile]]:
        return {"": sorted(every, key=lambda page: page.stem != PAGE)}

    router.pages_for = in_front
    try:
        yield
    finally:
        router.pages_for = pages
        os.environ.clear()
        os.environ.update(kept)
