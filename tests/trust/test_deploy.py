"""Running it: units, hand-over, backup and restore, health, the bill of materials."""

import hashlib
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import duckdb
import pytest

from publicsafety.audience import Audience
from publicsafety.pipeline import publish
from tests.trust import servers
from tools import health, sbom

DEPLOY = servers.ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
SERVICES = [each for each in UNITS if each.suffix == ".service"]


def run(script: str, *arguments: str | Path, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = ["sh", str(DEPLOY / script), *map(str, arguments)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)


def make(folder: Path, audience: str, build_id: str) -> Path:
    """Publish a small database for an audience."""
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / f".new-{audience}.duckdb"
    with duckdb.connect(str(made)) as con:
        con.execute(
            "create table build_info as select 'as_of' as key, '2025-12-31' as value union all select 'city', '{}'"
        )
        con.execute(f"create table names as select '{audience} {build_id}' as a")
    return publish.publish(made, folder, audience, build_id, {"build_info": 2, "names": 1})


def sums(folder: Path) -> dict[str, str]:
    return {
        str(each.relative_to(folder)): hashlib.sha256(each.read_bytes()).hexdigest()
        for each in sorted(folder.rglob("*"))
        if each.is_file()
    }


def test_the_hand_over_gives_the_public_server_the_public_file_alone(tmp_path: Path) -> None:
    for audience in Audience:
        make(tmp_path / "w", audience, "b1")
    assert run("handover.sh", tmp_path / "w", tmp_path / "public", "public").returncode == 0
    assert sorted(each.name for each in (tmp_path / "public").iterdir()) == [
        "public.b1.duckdb",
        "public.b1.json",
        "public.current",
    ]
    assert publish.is_whole(tmp_path / "public" / "public.b1.duckdb")
    assert (tmp_path / "public" / "public.current").read_text() == "b1\n"


def test_the_hand_over_of_a_damaged_build_changes_nothing_that_is_served(tmp_path: Path) -> None:
    make(tmp_path / "w", "public", "b1")
    assert run("handover.sh", tmp_path / "w", tmp_path / "served", "public").returncode == 0
    before = sums(tmp_path / "served")
    path = make(tmp_path / "w", "public", "b2")
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    done = run("handover.sh", tmp_path / "w", tmp_path / "served", "public")
    assert done.returncode == 1
    assert "not what the manifest says" in done.stderr
    assert sums(tmp_path / "served") == before


def test_the_hand_over_keeps_the_last_ten_builds(tmp_path: Path) -> None:
    for n in range(12):
        make(tmp_path / "w", "public", f"b{n:02}")
        assert run("handover.sh", tmp_path / "w", tmp_path / "served", "public").returncode == 0
        os.utime(tmp_path / "served" / f"public.b{n:02}.duckdb", (n, n))
    assert len(list((tmp_path / "served").glob("*.duckdb"))) <= 11
    assert (tmp_path / "served" / "public.b11.duckdb").exists()


def test_the_build_unit_may_write_where_its_script_hands_over_and_nowhere_else() -> None:
    unit = (DEPLOY / "systemd" / "publicsafety-build.service").read_text()
    script = (DEPLOY / "nightly.sh").read_text()
    (writable,) = re.findall(r"^ReadWritePaths=(.*)$", unit, re.MULTILINE)
    handed = {f"/srv/publicsafety/{name}" for name in re.findall(r'handover\w*\.sh .*"\$served/(\w+)"', script)}
    assert {each.lstrip("-") for each in writable.split()} == handed


def test_a_restore_gives_back_every_byte(tmp_path: Path) -> None:
    for audience in Audience:
        make(tmp_path / "state" / "warehouse", audience, "b1")
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / "a file with spaces.csv").write_text("a\n1\n")
    before = {name: sums(tmp_path / name) for name in ("state", "exports")}
    assert run("backup.sh", tmp_path / "backup.tar.gz", "state", "exports", folder=tmp_path).returncode == 0
    for name in before:
        shutil.rmtree(tmp_path / name)
    done = run("restore.sh", tmp_path / "backup.tar.gz", tmp_path / "restored")
    assert done.returncode == 0, done.stderr
    assert {name: sums(tmp_path / "restored" / name) for name in before} == before


def test_a_damaged_backup_is_refused_with_a_sentence(tmp_path: Path) -> None:
    make(tmp_path / "state", "public", "b1")
    assert run("backup.sh", tmp_path / "backup.tar.gz", "state", folder=tmp_path).returncode == 0
    archive = tmp_path / "backup.tar.gz"
    archive.write_bytes(archive.read_bytes()[:-10])
    done = run("restore.sh", archive, tmp_path / "restored")
    assert done.returncode == 1
    assert "damaged" in done.stderr
    assert not (tmp_path / "restored").exists()


