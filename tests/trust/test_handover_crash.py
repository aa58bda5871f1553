"""A hand-over that is killed, out of disk or without permission at any step: a server's folder serves a whole build, old or new.

A step is every command that the script runs; each is wrapped, and the n-th of them goes wrong. SOAK hands over to two audiences instead of one.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from publicsafety.pipeline import publish
from tests.trust import servers
from tests.trust.faults import TALLY
from tests.trust.test_deploy import make

pytestmark = pytest.mark.slow
SCRIPT = servers.ROOT / "deploy" / "handover.sh"
AUDIENCES = ("public", "council") if "SOAK" in os.environ else ("public",)
COMMANDS = ("cat", "cp", "chmod", "sync", "sed", "sha256sum", "cut", "mv", "rm", "mkdir", "ls", "tail")
# Killed before a command, after it, or when a copy is half done; or the command itself fails.
WRAPPER = """#!/bin/sh
echo {name} >>"$STEPS"
n=$(/usr/bin/wc -l <"$STEPS")
if [ "$n" = "$AT" ]; then
    case $FAULT in
    kill) kill -9 $SCRIPT_PID; exit 137 ;;
    killed_after) {real} "$@"; kill -9 $SCRIPT_PID; exit 137 ;;
    half) [ {name} != cp ] || { {real} "$@"; /usr/bin/truncate -s 10 "$2"; }; kill -9 $SCRIPT_PID; exit 137 ;;
    fails) echo "{name}: No space left on device" >&2; exit 1 ;;
    esac
fi
exec {real} "$@"
"""
FAULTS = ("kill", "killed_after", "half", "fails")


@pytest.fixture(scope="module")
def wrapped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of commands that count themselves and go wrong when they are told to."""
    folder = tmp_path_factory.mktemp("bin")
    for name in COMMANDS:
        real = shutil.which(name, path="/usr/bin:/bin")
        assert real, name
        (folder / name).write_text(WRAPPER.replace("{real}", real).replace("{name}", name))
        (folder / name).chmod(0o755)
    return folder


