"""What all tests share: the sample, built once; a browser; the real exports, where they are; repeatable examples."""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parent.parent
# A fixed last day, so that the same figures come out next year.
SAMPLE = ("--end", "2026-06-30", "--seed", "1")

# The longest first: a process that began one of these last would leave the other idle.
LONGEST = (
    "tests/trust/test_crash_safety.py",
    "tests/trust/test_release_crash.py",
    "tests/audit/test_release_under_attack.py",
    "tests/cities",
    "tests/browser",
    "tests/engines/test_spark.py",
    "tests/trust",
    "tests/ui",
    "tests/audit",
)

# Derandomised: a failure seen by one is seen by all. A deadline would be a timed assert.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files in the order of LONGEST, the rest behind them as found."""

    def place(item: pytest.Item) -> int:
        path = item.path.relative_to(ROOT).as_posix()
        return next((n for n, start in enumerate(LONGEST) if path.startswith(start)), len(LONGEST))

    items.sort(key=place)


def publicsafety(*arguments: str | Path) -> None:
    """Run one verb of the command line as a user would; what it said is shown when it fails."""
    command = [sys.executable, "-m", "publicsafety", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(command[2:])} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"


def made_once(tmp_path_factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder that the first test process to need it fills; the others wait, and share it."""
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent
    folder, done = base / name, base / f"{name}.done"
    with (base / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)  # what a failed attempt left
            make(folder)
            done.touch()
    return folder


@pytest.fixture(autouse=True)
def settings_of_the_machine_do_not_reach_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests may have a deployment's settings around; no test may depend on them."""
    for name in [name for name in os.environ if name.startswith("PUBLICSAFETY_")]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def sample_exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of synthetic exports. Shared by every test: read it, never write to it."""
    sample = ("sample", *SAMPLE, "--out")
    return made_once(tmp_path_factory, "sample_exports", lambda folder: publicsafety(*sample, folder))


@pytest.fixture(scope="session")
def sample_warehouse(tmp_path_factory: pytest.TempPathFactory, sample_exports: Path) -> Path:
    """The warehouse folder built from the sample, leadership database only. Shared: read it, never write to it."""
    build = ("build", "--exports", sample_exports, "--warehouse")
    return made_once(tmp_path_factory, "sample_warehouse", lambda folder: publicsafety(*build, folder))


@pytest.fixture(scope="session")
def released_warehouse(tmp_path_factory: pytest.TempPathFactory, sample_warehouse: Path) -> Path:
    """A warehouse folder with all three databases and the open-data folder, `open`. Shared: never write to it."""

    def make(folder: Path) -> None:
        shutil.copytree(sample_warehouse, folder)
        publicsafety("release", "--warehouse", folder, "--open", folder / "open")

    return made_once(tmp_path_factory, "released_warehouse", make)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real exports beside the checkout; it never enters the repository, so a clone may lack it."""
    folder = ROOT.parent / "shared/data"
    if not folder.is_dir():
        pytest.skip("the real exports (../shared/data) are not on this machine")
    return folder


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser that Playwright drives: `chromium.launch(executable_path=chromium)`."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    assert path, "No browser was found. `make test` installs one; or name one: CHROMIUM=/path/to/chromium"
    return path


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator["Browser"]:
    """That browser, started; one for a module, because Playwright's loop must end before other tests' loops begin."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium)
        yield browser
        browser.close()
