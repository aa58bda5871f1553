""":material/handshake: Referrals

From an offer to a first service with a partner: how far referrals get, and where they stop.
"""

from publicsafety.ui import begin, breakdown, kpi, published, referrals

page = begin(__file__, filters=("partner", "need"), figures=("referrals_sent",))
page.answer(kpi.kpi, "referrals_sent")
page.tiles(
    "How many, and how far?",
    "referrals_sent",
    "referral_acceptance_rate",
    "referral_connection_rate",
    "referral_closed_loop_rate",
    "days_to_connection",
)
page.show(referrals.funnel)
page.pair((referrals.drop_off,), (referrals.days,))
page.pair((breakdown.by, "referral_connection_rate", "partner"), (breakdown.by, "referral_connection_rate", "need"))
page.show(referrals.cohorts)
page.show(referrals.flow)
page.show(referrals.waiting)
page.pair(
    (published.breakdown, "referrals_sent", "partner", "To which partners were people referred?"),
    (published.rates, "How many referrals came to something?", "referral_acceptance_rate", "referral_connection_rate"),
)
page.pair(
    (published.breakdown, "referrals_sent", "accepted", "Did the partner accept?"),
    (published.breakdown, "referrals_sent", "connected", "Did a first service follow?"),
)
page.show(published.cross, "referrals_sent", "accepted", "connected", "Accepted, and then connected?")
page.show(published.several, "How many people have ongoing support?", "active_cases")
