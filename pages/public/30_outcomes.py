""":material/task_alt: Outcomes

How calls ended: police involvement with every denominator in sight, results, and people met again.
"""

from publicsafety.ui import begin, breakdown, kpi, outcomes, series

page = begin(__file__)
page.answer(kpi.kpi, "no_police_rate")
page.tiles("How did calls end?", "no_police_rate", "police_backup_rate", "transports", "follow_ups")
page.show(outcomes.side_by_side, *outcomes.POLICE_KPIS, "eligible_calls_answered_all_hours")
page.pair((outcomes.roles,), (outcomes.sensitivity,))
page.show(series.over_time, "no_police_rate")
page.pair((breakdown.by, "care_responses", "disposition"), (breakdown.by, "no_police_rate", "nature"))
page.pair((outcomes.people,), (outcomes.repeat_bands,))
page.released()
