"""The audit log: what a line holds, what it never holds, and what happens when it cannot be written."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from publicsafety import audit_log
from publicsafety.ui import access
from tests.trust import servers


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PUBLICSAFETY_AUDIT_LOG", str(tmp_path / "audit.jsonl"))
    return tmp_path / "audit.jsonl"


def test_a_line_says_who_when_which_page_filters_download_and_build(log: Path) -> None:
    audit_log.write(
        "a1", "cases", "leadership", "b7", {"area": ["North"], "start": "2025-01-01"}, download="open_cases"
    )
    (line,) = lines(log)
    at = line.pop("at")
    assert str(at).endswith("+00:00")
    assert line == {
        "who": "a1",
        "page": "cases",
        "audience": "leadership",
        "build": "b7",
        "download": "open_cases",
        "filters": {"area": ["North"], "start": ["2025-01-01"]},
    }


def test_the_log_holds_no_text_that_somebody_typed_into_an_address(log: Path) -> None:
    audit_log.write("a1", "cases", "leadership", "b7", {"q": "Jane Doe", "case": "C-17", "area": ["x" * 5000] * 500})
    assert "Jane" not in log.read_text()
    assert "C-17" not in log.read_text()
    assert log.stat().st_size < 4096


def test_nobody_can_forge_a_second_line(log: Path) -> None:
    audit_log.write('x\n{"who": "chief"}\r\u2028', 'p\x00\x1b[2J"', "leadership", "b\u202e7", {"area": 'a"}\n{"'})
    (line,) = lines(log)
    assert "\n" not in str(line)
    assert "\x1b" not in str(line)


def test_lines_are_only_ever_added_and_never_mix(log: Path) -> None:
    log.write_text('{"old": true}\n')
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: audit_log.write(f"u{n}", "kpis", "leadership", "b7"), range(400)))
    found = lines(log)
    assert found[0] == {"old": True}
    assert {line["who"] for line in found[1:]} == {f"u{n}" for n in range(400)}


def test_the_log_is_readable_by_its_owner_alone(log: Path) -> None:
    audit_log.write("a1", "kpis", "leadership", "b7")
    assert log.stat().st_mode & 0o777 == 0o600


def test_a_log_that_cannot_be_written_is_an_error_and_not_a_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").touch()
    os.symlink(tmp_path / "elsewhere", tmp_path / "link")
    for path in (tmp_path / "no" / "such" / "folder", tmp_path, tmp_path / "link", Path("/dev/full")):
        monkeypatch.setenv("PUBLICSAFETY_AUDIT_LOG", str(path))
        with pytest.raises(audit_log.AuditLogError, match="nothing is shown"):
            audit_log.write("a1", "kpis", "leadership", "b7")


@pytest.mark.slow
def test_a_page_that_cannot_be_written_down_shows_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, released_warehouse: Path
) -> None:
    monkeypatch.setenv("PUBLICSAFETY_AUDIENCE", "leadership")
    monkeypatch.setenv("PUBLICSAFETY_WAREHOUSE", str(released_warehouse))
    monkeypatch.setenv("PUBLICSAFETY_OPEN", "1")
    shown = []
    for log in (tmp_path / "visits.jsonl", tmp_path / "no" / "such" / "folder"):
        monkeypatch.setenv("PUBLICSAFETY_AUDIT_LOG", str(log))
        app = AppTest.from_file(str(servers.ROOT / "dashboard.py"), default_timeout=300).run()
        shown.append(len(app.header) + len(app.metric) + len(app.dataframe) + len(app.get("plotly_chart")))
    assert shown[0] > 0, "the page has something to show"
    assert shown[1] == 0
    assert not app.exception
    said = " ".join(each.value for kind in (app.error, app.warning, app.info, app.markdown, app.text) for each in kind)
    assert access.NO_LOG in said


def test_without_the_setting_there_is_no_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PUBLICSAFETY_AUDIT_LOG", raising=False)
    monkeypatch.chdir(tmp_path)
    audit_log.write("a1", "kpis", "leadership", "b7")
    assert not list(tmp_path.iterdir())
