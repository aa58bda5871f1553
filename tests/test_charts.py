"""Pictures say what the table says: bars from zero, gaps as gaps, withheld figures as letters, text as text."""

import itertools
import json
import math
import re
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from publicsafety import charts, maps, palette
from publicsafety.city import MapSettings
from publicsafety.maps.breaks import natural_breaks
from publicsafety.maps.labels import LETTER, LINE, Spot, placed
from publicsafety.maps.tiles import tiles

MONTHS = pd.date_range("2025-01-01", periods=12, freq="MS").strftime("%Y-%m-%d")
SQUARE = json.dumps({"type": "Polygon", "coordinates": [[[0, 42], [1, 42], [1, 43], [0, 43], [0, 42]]]})


def series(**changes: Any) -> pd.DataFrame:
    frame = pd.DataFrame({"period": MONTHS, "value": np.arange(12.0), "status": ""})
    for row, (value, status) in changes.pop("rows", {}).items():
        frame.loc[row, ["value", "status"]] = [value, status]
    return frame


def drawn(figure: charts.Picture) -> go.Figure:
    """The picture after Plotly's own checks of every property."""
    return go.Figure(figure.to_dict())


def texts(figure: charts.Picture) -> str:
    return json.dumps(drawn(figure).to_plotly_json(), default=str, ensure_ascii=False)


def test_a_month_without_data_is_a_gap_in_the_line_and_not_a_zero() -> None:
    figure = drawn(charts.line(series(rows={3: (np.nan, "x")}), {"unit": "calls"}))
    trace = figure.data[0]
    assert trace.y[3] is None or np.isnan(trace.y[3])
    assert not trace.connectgaps


def test_a_stretch_without_an_export_is_a_band_that_says_so_in_words_on_a_phone_too() -> None:
    gaps = {3: (np.nan, "x"), 4: (np.nan, "x"), 8: (np.nan, "x")}
    missing = {MONTHS[3]: "no export", MONTHS[4]: "no export"}
    several = pd.concat([series(rows=gaps).assign(series=name) for name in ("a", "b")])
    for figure in (
        charts.line(series(rows=gaps), {"unit": "calls", "missing": missing}),
        charts.lines(several, {"unit": "calls", "missing": missing}),
    ):
        for picture in (figure.to_dict(), charts.for_phone(figure.to_dict())):
            said = [note["text"] for note in picture["layout"]["annotations"]]
            assert said.count("no export") == 1  # two months in a row are one gap
            assert said.count("not available") == 1
            assert not any("[x]" in each for each in said)
        bands = [shape for shape in figure.layout["shapes"] if shape["type"] == "rect"]
        assert "2025-03" < bands[0]["x0"] < MONTHS[3] < MONTHS[4] < bands[0]["x1"] < MONTHS[5]
        assert len(bands) == 2


def test_a_gap_lies_over_the_usual_range_and_not_under_it() -> None:
    options = {"unit": "calls", "limits": (2.0, 5.0, 8.0), "since": MONTHS[2]}
    shapes = charts.line(series(rows={5: (np.nan, "x")}), options).layout["shapes"]
    bands = [shape for shape in shapes if shape["type"] == "rect"]
    assert (bands[0]["y0"], bands[0]["y1"]) == (2.0, 8.0)
    assert 0 < bands[0]["x0"] < 0.2
    assert bands[1]["yref"] == "paper"
    # Plotly draws in this order only what is not placed by two axes.
    assert all("paper" in (shape.get("xref"), shape.get("yref")) for shape in bands)


def test_a_month_that_one_of_two_series_has_is_no_gap() -> None:
    whole, short = series(), series(rows={3: (np.nan, "x")})
    figure = charts.lines(pd.concat([whole.assign(series="a"), short.assign(series="b")]), {"unit": "calls"})
    assert not figure.layout["shapes"]


def test_a_rate_that_is_not_available_is_said_in_words_and_a_withheld_one_has_its_letter() -> None:
    frame = pd.DataFrame({"label": ["a", "b"], "value": [np.nan, np.nan], "status": ["x", "c"]})
    assert list(drawn(charts.bars(frame, {"unit": "calls"})).data[0].text) == ["not available", "[c]"]


def test_a_withheld_month_is_a_letter_and_its_number_is_nowhere_in_the_picture() -> None:
    figure = drawn(charts.line(series(rows={3: (np.nan, "c")}), {"unit": "calls"}))
    assert any(note.text == "[c]" for note in figure.layout.annotations)