def test_a_database_that_was_damaged_before_the_backup_is_found_by_the_restore(tmp_path: Path) -> None:
    path = make(tmp_path / "state", "public", "b1")
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert run("backup.sh", tmp_path / "backup.tar.gz", "state", folder=tmp_path).returncode == 0
    done = run("restore.sh", tmp_path / "backup.tar.gz", tmp_path / "restored")
    assert done.returncode == 1
    assert "public.b1.duckdb" in done.stderr


def test_a_restore_never_writes_over_what_is_there(tmp_path: Path) -> None:
    make(tmp_path / "state", "public", "b1")
    run("backup.sh", tmp_path / "backup.tar.gz", "state", folder=tmp_path)
    assert run("restore.sh", tmp_path / "backup.tar.gz", tmp_path / "state").returncode == 2


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not on this machine")
@pytest.mark.parametrize("unit", SERVICES, ids=[each.name for each in SERVICES])
def test_every_unit_is_tightly_sandboxed(unit: Path) -> None:
    command = ["systemd-analyze", "security", "--offline=yes", "--threshold=20", str(unit)]
    done = subprocess.run(command, capture_output=True, text=True)
    if "Unknown" in done.stderr or "unrecognized" in done.stderr:
        pytest.skip("this systemd-analyze is too old to judge a unit offline")
    assert done.returncode == 0, done.stdout[-2000:]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not on this machine")
@pytest.mark.parametrize("unit", UNITS, ids=[each.name for each in UNITS])
def test_every_unit_is_one_that_systemd_understands(unit: Path) -> None:
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True)
    said = [line for line in done.stderr.splitlines() if unit.stem.split("@")[0] in line]
    # The program is where deploy/README.md puts it, which is not on every machine that runs the tests.
    assert [line for line in said if "is not executable" not in line] == []


def test_the_public_unit_cannot_see_the_leadership_files_nor_sign_anyone_in() -> None:
    text = (DEPLOY / "systemd" / "publicsafety-public@.service").read_text()
    assert "PUBLICSAFETY_AUDIENCE=public" in text
    assert re.search(r"^InaccessiblePaths=.*-/var/lib/publicsafety .*-/srv/publicsafety/internal", text, re.MULTILINE)
    assert "STREAMLIT_SECRETS_FILES=/nonexistent" in text
    assert re.search(r"^IPAddressDeny=any$", text, re.MULTILINE)


def test_every_file_that_a_unit_or_script_names_exists() -> None:
    for unit in [*SERVICES, *DEPLOY.glob("*.sh")]:
        for name in re.findall(r"\b(deploy/\w+\.sh|dashboard\.py)\b", unit.read_text()):
            assert (servers.ROOT / name).exists(), f"{unit.name}: {name}"


def test_the_health_answer_says_up_which_build_and_how_old(tmp_path: Path) -> None:
    make(tmp_path, "public", "b1")
    found = health.health(Audience.PUBLIC, tmp_path, [])
    assert (found["ok"], found["build_id"], found["as_of"]) == (True, "b1", "2025-12-31")
    os.utime(tmp_path / "public.current", (0, 0))
    assert "hours old" in health.health(Audience.PUBLIC, tmp_path, [])["problems"][0]
    down = health.health(Audience.PUBLIC, tmp_path, [f"http://127.0.0.1:{servers.free_port()}/x"])
    assert (down["ok"], down["up"]) == (False, False)


def test_the_health_answer_tells_of_a_damaged_or_missing_build(tmp_path: Path) -> None:
    assert "no whole build" in health.health(Audience.PUBLIC, tmp_path, [])["problems"][0]
    make(tmp_path, "public", "b1")
    path = make(tmp_path, "public", "b2")
    path.chmod(0o644)
    path.write_bytes(b"x")
    found = health.health(Audience.PUBLIC, tmp_path, [])
    assert found["build_id"] == "b1"
    assert "damaged" in found["problems"][0]


def test_the_bill_of_materials_lists_every_pin_of_the_lock() -> None:
    lock = (servers.ROOT / "requirements.txt").read_text()
    bill = json.loads(sbom.document(lock))
    pins = dict(re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", lock, re.MULTILINE))
    assert {each["name"] for each in bill["components"]} == set(pins)
    assert all(each["hashes"] and each["purl"].startswith("pkg:pypi/") for each in bill["components"])
    assert bill["bomFormat"] == "CycloneDX"
