"""Readers of a live server see whole pages and no error while builds swap underneath them and old ones are swept away.

`make soak` runs it at its full size: a thousand page runs during fifty swaps.
"""

import difflib
import os
import random
import re
import shutil
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from publicsafety.audience import Audience
from publicsafety.pages import pages_for
from publicsafety.pipeline import publish
from tests.conftest import SAMPLE, publicsafety
from tests.trust import servers, visitor

pytestmark = pytest.mark.slow
IS_SOAK = "SOAK" in os.environ
RUNS, SWAPS, READERS = (1000, 50, 4) if IS_SOAK else (60, 8, 3)
EARLIER = 3  # builds that are there before anybody looks, so that every build has one before it
# The first page of the menu is at the site's own address.
PAGES = ["", *[each.stem for section in pages_for(Audience.LEADERSHIP).values() for each in section][1:]]
ADDRESSES = ["", "", "start=2026-01&end=2026-03", "grain=week"]


@dataclass(frozen=True)
class Builds:
    """Two finished databases of different figures, to be published again and again under new build ids."""

    files: tuple[Path, ...]
    rows: tuple[dict[str, int], ...]

    def swap(self, folder: Path, n: int) -> None:
        """Publish the n-th build as a build does; the eleventh-last one is deleted by it."""
        source = self.files[n % len(self.files)]
        with publish.only_one(folder):
            made = publish.temporary(folder, "leadership.duckdb")
            shutil.copyfile(source, made)
            publish.publish(made, folder, "leadership", f"swap{n:03}", self.rows[n % len(self.files)])


@pytest.fixture(scope="module")
def builds(sample_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Builds:
    folder = tmp_path_factory.mktemp("swaps")
    publicsafety("sample", *SAMPLE[:2], "--seed", "2", "--calls", "600", "--out", folder / "exports")
    publicsafety("build", "--exports", folder / "exports", "--warehouse", folder / "w")
    # A copy: this very process may hold the file open already, locked in its own way.
    files = [shutil.copy(next(each.glob("leadership.*.duckdb")), folder / f"{n}.duckdb")
             for n, each in enumerate((sample_warehouse, folder / "w"))]  # fmt: skip
    return Builds(tuple(files), tuple(publish.rows_of(each) for each in files))


@dataclass
class Seen:
    """What the readers saw. There are two sets of figures, so of every page at one address there are two whole ones."""

    runs: int = 0
    wrong: list[str] = field(default_factory=list)
    builds: Counter[str] = field(default_factory=Counter)
    whole: dict[tuple[str, str, int], str] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, page: str, query: str, run: visitor.Run) -> None:
        with self.lock:
            self.runs += 1
            self.builds.update(run.builds)
            if run.errors or len(run.builds) != 1:
                self.wrong.append(f"{page}?{query}: {run.errors} of builds {run.builds}")
                return
            figures = int(min(run.builds)[-3:]) % 2
            if plain(run) != self.whole.setdefault((page, query, figures), plain(run)):
                torn = difflib.unified_diff(self.whole[page, query, figures].split("\n"), plain(run).split("\n"), n=0)
                self.wrong.append(f"{page}?{query} of {run.builds} is not whole: {' '.join(torn)}")


def plain(run: visitor.Run) -> str:
    """The words of a page without the names of builds."""
    return re.sub(r"swap\d{3}", "a build", run.words)


def read(address: str, chance: random.Random, seen: Seen) -> Iterator[None]:
    """Open page after page, in new and in old sessions, and note what is wrong or torn."""
    while True:
        # A session remembers its filters, so each keeps to one address.
        query = chance.choice(ADDRESSES)
        with visitor.visiting(address) as reader:
            for _ in range(chance.randrange(3, 12)):
                page = chance.choice(PAGES)
                run = reader.visit(page, query_string=query)
                seen.note(page, query, run)
                yield


def test_readers_of_a_live_server_see_no_error_while_builds_swap_underneath_them(
    builds: Builds, tmp_path: Path
) -> None:
    folder = tmp_path / "w"
    folder.mkdir()
    seen, is_over = Seen(), threading.Event()
    for n in range(EARLIER):
        builds.swap(folder, n)
    with servers.dashboard("leadership", folder) as address:

        def go_on(seed: int) -> None:
            try:
                for _ in read(address, random.Random(seed), seen):
                    if is_over.is_set():
                        return
            except Exception as error:  # a closed websocket is what a reader would see
                seen.wrong.append(repr(error))

        readers = [threading.Thread(target=go_on, args=(seed,)) for seed in range(READERS)]
        for each in readers:
            each.start()
        n = EARLIER
        while (seen.runs < RUNS or n < SWAPS + EARLIER) and not seen.wrong and any(each.is_alive() for each in readers):
            if n < SWAPS + EARLIER and seen.runs >= (n - EARLIER + 0.5) * RUNS / SWAPS:
                builds.swap(folder, n)
                n += 1
            is_over.wait(0.01)
        is_over.set()
        for each in readers:
            each.join()
    print(
        f"{seen.runs} page runs by {READERS} readers during {n - EARLIER} swaps; {len(seen.builds)} builds were read."
    )
    assert seen.wrong == []
    both = [(page, query) for page, query, figures in seen.whole if not figures and (page, query, 1) in seen.whole]
    assert any(seen.whole[*each, 0] != seen.whole[*each, 1] for each in both), "each build must have its own figures"
    assert seen.runs >= RUNS
    assert len(seen.builds) > SWAPS / 2
    assert len(list(folder.glob("leadership.*.duckdb"))) == publish.KEEP
