"""A second city, ten times larger: nothing but its folder is changed, and it has its own protected public page."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.opened import opened

ROOT = Path(__file__).resolve().parents[2]
OWN = Path(__file__).resolve().parent / "rio_alto"
CALLS = 480_000  # some 9,000 responses a year, ten times those of the sample
HOME = ("Cambridge", "Massachusetts", "Strawberry Hill", "CARE Team", "First Step", "Salvation Army")


def run(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """One verb of the command line over a department's own folder."""
    return subprocess.run(
        [sys.executable, "-m", "publicsafety", *arguments],
        cwd=ROOT,
        env={**os.environ, "PUBLICSAFETY_DATA": str(data)},
        capture_output=True,
        text=True,
    )


def folder_of_the_city(place: Path) -> Path:
    """The shipped folder with the city's own files over it, as docs/your-city.md tells a new department."""
    data = shutil.copytree(
        ROOT / "data", place / "rio", ignore=shutil.ignore_patterns("warehouse", "open", "exports", "sample")
    )
    shutil.copytree(OWN, data, dirs_exist_ok=True)
    return data


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The city's folder, built and released."""
    data = folder_of_the_city(tmp_path_factory.mktemp("cities"))
    for arguments in (
        ("sample", "--out", str(data / "exports"), "--calls", str(CALLS)),
        ("build", "--exports", str(data / "exports")),
        ("release",),
    ):
        done = run(data, *arguments)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return data


def test_its_release_withstands_the_attack(city: Path) -> None:
    done = run(city, "audit", "--json")
    assert done.returncode == 0, done.stdout[-2000:]


def test_its_figures_are_its_own_and_ten_times_larger(city: Path) -> None:
    asked = ("metric", "care_responses", "--grain", "year", "--json")
    ours, shown = (
        {each["period"]: each["value"] for each in json.loads(run(city, *asked, *audience).stdout)["observations"]}
        for audience in ((), ("--audience", "public"))
    )
    assert ours["2025-01-01"] > 8_000
    assert shown["2025-01-01"] == ours["2025-01-01"]


def test_its_districts_are_on_the_map_and_in_the_tables(city: Path) -> None:
    build_id = (city / "warehouse" / "public.current").read_text().strip()
    with opened(city / "warehouse" / f"public.{build_id}.duckdb") as con:
        names = {name for (name,) in con.execute("select area from map_areas").fetchall()}
    own = {
        each["properties"]["NAME"] for each in json.loads((OWN / "reference" / "areas.geojson").read_text())["features"]
    }
    assert names == own


def test_no_published_byte_speaks_of_the_city_that_ships_with_the_product(city: Path) -> None:
    peers = (city / "reference" / "peers.csv").read_text()
    for path in (city / "open").rglob("*"):
        if path.is_file() and path.suffix in {".csv", ".json", ".html", ".xml", ".md", ".txt"}:
            text = path.read_text(encoding="utf-8")
            assert not [word for word in HOME if word in text and word not in peers], path


def test_most_of_its_figures_can_be_shown(city: Path) -> None:
    """A larger city withholds less; at least seven in ten cells that are not zero are shown."""
    build_id = (city / "warehouse" / "public.current").read_text().strip()
    with opened(city / "warehouse" / f"public.{build_id}.duckdb") as con:
        shown, withheld = con.execute(
            "select count(*) filter (where status <> 'c' and value > 0), count(*) filter (where status = 'c') from catalogue"
        ).fetchall()[0]
    assert shown / (shown + withheld) > 0.7


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("city.toml", "America/Denver", "America/Rio_Alto", "city.toml"),
        ("reference/areas.geojson", "[[[-106.76, 35.04]", "[[[-106.72, 35.12]", "/reference/areas.geojson: "),
        ("reference/peers.csv", "Albuquerque Journal", "", "peers.csv line 2: source is empty"),
    ],
)
def test_a_folder_with_a_mistake_is_refused_with_a_sentence(
    tmp_path: Path, file: str, old: str, new: str, says: str
) -> None:
    data = folder_of_the_city(tmp_path)
    path = data / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    assert run(ROOT / "data", "sample", "--out", str(data / "exports"), "--calls", "200").returncode == 0
    done = run(data, "build", "--exports", str(data / "exports"))
    assert done.returncode == 1
    assert says in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert not (data / "warehouse" / "leadership.current").exists()
