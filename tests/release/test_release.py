"""A release from end to end: what is in the files, what is not, and that nothing changes unless all of it succeeds."""

import csv
import io
import json
import shutil
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from publicsafety.city import ROOT
from publicsafety.documents.csv import as_it_was
from publicsafety.metrics import registry
from publicsafety.pipeline import publish
from publicsafety.pipeline.audit.report import Finding
from publicsafety.pipeline.release import ReleaseError, catalogue, columns, folder, history, opendata, release, run
from publicsafety.pipeline.release.counts import Reference, label
from publicsafety.pipeline.release.history import HistoryError
from publicsafety.pipeline.release.policy import PolicyError, Table
from publicsafety.pipeline.release.policy_file import read_policy
from tests.release.warehouse import CANARY, records, until, write

POLICY = ROOT / "data" / "release-policy.toml"
FIRST, SECOND = date(2025, 9, 30), date(2025, 12, 31)
TABLES = {
    "catalogue",
    "tables",
    "definitions",
    "labels",
    "map_areas",
    "map_hexagons",
    "map_city",
    "dim_events",
    "dim_peers",
    "build_info",
    "release_info",
}
SMALL = """
[dimensions.police_role]
title = "Police"
column = "police_role"
other = "Not known"
[dimensions.police_role.categories]
"No police" = ["none"]
[[tables]]
id = "by_year"
title = "By year"
metric = "care_responses"
grain = "year"
keep = true
[[tables]]
id = "by_year_and_police"
title = "By year and police"
metric = "care_responses"
grain = "year"
dimensions = ["police_role"]
"""


@pytest.fixture(scope="module")
def marts() -> dict[str, pd.DataFrame]:
    return records(seed=5, calls_a_year=240, until=date(2026, 1, 31))


def made(place: Path, marts: dict[str, pd.DataFrame], day: date, policy: Path = POLICY, **options):
    """Build the warehouse as of a day and release it 35 days later."""
    write(place / "warehouse", until(marts, day), day, f"b{day:%Y%m%d}")
    return release(
        place / "warehouse", place / "open", policy, today=day + timedelta(days=35), **{"site": False, **options}
    )


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory, marts: dict[str, pd.DataFrame]) -> Path:
    """A warehouse with one release: up to the third quarter of 2025."""
    place = tmp_path_factory.mktemp("one")
    made(place, marts, FIRST)
    return place


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory, one: Path, marts: dict[str, pd.DataFrame]) -> Path:
    """A warehouse with two releases: three quarters of 2025, then the whole year."""
    place = copy(one, tmp_path_factory.mktemp("two"))
    made(place, marts, SECOND)
    return place


def copy(place: Path, to: Path) -> Path:
    """A warehouse and its open folder in another place, as restored from a backup."""
    for name in ("warehouse", "open"):
        shutil.copytree(place / name, to / name)
    for path in (to / "warehouse" / "frozen").glob("*.json"):
        path.write_text(path.read_text().replace(str((place / "open").resolve()), str((to / "open").resolve())))
    return to


def rows(place: Path, table: str, number: int | None = None) -> list[dict[str, str]]:
    path = place / "open" / (f"releases/{number:04d}" if number else "") / f"{table}.csv"
    return list(csv.DictReader(io.StringIO(path.read_text())))


def everything(place: Path) -> dict[str, bytes]:
    """Every served file and its bytes: the open folder and what the pointers name."""
    found = {str(path.relative_to(place)): path.read_bytes() for path in (place / "open").rglob("*") if path.is_file()}
    for audience in ("public", "council"):
        pointer = place / "warehouse" / f"{audience}.current"
        if pointer.exists():
            found[audience] = pointer.read_bytes()
    return found


def database(place: Path, audience: str) -> Path:
    return (
        place / "warehouse" / f"{audience}.{(place / 'warehouse' / f'{audience}.current').read_text().strip()}.duckdb"
    )


def package(place: Path) -> dict:
    return json.loads((place / "open" / "datapackage.json").read_text())


def test_no_byte_of_a_private_record_is_in_anything_that_is_published(two):
    for audience in ("public", "council"):
        assert CANARY.encode() not in database(two, audience).read_bytes()
        with duckdb.connect(str(database(two, audience)), read_only=True) as con:
            for (name,) in con.execute("select table_name from duckdb_tables()").fetchall():
                assert CANARY not in con.execute(f'select * from "{name}"').df().to_csv(), name
    for name, content in everything(two).items():
        assert CANARY.encode() not in content, name
        assert b"42.123456" not in content, name


