""":material/call: Call volume

How many calls come, when and from where, and which of them the team could answer.
"""

from publicsafety.ui import begin, breakdown, calls, kpi, places, published, series, times

page = begin(__file__, figures=("care_responses",))
page.answer(kpi.kpi, "calls_for_service", otherwise="care_responses")
page.tiles(
    "How much work is there?",
    "calls_for_service",
    "eligible_calls",
    "care_responses",
    "eligible_calls_answered",
    released=("care_responses", "people_served", "response_minutes"),
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
page.show(published.over_time, "care_responses", "How many calls did the team go to, month by month?")
page.pair(
    (published.categories_over_time, "care_responses", "nature", "Which kinds of call, quarter by quarter?"),
    (published.categories_over_time, "care_responses", "police_role", "With police or without, quarter by quarter?"),
)
page.show(published.map_of_areas, "care_responses", "In which neighborhoods?")
page.pair(
    (published.breakdown, "care_responses", "nature", "Which calls was the team sent to?"),
    (published.breakdown, "care_responses", "area_group", "In which parts of the city?"),
)
page.show(published.cross, "care_responses", "area_group", "nature", "Which calls in which part of the city?")
page.pair(
    (published.several, "How soon was the team there?", "response_minutes"),
    (published.breakdown, "care_responses", "timing", "For how many calls is the response time known?"),
)
