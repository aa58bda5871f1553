"""Is what is released what the department's own dashboard says? Every published total of the sample, asked a second time."""

import csv
import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from publicsafety import warehouse
from publicsafety.audience import Audience
from publicsafety.city import ROOT
from publicsafety.filters import Filters
from publicsafety.periods import next_period
from publicsafety.pipeline.release.policy import PolicyError
from publicsafety.pipeline.release.policy_file import read_policy
from publicsafety.warehouse import Warehouse

POLICY = ROOT / "data" / "release-policy.toml"
HEADLINES = {
    "responses_by_year": 196,
    "no_police_rate_by_year": 184,
    "people_served_by_year": 153,
    "needles_removed_by_year": 1589,
    "active_cases_by_year": 60,
}
REASONS = {
    "Outside service hours": "outside hours",
    "Outside the service area": "outside area",
    "No unit free": "no unit free",
    "Not triaged": "not triaged",
    "Declined": "declined",
    "Cancelled": "cancelled",
}


@pytest.fixture(scope="module")
def inside(released_warehouse: Path) -> Warehouse:
    return warehouse.open(Audience.LEADERSHIP, released_warehouse)


@pytest.fixture(scope="module")
def package(released_warehouse: Path) -> dict:
    return json.loads((released_warehouse / "open" / "datapackage.json").read_text())


def rows(folder: Path, table: str) -> list[dict[str, str]]:
    with (folder / "open" / f"{table}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def totals(folder: Path, package: dict) -> Iterator[tuple[str, str, str, dict[str, str]]]:
    """Table, metric, grain and row of every published total."""
    for resource in package["resources"]:
        told = resource["disclosure"]
        for row in rows(folder, told["table"]):
            if not row["status"] and all(row[name] == "All" for name in told["dimensions"]):
                yield told["table"], told["metric"], told["grain"], row


def asked(inside: Warehouse, metric: str, period: str, grain: str, by: tuple[str, ...] = ()):
    first = date.fromisoformat(period)
    last = next_period(first, grain) - timedelta(days=1)
    return warehouse.run(inside, metric, Filters(first, last, by=by)).frame


def test_every_published_total_is_what_the_dashboard_inside_says(released_warehouse, package, inside):
    seen = set()
    for table, metric, grain, row in totals(released_warehouse, package):
        if (metric, grain, row["period"]) in seen:
            continue
        seen.add((metric, grain, row["period"]))
        found = asked(inside, metric, row["period"], grain).iloc[0]
        if "numerator" in row:
            assert (int(row["numerator"]), int(row["denominator"])) == (found["numerator"], found["denominator"]), table
        else:
            value = 0 if pd.isna(found["value"]) else round(found["value"])  # a month without any visit has no sum
            assert float(row["value"]) == value, (table, row["period"])
    assert {"calls_for_service", "eligible_calls_answered", "unmet_calls", "police_backup_rate", "cases_opened"} <= {
        metric for metric, _, _ in seen
    }
    assert len(seen) > 100


def test_reasons_for_unmet_calls_are_those_of_the_dashboard_inside_and_add_up(released_warehouse, inside):
    table = [row for row in rows(released_warehouse, "unmet_calls_by_year_and_reason") if row["period"] == "2024-01-01"]
    found = asked(inside, "unmet_calls", "2024-01-01", "year", ("unmet_reason",)).set_index("unmet_reason")["value"]
    told = {row["unmet_reason"]: int(row["value"]) for row in table}
    assert {name: told[name] for name in REASONS} == {name: found[label] for name, label in REASONS.items()}
    assert sum(value for name, value in told.items() if name != "All") == told["All"] == found["All"]


@pytest.mark.parametrize(("table", "value"), HEADLINES.items())
def test_the_headlines_of_2024_are_exact(released_warehouse, table, value):
    row = next(row for row in rows(released_warehouse, table) if row["period"] == "2024-01-01")
    assert row["status"] == ""
    assert int(row.get("numerator") or row["value"]) == value


def test_responses_and_unmet_calls_are_parts_of_calls_for_service_and_the_package_says_which(package):
    told = {each["disclosure"]["table"]: each["disclosure"] for each in package["resources"]}
    assert {told[name]["base"] for name in ("responses_by_area", "unmet_calls_by_year", "calls_by_year")} == {
        "calls_for_service"
    }
    assert told["unmet_calls_by_year"]["numerator"]["unmet_reason"] == sorted([*REASONS, "Other reason"])
    assert len(told["responses_by_year"]["numerator"]["stage"]) == 4
    assert "denominator" not in told["responses_by_year"]


def test_no_period_before_the_team_existed_is_published_as_none(released_warehouse):
    assert min(row["period"] for row in rows(released_warehouse, "responses_by_month")) == "2024-07-01"
    assert min(row["period"] for row in rows(released_warehouse, "calls_by_quarter")) == "2024-01-01"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('id = "calls_by_year_and_response"', 'id = "other"', None),
        ('dimensions = ["response"]', 'dimensions = ["answered"]', "what is left can be worked out"),
        ('closed = "cases_closed"', 'closed = "cases_shut"', "no metric 'cases_shut'"),
        (
            'metric = "cases_closed"\ngrain = "year"',
            'metric = "cases_closed"\ngrain = "quarter"',
            "by year only",
        ),
    ],
)
def test_a_policy_whose_parts_or_flows_would_give_something_away_is_refused(tmp_path, old, new, says):
    text = POLICY.read_text()
    assert old in text
    path = tmp_path / "policy.toml"
    path.write_text(text.replace(old, new))
    if says is None:
        assert read_policy(path).is_part("care_responses")
        return
    with pytest.raises(PolicyError, match=r"policy.toml line \d+: ") as told:
        read_policy(path)
    assert says in str(told.value)