@pytest.mark.parametrize("audience", ["public", "council"])
def test_a_released_database_holds_the_catalogue_definitions_and_boundaries_and_nothing_else(two, audience):
    with duckdb.connect(str(database(two, audience)), read_only=True) as con:
        assert {name for (name,) in con.execute("select table_name from duckdb_tables()").fetchall()} == TABLES
        assert con.execute("select count(*) from duckdb_views() where not internal").fetchone() == (0,)
        shown = {label for (label,) in con.execute("select label from labels where dimension = 'h3'").fetchall()}
        assert {h3 for (h3,) in con.execute("select h3 from map_hexagons").fetchall()} <= shown


def test_the_databases_say_what_the_files_say(two):
    with duckdb.connect(str(database(two, "public")), read_only=True) as con:
        for resource in package(two)["resources"]:
            told = resource["disclosure"]
            filed = {
                (row["period"], *(row[name] for name in told["dimensions"])): row for row in rows(two, told["table"])
            }
            cells = con.execute(
                "select period, dimensions, value, status from catalogue where table_id = $1", [told["table"]]
            ).fetchall()
            assert len(cells) == len(filed)
            for period, dimensions, value, status in cells:
                row = filed[(period, *(json.loads(dimensions)[name] for name in told["dimensions"]))]
                assert (row["status"], row["value"] == "") == (status, value is None)
                assert value is None or float(row["value"]) == value


def test_no_released_count_is_below_the_minimum_cell(two):
    for resource in package(two)["resources"]:
        told = resource["disclosure"]
        for row in rows(two, told["table"]):
            if told["counts"] == "objects" or row["status"] == "c":
                continue
            if told["kind"] == "proportion":
                counts = [int(row["numerator"]), int(row["denominator"]) - int(row["numerator"])]
            else:
                counts = [int(row["n" if told["kind"] == "median" else "value"])]
            assert all(n == 0 or n >= told["threshold"] for n in counts), (told["table"], row)


def test_a_withheld_cell_has_one_symbol_and_no_number(two):
    withheld = 0
    for resource in package(two)["resources"]:
        measures = [field["name"] for field in resource["schema"]["fields"] if field["type"] in ("integer", "number")]
        for row in rows(two, resource["disclosure"]["table"]):
            assert row["status"] in ("", "c", "z")
            if row["status"] == "c":
                withheld += 1
                assert all(row[name] == "" for name in measures)
    assert withheld > 0


def test_shown_rows_add_up_to_their_totals(two):
    added = 0
    for resource in package(two)["resources"]:
        told = resource["disclosure"]
        if not told["adds_up"] or not told["dimensions"]:
            continue
        table = pd.DataFrame(rows(two, told["table"]))
        for name in told["dimensions"]:
            others = ["period", *(other for other in told["dimensions"] if other != name)]
            for _, group in table.groupby(others):
                if (group["status"] == "").all():
                    value = group["value"].astype(int)
                    assert value[group[name] == "All"].sum() == value[group[name] != "All"].sum()
                    added += 1
    assert added > 10


def test_a_share_is_shown_only_where_its_counts_are(two):
    counts = {(row["period"], row["police_role"]): row for row in rows(two, "responses_by_quarter_and_police")}
    for row in rows(two, "no_police_rate_by_quarter"):
        parts = [counts[row["period"], name] for name in ("No police", "Police involved")]
        assert (row["status"] == "") == all(part["status"] == "" for part in parts)
        if row["status"] == "":
            assert int(row["numerator"]) == int(parts[0]["value"])
            assert int(row["denominator"]) == sum(int(part["value"]) for part in parts)
            assert float(row["value"]) == round(int(row["numerator"]) / int(row["denominator"]), 6)


def test_headlines_are_exact(two, marts):
    calls = until(marts, SECOND)["fct_calls"]
    calls = calls[calls["is_care_response"]]
    for row in rows(two, "responses_by_year"):
        assert int(row["value"]) == (calls["received_at"].dt.year == int(row["period"][:4])).sum()
    for row in rows(two, "people_served_by_year"):
        assert (
            int(row["value"]) == calls[calls["received_at"].dt.year == int(row["period"][:4])]["person_key"].nunique()
        )


def test_a_sensitive_kind_of_call_is_never_a_category_of_its_own(two):
    labels = {row["nature"] for row in rows(two, "responses_by_quarter_and_nature")}
    assert labels == {"All", "Mental health", "Well-being and basic needs", "Quality of life", "Other calls"}


def test_a_place_that_is_no_listed_area_is_never_published_in_the_words_of_the_export():
    areas = Reference({"Port": "East"}, {})
    policy = read_policy(POLICY)
    words = pd.DataFrame({"area": ["Port", "-1", "12 Main St, ask for Ann", "Outside the city", ""]})
    found = label(policy.dimensions["area"], words, areas).tolist()
    assert found == ["Port", *["Elsewhere or not recorded"] * 4]