def test_a_signal_is_ringed_and_the_expected_range_is_a_band() -> None:
    figure = drawn(
        charts.line(series(), {"unit": "calls", "limits": (2.0, 5.0, 8.0), "signals": {MONTHS[11]: "outside"}})
    )
    rings = [trace for trace in figure.data if trace.marker.symbol == "circle-open"]
    assert [list(trace.y) for trace in rings] == [[11.0]]
    assert (figure.layout.shapes[0].y0, figure.layout.shapes[0].y1) == (2.0, 8.0)


@pytest.mark.parametrize("draw", [charts.line, charts.lines])
def test_days_on_an_axis_are_told_apart_and_months_have_no_day(draw: Any) -> None:
    days = pd.DataFrame({"period": ["2025-10-10", "2025-10-11"], "value": [1.0, 2.0], "status": "", "series": "a"})
    by_day, by_month = (drawn(draw(days, {"unit": "calls", "grain": grain})) for grain in ("day", "month"))
    assert "%-d" in by_day.layout.xaxis.tickformat
    assert "%-d" not in by_month.layout.xaxis.tickformat
    assert list(by_day.data[-1].text) == ["10 Oct 2025", "11 Oct 2025"]


def test_an_axis_of_percents_ends_at_100_and_has_room_for_every_name() -> None:
    ends = {"a": 1.0, "b": 1.0, "c": 0.99, "d": 0.98}
    frame = pd.concat([series().assign(value=value, series=name) for name, value in ends.items()])
    figure = drawn(charts.lines(frame, {"unit": "percent"}))
    assert figure.layout.yaxis.range[1] <= 1.05
    names = sorted(note.y for note in figure.layout.annotations if note.text in ends)
    assert len(names) == 4
    assert max(names) <= figure.layout.yaxis.range[1]
    assert min(np.diff(names)) > 0.08


def test_bars_start_at_zero_and_a_withheld_one_has_no_length() -> None:
    frame = pd.DataFrame({"label": ["a", "b"], "value": [10.0, np.nan], "status": ["", "c"]})
    figure = drawn(charts.bars(frame, {"unit": "calls"}))
    assert figure.layout.xaxis.range[0] == 0
    assert list(figure.data[0].x) == [10.0, 0.0]
    assert list(figure.data[0].text) == ["10", "[c]"]


def test_more_than_four_lines_are_never_drawn_in_one_chart() -> None:
    frame = pd.concat([series().assign(series=f"s{place}") for place in range(7)])
    assert len(drawn(charts.lines(frame, {"unit": "calls"})).data) == 4


def test_lines_are_told_apart_without_colour() -> None:
    frame = pd.concat([series().assign(series=f"s{place}") for place in range(4)])
    figure = drawn(charts.lines(frame, {"unit": "calls"}))
    assert len({trace.line.dash for trace in figure.data}) == 4
    assert len({trace.marker.symbol for trace in figure.data}) == 4


@pytest.mark.parametrize(
    "label", ["<img src=x onerror=alert(1)>", "<a href='http://evil.example'>x</a>", "<b>bold</b>"]
)
def test_a_label_from_data_is_shown_and_not_obeyed(label: str) -> None:
    frame = pd.DataFrame(
        {"label": [label], "value": [1.0], "low": [0.5], "high": [1.0], "status": [""], "text": [label]}
    )
    for drawing in (charts.bars, charts.dots):
        assert label not in texts(drawing(frame, {"unit": "percent"}))


@pytest.mark.parametrize("name", ["line", "bars", "dots", "stacked", "histogram", "heat", "lines", "survival"])
def test_a_drawing_of_nothing_known_does_not_break(name: str) -> None:
    frame = pd.DataFrame(
        {"period": [MONTHS[0]], "label": ["a"], "part": ["b"], "series": ["s"], "value": [np.nan], "status": ["c"], "low": [np.nan],
         "high": [np.nan], "bin": [0], "count": [0], "weekday": ["Mon"], "hour": [0], "day": [0], "share": [np.nan], "at_risk": [0]}
    )  # fmt: skip
    assert drawn(charts.DRAWINGS[name](frame, {"unit": "calls"})).data


def test_every_colour_of_a_chart_comes_from_the_theme() -> None:
    assert palette.colour("care") == palette.theme()["chartCategoricalColors"][0]
    assert palette.paler(palette.colour("care"), 1.0) == palette.colour("backgroundColor")
    assert len(set(palette.steps())) == len(set(palette.steps("needles"))) == 5


def test_the_same_thing_has_the_same_colour_and_different_things_differ() -> None:
    assert len({palette.colour(meaning) for meaning in palette.MEANINGS}) == len(palette.MEANINGS)


