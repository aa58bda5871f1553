"""Do the shapes that are no metric add up, and agree with an independent implementation?"""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from given_expect import read
from lifelines import KaplanMeierFitter
from small_warehouse import build_small

from publicsafety import warehouse
from publicsafety.audience import Audience
from publicsafety.definitions import MetricError
from publicsafety.filters import FilterError, Filters
from publicsafety.shapes import CHARTS, shapes

METRICS = Path(__file__).resolve().parents[1] / "metrics"


def opened(tmp_path: Path, example: str) -> warehouse.Warehouse:
    """A database from the given rows of a metric's example."""
    given = read(METRICS / f"{example}.md")
    build_small(tmp_path, given.given, as_of=given.as_of)
    return warehouse.open(Audience.LEADERSHIP, tmp_path)


@pytest.mark.parametrize("name", sorted(shapes()))
def test_a_chart_has_the_columns_that_it_declares_with_and_without_filters(name: str, tmp_path: Path) -> None:
    shape, data = shapes()[name], opened(tmp_path, "no_police_rate")
    filters = Filters(
        date(2024, 1, 1), date(2024, 12, 31), where=tuple((each, ("x", "y")) for each in shape.dimensions)
    )
    assert tuple(warehouse.chart(data, name, Filters()).columns) == shape.columns
    assert tuple(warehouse.chart(data, name, filters).columns) == shape.columns


def test_a_chart_refuses_a_filter_that_does_not_fit(tmp_path: Path) -> None:
    with pytest.raises(FilterError, match="survival_curve has no dimension 'area'. It has: partner, need"):
        warehouse.chart(opened(tmp_path, "no_police_rate"), "survival_curve", Filters(where=(("area", ("x",)),)))


def test_the_day_has_24_hours_and_their_time_on_task_adds_up(tmp_path: Path) -> None:
    data = opened(tmp_path, "no_police_rate")
    frame = warehouse.chart(data, "time_on_task_by_hour", Filters())
    assert frame["hour"].tolist() == list(range(24))
    rows = warehouse.rows(data, "time_on_task_minutes", Filters(), 1000)
    assert frame["value"].sum() == pytest.approx(rows["time_on_task_minutes"].sum() / 60)


def test_stages_of_the_funnel_never_grow_and_agree_with_the_metrics(tmp_path: Path) -> None:
    data = opened(tmp_path, "referrals_sent")
    frame = warehouse.chart(data, "referral_funnel", Filters())
    assert frame["value"].tolist() == [8, 6, 4, 3, 1]
    assert frame["share_of_sent"].tolist() == pytest.approx([8 / 6, 1, 4 / 6, 3 / 6, 1 / 6])
    for stage, value in zip(frame["stage"], frame["value"], strict=True):
        assert warehouse.run(data, f"referrals_{stage}", Filters()).records()[0]["value"] == value


def test_every_referral_stops_at_one_place(tmp_path: Path) -> None:
    frame = warehouse.chart(opened(tmp_path, "referrals_sent"), "referral_drop_off", Filters())
    assert dict(zip(frame["drop_off"], frame["value"], strict=True)) == {
        "none": 3, "open": 2, "declined": 1, "rejected": 1, "no reply in 14 days": 1
    }  # fmt: skip


def test_the_flow_of_referrals_adds_up_to_those_sent(tmp_path: Path) -> None:
    frame = warehouse.chart(opened(tmp_path, "referrals_sent"), "referral_flow", Filters())
    assert frame["value"].sum() == 6


def test_the_first_reading_of_the_no_police_rate_is_the_published_one(tmp_path: Path) -> None:
    data = opened(tmp_path, "no_police_rate")
    frame = warehouse.chart(data, "police_sensitivity", Filters())
    published = warehouse.run(data, "no_police_rate", Filters()).records()[0]
    assert frame["reading"][0] == "as published"
    assert (frame["numerator"][0], frame["denominator"][0]) == (published["numerator"], published["denominator"])
    assert dict(zip(frame["reading"], zip(frame["numerator"], frame["denominator"], strict=True), strict=True)) == {
        "as published": (2, 5), "unknown counted as police": (2, 6), "unknown counted as no police": (3, 6),
        "calls where the team arrived": (1, 4), "back-up counted as no police": (3, 5), "with needle pickups": (3, 6),
        "with self-initiated contacts": (3, 6),
    }  # fmt: skip