def test_a_shown_hexagon_has_enough_requests_and_the_rest_are_one_place(two):
    shown = rows(two, "needle_reports_by_hexagon")
    assert any(row["h3"] == "Elsewhere in the city" for row in shown)
    assert all(int(row["value"]) == 0 or int(row["value"]) >= 5 for row in shown if row["status"] == "")
    assert len({len(row["h3"]) for row in shown if row["h3"].startswith("8")}) == 1


def test_only_closed_quarters_are_released(two):
    assert max(row["period"] for row in rows(two, "responses_by_month", 1)) == "2025-09-01"
    assert {row["period"] for row in rows(two, "responses_by_year", 1)} == {"2024-01-01"}
    assert {row["period"] for row in rows(two, "responses_by_year", 2)} == {"2024-01-01", "2025-01-01"}


def test_the_data_package_is_valid_and_every_file_keeps_its_schema(two):
    from frictionless import Package

    report = Package(str(two / "open" / "datapackage.json")).validate()
    assert report.valid, report.flatten(["type", "message"])
    for resource in package(two)["resources"]:
        assert len((two / "open" / resource["path"]).read_bytes()) == resource["bytes"]


def test_the_catalogue_lists_every_table(two):
    listed = json.loads((two / "open" / "data.json").read_text())["dataset"][0]["distribution"]
    assert {entry["downloadURL"] for entry in listed} == {resource["path"] for resource in package(two)["resources"]}


def test_the_same_inputs_give_the_same_bytes(two, marts, tmp_path):
    made(tmp_path, marts, FIRST)
    result = made(tmp_path, marts, SECOND)
    assert everything(tmp_path) == everything(two)
    again = release(tmp_path / "warehouse", tmp_path / "open", POLICY, today=date(2026, 2, 20), site=False)
    assert not again.changed
    assert (again.number, again.build_id) == (result.number, result.build_id)
    assert everything(tmp_path) == everything(two)


def test_a_closed_quarter_does_not_change_when_the_exports_do(one, two, marts, tmp_path):
    copy(one, tmp_path)
    late = {name: frame.copy() for name, frame in marts.items()}
    early = late["fct_calls"]["received_at"] < pd.Timestamp("2025-03-01")
    late["fct_calls"].loc[early, "area"] = "Hill"
    late["fct_calls"].loc[early, "area_group"] = "West"
    made(tmp_path, late, SECOND)
    assert everything(tmp_path)["open/responses_by_area.csv"] == everything(two)["open/responses_by_area.csv"]


def test_every_earlier_figure_is_repeated_by_later_releases(two):
    for resource in json.loads((two / "open/releases/0001/datapackage.json").read_text())["resources"]:
        told = resource["disclosure"]
        key = ["period", *told["dimensions"]]
        later = {tuple(row[name] for name in key): row for row in rows(two, told["table"])}
        for row in rows(two, told["table"], 1):
            assert later[tuple(row[name] for name in key)] == row


@pytest.mark.parametrize(
    "damage", ["altered", "file missing", "file added", "release missing", "last release missing", "manifest altered"]
)
def test_an_earlier_release_that_is_missing_or_altered_stops_the_release(two, tmp_path, damage):
    place = copy(two, tmp_path)
    first = place / "open" / "releases" / "0001"
    if damage == "altered":
        (first / "responses_by_month.csv").write_text((first / "responses_by_month.csv").read_text().replace(",", ";"))
    elif damage == "file missing":
        (first / "responses_by_month.csv").unlink()
    elif damage == "file added":
        (first / "more.csv").write_text("x")
    elif damage == "manifest altered":
        (first / "manifest.json").write_text((first / "manifest.json").read_text().replace("2025", "2024"))
    elif damage == "release missing":
        shutil.rmtree(first)
    else:
        shutil.rmtree(place / "open" / "releases" / "0002")
        (place / "open" / "datapackage.json").unlink()
    before = everything(place)
    with pytest.raises(HistoryError, match="releases/000") as told:
        release(place / "warehouse", place / "open", POLICY, today=date(2026, 2, 4), site=False)
    assert "\n" not in str(told.value)
    assert everything(place) == before


class Refusal:
    passed = False
    findings = (Finding("exact", "by_year_and_police", "2025, Hill", "is exactly 3"),)


