"""Findings: the numbers are those of the metric, the parts add up, and a change is called one only when a rule fires."""

import json
import math
import re
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from publicsafety import maps, metrics, prose, warehouse
from publicsafety.audience import Audience
from publicsafety.filters import Filters
from publicsafety.findings import (
    Finding,
    Scope,
    breakdown,
    calls,
    cases,
    changes,
    explorer,
    gaps,
    kpi,
    needles,
    outcomes,
    places,
    quality,
    rebuilt,
    recorded,
    referrals,
    series,
    stages,
    times,
    words,
)
from publicsafety.observations import Observations, plain
from publicsafety.periods import year_before
from publicsafety.pipeline import unexplained
from publicsafety.ui import finding as card
from publicsafety.ui import tables
from publicsafety.ui.state import Reader, _reader, drawn, figure

YEAR = Filters(date(2025, 1, 1), date(2025, 12, 31))
CAUSES = re.compile(r"\b(because of|thanks to|caused|due to|led to|as a result|prevented|diverted)\b", re.IGNORECASE)


@pytest.fixture(scope="module")
def source(sample_warehouse: Path) -> Reader:
    return _reader(warehouse.open(Audience.LEADERSHIP, sample_warehouse))


@pytest.fixture
def scope() -> Scope:
    then = year_before(date(2025, 1, 1), date(2025, 12, 31))
    return Scope(YEAR, replace(YEAR, start=then.start, end=then.end), "the year before")


def monthly(values: list[float | None], unit: str = "calls") -> Observations:
    metric = replace(metrics.registry()["care_responses"], unit=unit)
    months = pd.date_range("2024-01-01", periods=len(values), freq="MS").strftime("%Y-%m-%d")
    given = [
        {"period": month, "value": value, "status": "" if value is not None else "x"}
        for month, value in zip(months, values, strict=True)
    ]
    asked = Filters(grain="month")
    return Observations(metric, asked, "test", date(2030, 1, 1), plain(metric, asked, given), Audience.LEADERSHIP)


@dataclass(frozen=True)
class Answering:
    """A source whose answers are given: for each dimension ten calls of each value, and the rows of charts."""

    values: dict[str, list[str]]
    charts: dict[str, dict[str, int]]
    as_of: date = date(2026, 10, 31)
    build_id: str = "test"
    audience: Audience = Audience.LEADERSHIP

    def run(self, metric: str, filters: Filters) -> Observations:
        by = filters.by[0]
        values = self.values[by]
        counts = {"All": 10 * len(values), **dict.fromkeys(values, 10)}
        given = [{"period": "All", by: name, "value": count, "status": ""} for name, count in counts.items()]
        about = metrics.registry()[metric]
        return Observations(about, filters, self.build_id, self.as_of, plain(about, filters, given), self.audience)

    def chart(self, name: str, filters: Filters) -> pd.DataFrame:
        return pd.DataFrame({"label": list(self.charts[name]), "value": list(self.charts[name].values())})


def test_three_calls_that_become_four_are_no_change() -> None:
    verdict = series.judge(monthly([3, 4, 3, 2, 4, 3, 3, 4, 3, 4]))
    assert verdict.words == "no sign of change"
    assert not verdict.is_signal


def test_eight_months_on_one_side_are_a_change_and_say_since_when() -> None:
    verdict = series.judge(monthly([10, 12, 9, 11, 10, 12, 9, 11, 30, 31, 29, 32, 30, 31, 29, 32]))
    assert verdict.words == "higher than expected since Sep 2024"


def test_months_outside_the_limits_in_a_row_are_one_change() -> None:
    assert series.judge(monthly([*[10, 12, 9, 11] * 5, 30, 31])).words == "higher than expected since Sep 2025"
    assert series.judge(monthly([*[10, 12, 9, 11] * 5, 30, 12])).words == "higher than expected in Sep 2025"


def test_an_old_signal_is_no_news() -> None:
    calm = [10, 12, 9, 11] * 6
    assert series.judge(monthly([40, *calm])).words == "no sign of change"


def test_too_few_months_are_not_judged() -> None:
    assert series.judge(monthly([1, 2, 9])).words == "too few months to judge (3)"


def test_single_records_are_no_sign_of_change() -> None:
    verdict = series.judge(monthly([1, 0, 2, 1, 0, 1, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]))
    assert (verdict.words, verdict.is_signal, verdict.limits) == ("too few to judge", False, None)


def test_a_stock_such_as_open_cases_is_not_judged_by_rules_for_what_comes_anew() -> None:
    stock = replace(monthly([10, 11, 12, 13, 14, 15, 16, 17, 18, 19]), metric=metrics.registry()["active_cases"])
    assert series.judge(stock) == series.Verdict()


def test_a_month_of_which_half_was_asked_for_is_not_judged() -> None:
    whole = monthly([10, 12, 9, 11, 10, 12, 9, 11, 10, 2])
    half = replace(whole, filters=Filters(end=date(2024, 10, 12), grain="month"))
    assert series.judge(whole).words == "lower than expected in Oct 2024"
    assert series.judge(half).words == "no sign of change"


def test_a_change_that_is_over_is_told_with_its_end() -> None:
    assert (
        series.judge(monthly([*[10, 12, 9, 11] * 5, 30, 31, 10])).words
        == "higher than expected from Sep 2025 to Oct 2025"
    )


def test_figures_that_nobody_could_judge_are_not_called_unchanged(source: Reader, scope: Scope) -> None:
    said = changes.changes(source, scope, "care_responses", "active_cases").sentence
    assert re.search(r"1 figures?|of 1 figures", said)
    assert "1 more could not be judged" in said
    assert "sign of change" not in needles.change(source, scope, "needles").sentence


