"""Synthetic exports: the published first year exactly, the same bytes each time, nothing personal in what is mapped.

The figures are counted here from the raw files with plain pandas, apart from the product's own queries.
"""

import hashlib
import itertools
import json
import tomllib
from datetime import date
from pathlib import Path

import pandas
import pytest
import shapely

from publicsafety.city import load_city
from publicsafety.pipeline.sample import FIRST_YEAR, write
from publicsafety.pipeline.sample.calls import ENDS, NATURES
from publicsafety.pipeline.sample.plan import make_plan
from publicsafety.pipeline.sample.profile import VARIANTS

ROOT = Path(__file__).resolve().parents[2]
END = date(2025, 6, 30)
CANARIES = "CANARY|555-010-|@example.org|-01-01$"
SHEETS = {"sample_cases": "Cases", "sample_services": "Services"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sample")
    write(out, end=END)
    return out


def digests(paths: list[Path]) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def frame(folder: Path, source: str) -> pandas.DataFrame:
    """The export that a mapping is for, as text."""
    patterns = {"sample_cad": f"cad_{END:%Y}*", "sample_needles": "needles_*", "sample_referrals": "referrals_*"}
    path = next(folder.glob(patterns.get(source, "roster_*" if source == "sample_roster" else "*.xlsx")))
    if source in SHEETS:
        return pandas.read_excel(path, sheet_name=SHEETS[source], dtype=str, engine="calamine").fillna("")
    separator, encoding = (";", "cp1252") if source == "sample_referrals" else (",", "utf-8-sig")
    return pandas.read_csv(path, sep=separator, encoding=encoding, dtype=str, keep_default_na=False)


@pytest.fixture(scope="module")
def responses(folder: Path) -> pandas.DataFrame:
    """Rows of the team's units on calls of the first year that are no needle pickups."""
    rows = frame(folder, "sample_cad")
    rows = rows[pandas.to_datetime(rows.CALL_RCVD, format="%m/%d/%Y %H:%M:%S").dt.year == FIRST_YEAR.year]
    is_needle = rows.NATURE.str.contains("needle", case=False)
    return rows[(rows.AGENCY.str.strip() == "CARE") & ~is_needle & (rows.DISP != "")]


def test_the_first_year_shows_the_published_number_of_responses(responses: pandas.DataFrame) -> None:
    calls = responses[responses.CALL_SRC != "SELF INIT"]
    assert calls.INC_NUM.nunique() == 196
    assert pandas.to_datetime(calls.CALL_RCVD).min() >= pandas.Timestamp(2024, 7, 1)


def test_the_first_year_shows_184_of_196_responses_without_police(folder: Path, responses: pandas.DataFrame) -> None:
    rows = frame(folder, "sample_cad")
    police = set(rows[rows.AGENCY.str.strip().isin(["PD", "Police"])].INC_NUM)
    calls = responses.drop_duplicates("INC_NUM")
    assert (~calls.INC_NUM.isin(police)).sum() == 184
    assert (calls.POL_ROLE == "NONE").sum() == 184
    assert not calls.POL_ROLE.isin(["UNK", ""]).any()


def test_the_first_year_shows_153_people_served(responses: pandas.DataFrame) -> None:
    arrivals = responses[responses.ONSCN != ""]
    keys = arrivals.drop_duplicates("INC_NUM").CLIENT_ID
    assert keys[keys != ""].nunique() == 153
    assert (keys == "").sum() == FIRST_YEAR.without_key


@pytest.mark.parametrize("column", ["OPENED_UTC", "CLOSED_UTC"])
def test_the_first_year_shows_1589_needles_by_report_and_by_visit(folder: Path, column: str) -> None:
    rows = frame(folder, "sample_needles").drop_duplicates()
    rows = rows[rows.SR_NUMBER.str.startswith("SR-")]
    local = pandas.to_datetime(rows[column].where(rows[column] != "")).dt.tz_convert("America/New_York")
    year = rows[local.dt.year == 2024]
    assert pandas.to_numeric(year.NEEDLES).sum() == 1589
    assert local.min() >= pandas.Timestamp(2024, 2, 1, tz="America/New_York")


def test_the_first_year_ends_with_60_open_cases_and_none_closed(folder: Path) -> None:
    cases = frame(folder, "sample_cases")
    opened, closed = pandas.to_datetime(cases.Opened), pandas.to_datetime(cases.Closed.where(cases.Closed != ""))
    active = cases[(opened.dt.year == 2024) & (cases["Deleted on"] == "")]
    assert len(active) == active["Client ID"].nunique() == 60
    assert closed.min().year == 2025
    assert opened.min() >= pandas.Timestamp(2024, 4, 1)


def test_months_vary_as_those_of_a_real_service_do() -> None:
    months = make_plan(FIRST_YEAR, load_city(), None, date(2025, 7, 1), date(2028, 6, 30)).months
    for counts in ([each.responses for each in months], [each.requests for each in months]):
        steps = [abs(b - a) for a, b in itertools.pairwise(counts)]
        assert sum(steps) / len(steps) > 0.7 * (sum(counts) / len(counts)) ** 0.5, "no smoother than chance"


def test_another_seed_has_other_weather_and_the_same_first_year() -> None:
    first, second = (make_plan(FIRST_YEAR, load_city(), None, date(2024, 1, 1), END, seed).months for seed in (1, 2))
    assert [each.responses for each in first[12:]] != [each.responses for each in second[12:]]
    for plan in (first, second):
        assert sum(each.responses for each in plan[:12]) == FIRST_YEAR.responses
        assert sum(each.requests for each in plan[:12]) == FIRST_YEAR.needle_requests
        assert sum(each.cases for each in plan[:12]) == FIRST_YEAR.cases


def test_the_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    period = {"start": date(2024, 11, 1), "end": date(2025, 2, 28)}
    first, second = write(tmp_path / "a", **period), write(tmp_path / "b", **period)
    assert digests(first) == digests(second)


def test_another_seed_gives_other_exports(tmp_path: Path) -> None:
    period = {"calls": 400, "end": date(2025, 2, 28)}
    first, second = digests(write(tmp_path / "a", seed=1, **period)), digests(write(tmp_path / "b", seed=2, **period))
    same = {name for name in first if first[name] == second[name]}
    assert same == {"roster_2025-02-28.csv"}, "only shifts are no matter of chance"


def test_an_earlier_end_leaves_the_first_year_as_it_is(folder: Path, tmp_path: Path) -> None:
    write(tmp_path, end=date(2024, 12, 31))
    short = pandas.read_csv(tmp_path / "cad_2024-12-31.csv", dtype=str, keep_default_na=False)
    assert short.equals(frame(folder, "sample_cad").head(len(short)))


@pytest.mark.parametrize("calls", [200, 1_000])
def test_a_small_sample_has_as_many_incidents_as_asked_and_every_file_is_filled(tmp_path: Path, calls: int) -> None:
    paths = write(tmp_path, calls=calls, end=END)
    assert pandas.read_csv(paths[0], dtype=str).INC_NUM.nunique() == calls
    assert all(path.stat().st_size > 2_000 for path in paths)


@pytest.mark.parametrize(("calls", "start", "end"), [
    (199, date(2024, 1, 1), END), (50_000_001, date(2024, 1, 1), END), (None, END, END), (None, END, date(2024, 1, 1)),
])  # fmt: skip
def test_a_sample_that_cannot_be_made_is_refused_in_a_sentence(
    tmp_path: Path, calls: int | None, start: date, end: date
) -> None:
    with pytest.raises(ValueError, match=r"^--(calls|start) must be .*\.$"):
        write(tmp_path / "none", calls=calls, start=start, end=end)
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("mapping", sorted(ROOT.glob("data/sources/sample_*.toml")), ids=lambda path: path.stem)
def test_names_telephones_and_texts_are_only_in_columns_that_no_mapping_loads(folder: Path, mapping: Path) -> None:
    source = tomllib.loads(mapping.read_text())
    rows = frame(folder, mapping.stem).rename(columns=str.strip)
    mapped = {field["column"] for field in source["fields"].values()}
    ignored = set(source["columns"]["ignore"])
    assert mapped | ignored == set(rows.columns), "every column of the export is either mapped or declared as ignored"
    personal = {name for name in rows.columns if rows[name].str.contains(CANARIES).any()}
    assert personal == ignored


def test_the_large_cad_export_can_be_read_line_by_line(folder: Path) -> None:
    text = (folder / f"cad_{END}.csv").read_text(encoding="ascii")
    assert "\r" not in text
    assert "\n\n" not in text
    assert text.count("\n") == len(frame(folder, "sample_cad")) + 1


def test_the_exports_hold_the_faults_of_real_ones(folder: Path) -> None:
    rows = frame(folder, "sample_cad")
    assert rows.duplicated().any()
    assert rows.ENRT.str.endswith("00:00:00").any()
    assert set(rows.NBHD) & {"OUT", "CITY", "-1"}
    assert rows.AGENCY.str.endswith(" ").any()
    moments = {name: pandas.to_datetime(rows[name], format="%m/%d/%Y %H:%M:%S") for name in ("DISP", "ONSCN")}
    assert (moments["ONSCN"] < moments["DISP"]).any()
    needles = next(folder.glob("needles_*")).read_bytes()
    assert needles.startswith(b"\xef\xbb\xbfSR_NUMBER")
    assert needles.count(b"SR_NUMBER") == 2
    assert b"&amp;" in needles
    assert b"\x96" in next(folder.glob("referrals_*")).read_bytes()


def test_every_label_of_the_sample_is_in_the_reference_tables() -> None:
    known = set()
    for name in ("natures", "dispositions"):
        known |= {fold(label) for label in pandas.read_csv(ROOT / f"data/reference/{name}.csv").label}
    used = {fold(label) for label in (*NATURES, *ENDS, *(each for names in VARIANTS.values() for each in names))}
    assert used <= known


def fold(label: str) -> str:
    return " ".join(label.lower().replace("/", " or ").split())


def test_the_areas_tile_the_city_without_overlap_or_gap() -> None:
    features = json.loads((ROOT / "data/reference/areas.geojson").read_text())["features"]
    shapes = [shapely.geometry.shape(each["geometry"]) for each in features]
    city = shapely.union_all(shapes)
    assert len({each["properties"]["NAME"] for each in features}) == 13
    assert len({each["properties"]["area_group"] for each in features}) == 5
    assert all(shape.is_valid and shape.exterior.is_ccw for shape in shapes)
    assert city.geom_type == "Polygon"
    assert not city.interiors
    assert sum(shape.area for shape in shapes) == pytest.approx(city.area, rel=1e-12)


def test_the_parks_lie_within_the_city() -> None:
    areas, parks = (
        [shapely.geometry.shape(each["geometry"]) for each in json.loads((ROOT / path).read_text())["features"]]
        for path in ("data/reference/areas.geojson", "data/reference/parks.geojson")
    )
    assert all(shapely.union_all(areas).contains(park) for park in parks)
