"""The picture of a finding: a chart or a map, the same on a page, on paper and in the static edition."""

from publicsafety import charts, maps
from publicsafety.charts import Picture
from publicsafety.findings import Finding

DRAWINGS = {**charts.DRAWINGS, **maps.DRAWINGS}


def picture_of(found: Finding) -> Picture | None:
    """What `drawing` of the finding makes of what it has to draw; None where that is nothing."""
    if not found.drawing or found.drawn is None or not len(found.drawn):
        return None
    return DRAWINGS[found.drawing](found.drawn, dict(found.options))