def test_hot_spots_of_the_whole_city_are_not_drawn_on_a_part_of_it(source: Reader, scope: Scope) -> None:
    area = needles.by_area(source, scope).frame.iloc[0, 0]
    part = replace(scope, filters=replace(scope.filters, where=(("area", (str(area),)),)))
    found = needles.by_hexagon(source, part)
    assert found.drawn is not None
    assert not found.drawn_frame["is_hot"].any()
    assert "not marked while a filter is set" in found.sentence


def test_the_map_of_points_and_the_places_visited_again_follow_the_count(source: Reader, scope: Scope) -> None:
    shown = {measure: needles.points(source, scope, measure).drawn for measure in needles.MEASURES}
    assert (shown["needles"]["needles"] > 0).all()  # type: ignore[index]
    assert len(shown["reports"]) > len(shown["pickups"]) > len(shown["needles"])  # type: ignore[arg-type]
    for measure, (_, column, _) in needles.MEASURES.items():
        found = needles.again(source, scope, measure)
        name = "reports" if column == "value" else column
        assert found.frame[name].is_monotonic_decreasing


def test_the_month_in_progress_is_never_judged() -> None:
    whole = monthly([10, 12, 9, 11, 10, 12, 9, 11, 10, 0])
    inside = replace(whole, as_of=date(2024, 10, 3))
    assert series.judge(inside).words == "no sign of change"
    assert len(series.complete(inside)) == 9


def test_a_service_that_grew_is_compared_with_itself_as_it_is_now() -> None:
    verdict = series.judge(monthly([1, 2, 4, 8, 15, 25, *[40, 44, 38, 42] * 6]))
    assert verdict.words == "no sign of change"
    assert verdict.since == "2024-07-01"


def test_a_month_whose_outcomes_are_still_to_come_is_not_judged() -> None:
    whole = monthly([10, 12, 9, 11, 10, 12, 9, 11, 10, 0])
    young = replace(whole, metric=replace(whole.metric, settles=60), as_of=date(2024, 11, 28))
    assert len(series.complete(young)) == 8
    assert len(series.complete(replace(young, as_of=date(2024, 11, 29)))) == 9


def test_a_gap_is_not_counted_as_a_month_without_calls() -> None:
    verdict = series.judge(monthly([10, 12, 9, 11, None, 12, 9, 11, 10, 12]))
    assert verdict.limits is not None
    assert verdict.limits[1] == pytest.approx(np.mean([10, 12, 9, 11, 12, 9, 11, 10, 12]))


@pytest.mark.parametrize("name", sorted(metrics.registry()))
def test_every_metric_makes_a_tile_whose_figure_is_that_of_the_command_line(
    source: Reader, scope: Scope, name: str
) -> None:
    found = kpi.kpi(source, scope, name)
    row = warehouse.run(source.warehouse, name, kpi.at_the_end(source, scope, name).on(name)).total()
    assert found.options["value"] == (
        prose.measure(row["value"], found.metric.unit) if row["value"] is not None else "–"
    )
    if found.metric.kind == "proportion" and row["value"] is not None:
        noun = prose.NOUNS[words.OUT_OF[found.metric.mart]][row["denominator"] != 1]
        assert f"{prose.of(row['numerator'], row['denominator'])} {noun}" in found.options["detail"]
        assert prose.NOUNS[words.OUT_OF[found.metric.mart]][1] in found.metric.denominator.split()[:2]
        assert found.options["interval"]
        assert found.options["verdict"]


def test_a_comparison_is_put_side_by_side_and_never_as_a_percentage_change(source: Reader, scope: Scope) -> None:
    for name in metrics.registry():
        said = " ".join(str(each) for each in kpi.kpi(source, scope, name).options.values())
        assert not re.search(r"[+−-]\d+(\.\d+)?%", said), name


def test_eligible_calls_are_the_answered_and_the_unmet_added_up(source: Reader, scope: Scope) -> None:
    found = calls.answered(source, scope)
    whole = warehouse.run(source.warehouse, "eligible_calls", scope.on("eligible_calls")).total()["value"]
    assert found.frame["value"].sum() == whole


def test_used_and_left_out_are_all_responses(source: Reader, scope: Scope) -> None:
    found = times.left_out(source, scope)
    row = warehouse.run(source.warehouse, "response_minutes", scope.on("response_minutes")).total()
    assert found.frame["responses"].sum() == row["n"] + row["n_excluded"]
    assert found.frame.loc[found.frame["reason"] == "used", "responses"].sum() == row["n"]


def test_the_spread_of_response_times_holds_each_used_response_once(source: Reader, scope: Scope) -> None:
    found = times.spread(source, scope)
    assert found.frame["calls"].sum() == found.observations[0].total()["n"]


def test_stages_of_the_funnel_never_grow_and_match_their_metrics(source: Reader, scope: Scope) -> None:
    found = referrals.funnel(source, scope).frame["referrals"].tolist()
    assert found == sorted(found, reverse=True)


@dataclass(frozen=True)
class WithoutCompletion(Reader):
    """The sample as if its referrals had no date and no result of completion."""

    def chart(self, name: str, filters: Filters) -> pd.DataFrame:
        rows = super().chart(name, filters).copy()
        if name == "referral_funnel":
            rows.loc[rows["stage"] == "completed", ["value", "share_of_sent", "mature_value"]] = 0
        return rows.assign(completed=0, mature_completed=0) if name == "referral_stages" else rows