def test_a_release_that_the_attacker_opens_is_not_published(small, marts, tmp_path):
    policy, one, _ = small
    copy(one, tmp_path)
    before = everything(tmp_path)
    seen = []

    def attack(place: Path, *, primaries: object) -> Refusal:
        seen.extend(sorted(path.name for path in place.iterdir()))
        return Refusal()

    with pytest.raises(
        ReleaseError,
        match=r"policy\.toml line \d+: the attack on the release found one leak.*by_year_and_police, 2025, Hill: is exactly 3",
    ):
        made(tmp_path, marts, SECOND, policy, audit=attack)
    assert {"datapackage.json", "by_year_and_police.csv", "releases"} <= set(seen)
    assert everything(tmp_path) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["open", "warehouse"]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory, marts: dict[str, pd.DataFrame]) -> tuple[Path, Path, Path]:
    """A policy of two tables, and a place with one and with two releases of it."""
    place = tmp_path_factory.mktemp("small")
    policy, first, second = policy_of(place, SMALL), place / "one", place / "two"
    made(first, marts, FIRST, policy)
    copy(first, second)
    made(second, marts, SECOND, policy)
    return policy, first, second


class Killed(BaseException):
    """Stands for the end of the process: nothing catches it."""


@pytest.mark.parametrize("step", ["write_database", "make", "write_frozen", "swap", "settle_frozen", "publish"])
def test_an_interrupted_release_changes_nothing_and_the_next_run_completes_it(
    marts, small, tmp_path, monkeypatch, step
):
    policy, one, two = small
    copy(one, tmp_path)
    before = everything(tmp_path)
    where = {
        "write_database": run,
        "make": folder,
        "write_frozen": history,
        "swap": folder,
        "settle_frozen": history,
        "publish": publish,
    }[step]
    real, calls = getattr(where, step), []

    def stop(*arguments, **options):
        calls.append(step)
        if step == "settle_frozen" and len(calls) == 1:
            return real(*arguments, **options)  # the one at the start of every run
        raise Killed

    write(tmp_path / "warehouse", until(marts, SECOND), SECOND, f"b{SECOND:%Y%m%d}")
    with monkeypatch.context() as patch:
        patch.setattr(where, step, stop)
        patch.setattr(folder, "recover", lambda place: None)  # a killed process tidies nothing
        with pytest.raises(Killed):
            release(tmp_path / "warehouse", tmp_path / "open", policy, today=date(2026, 2, 4), site=False)
    after = everything(tmp_path)
    served = {name: content for name, content in after.items() if name in before}
    if step in ("settle_frozen", "publish"):  # the folder has changed places, whole
        assert {name: content for name, content in after.items() if name.startswith("open/")} == {
            name: content for name, content in everything(two).items() if name.startswith("open/")
        }
        assert after["public"] == before["public"]
    else:
        assert served == before
    release(tmp_path / "warehouse", tmp_path / "open", policy, today=date(2026, 2, 4), site=False)
    assert everything(tmp_path) == everything(two)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["open", "warehouse"]


def test_a_folder_caught_between_two_names_is_put_back(two, tmp_path):
    shutil.copytree(two / "open", tmp_path / ".open.old")
    (tmp_path / ".open.new").mkdir()
    folder.recover(tmp_path / "open")
    assert [path.name for path in tmp_path.iterdir()] == ["open"]


CORRECTION = '\n[[corrections]]\nquarter = 2025-01-01\nrelease = 3\nreason = "wrong area codes"\n'


def corrected(marts: dict[str, pd.DataFrame], records: int) -> dict[str, pd.DataFrame]:
    """The exports with the neighborhood of some calls of early 2025 put right."""
    late = {name: frame.copy() for name, frame in marts.items()}
    calls = late["fct_calls"]
    chosen = calls[
        (calls["received_at"] >= "2025-01-01") & (calls["received_at"] < "2025-03-31") & (calls["area"] == "Port")
    ].index[:records]
    calls.loc[chosen, ["area", "area_group"]] = ["Harbor", "East"]
    return late


def test_a_correction_goes_out_only_as_a_declared_batch_of_enough_records(two, marts, tmp_path):
    copy(two, tmp_path)
    policy = tmp_path / "policy.toml"
    policy.write_text(POLICY.read_text() + CORRECTION)
    with pytest.raises(
        PolicyError,
        match=r"policy.toml line \d+: the correction of 2025-01-01 changes calls_for_service by fewer than 5",
    ):
        made(tmp_path, corrected(marts, 3), SECOND, policy)
    old = {row["area"]: row for row in rows(tmp_path, "responses_by_area") if row["period"][:4] == "2025"}
    result = made(tmp_path, corrected(marts, 8), SECOND, policy)
    assert result.number == 3
    new = {row["area"]: row for row in rows(tmp_path, "responses_by_area") if row["period"][:4] == "2025"}
    assert any(row["status"] == "r" for row in new.values())
    for area, row in old.items():
        if row["status"] == "c":
            assert new[area]["status"] == "c"
        elif new[area]["status"] != "c":
            moved = abs(int(new[area]["value"]) - int(row["value"]))
            assert moved == 0 or moved >= 5
    again = release(tmp_path / "warehouse", tmp_path / "open", policy, today=date(2026, 2, 10), site=False)
    assert not again.changed