SIGHT = {  # how light is seen with two kinds of cones (Machado, Oliveira and Fernandes 2009, severity 1)
    "without red": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "without green": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "without blue": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}
OKLAB = (
    [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566], [0.0883024619, 0.2817188376, 0.6299787005]],
    [[0.2104542553, 0.793617785, -0.0040720468], [1.9779984951, -2.428592205, 0.4505937099], [0.0259040371, 0.7827717662, -0.8086757660]],
)  # fmt: skip


def apart(one: str, other: str, sight: Any = None) -> float:
    """How far two colours are from one another in OKLab (Ottosson 2020); white and black are 1 apart."""

    def seen(colour: str) -> Any:
        channels = np.array([int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)])
        light = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
        return np.array(OKLAB[1]) @ np.cbrt(np.array(OKLAB[0]) @ np.clip(np.array(sight or np.eye(3)) @ light, 0, 1))

    return float(np.linalg.norm(seen(one) - seen(other)))


@pytest.mark.parametrize("sight", [None, *SIGHT])
def test_series_without_a_meaning_look_like_no_meaning_and_are_told_apart_by_those_who_see_two_colours(
    sight: str | None,
) -> None:
    ours, matrix = palette.series(), SIGHT.get(sight or "")
    meanings = [palette.colour(each) for each in ("care", "co-response", "police", "needles", "unknown")]
    assert len(ours) == 4
    assert min(apart(a, b, matrix) for a, b in itertools.combinations(ours, 2)) > 0.11
    assert min(apart(a, b, matrix) for a in ours for b in meanings) > (0.06 if sight else 0.13)


@pytest.mark.parametrize("page", ["#ffffff", "#0e1117"])
def test_a_series_stands_out_from_a_light_and_from_a_dark_page(page: str) -> None:
    assert min(palette.contrast(each, page) for each in palette.series()) >= 3


def test_a_series_has_the_colour_of_its_meaning_where_it_has_one_and_of_no_meaning_else() -> None:
    frame = pd.concat([series().assign(series=name) for name in ("No police", "The Port", "Web & app")])
    figure = charts.lines(frame, {"unit": "calls", "meanings": {"No police": "care"}})
    assert [trace["line"]["color"] for trace in figure.data] == [palette.colour("care"), *palette.series()[:2]]


def test_the_ways_of_referrals_are_bars_with_their_counts_on_a_phone() -> None:
    ways = [
        ("Housing search", "First Step", 5, 0), ("Food insecurity", "First Step", 2, 0), ("All others", "Shelter", 9, 0),
        ("First Step", "Completed", 4, 1), ("First Step", "Lost contact", 3, 1), ("Shelter", "Accepted, no service yet", 9, 1),
    ]  # fmt: skip
    figure = charts.DRAWINGS["sankey"](pd.DataFrame(ways, columns=["source", "target", "value", "stage"]), {})
    wide, narrow = drawn(figure), go.Figure(charts.for_phone(figure.to_dict()))
    assert [trace.type for trace in wide.data if trace.visible is not False] == ["sankey"]
    bars = [trace for trace in narrow.data if trace.visible is not False]
    assert [trace.type for trace in bars] == ["bar", "bar"]
    names = list(narrow.layout.yaxis.ticktext)
    said = dict(zip(names, bars[0].text, strict=True))
    assert names[:4] == ["<b>Needs</b>", "Housing search", "Food insecurity", "All others"]
    assert (said["Housing search"], said["First Step"], said["Accepted, no service yet"]) == ("5", "4 of 7", "9")
    assert not any("…" in name for name in names)


def test_the_largest_parks_have_their_name_and_number_on_the_map_and_no_text_covers_another() -> None:
    def square(west: float) -> str:
        ring = [[west, 42.4], [west + 0.001, 42.4], [west + 0.001, 42.401], [west, 42.401], [west, 42.4]]
        return json.dumps({"type": "Polygon", "coordinates": [ring]})

    city = pd.DataFrame({"geojson": [json.dumps({"type": "Polygon", "coordinates": [[[-71.2, 42.3], [-71.0, 42.3], [-71.0, 42.5], [-71.2, 42.5], [-71.2, 42.3]]]})]})  # fmt: skip
    near = [-71.1 + 0.004 * place for place in range(12)]
    frame = pd.DataFrame({"label": [f"Park <b>{n}</b>" for n in range(12)], "value": [120.0 - 9 * n for n in range(12)], "status": "", "geojson": [square(each) for each in near]})  # fmt: skip
    figure = maps.parks(frame, {"unit": "requests", "base": {"city": city}, "meaning": "needles"})
    for picture in (figure.to_dict(), charts.for_phone(figure.to_dict())):
        said = [note["text"] for note in picture["layout"]["annotations"]]
        assert "<b>120</b> Park &lt;b&gt;0&lt;/b&gt;" in said
        assert go.Figure(picture).data
    spots = [Spot(100 + 6 * n, 100, 5, (f"{n} a long name", str(n))) for n in range(9)]
    found = placed(spots, 400, 300)
    boxes = [(spots[each.spot].x + each.dx, 100 + each.dy, LETTER * len(each.text)) for each in found]
    assert len(found) > 2
    for (x, y, wide), (x2, y2, wide2) in itertools.combinations(boxes, 2):
        assert abs(x - x2) >= (wide + wide2) / 2 or abs(y - y2) >= LINE


