""":material/handshake: Referrals

From an offer to a first service with a partner: how far referrals get, and where they stop.
"""

from publicsafety.ui import begin, kpi, referrals, stages

page = begin(__file__, filters=("partner", "need"))
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
page.show(stages.by, page.choose("Stages by", "stages", stages.SPLITS, needs_records=tuple(stages.SPLITS)))
page.pair((referrals.drop_off,), (referrals.days,))
page.pair(
    (referrals.rate_by, "referral_connection_rate", "partner"), (referrals.rate_by, "referral_connection_rate", "need")
)
page.show(referrals.cohorts)
page.show(referrals.flow)
page.show(referrals.waiting)
page.released()
