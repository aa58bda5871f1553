""":material/call: Call volume

How many calls come, when and from where, and which of them the team could answer.
"""

from publicsafety.ui import begin, breakdown, calls, kpi, places, series, times

page = begin(__file__)
page.answer(kpi.kpi, "calls_for_service")
page.tiles(
    "How much work is there?",
    "calls_for_service",
    "eligible_calls",
    "care_responses",
    "eligible_calls_answered",
)
page.series_by_grain(series.over_time, "calls_for_service")
page.show(calls.by_hour)
page.show(series.over_time, "care_responses")
page.show(calls.answered)
page.show(times.workload)
page.show(places.by_area, "calls_for_service")
page.pair((breakdown.by, "calls_for_service", "nature"), (breakdown.by, "calls_for_service", "source"))
page.pair((breakdown.by, "calls_for_service", "area"), (breakdown.by, "calls_for_service", "priority"))
page.pair((breakdown.by, "care_responses", "nature"), (breakdown.by, "care_responses", "area"))
page.pair((breakdown.by, "eligible_calls_answered", "nature"), (breakdown.by, "eligible_calls_answered", "area"))
page.released()
