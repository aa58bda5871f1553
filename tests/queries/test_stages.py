"""Stages of referrals by partner, need and month sent: the parts are the whole, and the metrics' own figures."""

from datetime import date
from pathlib import Path

import pytest

from publicsafety import warehouse
from publicsafety.audience import Audience
from publicsafety.filters import Filters
from publicsafety.findings import Scope, stages
from publicsafety.ui.state import Reader, _reader

YEAR = Filters(date(2025, 7, 1), date(2026, 6, 30))
COUNTS = ("sent", "accepted", "connected", "completed")


@pytest.fixture(scope="module")
def source(sample_warehouse: Path) -> Reader:
    return _reader(warehouse.open(Audience.LEADERSHIP, sample_warehouse))


@pytest.mark.parametrize(
    "filters", [Filters(), YEAR, Filters(YEAR.start, YEAR.end, where=(("need", ("Housing search",)),))]
)
def test_every_split_of_the_stages_adds_up_to_all_referrals_sent(source: Reader, filters: Filters) -> None:
    rows = source.chart("referral_stages", filters)
    numbers = [name for name in rows if name not in ("split", "label")]
    whole = rows.loc[rows["split"] == "all", numbers].iloc[0]
    for split in stages.SPLITS:
        assert rows.loc[rows["split"] == split, numbers].sum().tolist() == whole.tolist(), split
    for stage in COUNTS:
        assert warehouse.run(source.warehouse, f"referrals_{stage}", filters).records()[0]["value"] == whole[stage]


@pytest.mark.parametrize("split", stages.SPLITS)
def test_every_stage_of_a_partner_need_or_month_is_the_figure_of_its_metric(source: Reader, split: str) -> None:
    rows = source.chart("referral_stages", YEAR)
    rows = rows[rows["split"] == split].set_index("label")
    by = {"grain": "month"} if split == "month" else {"by": (split,)}
    for stage in COUNTS:
        asked = Filters(YEAR.start, YEAR.end, **by)  # type: ignore[arg-type]
        found = warehouse.run(source.warehouse, f"referrals_{stage}", asked).records()
        told = {row["period" if split == "month" else split]: row["value"] for row in found}
        told.pop("All", None)
        assert {name: rows[stage].get(name, 0) for name in told} == told


def test_the_mature_ones_are_those_of_the_funnel_and_of_the_rate(source: Reader) -> None:
    whole = source.chart("referral_stages", YEAR).query("split == 'all'").iloc[0]
    rate = warehouse.run(source.warehouse, "referral_connection_rate", YEAR).records()[0]
    assert whole["sent"] - whole["mature"] == rate["n_immature"] > 0
    funnel = source.chart("referral_funnel", Filters()).set_index("stage")
    every = source.chart("referral_stages", Filters()).query("split == 'all'").iloc[0]
    for stage in COUNTS[1:]:
        assert (every[stage], every[f"mature_{stage}"]) == tuple(funnel.loc[stage, ["value", "mature_value"]])


def test_a_month_that_is_too_recent_has_a_count_and_no_share(source: Reader) -> None:
    found = stages.by(source, Scope(YEAR), "month")
    assert found.drawn is not None
    june = found.drawn_frame[found.drawn_frame["row"] == "Jun 2026"]
    assert june["value"].isna().all()
    assert all(text.startswith("[") and " of " in text for text in june["text"])
    row = found.frame.set_index("month_sent").loc["Jun 2026"]
    assert row["sent"] > 0
    assert row["share_connected"] != row["share_connected"]
    assert "too recent" in " ".join(found.options["beside"])
    assert "latest month old enough to judge" in found.sentence
    april = found.drawn_frame[
        (found.drawn_frame["row"] == "Apr 2026") & (found.drawn_frame["column"] == "Connected")
    ].iloc[0]
    rate = warehouse.run(source.warehouse, "referral_connection_rate", Filters(date(2026, 4, 1), date(2026, 4, 30)))
    assert april["value"] == pytest.approx(rate.records()[0]["value"])


def test_a_share_by_partner_leaves_out_what_is_too_recent(source: Reader) -> None:
    found = stages.by(source, Scope(YEAR), "partner")
    older = Filters(YEAR.start, date(2026, 5, 1), by=("partner",))  # 60 days before the sample's last day
    rates = {
        row["partner"]: row["value"]
        for row in warehouse.run(source.warehouse, "referral_connection_rate", older).records()
    }
    told = found.frame.set_index("partner")["share_connected"].dropna()
    assert told.drop(stages.ALL).to_dict() == pytest.approx(
        {name: rates[name] for name in told.index if name != stages.ALL}
    )
    assert told[stages.ALL] == pytest.approx(rates["All"])


@pytest.mark.parametrize("split", stages.SPLITS)
@pytest.mark.parametrize(("start", "end", "said"), [
    (date(2001, 1, 1), date(2001, 12, 31), "No referrals were sent in 2001."),
    (date(2026, 6, 1), date(2026, 6, 30), "too recent to judge."),
])  # fmt: skip
def test_where_nothing_can_be_judged_the_sentence_says_why(
    source: Reader, split: str, start: date, end: date, said: str
) -> None:
    assert stages.by(source, Scope(Filters(start, end)), split).sentence.endswith(said)
