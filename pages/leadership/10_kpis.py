""":material/speed: Key figures

What changed, whether it is signal or noise, and where to look.
"""

from publicsafety.ui import begin, kpi, series

page = begin(__file__)
page.answer(kpi.kpi, "care_responses")
page.tiles("What did the team do?", "care_responses", "people_served", "eligible_calls_answered", "response_minutes")
page.tiles("Were police needed?", "no_police_rate", "police_backup_rate", "care_share_of_calls")
page.tiles("How many needles?", "needle_reports", "needle_pickups", "needles_removed")
page.tiles(
    "How are clients doing?",
    "active_cases",
    "needs_met",
    "referrals_sent",
    "referral_connection_rate",
    "referral_closed_loop_rate",
)
page.show(series.over_time, "care_responses")
