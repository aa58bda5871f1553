"""A finding's chart as a native, editable one: bars from zero, lines for time, dots with intervals for rates."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
from lxml import etree
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import (
    XL_CHART_TYPE,
    XL_LABEL_POSITION,
    XL_LEGEND_POSITION,
    XL_MARKER_STYLE,
    XL_TICK_LABEL_POSITION,
    XL_TICK_MARK,
)
from pptx.enum.dml import MSO_LINE
from pptx.oxml.ns import qn
from pptx.util import Pt

from publicsafety import palette, prose
from publicsafety.findings import Finding

FONT = "Arial"
SHORT = 48  # characters of a category's name on an axis; the table has it whole
NUMBER, SHARE = "#,##0", "0.0%"


def add(slide: Any, found: Finding, left: int, top: int, width: int, height: int) -> None:
    """Draw the finding at a place of a slide, with its alternative text."""
    rows, options = found.drawn_frame, found.options
    draw = {"line": _line, "dots": _dots}.get(found.drawing, _bars)
    frame = draw(slide, rows, options, (left, top, width, height))
    frame.name = "Chart"
    describe(frame, found.alt)


def describe(frame: Any, text: str) -> None:
    """The alternative text of a chart, table or picture."""
    frame._element.xpath(".//p:cNvPr")[0].set("descr", text)


def _bars(slide: Any, rows: pd.DataFrame, options: Any, box: tuple[int, int, int, int]) -> Any:
    shown = rows.head(int(options.get("shown", 12)))
    colour = palette.colour(options.get("meaning", "care"))
    now, then = options.get("series", ("Period", "Before"))
    series = [(now, list(shown["value"]))]
    if "before" in shown and shown["before"].notna().any():
        series.append((then, list(shown["before"])))
    names = [_named(row) for row in shown.to_dict("records")]
    frame, chart = _chart(slide, XL_CHART_TYPE.BAR_CLUSTERED, names, series, box, NUMBER)
    chart.plots[0].gap_width, chart.plots[0].overlap = 60, 0
    for place, made in enumerate(chart.plots[0].series):
        _fill(made, colour if place == 0 else palette.paler(colour, 0.55))
        _labels(made, NUMBER, 12 if place == 0 else 10)
    chart.category_axis.reverse_order = True
    chart.value_axis.visible = False
    chart.value_axis.has_major_gridlines = False
    chart.value_axis.minimum_scale = 0
    if len(series) > 1:
        _legend(chart)
    return frame


def _line(slide: Any, rows: pd.DataFrame, options: Any, box: tuple[int, int, int, int]) -> Any:
    grain, unit = str(options.get("grain", "month")), str(options.get("unit", ""))
    colour = palette.colour(options.get("meaning", "care"))
    names = [prose.period_name(str(each), grain) for each in rows["period"]]
    form = SHARE if unit == "percent" else NUMBER
    series = [(str(options.get("axis", unit)).capitalize(), list(rows["value"]))]
    limits = options.get("limits")
    if limits:
        series += [
            ("Usual range: upper end", [limits[2]] * len(names)),
            ("Usual range: lower end", [limits[0]] * len(names)),
        ]
    frame, chart = _chart(slide, XL_CHART_TYPE.LINE_MARKERS, names, series, box, form)
    for place, made in enumerate(chart.plots[0].series):
        made.smooth = False
        made.format.line.color.rgb = _rgb(colour if place == 0 else palette.colour("grayTextColor"))
        made.format.line.width = Pt(2.5 if place == 0 else 1)
        made.marker.style = XL_MARKER_STYLE.CIRCLE if place == 0 else XL_MARKER_STYLE.NONE
        if place:
            made.format.line.dash_style = MSO_LINE.DASH
        else:
            made.marker.size = 6
            made.marker.format.fill.solid()
            made.marker.format.fill.fore_color.rgb = _rgb(colour)
            _last_label(made, rows["value"])
    chart.value_axis.minimum_scale = 0
    _titled(chart.value_axis, str(options.get("axis", "")))
    if limits:
        _legend(chart)
    return frame


def _dots(slide: Any, rows: pd.DataFrame, options: Any, box: tuple[int, int, int, int]) -> Any:
    """Rates as markers with their intervals as error bars, on an axis from 0 to 100%."""
    names = [f"{_short(row['label'])} ({row['of'] or row['text']})" for row in rows.to_dict("records")]
    frame, chart = _chart(slide, XL_CHART_TYPE.LINE_MARKERS, names, [("Share", list(rows["value"]))], box, SHARE)
    made = chart.plots[0].series[0]
    made.smooth = False
    made.format.line.fill.background()
    made.marker.style, made.marker.size = XL_MARKER_STYLE.CIRCLE, 12
    made.marker.format.fill.solid()
    made.marker.format.fill.fore_color.rgb = _rgb(palette.colour(options.get("meaning", "care")))
    _labels(made, SHARE, 14)
    made.data_labels.position = XL_LABEL_POSITION.RIGHT
    _intervals(made, (rows["high"] - rows["value"]).fillna(0), (rows["value"] - rows["low"]).fillna(0))
    chart.value_axis.minimum_scale, chart.value_axis.maximum_scale, chart.value_axis.major_unit = 0, 1, 0.25
    chart.value_axis.tick_labels.number_format, chart.value_axis.tick_labels.number_format_is_linked = "0%", False
    return frame


def _chart(
    slide: Any,
    kind: Any,
    names: Sequence[str],
    series: Sequence[tuple[str, Sequence[Any]]],
    box: tuple[int, int, int, int],
    form: str,
) -> tuple[Any, Any]:
    data = CategoryChartData(number_format=form)
    data.categories = names
    for name, values in series:
        data.add_series(name, [None if pd.isna(value) else float(value) for value in values])
    frame = slide.shapes.add_chart(kind, *box, data)
    chart = frame.chart
    chart.has_title = False
    chart.has_legend = False
    chart.font.size, chart.font.name = Pt(12), FONT
    chart.font.color.rgb = _rgb(palette.colour("textColor"))
    for axis in (chart.category_axis, chart.value_axis):
        axis.format.line.color.rgb = _rgb(palette.colour("dataframeBorderColor"))
        axis.major_tick_mark = XL_TICK_MARK.NONE
        axis.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    chart.value_axis.major_gridlines.format.line.color.rgb = _rgb(palette.colour("dataframeBorderColor"))
    return frame, chart


def _intervals(series: Any, above: pd.Series, below: pd.Series) -> None:
    """Error bars with the given lengths, which python-pptx has no call for (ECMA-376, 21.2.2.55)."""
    made = etree.SubElement(series._element, qn("c:errBars"))
    for name, value in (("errDir", "y"), ("errBarType", "both"), ("errValType", "cust"), ("noEndCap", "1")):
        etree.SubElement(made, qn(f"c:{name}")).set("val", value)
    for name, values in (("plus", above), ("minus", below)):
        literal = etree.SubElement(etree.SubElement(made, qn(f"c:{name}")), qn("c:numLit"))
        etree.SubElement(literal, qn("c:formatCode")).text = "General"
        etree.SubElement(literal, qn("c:ptCount")).set("val", str(len(values)))
        for place, value in enumerate(values):
            point = etree.SubElement(literal, qn("c:pt"))
            point.set("idx", str(place))
            etree.SubElement(point, qn("c:v")).text = f"{float(value):.4f}"
    properties = etree.SubElement(made, qn("c:spPr"))
    line = etree.SubElement(properties, qn("a:ln"))
    line.set("w", "28575")
    colour = etree.SubElement(etree.SubElement(line, qn("a:solidFill")), qn("a:srgbClr"))
    colour.set("val", palette.paler(palette.colour("care"), 0.3)[1:])
    # The schema wants error bars before the categories.
    first = series._element.find(qn("c:cat"))
    if first is not None:
        first.addprevious(made)


def _labels(series: Any, form: str, size: float) -> None:
    labels = series.data_labels
    labels.show_value = True
    labels.number_format, labels.number_format_is_linked = form, False
    labels.font.size, labels.font.name = Pt(size), FONT
    labels.font.color.rgb = _rgb(palette.colour("textColor"))


def _last_label(series: Any, values: pd.Series) -> None:
    """The last value at the line's end."""
    known = [place for place, value in enumerate(values) if pd.notna(value)]
    if known:
        label = series.points[known[-1]].data_label
        label.has_text_frame = False
        label.position = XL_LABEL_POSITION.RIGHT
        label.font.size, label.font.bold = Pt(14), True


def _titled(axis: Any, text: str) -> None:
    axis.has_title = bool(text)
    if text:
        axis.axis_title.text_frame.text = text[0].upper() + text[1:]
        run = axis.axis_title.text_frame.paragraphs[0].runs[0]
        run.font.size, run.font.bold = Pt(12), False


def _legend(chart: Any) -> None:
    chart.has_legend = True
    chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False
    chart.legend.font.size = Pt(11)


def _fill(series: Any, colour: str) -> None:
    series.format.fill.solid()
    series.format.fill.fore_color.rgb = _rgb(colour)
    series.invert_if_negative = False


def _named(row: dict[str, Any]) -> str:
    """A category's name, with the letter of its status where there is no number."""
    letter = "" if prose.known(row.get("value")) else f" {prose.LETTER.get(str(row.get('status') or 'x'), '[x]')}"
    return _short(row["label"]) + letter


def _short(label: Any) -> str:
    text = str(label)
    return text if len(text) <= SHORT else text[: SHORT - 1].rstrip() + "…"


def _rgb(colour: str) -> RGBColor:
    return RGBColor.from_string(colour[1:].upper())
