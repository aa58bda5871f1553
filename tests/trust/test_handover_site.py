"""The static edition on its way to the web server: whole or not at all, whatever fails on the way.

As in `test_handover_crash`: every command of the script is wrapped, and the n-th of them goes wrong.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.trust import servers
from tests.trust.faults import TALLY
from tests.trust.test_deploy import sums
from tests.trust.test_handover_crash import WRAPPER

SCRIPT = servers.ROOT / "deploy" / "handover_site.sh"
COMMANDS = ("cp", "chmod", "sync", "sha256sum", "find", "mv", "rm", "mkdir", "ls", "tail", "ln")
FAULTS = ("kill", "killed_after", "half", "fails") if "SOAK" in os.environ else ("killed_after", "fails")


def edition(folder: Path, build: str) -> Path:
    """A static edition of a few pages that all name their build."""
    for name in ("index.html", f"{build}/data/a table.csv", f"{build}/index.html", "latest/index.html"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(build)
    return folder


def hand_over(folder: Path, wrapped: Path | None = None, fault: str = "", at: int = 0) -> tuple[int, str, int]:
    """Run the script: its status, what it said, the steps it took."""
    steps = folder / "steps"
    steps.write_text("")
    command = ["sh", "-c", 'SCRIPT_PID=$$; export SCRIPT_PID; . "$0"', SCRIPT, folder / "open/site", folder / "served"]
    environment = {"PATH": f"{wrapped or ''}:/usr/bin:/bin", "STEPS": str(steps), "FAULT": fault, "AT": str(at)}
    done = subprocess.run([str(each) for each in command], env=environment, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stderr, len(steps.read_text().splitlines())


def served(folder: Path) -> str:
    """The build whose edition a web server serves, every file of it."""
    site = folder / "served" / "site"
    build = (site / "index.html").read_text()
    assert sums(site.resolve()) == sums(edition(folder / "expected" / build, build))
    return build


@pytest.fixture
def wrapped(tmp_path: Path) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in COMMANDS:
        real = shutil.which(name, path="/usr/bin:/bin")
        assert real, name
        (folder / name).write_text(WRAPPER.replace("{real}", real).replace("{name}", name))
        (folder / name).chmod(0o755)
    return folder


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """Edition b1 is served, b2 is made and is not."""
    folder = tmp_path / "base"
    edition(folder / "open" / "site", "b1")
    assert hand_over(folder)[:2] == (0, "")
    shutil.rmtree(folder / "open")
    edition(folder / "open" / "site", "b2")
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_a_hand_over_of_the_site_that_fails_at_any_step_serves_a_whole_edition_and_the_next_one_succeeds(
    wrapped: Path, base: Path, tmp_path: Path, fault: str
) -> None:
    shutil.copytree(base, tmp_path / "count", symlinks=True)
    status, said, total = hand_over(tmp_path / "count", wrapped)
    assert (status, said) == (0, "")
    assert total >= 15
    for at in range(1, total + 1):
        folder = tmp_path / f"{at}"
        shutil.copytree(base, folder, symlinks=True)
        hand_over(folder, wrapped, fault, at)
        build = served(folder)
        TALLY[f"hand-over of the site: {fault}", {"b1": "old", "b2": "new"}[build]] += 1
        assert hand_over(folder)[:2] == (0, ""), f"after {fault} at {at}"
        assert served(folder) == "b2"
        assert not list((folder / "served").glob(".new-*")), f"{fault} at {at}: was not cleaned up"
        shutil.rmtree(folder)


def test_the_edition_before_stays_for_its_readers_and_older_ones_go(base: Path) -> None:
    for build in ("b2", "b3", "b4"):
        shutil.rmtree(base / "open")
        edition(base / "open" / "site", build)
        assert hand_over(base)[:2] == (0, "")
        assert served(base) == build
    assert sorted((each / "index.html").read_text() for each in (base / "served").glob("site-*")) == ["b3", "b4"]


def test_an_edition_that_was_damaged_where_it_is_served_is_handed_over_anew(base: Path) -> None:
    assert hand_over(base)[0] == 0
    (base / "served" / "site" / "latest" / "index.html").write_text("x")
    assert hand_over(base)[:2] == (0, "")
    assert served(base) == "b2"


def test_no_link_and_nothing_but_an_edition_is_handed_over(base: Path, tmp_path: Path) -> None:
    (base / "open" / "site" / "secret").symlink_to("/etc/passwd")
    status, said, _ = hand_over(base)
    assert (status, "neither a file nor a folder" in said, served(base)) == (1, True, "b1")
    shutil.rmtree(base / "open" / "site")
    (base / "open" / "site").mkdir()
    status, said, _ = hand_over(base)
    assert (status, "no static edition" in said, served(base)) == (2, True, "b1")


def test_a_folder_that_somebody_copied_by_hand_is_never_written_over(tmp_path: Path) -> None:
    edition(tmp_path / "open" / "site", "b1")
    edition(tmp_path / "served" / "site", "by hand")
    before = sums(tmp_path / "served")
    status, said, _ = hand_over(tmp_path)
    assert (status, "move it away" in said, sums(tmp_path / "served") == before) == (2, True, True)


def test_what_a_web_server_of_another_account_reads_is_readable_to_all(base: Path) -> None:
    assert hand_over(base)[0] == 0
    for each in (base / "served" / "site").resolve().rglob("*"):
        assert each.stat().st_mode & 0o004