def policy_of(place: Path, text: str) -> Path:
    path = place / "policy.toml"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("change", "line_has", "says"),
    [
        (("events = 5 ", "events = 4 "), "events = 4", "below the floor of 5"),
        (("people = 11", "people = 10"), "people = 10", "below the floor of 11"),
        (("lag_days = 30", "lag_days = 3"), "lag_days = 3", "below the floor of 30"),
        (("events = 5 ", "evnets = 5 "), "evnets", "Did you mean events"),
        (('dimensions = ["area"]', 'dimensions = ["aera"]'), '["aera"]', "Did you mean area"),
        (('metric = "people_served"', 'metric = "people_severd"'), "people_severd", "Did you mean people_served"),
        (('grain = "month"', 'grain = "week"'), 'grain = "week"', "is not released"),
        (('id = "responses_by_month"', 'id = "responses_by_year"'), 'id = "responses_by_year"', "is taken"),
        (
            (
                'title = "Usable response time"\ncolumn = "response_excluded"',
                'title = "Usable response time"\ncolumn = "excluded"',
            ),
            'column = "excluded"',
            "no column 'excluded'",
        ),
        (('id = "responses_by_month"', 'id = "responses_by_month"\nthreshold = 3'), "threshold = 3", "below the floor"),
        (
            ('metric = "active_cases"\ngrain = "year"', 'metric = "active_cases"\ngrain = "month"'),
            'id = "active_cases',
            "different people or cases",
        ),
        (
            ('metric = "active_cases"', 'metric = "repeat_contacts"'),
            'metric = "repeat_contacts"',
            "say in [metrics.repeat_contacts]",
        ),
        (
            ('metric = "active_cases"', 'metric = "self_initiated_contacts"'),
            'metric = "self_initiated_contacts"',
            "can be subtracted",
        ),
        (
            ('metric = "active_cases"\ngrain', 'metric = "contacts"\ngrain'),
            'metric = "contacts"',
            "count some of the same records",
        ),
        (("keep = true\n", 'keep = "yes"\n'), 'keep = "yes"', "not of the right form"),
        (('title = "Neighborhood"', 'titel = "Neighborhood"'), "titel", "Did you mean title"),
        (('"Timed" = [""]', '"All" = [""]'), "[dimensions.timing.categories]", "marks totals"),
        (("[rules]", "[rules"), "[rules", "not valid TOML"),
        (('id = "responses_by_month"', 'id = "changes"'), 'id = "changes"', "the name of another file"),
        (
            ('[[tables]]\nid = "responses_by_year_and_timing"', '[[tabels]]\nid = "responses_by_year_and_timing"'),
            "[[tabels]]",
            "Did you mean tables",
        ),
        (
            ('base = "referrals_sent"', 'base = "people_served"'),
            'base = "people_served"',
            "plain count",
        ),
        (
            ('metric = "cases_closed"\ngrain', 'metric = "active_cases"\ngrain'),
            "[stocks.active_cases]",
            "so cases_closed can be worked out",
        ),
        (('"Not connected"] }', '"Perhaps"] }'), "[metrics.referral_connection_rate]", "is not a category"),
    ],
)
def test_a_wrong_policy_is_refused_with_its_line_and_nothing_is_published(two, tmp_path, change, line_has, says):
    text = POLICY.read_text()
    assert change[0] in text
    policy = policy_of(tmp_path, text.replace(*change, 1))
    before = everything(two)
    shutil.copytree(two / "warehouse", tmp_path / "warehouse")
    with pytest.raises(PolicyError) as told:
        release(tmp_path / "warehouse", tmp_path / "open", policy, today=date(2026, 2, 4), site=False)
    sentence = str(told.value)
    assert says in sentence
    assert "\n" not in sentence
    line = int(sentence.split(" line ")[1].split(":")[0])
    near = policy.read_text().splitlines()[max(0, line - 2) : line + 2]
    assert any(line_has in each for each in near), (sentence, near)
    assert not (tmp_path / "open").exists()
    assert {name: content for name, content in everything(tmp_path).items() if not name.startswith("open")} == {
        name: content for name, content in before.items() if not name.startswith("open")
    }


