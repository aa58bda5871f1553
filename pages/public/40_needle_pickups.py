""":material/pin_drop: Needle pickups

Reports, pickups and needles: three counts that are not alike, and where people report.
"""

from publicsafety.ui import begin, breakdown, calls, kpi, needles, series, times

page = begin(__file__, filters=("area", "source"))
page.answer(kpi.kpi, "needles_removed")
page.tiles("How many?", "needle_reports", "needle_pickups", "needles_removed", "needle_minutes_to_pickup")
measure = page.choose("Count", "count", needles.NAMES, needs_records=tuple(needles.NAMES))
view = page.choose(
    "Show as",
    "view",
    {"hexagons": "Hexagons", "areas": "Areas", "parks": "Parks", "points": "Exact points", "change": "Change"},
    needs_records=tuple(needles.VIEWS),
)
page.show(needles.VIEWS[view], measure)
page.series_by_grain(series.over_time, needles.MEASURES[measure][0])
page.show(needles.months, measure)
page.pair(
    (breakdown.by, needles.MEASURES[measure][0], "place_kind"), (breakdown.by, needles.MEASURES[measure][0], "source")
)
page.pair((needles.again, measure), (breakdown.by, "needle_minutes_to_pickup", "area", "", (times.READING,)))
page.show(calls.by_hour, "needle_reports", "When do people report needles?")
page.released()
