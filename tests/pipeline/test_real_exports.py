"""Real public exports load with the figures that a few lines of pandas find in them. Skipped where they are missing."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from publicsafety.pipeline.inspection import inspect
from publicsafety.pipeline.proposal import Proposal
from publicsafety.pipeline.schemas import load_schemas
from publicsafety.pipeline.sources import SOURCES, load_sources
from tests.pipeline.loading import REAL, Loads, load

pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason=f"the real exports are not at {REAL}")
MILWAUKEE, DALLAS = "calls/milwaukee_cfs_2018.csv", "calls/dallas_active_calls_sample.csv"
BOSTON, DMY, DUPES = "needles/boston311-100.csv", "needles/boston311-dmy-100.csv", "needles/boston311-100-20dupes.csv"
REPORTS, HMIS = "needles/boston_needle_reports.csv", "cases/hmis_sample.zip"


def real(tmp_path: Path, *names: str, child: bool = False) -> Loads:
    return load(tmp_path, {}, exports=[REAL / name for name in names], sources=SOURCES, child=child)


def table(name: str) -> pd.DataFrame:
    return pd.read_csv(REAL / name, dtype=str, keep_default_na=False)


def test_milwaukee_calls_load_whole_with_their_hours_natures_and_districts(tmp_path: Path) -> None:
    loads, expected = real(tmp_path, MILWAUKEE, child=True), table(MILWAUKEE)
    assert loads.files["milwaukee_cfs_2018.csv"].rows_loaded == len(expected) == 33_968
    utc = pd.to_datetime(expected.time).dt.tz_localize("America/Chicago").dt.tz_convert("UTC").dt.tz_localize(None)
    assert loads.rows(
        "select min(received_at), max(received_at), count(distinct nature), count(distinct area) from raw_calls"
    ) == [
        (
            utc.min(),
            utc.max(),
            expected.nature.map(lambda text: " ".join(text.split())).nunique(),
            expected.district[expected.district != ""].nunique(),
        )
    ]
    assert loads.rows("select count(*) from raw_calls where latitude is null")[0][0] == (expected.latitude == "").sum()
    status = dict(loads.rows("select disposition, count(*) from raw_calls group by all"))
    assert status == expected.status.value_counts().to_dict()


def test_dallas_keeps_every_unit_row_of_its_incidents(tmp_path: Path) -> None:
    loads, expected = real(tmp_path, DALLAS), table(DALLAS)
    assert loads.files["dallas_active_calls_sample.csv"].rows_loaded == len(expected) == 63
    assert (
        loads.rows("select count(distinct incident_number) from raw_calls")
        == [(expected.incident_number.nunique(),)]
        == [(45,)]
    )


def test_boston_311_counts_needle_pickups_apart_from_other_requests(tmp_path: Path) -> None:
    loads, expected = real(tmp_path, BOSTON), table(BOSTON)
    assert loads.files["boston311-100.csv"].rows_loaded == len(expected) == 100
    assert (
        loads.rows("select count(*) from raw_pickups where kind = 'needle'")[0][0]
        == (expected.type == "Needle Pickup").sum()
        == 2
    )
    assert loads.rows("select count(closed_at) from raw_pickups")[0][0] == (expected.closed_dt != "").sum()


def test_the_day_first_variant_reads_to_the_same_moments(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    plain, dmy = real(tmp_path / "a", BOSTON), real(tmp_path / "b", DMY)
    sql = "select request_number, reported_at, closed_at from raw_pickups order by all"
    assert plain.rows(sql) == dmy.rows(sql)


def test_twenty_duplicates_are_found_and_counted(tmp_path: Path) -> None:
    loads, expected = real(tmp_path, DUPES), table(DUPES)
    each = loads.files["boston311-100-20dupes.csv"]
    assert (each.rows_read, each.rows_duplicate) == (len(expected), expected.duplicated().sum()) == (100, 20)


def test_three_boston_files_together_count_each_request_once(tmp_path: Path) -> None:
    loads = real(tmp_path, BOSTON, DMY, DUPES)
    assert loads.rows("select count(*) from raw_pickups") == [(100,)]
    assert sum(each.rows_loaded for each in loads.result.files) == 100


def test_boston_needle_reports_without_a_number_are_told_apart_by_their_whole_row(tmp_path: Path) -> None:
    loads, expected = real(tmp_path, REPORTS), table(REPORTS)
    each = loads.files["boston_needle_reports.csv"]
    assert (
        (each.rows_read, each.rows_loaded, each.rows_duplicate)
        == (3000, len(expected.drop_duplicates()), expected.duplicated().sum())
        == (3000, 2841, 159)
    )


def hmis(name: str) -> pd.DataFrame:
    import zipfile

    with zipfile.ZipFile(REAL / HMIS) as archive, archive.open(name) as member:
        return pd.read_csv(member, dtype=str, keep_default_na=False)


def test_hmis_enrollments_exits_and_services_load_and_names_stay_out(tmp_path: Path) -> None:
    loads = real(tmp_path, HMIS, child=True)
    enrolled, exits, services, clients = (
        hmis("Enrollment.csv"),
        hmis("Exit.csv"),
        hmis("Services.csv"),
        hmis("Client.csv"),
    )
    assert loads.refused == {}
    assert loads.rows("select count(*), count(distinct person_key) from raw_cases") == [
        (len(enrolled), enrolled.PersonalID.nunique())
    ]
    applied = exits[exits.DateDeleted == ""]
    assert (
        loads.rows("select count(closed_at) from raw_cases")[0][0]
        == applied.EnrollmentID.isin(enrolled.EnrollmentID).sum()
    )
    assert loads.rows("select count(*) from raw_services")[0][0] == len(services) == 19_012
    assert loads.rows("select count(deleted_at) from raw_cases")[0][0] == (enrolled.DateDeleted != "").sum()
    everything = str(loads.rows("select distinct case_number, person_key, worker_key from raw_cases limit 20000"))
    assert not [key for key in clients.PersonalID.head(200) if f"'{key}'" in everything]
    assert any(name.endswith("Client.csv") for name in loads.result.skipped)


@cache
def hidden(name: str) -> Proposal:
    own = tuple(source.name for source in load_sources(SOURCES, load_schemas()) if not source.is_canonical)
    return inspect(REAL / name, hidden=own)


@pytest.mark.parametrize("name", [MILWAUKEE, DALLAS, BOSTON, DMY, DUPES, REPORTS, HMIS])
def test_inspect_proposes_four_fifths_of_the_mapping_when_it_is_hidden(name: str) -> None:
    known = inspect(REAL / name)
    proposed = {each.file: each for each in (hidden(name).members or (hidden(name),))}
    for right in (each for each in (known.members or (known,)) if each.source):
        guess = proposed[right.file]
        columns = {each.field: each.column for each in guess.guesses}
        hits = [each.field for each in right.guesses if columns.get(each.field) == each.column]
        assert guess.table == right.table
        assert len(hits) >= 0.8 * len(right.guesses), (right.file, hits)
