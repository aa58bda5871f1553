"""How is a finding drawn? Observations → Plotly figure; one plain function per kind of picture.

Bars start at zero, lines are for time, rates are dots with intervals; gaps stay gaps; a withheld figure is a grey mark
with its letter. Labels stand at the bar's tip or the line's end, so there is no legend to decode. No function here
counts anything: what is drawn is what the finding's table says.
"""

from collections.abc import Callable
from typing import Any

from publicsafety.charts.compared import bars, dots, funnel, parts, stacked
from publicsafety.charts.over_time import cohorts, line, lines
from publicsafety.charts.paths import sankey, survival
from publicsafety.charts.picture import Picture, for_phone, layout, note, numbers, safe
from publicsafety.charts.sparks import sparks
from publicsafety.charts.spread import heat, histogram, hours, matrix
from publicsafety.rows import Rows

__all__ = ["DRAWINGS", "Picture", "bars", "dots", "for_phone", "layout", "line", "lines", "note", "numbers", "safe"]

DRAWINGS: dict[str, Callable[[Rows, dict[str, Any]], Picture]] = {
    "line": line,
    "lines": lines,
    "sparks": sparks,
    "bars": bars,
    "parts": parts,
    "dots": dots,
    "stacked": stacked,
    "histogram": histogram,
    "heat": heat,
    "hours": hours,
    "matrix": matrix,
    "funnel": funnel,
    "sankey": sankey,
    "survival": survival,
    "cohorts": cohorts,
}
