"""A new person key changes every code and no figure, and nothing of the old key comes back from a cache."""

from pathlib import Path

import duckdb
import pytest

from publicsafety.pipeline.build import build
from tests.trust import exports

pytestmark = pytest.mark.slow
PERSONAL = "select incident_number, person_key from fct_calls order by all"
FIGURES = "select contacts_in_year, is_repeat_30, has_repeat_30, count(*) from fct_contacts group by all order by all"


def asked(folder: Path, sql: str) -> list[tuple[object, ...]]:
    """The rows of a statement on the build that is served."""
    build_id = (folder / "leadership.current").read_text().strip()
    with duckdb.connect(str(folder / f"leadership.{build_id}.duckdb"), read_only=True) as con:
        return con.execute(sql).fetchall()


def test_a_rotated_person_key_changes_every_code_and_no_figure(tmp_path: Path) -> None:
    source = exports.write(tmp_path / "exports")
    builds, codes, figures = [], [], []
    for key in (b"the old key" * 4, b"the new key" * 4):
        builds.append(build([source], tmp_path / "w", person_key=key).build_id)
        codes.append({str(code) for _, code in asked(tmp_path / "w", PERSONAL) if code})
        figures.append(asked(tmp_path / "w", FIGURES))
    assert builds[0] != builds[1], "the build of the new key is another build"
    assert len(codes[0]) == len(codes[1]) == 9
    assert codes[0].isdisjoint(codes[1])
    assert figures[0] == figures[1]


def test_no_person_of_the_export_is_in_the_database_or_the_cache(tmp_path: Path) -> None:
    rows = [exports.call(n, CLIENT_ID=f"Jane-Canary-{n}") for n in range(30)]
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / "cad_2025.csv").write_text(exports.text(rows))
    build([tmp_path / "exports"], tmp_path / "w", person_key=b"k" * 32)
    found = [each for each in (tmp_path / "w").rglob("*") if each.is_file() and b"Jane-Canary" in each.read_bytes()]
    assert found == []
    assert all("Jane" not in str(row) for row in asked(tmp_path / "w", PERSONAL))
