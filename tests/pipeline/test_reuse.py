"""A build that copies marts from the build before it is the build that starts from nothing, table by table."""

import json
import shutil
from pathlib import Path

import pytest

from publicsafety.city import DATA
from publicsafety.pipeline import reuse
from publicsafety.pipeline.build import build
from publicsafety.pipeline.sample import write
from tests.engines.compared import served, tables_that_differ

CALLS = {"fct_calls", "fct_unit_responses", "fct_contacts", "dim_natures", "dim_dispositions"}


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("exports")
    return {path.name.split("_20")[0]: path for path in write(folder, calls=1500, seed=3)}


@pytest.fixture
def copied(monkeypatch: pytest.MonkeyPatch) -> list[set[str]]:
    """Which marts each build copied."""
    seen: list[set[str]] = []
    make = reuse.make_marts

    def noted(*arguments: object) -> list[str]:
        names = make(*arguments)  # type: ignore[arg-type]
        seen.append(set(names))
        return names

    monkeypatch.setattr(reuse, "make_marts", noted)
    return seen


def test_after_one_more_file_only_what_it_touches_is_made_and_every_table_is_as_in_a_clean_build(
    exports: dict[str, Path], tmp_path: Path, copied: list[set[str]]
) -> None:
    first = [path for name, path in exports.items() if name in ("cad", "needles_311", "case_management")]
    build(first, tmp_path / "w")
    build([*first, exports["roster"]], tmp_path / "w")
    build([*first, exports["roster"], exports["referrals"]], tmp_path / "w")
    build([*first, exports["roster"], exports["referrals"], exports["cad_revised"]], tmp_path / "w")
    nothing, roster, referrals, calls = copied
    assert nothing == set()
    assert roster >= CALLS | {"fct_pickups", "fct_cases", "fct_referrals"}
    assert "fct_shifts" not in roster
    assert "dim_coverage" not in roster
    assert "fct_referrals" not in referrals
    assert not calls & CALLS - {"dim_natures", "dim_dispositions"}
    build([*first, exports["roster"], exports["referrals"], exports["cad_revised"]], tmp_path / "clean")
    assert copied[-1] == set()
    assert tables_that_differ(served(tmp_path / "w"), served(tmp_path / "clean")) == []


def test_other_settings_copy_nothing_that_depends_on_them(
    exports: dict[str, Path], tmp_path: Path, copied: list[set[str]]
) -> None:
    files = [exports["cad"], exports["roster"]]
    build(files, tmp_path / "w")
    city = tmp_path / "city.toml"
    text = (DATA / "city.toml").read_text()
    assert "response_minutes_max = 240" in text
    city.write_text(text.replace("response_minutes_max = 240", "response_minutes_max = 9"))
    build(files, tmp_path / "w", city_file=city)
    assert "fct_calls" not in copied[-1]
    build(files, tmp_path / "clean", city_file=city)
    assert tables_that_differ(served(tmp_path / "w"), served(tmp_path / "clean")) == []


def test_a_damaged_database_is_copied_from_by_nobody(exports: dict[str, Path], tmp_path: Path) -> None:
    build([exports["cad"]], tmp_path / "w")
    assert "fct_calls" in reuse.earlier(tmp_path / "w").digests
    shutil.copytree(tmp_path / "w", tmp_path / "damaged")
    path = served(tmp_path / "damaged")
    path.chmod(0o644)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert reuse.earlier(tmp_path / "damaged").digests == {}
    manifest = served(tmp_path / "w").with_suffix(".json")
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"marts": "nonsense"}))
    assert reuse.earlier(tmp_path / "w").digests == {}
    assert reuse.earlier(tmp_path / "nowhere").digests == {}