def test_a_stage_that_no_export_dates_is_not_said_to_be_reached_by_nobody(source: Reader, scope: Scope) -> None:
    short = WithoutCompletion(**{each.name: getattr(source, each.name) for each in fields(source)})
    for found in (referrals.funnel(short, scope), *(stages.by(short, scope, split) for split in stages.SPLITS)):
        assert "No referral export has a date of completion" in " ".join(found.options["beside"])
        assert "were completed" not in " ".join([found.sentence, *found.options["beside"]])
        assert "completed" not in str(found.frame.to_dict()) + str(found.drawn_frame.to_dict())
    assert recorded.not_exported(short, kpi.kpi(short, scope, "referrals_completed")) == (
        "No referral export has a date of completion"
    )
    assert recorded.not_exported(short, kpi.kpi(short, scope, "referral_connection_rate")) == ""
    assert "were completed" in referrals.funnel(source, scope).sentence
    assert recorded.not_exported(source, kpi.kpi(source, scope, "referrals_completed")) == ""


@dataclass(frozen=True)
class WithoutServices(Reader):
    """The sample as if no service export had been loaded."""

    def table(self, name: str) -> pd.DataFrame:
        rows = super().table(name).copy()
        if name == "dim_coverage":
            rows.loc[rows["table"] == "services", ["n", "status"]] = [0, "x"]
        return rows


def test_contacts_per_case_without_a_service_export_is_no_zero(source: Reader, scope: Scope) -> None:
    short = WithoutServices(**{each.name: getattr(source, each.name) for each in fields(source)})
    assert recorded.not_exported(short, kpi.kpi(short, scope, "contacts_per_case")) == "No service export was loaded"
    assert recorded.not_exported(short, kpi.kpi(short, scope, "days_open")) == ""
    assert recorded.not_exported(source, kpi.kpi(source, scope, "contacts_per_case")) == ""


def test_what_waits_longest_is_on_the_work_list_whenever_it_was_sent(source: Reader, scope: Scope) -> None:
    everything = warehouse.chart(source.warehouse, "referrals_open", Filters(end=YEAR.end))
    assert everything["sent_on"].min() < pd.Timestamp(YEAR.start)  # or the test could not fail
    assert referrals.waiting(source, scope).frame["referral_number"].tolist() == everything["referral_number"].tolist()


def test_a_referral_that_was_lost_is_not_said_to_have_connected(source: Reader, scope: Scope) -> None:
    rows = warehouse.rows(source.warehouse, "referrals_sent", Filters(), 10_000)
    assert (~rows.loc[rows["result"] == "lost", "is_connected"]).any()  # or the test could not fail
    drawn = referrals.drop_off(source, scope).drawn
    assert drawn is not None
    assert not drawn["label"].str.contains("connecting").any()


def test_the_numbers_below_the_curve_are_not_said_to_be_open_referrals(source: Reader, scope: Scope) -> None:
    found = referrals.days(source, scope)
    below = dict(found.options["ticks"])
    assert below[30] > 0
    drawn = figure(found)
    assert drawn is not None
    assert "still open" not in drawn.figure
    assert "not connected by then" in drawn.figure
    assert any("rejected, lost" in each for each in found.options["beside"])


def test_transports_and_follow_ups_are_some_of_the_responses_by_result(source: Reader, scope: Scope) -> None:
    results = set(breakdown.by(source, scope, "care_responses", "disposition").frame["disposition"])
    responses = warehouse.run(source.warehouse, "care_responses", scope.on("care_responses", by=("disposition",)))
    by_result = responses.frame.set_index("disposition")["value"]
    for metric in ("transports", "follow_ups"):
        found = warehouse.run(source.warehouse, metric, scope.on(metric, by=("disposition",))).frame
        for label, value in zip(found["disposition"], found["value"], strict=True):
            assert label == "All" or (label in results and value == by_result[label])


def test_the_lowest_rate_that_the_sentence_names_is_drawn_too(source: Reader, scope: Scope) -> None:
    found = breakdown.by(source, scope, "eligible_calls_answered", "area")
    assert len(found.frame) > 9
    assert found.drawn is not None
    drawn = found.drawn_frame["label"].head(8).tolist()
    assert all(f" {drawn[place]}, " in found.sentence for place in (0, -1))


def test_how_far_an_export_reaches_is_said_in_local_time(source: Reader, scope: Scope) -> None:
    found = quality.freshness(source, scope).frame.set_index("table")
    last = pd.Timestamp(warehouse.rows(source.warehouse, "calls_for_service", Filters(), 100_000)["received_at"].max())
    every = warehouse.table(source.warehouse, "load_files").set_index("table").loc[["calls"], "last_at"]
    offset = pd.to_datetime(every.max()) - found.loc["calls", "last_at"]
    assert offset in (pd.Timedelta(hours=4), pd.Timedelta(hours=5))
    assert found.loc["calls", "last_at"] >= last


def test_the_first_line_of_the_sensitivity_panel_is_the_published_rate(source: Reader, scope: Scope) -> None:
    first = outcomes.sensitivity(source, scope).frame.iloc[0]
    row = warehouse.run(source.warehouse, "no_police_rate", scope.on("no_police_rate")).total()
    assert (first["numerator"], first["denominator"]) == (row["numerator"], row["denominator"])
    assert math.isclose(first["value"], row["value"])


def test_unknown_police_records_are_never_counted_as_no_police(source: Reader, scope: Scope) -> None:
    table = outcomes.sensitivity(source, scope).frame.set_index("definition")
    assert table["value"].iloc[0] <= table.loc["Not known counted as no police", "value"]


