/*
title      = "Referrals sent"
question   = "How many referrals were sent to partners?"
unit       = "referrals"
kind       = "count"
better     = "neither"
time       = "sent_at"
dimensions = ["partner", "need"]
stage      = { numerator = "sent" }
numerator  = "referrals sent"
includes   = ["referrals by the day they were sent: cohorts, so that stages compare"]
excludes   = ["rows deleted in the source system"]
caveats    = ["A later stage implies the earlier ones."]
related    = ["referrals_offered", "referrals_accepted", "referrals_connected", "referrals_completed"]
steward    = "The department"
reviewed   = 2026-11-01
version    = 1
*/
select
    count(*) as numerator,
    numerator as value
from fct_referrals
where is_sent