def test_an_unsafe_headline_is_refused_with_its_line(marts, tmp_path):
    few = {**marts, "fct_calls": marts["fct_calls"].groupby(marts["fct_calls"]["received_at"].dt.year).head(3)}
    with pytest.raises(PolicyError, match=r"policy.toml line \d+: the headline by_year cannot be published exactly"):
        made(tmp_path, few, SECOND, policy_of(tmp_path, SMALL))
    assert not (tmp_path / "open").exists()


def test_an_unsafe_part_of_a_headline_rate_is_refused_with_the_line_of_the_rate(marts, tmp_path):
    """Two calls a year with police are too few to show; the number of all calls, which is a headline as well, is not."""
    calls = marts["fct_calls"].assign(police_role="none")
    calls.loc[calls[calls["is_care_response"]].groupby(calls["received_at"].dt.year).head(2).index, "police_role"] = (
        "police"
    )
    rate = """
[metrics.no_police_rate]
base = "care_responses"
numerator = { police_role = ["No police"] }
denominator = { police_role = ["No police", "Not known"] }
[[tables]]
id = "rate"
title = "Rate"
metric = "no_police_rate"
grain = "year"
keep = true
"""
    with pytest.raises(PolicyError, match=r"policy.toml line \d+: the headline rate cannot be published") as told:
        made(tmp_path, {**marts, "fct_calls": calls}, SECOND, policy_of(tmp_path, SMALL + rate))
    line = int(str(told.value).split(" line ")[1].split(":")[0])
    entry = (tmp_path / "policy.toml").read_text().splitlines()[line - 5 : line]
    assert (entry[0], entry[-1]) == ('id = "rate"', "keep = true")


def test_a_policy_that_is_not_utf_8_is_refused_with_its_line(tmp_path):
    path = tmp_path / "policy.toml"
    path.write_bytes(b'title = "Figures"\ndescription = "Z\xfcrich"\n')
    with pytest.raises(PolicyError, match=r"policy.toml line 2: is not UTF-8"):
        read_policy(path)


def test_a_table_that_cannot_be_protected_is_left_out_with_a_reason(marts, tmp_path):
    calls = marts["fct_calls"].groupby(marts["fct_calls"]["received_at"].dt.year).head(6).assign(police_role="none")
    calls.loc[calls.groupby(calls["received_at"].dt.year).head(2).index, "police_role"] = "police"
    result = made(tmp_path, {**marts, "fct_calls": calls}, SECOND, policy_of(tmp_path, SMALL))
    assert {table.id: table.cells for table in result.tables} == {"by_year": 2, "by_year_and_police": 0}
    assert "withheld for 2025" in result.tables[1].note
    assert rows(tmp_path, "by_year_and_police") == []


def test_readers_are_told_which_table_was_left_out_and_why_but_not_what_was_small(marts, tmp_path):
    calls = marts["fct_calls"].groupby(marts["fct_calls"]["received_at"].dt.year).head(6).assign(police_role="none")
    calls.loc[calls.groupby(calls["received_at"].dt.year).head(2).index, "police_role"] = "police"
    made(tmp_path, {**marts, "fct_calls": calls}, SECOND, policy_of(tmp_path, SMALL), site=True)
    (told,) = [each for each in package(tmp_path)["resources"] if each["disclosure"]["table"] == "by_year_and_police"]
    assert told["disclosure"]["left_out"]["years"] == ["2024", "2025"]
    page = (tmp_path / "open" / "site" / "latest" / "en" / "open-data.html").read_text()
    why = "Not published for 2024, 2025: with the other tables, small counts could be worked out from it."
    assert f"By year and police: {why}" in page
    spanish = (tmp_path / "open" / "site" / "latest" / "es" / "open-data.html").read_text()
    assert "No se publica para 2024, 2025: junto con las demás tablas" in spanish
    assert "Not published" not in spanish
    assert why in told["description"]
    assert "No police" not in told["description"] + json.dumps(told["disclosure"])


def test_a_table_whose_zeros_say_that_everybody_in_a_row_is_of_one_sensitive_kind_is_left_out_until_somebody_signs(
    marts, tmp_path
):
    text = SMALL.replace('"No police" = ["none"]', '"No police" = ["none"]\n[dimensions.nature]\ntitle = "Kind"\n'
                         'column = "nature_group"\nother = "Other"\nwhole_row = ["Mental health"]\n'
                         '[dimensions.nature.categories]\n"Mental health" = ["Mental health"]')  # fmt: skip
    text = text.replace('dimensions = ["police_role"]', 'dimensions = ["police_role", "nature"]')
    calls = marts["fct_calls"].copy()
    calls["police_role"] = ["police" if group == "Mental health" else "none" for group in calls["nature_group"]]
    place = tmp_path / "withheld"
    made(place, {**marts, "fct_calls": calls}, SECOND, policy_of(tmp_path, text))
    assert rows(place, "by_year_and_police") == []  # its zeros would say it, whatever else is withheld
    signed = (
        '[[allowed]]\ndimension = "nature"\ncategory = "Mental health"\n'
        'signed_by = "P. Officer"\nsigned_on = 2026-01-01\n'
    )
    place = tmp_path / "signed"
    made(place, {**marts, "fct_calls": calls}, SECOND, policy_of(tmp_path, text + signed))
    cells = {(row["police_role"], row["nature"]): row for row in rows(place, "by_year_and_police")}
    assert cells["Not known", "Mental health"]["status"] == ""