def test_each_police_figure_says_in_words_what_it_is_a_share_of(source: Reader, scope: Scope) -> None:
    found = outcomes.side_by_side(source, scope, *outcomes.POLICE_KPIS)
    drawn = figure(found)
    assert drawn is not None
    for each in found.observations:
        assert each.metric.denominator.split()[-1] in drawn.figure, each.metric.name
    assert "police record" in drawn.figure


def test_a_class_or_reason_that_nothing_fell_into_is_drawn_as_none() -> None:
    """Nobody can tell "none" from "not counted" when the line is missing."""
    source = Answering({"police_role": ["none", "back-up"]}, {"response_excluded": {"used": 8, "negative": 2}})
    roles = outcomes.roles(source, Scope(YEAR))  # type: ignore[arg-type]
    assert roles.drawn is not None
    assert dict(zip(roles.drawn_frame["label"], roles.drawn_frame["value"], strict=True))["Not known"] == 0
    assert "every call has a record" in roles.sentence
    reasons = times.left_out(source, Scope(YEAR)).frame  # type: ignore[arg-type]
    assert dict(zip(reasons["reason"], reasons["responses"], strict=True)) == {
        "used": 8, "negative": 2, "missing stamp": 0, "midnight sentinel": 0, "longer than bound": 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    "name",
    sorted(
        name for name, each in metrics.registry().items() if each.kind == "median" and each.unit in ("minutes", "days")
    ),
)
def test_a_time_is_said_with_its_end_points_its_kind_and_9_in_10(source: Reader, scope: Scope, name: str) -> None:
    found = kpi.kpi(source, scope, name)
    assert found.options["span"] == words.SPANS[name]
    assert words.SPANS[name] in found.sentence
    row = warehouse.run(source.warehouse, name, scope.on(name)).total()
    assert ("median" in found.sentence) is (row["value"] is not None)
    if row.get("p90") is not None:
        within = prose.measure(row["p90"], found.metric.unit).replace(prose.NBSP, " ")  # type: ignore[union-attr]
        assert f"9 in 10 within {within}" in found.sentence


def test_the_90th_percentile_stands_beside_the_median_by_month_and_by_kind_of_call(
    source: Reader, scope: Scope
) -> None:
    long = times.over_time(source, scope)
    assert long.drawn is not None
    assert set(long.drawn_frame["series"]) == {"Median", "9 in 10"}
    assert "9 in 10 at most" in long.sentence
    drawn = figure(breakdown.by(source, scope, "response_minutes", "nature", "", (times.READING,)))
    assert drawn is not None
    assert "9 in 10: " in drawn.figure


def test_referrals_that_have_had_little_time_are_told_apart_from_those_that_can_be_judged(source: Reader) -> None:
    latest = Scope(Filters(source.as_of - timedelta(days=364), source.as_of))
    name = "referral_connection_rate"
    whole = source.run(name, latest.on(name)).total()
    older = source.run(name, latest.on(name, end=source.as_of - timedelta(days=60))).total()
    assert whole["n_immature"] > 0
    assert whole["denominator"] - whole["n_immature"] == older["denominator"]
    told = f"{prose.percent(older['value'])} ({prose.of(older['numerator'], older['denominator'])}) of those sent at least 60 days ago"
    found = kpi.kpi(source, latest, name)
    assert found.options["settled"] == f"{told}; {whole['n_immature']} too recent"
    assert told in found.sentence
    by_partner = referrals.rate_by(source, latest, name, "partner")
    assert by_partner.observations[0].total()["denominator"] == older["denominator"]
    assert any("too recent" in each for each in by_partner.options["beside"])
    found = referrals.funnel(source, latest)
    assert any("sent at least 60 days ago, partners accepted" in each for each in found.options["beside"])


def test_a_stock_is_told_as_it_was_on_the_last_day_and_not_as_all_that_passed_through(
    source: Reader, scope: Scope
) -> None:
    last = replace(YEAR, start=YEAR.end)
    found = kpi.kpi(source, scope, "active_cases")
    on_the_day, at_any_time = (int(source.run("active_cases", each).total()["value"]) for each in (last, YEAR))
    assert on_the_day < at_any_time
    assert found.options["value"] == str(on_the_day)
    assert found.options["detail"] == f"on 31 December 2025; {at_any_time} at any time in 2025"
    assert found.sentence.startswith(f"Active cases: {on_the_day} cases on 31 December 2025; {at_any_time} at any time")
    assert found.options["before"].endswith("on 31 December 2024")
    load = kpi.kpi(source, scope, "caseload_per_worker")
    assert f"{on_the_day} cases ÷ " in load.options["detail"]


@dataclass(frozen=True)
class TwoMonthsShort(Reader):
    """The sample without the call exports of March and April 2025."""

    def table(self, name: str) -> pd.DataFrame:
        rows = super().table(name).copy()
        if name == "dim_coverage":
            months = pd.to_datetime(rows["month"]).dt.strftime("%Y-%m")
            rows.loc[(rows["table"] == "calls") & months.isin(["2025-03", "2025-04"]), "status"] = "x"
        return rows


def test_a_total_over_months_without_an_export_says_which_and_is_compared_with_nothing(
    source: Reader, scope: Scope
) -> None:
    short = TwoMonthsShort(**{each.name: getattr(source, each.name) for each in fields(source)})
    found = kpi.kpi(short, scope, "care_responses")
    said = "2 of 12 months have no export (Mar 2025 and Apr 2025)"
    assert found.options["gaps"] == said
    assert said in found.sentence
    assert found.options["before"] == "not compared with the year before: months without an export"
    assert kpi.kpi(short, scope, "no_police_rate").options["before"].endswith("% the year before")
    whole = kpi.kpi(source, scope, "care_responses")
    assert whole.options["gaps"] == ""
    assert "no export" not in whole.sentence + whole.options["before"]


