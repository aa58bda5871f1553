"""Reference tables of a department: a row that cannot be meant is refused by file and line."""

from pathlib import Path

import pytest

from publicsafety import city
from publicsafety.pipeline import reference

NATURES = reference.columns_of("natures")
HEAD = "label,nature,nature_group,eligible,sensitive"
GOOD = "WELF,Looking in,Welfare,true,false"


def check(path: Path, *lines: str) -> None:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    reference.read(path, NATURES)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(city, "DATA", tmp_path / "our-data")
    (tmp_path / "our-data").mkdir()
    return tmp_path / "our-data" / "natures.csv"


@pytest.mark.parametrize("name", reference.TABLES)
def test_the_shipped_tables_are_in_order(name: str) -> None:
    reference.read(reference.path_of(name), reference.columns_of(name))


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
    with pytest.raises(reference.ListError, match="our-data/natures.csv line 4: ") as refused:
        check(path, HEAD, GOOD, "# of last year", bad)
    assert says in str(refused.value)


def test_the_same_line_twice_means_one_thing(path: Path) -> None:
    check(path, HEAD, GOOD, GOOD)


def test_a_number_sign_inside_a_text_belongs_to_it_and_at_the_head_of_a_line_makes_a_note(path: Path) -> None:
    check(path, HEAD, "# WELF is what dispatch writes", "Unit #3 wanted,Looking in,Welfare,true,false")
    assert reference.read(path)["label"].tolist() == ["Unit #3 wanted"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "There is no our-data/natures.csv. docs/your-city.md lists"),
        (b"", "line 1: the columns are ; they must be label, nature"),
        (b"label,kind\nWELF,Welfare\n", "line 1: the columns are label, kind; they must be label, nature"),
        (
            b"label,nature,nature_group,eligible,sensitive\nH\xe9,N,G,true,false\n",
            "our-data/natures.csv: 'utf-8' codec",
        ),
        (b'label,nature,nature_group,eligible,sensitive\n"open,N,G,true,false\n', "line 2: it has 1 values"),
    ],
)
def test_a_list_that_is_none_is_refused_by_file(path: Path, content: bytes | None, says: str) -> None:
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(reference.ListError) as refused:
        reference.read(path, NATURES)
    assert says in str(refused.value)


def test_each_column_of_a_list_of_labels_knows_its_list() -> None:
    assert reference.LIST_OF == {
        "nature": "natures", "nature_group": "natures", "disposition": "dispositions",
        "partner": "partners", "partner_group": "partners", "need": "needs",
    }  # fmt: skip