def test_one_busy_place_does_not_share_a_class_of_a_map_with_the_many_quiet_ones() -> None:
    counts = [1] * 20 + [2] * 15 + [3] * 9 + [4] * 7 + [5] * 5 + [6] * 4 + [7, 8, 9, 10, 12, 15, 77]
    edges = maps.classes(pd.Series(counts, dtype=float))
    assert len(edges) == 5
    assert edges[-2:] == [15, 77]
    assert maps.classes(pd.Series(range(1, 3000), dtype=float))[-1] == 2999


@pytest.mark.parametrize("seed", range(20))
def test_no_other_cut_of_a_maps_figures_into_classes_leaves_less_within_them(seed: int) -> None:
    figures = np.random.default_rng(seed).integers(1, 60, 9).astype(float)
    different = sorted(set(figures))

    def within(edges: Any) -> float:
        bounds = [0.0, *edges]
        some = [np.sqrt(figures[(figures > low) & (figures <= high)]) for low, high in itertools.pairwise(bounds)]
        return float(sum(((each - each.mean()) ** 2).sum() for each in some))

    cuts = itertools.combinations(different[:-1], 2)
    assert within(natural_breaks(pd.Series(figures), 3)) == pytest.approx(min(within([*cut, different[-1]]) for cut in cuts))  # fmt: skip


def test_a_map_asks_no_tile_server_and_needs_no_webgl() -> None:
    frame = pd.DataFrame({"label": ["a"], "value": [3.0], "status": [""], "geojson": [SQUARE], "is_hot": [True]})
    for drawing in (maps.areas, maps.hexagons):
        made = drawing(
            frame, {"unit": "requests", "base": {"city": frame, "areas": frame.rename(columns={"label": "area"})}}
        )
        figure = drawn(made)
        assert {trace.type for trace in figure.data} == {"scatter"}


def test_a_map_lies_on_the_tiles_of_the_server_that_the_city_names() -> None:
    url = "https://tiles.example.org/{z}/{x}/{y}.png"
    frame = pd.DataFrame({"label": ["a"], "value": [3.0], "status": [""], "geojson": [SQUARE], "is_hot": [True]})
    base = {"city": frame, "tiles": MapSettings(center=(42.5, 0.5), tiles=url)}
    for drawing in (maps.areas, maps.hexagons):
        figure = drawn(drawing(frame, {"unit": "requests", "base": base}))
        pictures = figure.layout.images
        assert 4 <= len(pictures) <= 20
        assert all(re.fullmatch(r"https://tiles\.example\.org/\d+/\d+/\d+\.png", each.source) for each in pictures)
        assert min(each.x for each in pictures) <= 0 <= 1 <= max(each.x + each.sizex for each in pictures)
        assert min(each.y - each.sizey for each in pictures) <= 42 <= 43 <= max(each.y for each in pictures)
        assert any(str(trace.fillcolor).startswith("rgba") for trace in figure.data), "what lies below can be seen"


def test_tiles_are_those_that_hold_the_place() -> None:
    (only,) = tiles("{z}/{x}/{y}", (0.001, 51.4779, 0.0011, 51.478))[:1]  # Greenwich, just east of the meridian
    zoom, x, y = map(int, only["source"].split("/"))
    assert x == 2**zoom // 2
    assert only["x"] == 0
    assert only["y"] - only["sizey"] <= 51.478 <= only["y"]
    secant = math.tan(math.radians(51.478)) + 1 / math.cos(math.radians(51.478))
    assert y == int((1 - math.log(secant) / math.pi) / 2 * 2**17)  # as the OpenStreetMap wiki has it
    assert zoom == 17