def test_many_referrals_of_few_people_are_withheld(marts, tmp_path):
    referrals = marts["fct_referrals"].copy()
    food = referrals["partner"] == "Food pantry"
    referrals.loc[food, ["person_key", "partner_group"]] = ["somebody", "Food"]
    text = """
[dimensions.partner]
title = "Partner"
column = "partner_group"
other = "Other"
[dimensions.partner.categories]
"Food" = ["Food"]
[[tables]]
id = "referrals"
title = "Referrals"
metric = "referrals_sent"
grain = "year"
dimensions = ["partner"]
"""
    made(tmp_path, {**marts, "fct_referrals": referrals}, SECOND, policy_of(tmp_path, text))
    year = referrals[food & (referrals["sent_at"].dt.year == 2025)]
    assert len(year) >= 11
    cells = {row["partner"]: row["status"] for row in rows(tmp_path, "referrals") if row["period"] == "2025-01-01"}
    assert cells["Food"] == "c"


def test_a_part_that_the_whole_and_the_others_say_is_shown():
    """Answered and not answered are withheld, all calls and the ineligible ones are not: who subtracts knows the sum."""
    shown = catalogue.part("2025-01-01", (), None, 358, 393)
    assert (shown.value, shown.status) == (35, "")
    assert catalogue.part("2025-01-01", (), None, None, 393).status == "c"
    assert catalogue.part("2025-01-01", (), None, 358, None).status == "c"


def test_a_share_is_not_available_where_half_of_it_is_shown_elsewhere():
    assert catalogue.share("2025-01-01", (), None, None).status == "c"
    assert catalogue.share("2025-01-01", (), None, 0).status == "x"
    assert catalogue.share("2025-01-01", (), 20, 10).value == 0.666667
    assert catalogue.median("2025-01-01", (), 9, 0, 9, 12.0, least=10).status == "x"
    assert catalogue.median("2025-01-01", (), 10, 0, 10, 12.4, least=10).value == 12


def test_needles_that_nobody_counted_are_not_available_rather_than_none():
    policy = read_policy(POLICY)
    table = next(table for table in policy.tables if table.id == "needles_removed_by_year")
    found = catalogue.single_rows(policy, table, {"2024-01-01": None, "2025-01-01": 3})
    assert [(row.value, row.status) for row in found] == [(None, "x"), (3, "")]


def test_a_correction_names_the_release_that_brings_it(two, tmp_path):
    policy = policy_of(tmp_path, POLICY.read_text() + CORRECTION.replace("release = 3", "release = 4"))
    with pytest.raises(PolicyError, match=r"line \d+: release = 4: the next release is 3"):
        release(two / "warehouse", two / "open", policy, today=date(2026, 2, 4), site=False)


def test_a_published_table_and_its_categories_cannot_change_their_meaning(two, tmp_path):
    for change in [
        ('column = "area_group"\n\n', 'column = "area_group"\nother = "Else"\n\n'),
        ('metric = "needle_reports"\ngrain = "month"', 'metric = "needle_reports"\ngrain = "quarter"'),
    ]:
        policy = policy_of(tmp_path, POLICY.read_text().replace(*change, 1))
        with pytest.raises(PolicyError, match=r"new name|new id"):
            release(two / "warehouse", two / "open", policy, today=date(2026, 2, 4), site=False)


def test_nothing_is_released_before_a_quarter_is_closed(marts, tmp_path):
    write(tmp_path / "warehouse", until(marts, date(2024, 9, 30)), date(2024, 9, 30))
    with pytest.raises(ReleaseError, match="No quarter is closed yet"):
        release(tmp_path / "warehouse", tmp_path / "open", POLICY, today=date(2024, 10, 20), site=False)
    assert not (tmp_path / "open").exists()


def test_a_warehouse_without_a_build_is_a_sentence(tmp_path):
    with pytest.raises(ReleaseError, match="Run `python -m publicsafety build` first"):
        release(tmp_path / "warehouse", tmp_path / "open", POLICY, site=False)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@sum", "\tx", "\rx", " =1+1", "\N{NO-BREAK SPACE}@sum"])