def test_a_month_without_an_export_is_named_below_the_chart_and_in_the_table() -> None:
    months = monthly([10.0, None, None, 12.0, None, 9.0]).frame.assign(n=[10, pd.NA, pd.NA, 12, 3, 9])
    assert gaps.missing(months) == {
        "2024-02-01": "no export",
        "2024-03-01": "no export",
        "2024-05-01": "not recorded",
    }
    assert gaps.beside(months, "month") == (
        "No export covers Feb 2024 to Mar 2024: a gap is not a zero",
        "Not recorded in any row of May 2024: a gap is not a zero",
    )
    found = Finding("k", "Q?", "S.", months, Filters(grain="month"), date(2030, 1, 1), "test", Audience.LEADERSHIP, options={"missing": gaps.missing(months)})  # fmt: skip
    assert list(tables.shown(found)["Note"]) == ["", "no export", "no export", "", "not recorded", ""]


@dataclass(frozen=True)
class WithoutCases(Reader):
    """The sample as if no case export had been loaded."""

    def run(self, metric: str, filters: Filters) -> Observations:
        found = super().run(metric, filters)
        if found.metric.table != "cases":
            return found
        return replace(found, rows=tuple(row | {"value": None, "n": None, "status": "x"} for row in found.rows))

    def table(self, name: str) -> pd.DataFrame:
        rows = super().table(name).copy()
        if name == "dim_coverage":
            rows.loc[rows["table"] == "cases", ["n", "status"]] = [0, "x"]
        return rows


def test_what_changed_draws_no_empty_chart_and_names_the_export_that_is_missing(source: Reader, scope: Scope) -> None:
    short = WithoutCases(**{each.name: getattr(source, each.name) for each in fields(source)})
    found = changes.changes(short, scope, "care_responses", "cases_opened", "needle_reports")
    assert set(found.drawn_frame["label"]) == {"Responses of the team", "Needle reports"}
    assert "Cases opened" not in set(found.frame["figure"])
    assert found.options["beside"][0] == "No case export was loaded, so cases opened is left out"
    assert "could not be judged" not in found.sentence
    alone = changes.changes(short, scope, "cases_opened")
    assert figure(alone) is None
    assert alone.sentence == "No figure could be judged."


def test_a_map_of_areas_gives_the_count_per_square_kilometre_in_its_table_and_under_the_pointer(
    source: Reader, scope: Scope
) -> None:
    found = places.by_area(source, scope, "calls_for_service")
    sizes = source.table("dim_areas").set_index("area")["km2"]
    rows = found.frame[found.frame["area"].isin(sizes.index)]
    assert len(rows) == len(sizes)
    dense = [value / sizes[area] for area, value in zip(rows["area"], rows["value"], strict=True)]
    assert list(rows["per_km2"]) == pytest.approx(dense, abs=0.051)
    assert {"km²", "Per km²"} <= set(tables.shown(found))
    top = rows.loc[rows["per_km2"].idxmax(), "area"]
    assert f"most calls per km² are in {top}" in found.options["beside"][0]
    hover = [trace["text"] for trace in maps.areas(found.drawn, dict(found.options)).data if trace.get("mode") == "markers"]  # fmt: skip
    assert all("calls per km²" in text for text in hover[0])


def test_the_table_of_parks_is_open_because_a_small_park_has_no_room_for_its_name(source: Reader, scope: Scope) -> None:
    found = needles.by_park(source, scope)
    assert found.options["open_table"]
    assert set(found.drawn_frame["label"]) <= set(found.frame["park"])


def test_the_explorer_gives_police_roles_their_own_colours_and_areas_none_of_them(source: Reader, scope: Scope) -> None:
    roles = explorer.explore(source, scope, "care_responses", "police_role", "", "month")
    assert roles.options["meanings"]["No police"] == "care"
    assert "No police" in roles.sentence
    assert not explorer.explore(source, scope, "care_responses", "area", "", "month").options["meanings"]


def test_the_lead_of_the_key_figures_says_what_the_team_did_and_which_months_are_missing(
    source: Reader, scope: Scope
) -> None:
    calls_, alone = (kpi.kpi(source, scope, name).options for name in ("care_responses", "no_police_rate"))
    said = kpi.headline(source, scope).sentence
    assert f"The team was sent to {calls_['value']} calls in 2025 ({calls_['before']})" in said
    told = kpi.kpi(source, scope, "no_police_rate").observations[0].total()
    those = "those whose police record is known" if told["n_unknown"] else "them"
    assert f"{alone['value']} of {those} ({alone['detail'].split(',')[0]}" in said
    short = TwoMonthsShort(**{each.name: getattr(source, each.name) for each in fields(source)})
    said = kpi.headline(short, scope).sentence
    assert "2 of 12 months have no export (Mar 2025 and Apr 2025)" in said
    assert "the year before" not in said


def test_the_lead_of_the_data_quality_page_counts_what_is_missing(source: Reader, scope: Scope) -> None:
    said = quality.headline(source, scope).sentence
    files = source.table("load_files")
    assert f"{prose.of(files['rows_quarantined'].sum(), files['rows_read'].sum())} rows could not be used" in said
    assert "no month of an export is missing" in said
    short = TwoMonthsShort(**{each.name: getattr(source, each.name) for each in fields(source)})
    assert "2 months of an export are missing" in quality.headline(short, scope).sentence


