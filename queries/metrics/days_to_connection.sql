/*
title       = "Days to connection"
question    = "How long from sending a referral to the first service?"
unit        = "days"
kind        = "median"
better      = "down"
time        = "sent_at"
dimensions  = ["partner", "need"]
stage       = { numerator = "connected", denominator = "sent" }
numerator   = "referrals with a first service"
denominator = "referrals sent"
includes    = ["open referrals, observed until the as-of day (right-censored)"]
excludes    = ["referrals never sent"]
caveats     = [
    "Kaplan–Meier median: the day by which half have connected. Empty when fewer than half have so far.",
    "Referrals that ended without a connection count as never connected by the day last seen.",
]
related     = ["referral_connection_rate"]
settles     = 60
steward     = "The department"
reviewed    = 2026-11-01
version     = 1
*/
select
    count(*) filter (where is_connected) as numerator,
    count(*) as denominator,
    kaplan_meier_median(days_observed, days_to_connection is not null) as value,
    count(*) as n,
    count(*) filter (where days_to_connection is null) as n_censored
from fct_referrals
where is_sent
