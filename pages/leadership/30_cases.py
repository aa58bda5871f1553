""":material/folder_shared: Cases

The ongoing work with clients: how many at once, for how long, and which needs are met.
"""

from publicsafety.ui import begin, breakdown, cases, kpi, series

page = begin(__file__, filters=())
page.answer(kpi.kpi, "active_cases")
page.tiles("How much case work is there?", "active_cases", "active_clients", "cases_opened", "cases_closed")
page.tiles(
    "How is it going?", "needs_met", "days_open", "contacts_per_case", "clients_from_calls", "caseload_per_worker"
)
page.show(cases.flow)
page.show(cases.needs)
page.show(cases.workers)
page.pair((breakdown.by, "cases_opened", "referral_source"), (breakdown.by, "cases_closed", "close_reason"))
page.show(series.over_time, "services")