def test_a_text_that_names_no_area_is_a_label_that_is_not_mapped(source: Reader, scope: Scope) -> None:
    areas = pd.DataFrame({"area": ["Riverside", "The Port"]})
    rows = pd.DataFrame({"column": ["area", "area", "nature"], "label": ["RIVERSIDE ", "Zone 9", "Zone 9"], "canonical": ["Riverside", "Zone 9", "Zone 9"]})  # fmt: skip
    assert list(quality._names_no_area(rows, areas)) == [False, True, False]
    assert not quality._names_no_area(rows.iloc[1:], areas).any()  # none names one: the layer is another city's
    listed = quality.labels(source, scope).frame
    known = {str(each).lower() for each in source.table("dim_areas")["area"]}
    assert not set(listed[listed["column"] == "area"]["label"].str.strip().str.lower()) & known
    choices = source.run("calls_for_service", scope.on("calls_for_service", by=("area",))).frame["area"]
    assert {str(each).lower() for each in choices} <= known | {"all", "not recorded", "outside the city"}


def test_advice_on_labels_is_given_only_where_one_is_not_mapped(source: Reader, scope: Scope) -> None:
    found = quality.labels(source, scope)
    assert bool(found.caveats) == (len(found.frame) > 0)


def test_exact_points_are_in_no_table_and_no_download(source: Reader, scope: Scope) -> None:
    found = needles.points(source, scope)
    assert {"latitude", "longitude"}.isdisjoint(found.frame.columns)
    assert {"latitude", "longitude"} <= set(found.drawn_frame.columns)


def test_the_map_of_needles_says_that_it_shows_where_people_report(source: Reader, scope: Scope) -> None:
    for view in needles.VIEWS.values():
        assert any("where people report" in text for text in view(source, scope).options["beside"])


def test_a_map_on_tiles_names_who_made_them_and_a_map_without_asks_nobody(source: Reader, scope: Scope) -> None:
    tiles = replace(source.city.map, tiles="https://tiles.example.org/{z}/{x}/{y}.png", attribution="© Map makers")
    with_tiles = replace(source, city=replace(source.city, map=tiles))
    for view in (needles.by_hexagon, needles.by_area, needles.by_park, needles.points, needles.change):
        found, plain = view(with_tiles, scope), view(source, scope)
        assert "Map: © Map makers." in found.options["beside"]
        assert not any("Map:" in text for text in plain.options["beside"])
        assert bool(pictures(found)) == bool(found.drawing)
        assert pictures(plain) == []


def pictures(found: Finding) -> list[str]:
    """The addresses that a drawing of the finding asks for."""
    drawn = figure(found)
    return [each["source"] for each in json.loads(drawn.figure)["layout"].get("images", [])] if drawn else []


def test_an_area_is_said_to_have_changed_only_beyond_chance(source: Reader, scope: Scope) -> None:
    rows = pd.DataFrame({"label": ["a", "b", "c"], "value": [90.0, 4.0, 0.0], "before": [40.0, 3.0, 0.0]})
    assert needles._verdicts(rows, 1.0) == [needles.MORE, needles.SAME, needles.SAME]
    found = needles.change(source, scope)
    now = warehouse.run(source.warehouse, "needle_reports", replace(YEAR, by=("area",))).frame.set_index("area")[
        "value"
    ]
    for row in found.frame.to_dict("records"):
        assert row["reports"] == now.get(row["area"], 0)
    assert needles.change(source, Scope(YEAR)).drawing == ""


@pytest.mark.parametrize("measure", list(needles.MEASURES))
def test_hexagons_areas_and_the_metric_count_the_same_needles(source: Reader, scope: Scope, measure: str) -> None:
    whole = warehouse.run(source.warehouse, needles.MEASURES[measure][0], YEAR).total()["value"]
    by_area = needles.by_area(source, scope, measure)
    assert by_area.observations[0].total()["value"] == whole
    assert needles.by_hexagon(source, scope, measure).frame[measure].sum() <= whole


def test_area_names_that_disagree_with_the_point_are_counted_by_pair(source: Reader) -> None:
    found = quality.area_text(source, Scope(Filters()), "pickups")
    assert (found.frame["exported_area"] != found.frame["point_area"]).all()
    rows = source.chart("area_text_pickups", Filters())
    same = rows.loc[rows["exported_area"] == rows["point_area"], "value"].sum()
    assert found.frame["pickups"].sum() + same == rows["value"].sum()  # the table holds all that do not agree
    assert found.frame["pickups"].sum() > 0, "the sample holds some reports with another area's name"


def test_without_a_build_before_there_is_nothing_to_compare_with(source: Reader, scope: Scope) -> None:
    assert rebuilt.rebuilt(source, scope).sentence == "There is no build before this one to compare with."


def test_what_changed_since_the_last_build_names_figures_labels_mappings_and_reasons() -> None:
    labels = {"column": ["nature", "nature", "nature"], "label": ["Alarm", "Odd", "Old"]}
    before = Build(
        10,
        pd.DataFrame(labels | {"canonical": ["Alarm", None, "Other"]}),
        pd.DataFrame({"reason": ["'x' is no number"]}),
    )
    after = Build(
        12,
        pd.DataFrame(
            {"column": ["nature"] * 3, "label": ["Alarm", "Odd", "New"], "canonical": ["Alarm", "Other", None]}
        ),
        pd.DataFrame({"reason": ["'y' is no number", "'z' is no number"]}),
        before,
    )
    found = rebuilt.rebuilt(after, Scope(Filters()))
    changed = {(row["what"], row["name"]): (row["before"], row["now"]) for row in found.frame.to_dict("records")}
    assert changed.pop(("Figure", "Responses of the team")) == ("10 calls", "12 calls")
    assert {key: value for key, value in changed.items() if key[0] != "Figure"} == {
        ("New label", "nature: New"): ("–", "not mapped"), ("Label gone", "nature: Old"): ("Other", "–"),
        ("Mapped differently", "nature: Odd"): ("not mapped", "Other"), ("Rows kept out", "… is no number"): ("1", "2"),
        ("Rows", "calls"): ("10", "12"),
    }  # fmt: skip
    assert found.sentence.startswith("11 of 11 headline figures of the past changed")


