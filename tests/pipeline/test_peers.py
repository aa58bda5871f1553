"""Other cities' figures: every row has a period, a definition, a word of caution and a source, or nothing is built."""

from pathlib import Path

import pytest

from publicsafety.pipeline import peers, reference

HEAD = ",".join(peers.COLUMNS)
GOOD = 'Elsewhere,Team,care_responses,"1,000 calls",2024-01-01,2024-12-31,Calls.,A larger city.,Radio,https://example.org/a'


def written(folder: Path, *rows: str) -> Path:
    path = folder / "peers.csv"
    path.write_text("\n".join((HEAD, *rows)) + "\n", encoding="utf-8")
    return path


def test_the_shipped_figures_of_other_cities_each_have_a_source_and_a_word_of_caution() -> None:
    peers.check(reference.path_of("peers"))


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (GOOD.replace("Radio", ""), "source is empty; it is who published it"),
        (GOOD.replace("https://example.org/a", ""), "address is empty"),
        (GOOD.replace("https://example.org/a", "javascript:alert(1)"), "must begin with https://"),
        (GOOD.replace("A larger city.", " "), "differs is empty"),
        (GOOD.replace("care_responses", "arrests"), "“arrests” is none of this dashboard's"),
        (GOOD.replace("2024-12-31", "2023-12-31"), "it ends before it starts"),
        (GOOD.replace("2024-01-01", "January"), "must be days such as 2024-01-31"),
        (GOOD.replace('"1,000 calls"', "1,000 calls"), "there are 11 values for 10 columns"),
    ],
)
def test_a_row_that_must_not_be_published_is_refused_by_file_and_line(tmp_path: Path, bad: str, says: str) -> None:
    with pytest.raises(peers.PeersError, match="peers.csv line 3: ") as refused:
        peers.check(written(tmp_path, GOOD, bad))
    assert says in str(refused.value)
    assert "Mend the row or take it out." in str(refused.value)


def test_missing_columns_are_named(tmp_path: Path) -> None:
    path = tmp_path / "peers.csv"
    path.write_text("city,figure\nA,1\n", encoding="utf-8")
    with pytest.raises(peers.PeersError, match="peers.csv line 1: the columns must be city, team"):
        peers.check(path)
