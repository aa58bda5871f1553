"""Rates over sums of which some cells are withheld: shown where the published numbers say them anyway."""

from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from publicsafety.pipeline.audit import audit
from publicsafety.pipeline.release import release
from publicsafety.pipeline.release.sums import Sums
from tests.release.test_release import rows
from tests.release.warehouse import records, write

END = date(2025, 12, 31)
POLICY = """
[dimensions.police_role]
title = "Police"
column = "police_role"
other = "Not known"
[dimensions.police_role.categories]
"No police" = ["none"]
"Police involved" = ["back-up", "police"]
[dimensions.nature]
title = "Kind"
column = "nature_group"
other = "Other"
sensitive = { column = "nature", reference = "natures" }
[dimensions.nature.categories]
"Welfare" = ["Welfare"]
"Quality of life" = ["Quality of life"]
[metrics.no_police_rate]
base = "care_responses"
numerator = { police_role = ["No police"], nature = ["Welfare", "Quality of life", "Other"] }
denominator = { police_role = ["No police", "Police involved"], nature = ["Welfare", "Quality of life", "Other"] }
[[tables]]
id = "responses"
title = "By year"
metric = "care_responses"
grain = "year"
dimensions = ["police_role", "nature"]
[[tables]]
id = "rate"
title = "Rate"
metric = "no_police_rate"
grain = "year"
"""


def released(folder: Path) -> Path:
    """A town with two quality-of-life calls a year that police were at."""
    marts = records(5, 240, END)
    calls = marts["fct_calls"]
    ours = calls["is_care_response"]
    calls.loc[ours & (calls["nature_group"] == "Quality of life"), "police_role"] = "none"
    some = calls[ours & (calls["nature_group"] == "Quality of life")].groupby(calls["received_at"].dt.year).head(2)
    calls.loc[some.index, "police_role"] = "police"
    write(folder / "warehouse", marts, END)
    policy = folder / "policy.toml"
    policy.write_text(POLICY)
    options = {"today": END + timedelta(days=35), "site": False, "audit": lambda *_, **__: None}
    release(folder / "warehouse", folder / "open", policy, **options)
    return folder


def test_a_rate_whose_parts_are_safe_sums_that_anyone_can_work_out_is_shown_and_stops_no_release(tmp_path):
    """Calls without police and calls with it are printed. That their kinds are withheld hides neither sum."""
    folder = released(tmp_path)
    cells = {(row["period"], row["police_role"], row["nature"]): row for row in rows(folder, "responses")}
    assert any(row["status"] == "c" for row in cells.values())
    for row in rows(folder, "rate"):
        without, involved = (cells[row["period"], role, "All"] for role in ("No police", "Police involved"))
        assert (without["status"], involved["status"]) == ("", "")
        assert row["numerator"] == without["value"]
        assert int(row["denominator"]) == int(without["value"]) + int(involved["value"])
    report = audit(folder / "open")
    assert report.passed, report.as_text()


@pytest.mark.parametrize(
    ("low", "high", "known"), [(286, 286, 286), (0, 0, 0), (3, 3, None), (280, 292, None), (1, float("inf"), None)]
)
def test_a_sum_is_known_only_where_no_other_is_possible_and_it_is_no_small_count(low, high, known):
    year = SimpleNamespace(between=lambda keys: (float(low), float(high)))
    rows = [("2025-01-01", name) for name in ("a", "b")]
    sums = Sums({row: (year, (("nature", row[1]),)) for row in rows}, 5)
    assert sums.known(rows) == known
    assert sums.known(rows[:1]) is None  # a withheld cell alone keeps its width: nobody need ask