@dataclass(frozen=True)
class Build:
    """A build with one figure for every metric: as much of a source as the comparison of two builds asks for."""

    count: int
    labels: pd.DataFrame
    reasons: pd.DataFrame
    before: "Build | None" = None
    audience = Audience.LEADERSHIP
    build_id = "test"
    as_of = date(2026, 10, 31)

    def run(self, metric: str, filters: Filters) -> Observations:
        row = {
            "period": "All",
            "numerator": self.count,
            "denominator": 20,
            "value": self.count,
            "n": self.count,
            "status": "",
        }
        about = metrics.registry()[metric]
        return Observations(about, filters, "test", self.as_of, plain(about, filters, [row]), Audience.LEADERSHIP)

    def table(self, name: str) -> pd.DataFrame:
        return {"load_labels": self.labels, "load_quarantine": self.reasons}[name]

    def earlier(self) -> "Build | None":
        return self.before

    def manifests(self) -> tuple[dict, dict]:  # type: ignore[type-arg]
        return {"tables": {"fct_calls": 10}}, {"tables": {"fct_calls": self.count}}


BUILDERS = [
    (series.over_time, "care_responses"), (breakdown.by, "care_responses", "nature"), (breakdown.by, "no_police_rate", "area"),
    (breakdown.by, "response_minutes", "nature"), (calls.by_hour,), (calls.answered,), (cases.flow,), (cases.needs,),
    (explorer.explore, "calls_for_service", "nature", "area"), (explorer.explore, "no_police_rate", "nature", "", "month"),
    (needles.by_area,), (needles.by_hexagon,), (needles.by_park,), (needles.change,), (needles.change, "needles"), (needles.months,), (needles.again,), (outcomes.people,), (outcomes.roles,),
    (outcomes.repeat_bands,), (outcomes.sensitivity,), (outcomes.side_by_side, *outcomes.POLICE_KPIS), (quality.loads,), (quality.coverage,), (quality.area_text, "calls"), (quality.area_text, "pickups"), (rebuilt.rebuilt,),
    (referrals.funnel,), (referrals.drop_off,), (referrals.days,), (referrals.cohorts,), (referrals.flow,), (referrals.waiting,), (times.spread,),
    (times.left_out,), (times.steps,), (times.over_time,),
]  # fmt: skip


@pytest.mark.parametrize("asked", BUILDERS, ids=lambda asked: "-".join([asked[0].__name__, *asked[1:]]))
@pytest.mark.parametrize(
    "period", [YEAR, Filters(date(2001, 1, 1), date(2001, 1, 31)), Filters()], ids=["a year", "no data", "all"]
)
def test_a_finding_says_one_plain_sentence_with_no_cause_and_no_machine_words(
    source: Reader, asked: tuple, period: Filters
) -> None:  # type: ignore[type-arg]
    build, *arguments = asked
    found = build(source, Scope(period), *arguments)
    assert found.sentence.endswith((".", "?", "!"))
    assert not CAUSES.search(found.sentence)
    drawn = figure(found)
    if drawn is not None:
        go.Figure(json.loads(drawn.figure))  # Plotly's own check of every property
    assert not re.search(r"\b(nan|none\b(?! of)|<NA>|NaT|inf)\b", found.sentence), found.sentence


def test_a_filter_that_a_figure_does_not_have_is_said_to_be_left_out(source: Reader) -> None:
    scope = Scope(replace(YEAR, where=(("nature", ("Well-being check",)),)))
    found = kpi.kpi(source, scope, "needle_pickups")
    assert "nature" in found.caveats[0]
    assert "does not apply" in found.caveats[0]


def test_the_days_of_several_series_are_drawn_as_days(source: Reader, scope: Scope) -> None:
    found = explorer.explore(source, scope, "calls_for_service", "nature", grain="day")
    assert found.options["grain"] == "day"


def test_a_second_dimension_that_a_series_has_no_room_for_is_said_to_be_left_out(source: Reader, scope: Scope) -> None:
    found = explorer.explore(source, scope, "calls_for_service", "nature", "area", "month")
    assert "area is left out" in " ".join(found.options["beside"])


def test_cells_of_a_rate_have_their_n_and_the_highest_is_named_only_when_it_is_one(
    source: Reader, scope: Scope
) -> None:
    found = explorer.explore(source, scope, "no_police_rate", "nature", "area")
    assert found.drawn is not None
    known = found.drawn_frame[found.drawn_frame["value"].notna()]
    assert all(
        text.endswith(f" of {prose.count(n)}") for text, n in zip(known["text"], known["denominator"], strict=True)
    )
    tied = known[(known["n"] >= 10) & (known["value"] == 1.0)]
    assert len(tied) > 1
    assert f"100.0%, is that of {len(tied)} cells" in found.sentence