def hand_over(wrapped: Path, folder: Path, fault: str = "", at: int = 0) -> tuple[int, str, int]:
    """Run the script under a fault: its status, what it said, and the steps it took."""
    steps = folder / "steps"
    steps.unlink(missing_ok=True)
    # The wrappers must know whom to kill: the shell that runs the script, and not themselves alone.
    command = [
        "sh",
        "-c",
        'SCRIPT_PID=$$; export SCRIPT_PID; . "$0"',
        SCRIPT,
        folder / "w",
        folder / "served",
        *AUDIENCES,
    ]
    environment = {"PATH": f"{wrapped}:/usr/bin:/bin", "STEPS": str(steps), "FAULT": fault, "AT": str(at)}
    done = subprocess.run([str(each) for each in command], env=environment, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stderr, len(steps.read_text().splitlines())


def served(folder: Path, audience: str) -> str:
    """The build that a server is given, which must be whole; the pointer is what readers trust."""
    build = (folder / "served" / f"{audience}.current").read_text().strip()
    path = publish.path_of(folder / "served", audience, build)
    assert publish.is_whole(path), f"{audience}: {build} is not whole"
    return build


@pytest.fixture(scope="module")
def base(wrapped: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build b1 is handed over, build b2 is made and is not."""
    folder = tmp_path_factory.mktemp("handover")
    for audience in AUDIENCES:
        make(folder / "w", audience, "b1")
    assert hand_over(wrapped, folder)[:2] == (0, "")
    for audience in AUDIENCES:
        make(folder / "w", audience, "b2")
    return folder


@pytest.mark.parametrize("fault", FAULTS)
def test_a_hand_over_that_fails_at_any_step_serves_a_whole_build_and_the_next_one_succeeds(
    wrapped: Path, base: Path, tmp_path: Path, fault: str
) -> None:
    shutil.copytree(base, tmp_path / "count")
    status, said, total = hand_over(wrapped, tmp_path / "count")
    assert (status, said) == (0, "")
    assert total >= 20
    for at in range(1, total + 1):
        folder = tmp_path / f"{at}"
        shutil.copytree(base, folder, copy_function=shutil.copy2)
        status, said, _ = hand_over(wrapped, folder, fault, at)
        for audience in AUDIENCES:
            build = served(folder, audience)
            assert build in ("b1", "b2"), f"{fault} at {at}: {said}"
            TALLY[f"hand-over: {fault}", {"b1": "old", "b2": "new"}[build]] += 1
        status, said, _ = hand_over(wrapped, folder)
        assert (status, said) == (0, ""), f"after {fault} at {at}"
        assert [served(folder, audience) for audience in AUDIENCES] == ["b2"] * len(AUDIENCES)
        assert not list((folder / "served").glob(".new-*")), f"{fault} at {at}: was not cleaned up"
        shutil.rmtree(folder)


def test_a_hand_over_onto_a_full_disk_says_so_and_the_old_build_stays(
    wrapped: Path, base: Path, tmp_path: Path
) -> None:
    (tmp_path / "served").mkdir()
    size = sum(each.stat().st_size for each in (base / "served").iterdir()) + 100_000
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size // 1024}k", "tmpfs", str(tmp_path / "served")]
    if os.geteuid() or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("only root may mount a small file system")
    try:
        for each in (base / "served").iterdir():
            shutil.copy2(each, tmp_path / "served")
        shutil.copytree(base / "w", tmp_path / "w")
        status, said, _ = hand_over(wrapped, tmp_path)
        assert status == 1
        assert "Nothing was handed over" in said or "No space left" in said
        assert served(tmp_path, "public") in ("b1", "b2")
        subprocess.run(["mount", "-o", "remount,size=64m", str(tmp_path / "served")], check=True)
        assert hand_over(wrapped, tmp_path)[0] == 0
        assert served(tmp_path, "public") == "b2"
        assert not list((tmp_path / "served").glob(".new-*"))
    finally:
        subprocess.run(["umount", str(tmp_path / "served")], check=False)


def test_a_hand_over_without_anything_to_hand_over_changes_nothing_and_says_why(
    wrapped: Path, base: Path, tmp_path: Path
) -> None:
    for pointer in (None, "", "../../etc/passwd", "b9", "b1\nb2", "b1; rm -rf x", "$(touch evil)"):
        folder = tmp_path / str(abs(hash(pointer)))
        shutil.copytree(base, folder, copy_function=shutil.copy2)
        (folder / "w" / "public.current").unlink()
        if pointer is not None:
            (folder / "w" / "public.current").write_text(pointer)
        status, said, _ = hand_over(wrapped, folder)
        assert status != 0
        assert said.strip()
        assert served(folder, "public") == "b1"
        assert not list((folder / "served").glob(".new-*"))


def test_of_two_hand_overs_at_once_neither_hurts_the_other(base: Path, tmp_path: Path) -> None:
    folder = tmp_path / "both"
    for n in range(4):
        shutil.copytree(base, folder, copy_function=shutil.copy2)
        command = ["sh", str(SCRIPT), str(folder / "w"), str(folder / "served"), *AUDIENCES]
        both = [subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for _ in range(2)]
        assert 0 in [each.wait() for each in both], f"round {n}"
        assert [served(folder, audience) for audience in AUDIENCES] == ["b2"] * len(AUDIENCES)
        assert not list((folder / "served").glob(".new-*"))
        shutil.rmtree(folder)


def test_a_manifest_that_does_not_fit_its_database_is_never_handed_over(
    wrapped: Path, base: Path, tmp_path: Path
) -> None:
    shutil.copytree(base, tmp_path / "x", copy_function=shutil.copy2)
    manifest = tmp_path / "x" / "w" / "public.b2.json"
    found = json.loads(manifest.read_text())
    for sha in ("", "0" * 64, None, found["sha256"].upper()):
        manifest.unlink(missing_ok=True)
        manifest.write_text(json.dumps(found | {"sha256": sha}))
        assert hand_over(wrapped, tmp_path / "x")[0] == 1
        assert served(tmp_path / "x", "public") == "b1"
