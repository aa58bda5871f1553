"""What cannot be is known to everybody, and the protector counts on its being known."""

import json
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from publicsafety.pipeline.audit import audit
from publicsafety.pipeline.release import release
from publicsafety.pipeline.release.policy import PolicyError
from publicsafety.pipeline.release.policy_file import read_policy
from tests.release.test_release import rows
from tests.release.warehouse import records, write

END = date(2025, 12, 31)
ASKED = "arrived, back-up requested"
POLICY = """
[dimensions.police_role]
title = "Police"
column = "police_role"
other = "Not known"
[dimensions.police_role.categories]
"No police" = ["none"]
"Police involved" = ["back-up", "police"]
[dimensions.stage]
title = "Stage"
column = "team_stage"
other = "Not asked"
[dimensions.stage.categories]
"Asked" = ["arrived, back-up requested"]
[[tables]]
id = "by_police"
title = "By police"
metric = "care_responses"
grain = "year"
dimensions = ["police_role"]
[[tables]]
id = "by_stage"
title = "By stage"
metric = "care_responses"
grain = "year"
dimensions = ["stage"]
"""
NEVER = """
[[never]]
cells = { stage = ["Asked"], police_role = ["No police"] }
because = "Police who were asked for took part."
"""


def released(folder: Path, policy: str, police: str = "back-up") -> Path:
    """A town in which police were at five responses a year, asked for at three of them."""
    marts = records(5, 120, END)
    calls = marts["fct_calls"]
    ours = calls["is_care_response"]
    calls.loc[ours, ["police_role", "team_stage"]] = ["none", "arrived, no back-up requested"]
    by_year = calls[ours].groupby(calls["received_at"].dt.year)
    calls.loc[by_year.head(5).index, "police_role"] = "police"
    calls.loc[by_year.head(3).index, ["police_role", "team_stage"]] = [police, ASKED]
    return publish(folder, marts, policy)


def publish(folder: Path, marts: dict[str, pd.DataFrame], policy: str) -> Path:
    write(folder / "warehouse", marts, END)
    path = folder / "policy.toml"
    path.write_text(policy)
    options = {"today": END + timedelta(days=35), "site": False, "audit": lambda *_, **__: None}
    release(folder / "warehouse", folder / "open", path, **options)
    return folder


def told(folder: Path) -> list[dict[str, object]]:
    return json.loads((folder / "open" / "datapackage.json").read_text())["disclosure"]["never"]


def involved(folder: Path) -> set[str]:
    return {row["status"] for row in rows(folder, "by_police") if row["police_role"] == "Police involved"}


def test_a_count_that_bounds_a_withheld_one_because_the_rest_cannot_be_is_withheld_too(tmp_path):
    """No table crosses the two. Whoever knows what cannot be reads from 5 with police that 1 to 5 asked for them."""
    assert involved(released(tmp_path / "not said", POLICY)) == {""}
    folder = released(tmp_path / "said", POLICY + NEVER)
    assert [each["base"] for each in told(folder)] == ["care_responses"]
    assert "" not in involved(folder)
    report = audit(folder / "open")
    assert report.passed, report.as_text()


def test_what_some_record_contradicts_is_neither_said_nor_counted_on(tmp_path):
    folder = released(tmp_path, POLICY + NEVER, police="none")
    assert told(folder) == []
    assert audit(folder / "open").passed


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('stage = ["Asked"]', 'stage = ["Aksed"]', "'Aksed' is not a category of stage"),
        ('stage = ["Asked"], ', "", "two dimensions or more"),
        ('because = "Police who were asked for took part."', "", "and why"),
        ("because", "becuase", "Did you mean because"),
    ],
)
def test_what_cannot_be_is_read_strictly(tmp_path, old, new, says):
    path = tmp_path / "policy.toml"
    path.write_text(POLICY + NEVER.replace(old, new, 1))
    with pytest.raises(PolicyError, match=r"policy.toml line \d+: ") as refused:
        read_policy(path)
    assert says in str(refused.value)