class Partners:
    """A source in which one of the partners has had one referral, and the others as many as are given."""

    def __init__(self, source: Reader, sent: tuple[int, ...] = (1, 20, 35)) -> None:
        self.source, self.sent = source, sent

    def __getattr__(self, name: str) -> object:
        return getattr(self.source, name)

    def run(self, metric: str, filters: Filters) -> Observations:
        found = self.source.run(metric, filters)
        whole = found.rows[0] | {"partner": "All"}
        each = [
            whole | {"partner": f"P{n}", "numerator": 0 if n == 1 else n // 2, "denominator": n, "n": n, "value": 0.0 if n == 1 else n // 2 / n}
            for n in self.sent
        ]  # fmt: skip
        return replace(found, rows=(whole, *each))


def test_a_rate_of_one_is_not_named_as_the_lowest(source: Reader, scope: Scope) -> None:
    def said(*sent: int) -> str:
        return breakdown.by(Partners(source, sent), scope, "referral_connection_rate", "partner").sentence  # type: ignore[arg-type]

    assert "of those with an n of 10 or more, from P35, 48.6% (17 of 35), to P20, 50.0% (10 of 20)" in said(1, 20, 35)
    assert "P1" not in said(1, 20, 35)
    assert "none is named" in said(1, 2)
    assert "all have the same" in said(20, 40)


def test_a_card_shows_every_query_that_it_asked_as_it_ran(source: Reader, scope: Scope) -> None:
    asked = Scope(replace(scope.filters, where=(("area", ("Riverside",)),)))
    made = drawn(source, times.workload, asked)
    shown = card.queries(source, made)
    assert [title.rsplit("/", 1)[-1] for title, _ in shown] == ["time_on_task_by_hour.sql", "staffed_by_hour.sql"]
    busy = shown[0][1]
    again = warehouse._frame(source.warehouse, busy)
    pd.testing.assert_frame_equal(again, source.chart("time_on_task_by_hour", made.finding.filters))
    text = card.written(busy)
    assert "-- $start = 2025-01-01\n" in text
    assert "-- $area_0 = Riverside\n" in text
    assert "$area_0" in busy.sql
    by_area = drawn(source, breakdown.by, asked, "care_responses", "nature")
    assert all("$start" in query.sql for _, query in card.queries(source, by_area))


@dataclass(frozen=True)
class Loads:
    """A source that has loads alone, as the tables of a build have them."""

    tables: dict[str, pd.DataFrame]
    audience: Audience = Audience.LEADERSHIP
    build_id: str = "test"
    as_of: date = date(2026, 1, 1)

    def table(self, name: str) -> pd.DataFrame:
        return self.tables[name]


def test_a_label_that_the_build_warns_of_is_among_those_that_are_not_mapped() -> None:
    labels = [("status", "CLOSED", "closed", 90), ("status", "Parked", "Other (new): Parked", 12), ("nature", "Noise", "Noise", 40)]  # fmt: skip
    frame = pd.DataFrame(labels, columns=["column", "label", "canonical", "n"]).assign(file="a.csv")
    text = 'a.csv: no mapping says what these labels of status mean: "Parked" (12); they count as visits.'
    for warnings, said in (
        ([text], "1 label is not mapped; the most common is “Parked” (status, 12 rows)."),
        ([], "Every label is mapped."),
    ):
        tables = {"load_labels": frame, "load_warnings": pd.DataFrame({"warning": warnings})}
        loads = Loads(tables | {"dim_areas": pd.DataFrame({"area": []})})
        assert quality.labels(loads, Scope(Filters())).sentence == said  # type: ignore[arg-type]


def test_the_words_by_which_a_label_is_found_are_those_of_the_builds_warning() -> None:
    text = unexplained._sentence("a.csv", "own", "status", [("Parked", 12)])
    assert quality.UNEXPLAINED.format(column="status") in text
    assert '"Parked" (' in text


def test_a_field_that_few_rows_have_is_not_called_incomplete_and_says_which_rows_have_it(
    source: Reader, scope: Scope
) -> None:
    found = quality.completeness(source, scope, "calls")
    assert "unmet_reason" not in found.sentence
    assert "unmet_reason (eligible calls that were not answered)" in " ".join(found.options["beside"])
    for table, some in quality.SOME_ROWS.items():
        rows = source.table("load_completeness")
        assert set(some) <= set(rows.loc[rows["table"] == table, "field"])


def test_one_of_a_thing_is_said_as_one(source: Reader, scope: Scope) -> None:
    one = {"rows_read": 1, "rows_loaded": 1, "rows_duplicate": 0, "rows_superseded": 0, "rows_quarantined": 0}
    files = pd.DataFrame([{"file": "a.csv", "source": "own", "table": "calls", "columns_ignored": None, **one}])
    refused = pd.DataFrame({"file": ["b.csv"], "reason": ["empty"]})
    months = pd.DataFrame({"table": ["calls"], "field": "nature", "month": "2026-01-01", "n": 1, "filled": 1})
    warned = pd.DataFrame({"warning": ["read as cp1252"]})
    loads = Loads({"load_files": files, "load_refused": refused, "load_warnings": warned, "load_completeness": months})
    said = [build(loads, Scope(Filters())).sentence for build in (quality.loads, quality.warnings)]  # type: ignore[arg-type]
    assert said[0].startswith("1 file was read: 1 row, of which 1 was loaded")
    assert "1 file was refused" in said[0]
    assert said[1].startswith("1 row was loaded with a warning")
    assert "the latest month." in quality.completeness(loads, Scope(Filters()), "calls").options["beside"][0]  # type: ignore[arg-type]
    alone = breakdown.by(Alone(source), scope, "referrals_sent", "partner").sentence  # type: ignore[arg-type]
    assert alone == "1 referral in 2025: P."


class Alone(Partners):
    """A source in which one partner has had the one referral that there was."""

    def run(self, metric: str, filters: Filters) -> Observations:
        found = self.source.run(metric, filters)
        whole = found.rows[0] | {"partner": "All", "numerator": 1, "value": 1.0, "n": 1}
        return replace(found, rows=(whole, whole | {"partner": "P"}))
