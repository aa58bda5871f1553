"""What a build says, and so the journal of the machine that runs it: names of files, counts and reasons, and no row."""

from pathlib import Path

import pytest

from publicsafety.__main__ import main
from tests.trust import exports

COLUMNS = (*exports.CAD, "REMARKS")


def row(number: int, **changes: str) -> dict[str, str]:
    """A row in which everything personal, and a column that nobody maps, can be told in any text."""
    return exports.call(number, CLIENT_ID=f"Jane Canary {number}", **changes) | {
        "REMARKS": f"Remark of Canary {number}"
    }


def test_what_a_build_says_holds_no_row_of_an_export(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PUBLICSAFETY_PERSON_KEY", "0123456789abcdef" * 2)
    good = [row(number) for number in range(30)]
    misfit = exports.text([row(90)], COLUMNS).split("\n")[1] + ",one cell more"
    files = {
        "cad_aside.csv": exports.text([*good, row(91, CALL_RCVD="31 February")], COLUMNS) + misfit + "\n",
        "cad_refused.csv": exports.text([row(n + 100, CALL_RCVD="soon") for n in range(30)], COLUMNS),
    }
    (tmp_path / "exports").mkdir()
    for name, content in files.items():
        (tmp_path / "exports" / name).write_text(content)
    assert main(["build", "--exports", str(tmp_path / "exports"), "--warehouse", str(tmp_path / "w")]) == 1
    said = "".join(capfd.readouterr())
    assert "cad_aside.csv: 30 of 32 rows loaded" in said
    assert "REFUSED cad_refused.csv: 30 of 30 rows cannot be read" in said
    assert said.count('"soon"') == 3, "a refusal quotes the first three values that could not be read"
    assert "Canary" not in said
    assert "0123456789abcdef" not in said
    assert "I00003" not in said
