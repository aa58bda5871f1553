"""The ground under `make run` and `make test`: what the documents promise exists, and the locks say one thing."""

import os
import re
import socket
import subprocess
from pathlib import Path

import pytest

from tools import serve

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements.txt", "requirements-test.txt", "requirements-bench.txt")


def pins(lock: str) -> dict[str, int]:
    """Each pinned line of a lock (name, version and marker) with the number of its hashes."""
    text = re.sub(r"\\\n", " ", (ROOT / lock).read_text())
    found = [line for line in text.splitlines() if re.match(r"[a-z0-9]", line)]
    return {line.split(" --hash=")[0].strip(): line.count("--hash=sha256:") for line in found}


def targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def test_help_lists_every_command() -> None:
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"^make ([a-z-]+)", shown, re.MULTILINE)) == targets()


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md"])
def test_every_make_command_in_the_documents_exists(document: str) -> None:
    named = set(re.findall(r"(?:`|^)make ([a-z-]+)", (ROOT / document).read_text(), re.MULTILINE))
    assert named
    assert named <= targets()


def test_every_file_that_the_readme_names_exists() -> None:
    named = re.findall(r"\]\(([^)#]+)\)|`([\w./-]+\.(?:md|toml|py))`", (ROOT / "README.md").read_text())
    paths = [path for path in map("".join, named) if "://" not in path and "NAME" not in path]
    assert paths
    assert [path for path in paths if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_pinned_and_hashed(lock: str) -> None:
    assert pins(lock)
    assert [pin for pin, hashes in pins(lock).items() if "==" not in pin or not hashes] == []


def test_tests_run_on_the_versions_that_are_served() -> None:
    assert set(pins("requirements.txt")) <= set(pins("requirements-test.txt"))


@pytest.mark.parametrize("lock", LOCKS)
def test_locks_are_of_the_requirements_in_pyproject(lock: str) -> None:
    """A pin in pyproject.toml that was changed without `make lock` would not be what is installed."""
    named = re.findall(
        r'^    "([\w-]+==[\w.]+)"', (ROOT / "pyproject.toml").read_text().split("test = [")[0], re.MULTILINE
    )
    locked = {pin.split(" ")[0] for pin in pins(lock)}
    assert named
    assert set(named) <= locked


@pytest.mark.parametrize("lock", LOCKS)
def test_locks_name_no_index_and_no_path(lock: str) -> None:
    assert re.findall(r"(?:--(?:extra-)?index-url|--find-links|file:|https?:|\s/\w).*", (ROOT / lock).read_text()) == []


@pytest.mark.parametrize(("given", "shown"), [("", "leadership"), ("council", "council")])
def test_make_run_shows_leadership_unless_told_otherwise(
    monkeypatch: pytest.MonkeyPatch, given: str, shown: str
) -> None:
    monkeypatch.setenv("AUDIENCE", given)
    assert serve.chosen_audience() == shown


def test_a_deployments_audience_is_kept_by_make_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUDIENCE", "")
    monkeypatch.setenv("PUBLICSAFETY_AUDIENCE", "public")
    assert serve.chosen_audience() == "public"


def test_a_misspelled_audience_is_refused_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AUDIENCE", "councl")
    with pytest.raises(SystemExit) as ended:
        serve.chosen_audience()
    assert ended.value.code == 2
    assert '"councl" is none of public, council, leadership' in capsys.readouterr().err


@pytest.mark.parametrize("port", ["http", "0", "70000", "-1", "８５０１"])
def test_a_port_that_is_none_is_refused_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], port: str
) -> None:
    monkeypatch.setenv("PORT", port)
    with pytest.raises(SystemExit) as ended:
        serve.chosen_port()
    assert ended.value.code == 2
    assert "is not a port number" in capsys.readouterr().err


def test_a_taken_port_is_noticed_before_anything_is_built(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("localhost", 0)) as other:
        monkeypatch.setenv("PORT", str(other.getsockname()[1]))
        with pytest.raises(SystemExit) as ended:
            serve.chosen_port()
    assert ended.value.code == 2
    assert "cannot be used" in capsys.readouterr().err


def test_own_exports_without_a_person_key_are_not_built(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "calls.csv").write_text("id\n1\n")
    monkeypatch.setattr(serve, "WAREHOUSE", tmp_path / "warehouse")
    with pytest.raises(SystemExit) as ended:
        serve.build(tmp_path)
    assert ended.value.code == 2
    assert "export PUBLICSAFETY_PERSON_KEY=" in capsys.readouterr().err


def test_what_was_built_is_built_again_only_when_an_input_is_newer(tmp_path: Path) -> None:
    export, built = tmp_path / "calls.csv", tmp_path / "leadership.current"
    export.touch()
    assert serve.is_newer(serve.files(tmp_path), built)
    built.touch()
    assert not serve.is_newer(iter([export]), built)
    later = built.stat().st_mtime + 1
    os.utime(export, (later, later))
    assert serve.is_newer(iter([export]), built)


def test_the_sample_is_made_and_built_again_when_the_city_has_other_areas(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A copied folder brings the sample of the city it was copied from, older than the edited city file and areas."""
    warehouse, sample, reference = (tmp_path / part for part in ("warehouse", "sample", "reference"))
    for folder in (warehouse, sample, reference):
        folder.mkdir()
    made, areas = warehouse / "sample-made.txt", reference / "areas.geojson"
    for path in (sample / "cad_2026-10-31.csv", areas, warehouse / "leadership.current", made):
        path.touch()
    for name, value in {"DATA": tmp_path, "SAMPLE": sample, "WAREHOUSE": warehouse, "SAMPLE_MADE": made}.items():
        monkeypatch.setattr(serve, name, value)
    monkeypatch.setattr(serve, "RECIPE", (areas,))
    monkeypatch.setattr(serve, "is_synthetic", lambda: True)
    done: list[str] = []

    def note(verb: str, *arguments: object) -> int:
        done.append(verb)
        return 0

    monkeypatch.setattr(serve, "publicsafety", note)
    later = made.stat().st_mtime + 3600
    os.utime(made, (later, later))
    os.utime(warehouse / "leadership.current", (later, later))
    serve.make_sample()
    serve.build(sample)
    assert done == []
    os.utime(areas, (later + 1, later + 1))
    serve.make_sample()
    assert done == ["sample"]
    # The areas themselves may be older than what was built: the new sample is reason enough.
    os.utime(areas, (later - 1, later - 1))
    os.utime(made, (later + 2, later + 2))
    serve.build(sample)
    assert done == ["sample", "build"]
