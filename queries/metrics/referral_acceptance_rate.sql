/*
title       = "Referrals accepted by partners"
question    = "Of the referrals sent, how many did partners accept?"
unit        = "percent"
kind        = "proportion"
better      = "up"
time        = "sent_at"
dimensions  = ["partner", "need"]
stage       = { numerator = "accepted", denominator = "sent" }
numerator   = "referrals that the partner accepted"
denominator = "referrals sent"
includes    = ["referrals sent in the period, whatever came later"]
excludes    = ["referrals declined before sending"]
caveats     = ["Referrals sent less than 60 days ago (n_immature) have had little time."]
related     = ["referral_connection_rate", "referral_closed_loop_rate", "days_to_connection"]
settles     = 30
steward     = "The department"
reviewed    = 2026-11-01
version     = 1
*/
select
    count(*) filter (where is_accepted) as numerator,
    count(*) as denominator,
    numerator / nullif(denominator, 0) as value,
    count(*) filter (where not is_mature) as n_immature
from fct_referrals
where is_sent
