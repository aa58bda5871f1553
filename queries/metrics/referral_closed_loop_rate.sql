/*
title       = "Referrals with a known outcome"
question    = "Of the referrals sent, how many have a verified final outcome?"
unit        = "percent"
kind        = "proportion"
better      = "up"
time        = "sent_at"
dimensions  = ["partner", "need"]
stage       = { numerator = "closed", denominator = "sent" }
numerator   = "referrals with any verified final outcome: completed, rejected, lost, or connected with evidence"
denominator = "referrals sent"
includes    = ["referrals sent in the period, whatever came later"]
excludes    = ["referrals declined before sending"]
caveats     = ["Referrals sent less than 60 days ago (n_immature) have had little time."]
related     = ["referral_acceptance_rate", "referral_connection_rate", "days_to_connection"]
settles     = 90
steward     = "The department"
reviewed    = 2026-11-01
version     = 1
*/
select
    count(*) filter (where is_closed_loop) as numerator,
    count(*) as denominator,
    numerator / nullif(denominator, 0) as value,
    count(*) filter (where not is_mature) as n_immature
from fct_referrals
where is_sent