def test_a_category_that_a_spreadsheet_would_run_is_disarmed_in_a_release_and_known_again_when_read(text):
    table = Table("calls_by_year_and_area", "Calls", "calls_for_service", "year", ("area",))
    rows = tuple(catalogue.Row("2025-01-01", (area,), value=12) for area in (text, "The Port"))
    made = opendata.table_csv(catalogue.Published(table, rows, 5, "events"), registry()["calls_for_service"])
    areas = {row["area"] for row in csv.DictReader(io.StringIO(made.decode(), newline=""))}
    assert areas == {"'" + text, "The Port"}
    assert {as_it_was(area) for area in areas} == {text, "The Port"}


def test_calls_that_were_reached_but_not_timed_cannot_be_told_from_two_totals(marts, tmp_path):
    """A response time ends with the arrival: those who did not arrive are among those not timed, and the rest is few."""
    calls = marts["fct_calls"].copy()
    calls.loc[calls["is_care_response"], ["response_minutes", "response_excluded"]] = [9.0, None]
    ours = calls[calls["is_care_response"] & (calls["police_role"] == "none")].groupby(calls["received_at"].dt.year)
    calls.loc[ours.head(11).index, ["response_minutes", "response_excluded"]] = [None, "missing stamp"]
    calls.loc[ours.head(8).index, ["team_stage", "is_care_arrival", "is_answered"]] = ["sent", False, False]
    calls.loc[ours.head(8).index, "unmet_reason"] = "cancelled"
    rules, *tables = POLICY.read_text().split("[[tables]]\n")
    told = [table for table in tables if table.startswith('id = "responses_by_year') and "police" not in table]
    policy = policy_of(tmp_path, "[[tables]]\n".join([rules, *told]))
    made(tmp_path, {**marts, "fct_calls": calls}, SECOND, policy)
    untimed = {
        row["period"]: row for row in rows(tmp_path, "responses_by_year_and_timing") if row["timing"] == "Not timed"
    }
    stopped = {
        row["period"]: row
        for row in rows(tmp_path, "responses_by_year_and_stage")
        if row["stage"] == "Sent, did not arrive"
    }
    assert len(untimed) == 2
    assert untimed.keys() == stopped.keys()
    for period, row in untimed.items():
        assert "c" in (row["status"], stopped[period]["status"]), period


@pytest.mark.parametrize(
    ("title", "synthetic", "says"),
    [
        ("Figures, Town (synthetic data)", "false", "release 1 is of the synthetic sample.*Remove the folders"),
        ("Figures, Town", "true", "release 1 is of a department's own exports.*Build from the exports again"),
    ],
)
def test_a_release_of_the_sample_and_one_of_own_exports_never_follow_each_other(one, title, synthetic, says):
    warehouse, open_dir = one / "warehouse", one / "open"
    (past,) = history.read_history(open_dir, warehouse)
    assert past.package["title"].endswith(opendata.SYNTHETIC)
    run._check_kind([past], {"synthetic": "true"}, warehouse, open_dir)
    past = replace(past, package={**past.package, "title": title})
    with pytest.raises(ReleaseError, match=says):
        run._check_kind([past], {"synthetic": synthetic}, warehouse, open_dir)


def test_a_category_of_labels_that_no_list_has_is_refused(tmp_path):
    policy = tmp_path / "policy.toml"
    text, good = POLICY.read_text(), '"Quality of life" = ["Quality of life"]'
    policy.write_text(text.replace(good, '"Quality of life" = ["Quality of live"]'))
    line = 1 + text[: text.index(good)].count("\n")
    columns.check_labels(read_policy(POLICY))
    with pytest.raises(
        PolicyError, match=f"line {line}: 'Quality of live' is no nature_group of reference/natures.csv"
    ):
        columns.check_labels(read_policy(policy))


@pytest.mark.parametrize(
    ("column", "says"),
    [
        (
            "is_accepted",
            "a date of acceptance .*: referrals_by_year_and_acceptance, .*referral_acceptance_rate_by_year",
        ),
        ("is_connected", "a date of connection .*: referrals_by_year_and_connection, referral_connection_rate_by_year"),
    ],
)
def test_a_stage_that_no_export_tells_is_refused_instead_of_published_as_zero(tmp_path, marts, column, says):
    undated = marts | {"fct_referrals": marts["fct_referrals"].assign(**{column: False})}
    with pytest.raises(PolicyError, match=f"none of .* referrals has {says}"):
        made(tmp_path, undated, FIRST)
    assert not (tmp_path / "open").exists()