def test_on_a_phone_a_chart_is_as_plotly_takes_it_too() -> None:
    frame = pd.DataFrame(
        {"label": ["a" * 50], "value": [0.9], "low": [0.8], "high": [1.0], "status": [""], "text": ["90% (9 of 10)"]}
    )
    for drawing in (charts.bars, charts.dots):
        made = drawing(frame, {"unit": "percent"})
        narrow = made.layout["meta"]["narrow"]["layout"]
        go.Figure(
            {"data": made.data, "layout": made.layout | {key: value for key, value in narrow.items() if key != "yaxis"}}
        )
        assert narrow["annotations"] != made.layout["annotations"]


def test_the_text_at_the_tip_of_a_bar_has_room_beside_it() -> None:
    frame = pd.DataFrame({"label": ["a"], "value": [10.0], "status": [""], "text": ["10 · 100.0% of sent"]})
    made = charts.bars(frame, {"unit": "referrals"})
    wide, narrow = made.layout["xaxis"]["range"][1], made.layout["meta"]["narrow"]["layout"]["xaxis"]["range"][1]
    assert 10 / narrow * 280 + 19 * 7 <= 280
    assert wide < narrow


def test_rates_that_are_all_high_are_drawn_large_and_counts_from_zero() -> None:
    frame = pd.DataFrame(
        {"label": ["a", "b"], "value": [0.94, 0.97], "low": [0.92, 0.95], "high": [0.96, 0.98], "status": ["", ""]}
    )
    assert charts.dots(frame, {"unit": "percent"}).layout["xaxis"]["range"][0] > 0.85
    frame.loc[0, "low"] = 0.3
    assert charts.dots(frame, {"unit": "percent"}).layout["xaxis"]["range"][0] < 0


def test_a_withheld_area_has_no_number_on_the_map() -> None:
    frame = pd.DataFrame(
        {"label": ["a", "b"], "value": [3.0, np.nan], "status": ["", "c"], "geojson": [SQUARE, SQUARE]}
    )
    figure = drawn(maps.areas(frame, {"unit": "requests"}))
    assert any("[c]" in str(note.text) for note in figure.layout.annotations)


@pytest.mark.parametrize(
    ("values", "edges"),
    [([1, 2, 3, 4, 5], [1, 2, 3, 4, 5]), ([7, 7, 7], [7]), ([], []), ([0, 0], []), ([1, 115], [1, 115])],
)
def test_a_map_has_at_most_five_classes_and_none_is_empty_of_meaning(values: list[float], edges: list[float]) -> None:
    assert maps.classes(pd.Series(values, dtype=float)) == edges


@pytest.mark.parametrize("meaning", ["care", "needles"])
def test_words_on_every_shade_stand_out_as_wcag_asks(meaning: str) -> None:
    values = [1.0, 2.0, 3.0, 4.0, 5.0]
    frame = pd.DataFrame({"label": list("abcde"), "value": values, "status": "", "geojson": SQUARE})
    said = maps.areas(frame, {"unit": "requests", "meaning": meaning}).layout["annotations"]
    cells = pd.DataFrame({"row": "a", "column": list("abcde"), "value": np.array(values) - 0.5, "text": list("12345")})
    options = {"rows": ["a"], "columns": list("abcde"), "meaning": meaning, "top": 5.0}  # one cell of each shade
    told = charts.matrix(cells, options).layout["annotations"]
    for notes in (said, told):
        inks = [note["font"]["color"] for note in notes]
        ratios = [palette.contrast(ink, shade) for ink, shade in zip(inks, palette.steps(meaning), strict=True)]
        assert min(ratios) >= 4.5


def test_a_long_name_is_folded_and_not_cut_on_a_phone() -> None:
    name = "Share of all calls handled by the team alone"
    frame = pd.DataFrame(
        {"label": [name], "value": [0.9], "low": [0.8], "high": [1.0], "status": [""], "text": ["90% (9 of 10)"]}
    )
    for drawing in (charts.bars, charts.dots):
        narrow = charts.for_phone(drawing(frame, {"unit": "percent"}).to_dict())["layout"]
        said = " ".join(note["text"].replace("<br>", " ") for note in narrow["annotations"])
        assert name in said
        assert max(len(line) for note in narrow["annotations"] for line in note["text"].split("<br>")) <= 40


def test_dates_are_named_below_a_line_that_keeps_far_from_zero() -> None:
    events = {"events": [("2025-03-01", "9-1-1 response begins")], "unit": "calls"}
    for lowest, place in ((0.0, 1), (20.0, 0)):
        frame = series().assign(value=np.arange(12.0) + lowest)
        notes = charts.line(frame, dict(events)).layout["annotations"]
        assert [note["y"] for note in notes if note.get("text") == "9-1-1 response begins"] == [place]