def test_response_times_in_the_histogram_are_those_of_the_metric(tmp_path: Path) -> None:
    data = opened(tmp_path, "response_minutes")
    frame = warehouse.chart(data, "response_histogram", Filters())
    assert dict(zip(frame["bin"], frame["count"], strict=True)) == {10: 1, 20: 1, 40: 1, 60: 1}


def referrals(seed: int, number: int = 60) -> list[dict[str, object]]:
    """Referrals sent over a year, some connected after days that repeat, the rest open."""
    rows: list[dict[str, object]] = []
    for i in range(number):
        sent = pd.Timestamp("2024-01-01 15:00") + pd.Timedelta(days=(i * 7 * seed) % 360)
        days = (i * i * seed) % 45
        connected = sent + pd.Timedelta(days=days) if (i * seed) % 5 else None
        late = connected is not None and connected > pd.Timestamp("2024-12-31")
        rows.append(
            {
                "referral_number": str(i),
                "sent_at": str(sent),
                "connected_at": None if connected is None or late else str(connected),
                "partner": "First Step",
            }
        )
    return rows


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_survival_curve_agrees_with_lifelines(seed: int, tmp_path: Path) -> None:
    build_small(tmp_path, {"referrals": referrals(seed)}, as_of="2024-12-31")
    data = warehouse.open(Audience.LEADERSHIP, tmp_path)
    frame = warehouse.chart(data, "survival_curve", Filters()).set_index("day")
    days = [
        (row["connected_at"] or "2024-12-31 15:00", row["sent_at"], row["connected_at"] is not None)
        for row in referrals(seed)
    ]
    lasted = [(pd.Timestamp(str(end)).normalize() - pd.Timestamp(str(sent)).normalize()).days for end, sent, _ in days]
    fitted = KaplanMeierFitter().fit(lasted, [happened for *_, happened in days])
    low, high = fitted.confidence_interval_survival_function_.T.to_numpy()
    expected = pd.DataFrame(
        {"share": 1 - fitted.survival_function_.to_numpy()[:, 0], "low": 1 - high, "high": 1 - low},
        index=fitted.timeline,
    )
    both = frame.join(expected.add_suffix("_expected"), how="inner")
    assert len(both) == len(frame)
    assert both["share"].to_numpy() == pytest.approx(both["share_expected"].to_numpy())
    inside = both[(both["share"] > 0) & (both["share"] < 1)]
    assert inside["low"].to_numpy() == pytest.approx(inside["low_expected"].to_numpy())
    assert inside["high"].to_numpy() == pytest.approx(inside["high_expected"].to_numpy())
    answer = warehouse.run(data, "days_to_connection", Filters()).records()[0]
    assert answer["value"] == fitted.median_survival_time_
    assert answer["numerator"] + answer["n_censored"] == answer["denominator"]


def test_the_number_at_risk_falls_by_those_who_connected_or_were_last_seen(tmp_path: Path) -> None:
    frame = warehouse.chart(opened(tmp_path, "referrals_sent"), "survival_curve", Filters())
    left = frame["at_risk"] - frame["connected"] - frame["censored"]
    assert left.tolist()[:-1] == frame["at_risk"].tolist()[1:]
    assert left.tolist()[-1] == 0


def test_a_chart_whose_definition_and_columns_differ_is_refused(tmp_path: Path) -> None:
    text = (CHARTS / "response_histogram.sql").read_text()
    (tmp_path / "response_histogram.sql").write_text(text.replace('["bin", "count"]', '["bin", "n"]'))
    with pytest.raises(MetricError, match="the select list is bin, count; the definition's columns are bin, n"):
        shapes(tmp_path)
