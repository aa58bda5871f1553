""":material/speed: Key figures

What changed, whether it is signal or noise, and where to look.
"""

from publicsafety.ui import begin, changes, kpi, series

page = begin(__file__)
LOOKED_AT = (
    "care_responses",
    "people_served",
    "eligible_calls_answered",
    "response_minutes",
    "no_police_rate",
    "police_backup_rate",
    "needle_reports",
    "needles_removed",
    "cases_opened",
    "referral_connection_rate",
)

page.answer(kpi.headline)
page.show(changes.changes, *LOOKED_AT)
page.tiles("What did the team do?", "care_responses", "people_served", "eligible_calls_answered", "response_minutes")
page.tiles("Were police needed?", "no_police_rate", "police_backup_rate", "care_share_of_calls", "repeat_contacts")
page.tiles("How many needles?", "needle_reports", "needle_pickups", "needles_removed", "needle_minutes_to_pickup")
page.tiles(
    "How are clients doing?", "active_cases", "needs_met", "referral_connection_rate", "referral_closed_loop_rate"
)
page.show(series.over_time, "care_responses")
page.pair((series.over_time, "no_police_rate"), (series.over_time, "response_minutes"))
