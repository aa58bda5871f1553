"""Reference tables of a department: a row that cannot be meant is refused by file and line."""

from pathlib import Path

import pytest

from publicsafety.pipeline import build

NATURES = build.TABLES["natures"]
HEAD = "label,nature,nature_group,eligible,sensitive"
GOOD = "WELF,Looking in,Welfare,true,false"


def check(path: Path, columns: str, *lines: str) -> None:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    build._check_rows(path, columns)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(build, "DATA", tmp_path / "our-data")
    (tmp_path / "our-data").mkdir()
    return tmp_path / "our-data" / "natures.csv"


@pytest.mark.parametrize("name", build.TABLES)
def test_the_shipped_tables_are_in_order(name: str) -> None:
    build._check_rows(build.REFERENCE / f"{name}.csv", build.TABLES[name])


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ("NOISE,Noise,Street,maybe,false", 'eligible is "maybe"; it must be true or false'),
        ("NOISE,Noise,Street,true,", 'sensitive is ""; it must be true or false'),
        ("NOISE,Noise,Street,true", "it has 4 values; there must be 5: label, nature"),
        ("Welf,Noise,Street,true,false", '"Welf" means something else on line 2'),
    ],
)
def test_a_row_that_cannot_be_meant_is_refused_by_file_and_line(path: Path, bad: str, says: str) -> None:
    with pytest.raises(build.BuildError, match="our-data/natures.csv line 4: ") as refused:
        check(path, NATURES, HEAD, GOOD, "# of last year", bad)
    assert says in str(refused.value)


def test_the_same_line_twice_means_one_thing(path: Path) -> None:
    check(path, NATURES, HEAD, GOOD, GOOD)
