"""Every promise of SECURITY.md names a test, and every test that it names exists."""

import re

import pytest

from tests.trust import servers

TEXT = (servers.ROOT / "SECURITY.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", TEXT)))
ROWS = [line for line in TEXT.splitlines() if line.startswith("| ") and not line.startswith("| promise")]


def test_there_are_promises() -> None:
    assert len(ROWS) >= 20
    assert len(NAMED) >= 30


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_a_test_that_the_promises_name_exists(file: str, name: str) -> None:
    path = servers.ROOT / file
    assert path.is_file()
    assert not name or re.search(rf"^def {name}\(", path.read_text(encoding="utf-8"), re.MULTILINE), (
        f"{file} has no {name}"
    )


@pytest.mark.parametrize("row", ROWS, ids=[each.split("|")[1].strip()[:60] for each in ROWS])
def test_every_promise_says_how_it_is_kept_and_names_its_test(row: str) -> None:
    promise, kept, test = (each.strip() for each in row.strip("|").split("|"))
    assert promise
    assert kept
    assert re.search(r"`tests/[\w/]+\.py::test_\w+`", test), promise
