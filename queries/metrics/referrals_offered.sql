/*
title      = "Referrals offered"
question   = "How many referrals were offered?"
unit       = "referrals"
kind       = "count"
better     = "neither"
time       = "offered_at"
dimensions = ["partner", "need"]
stage      = { numerator = "offered" }
numerator  = "referrals offered"
includes   = ["referrals by the day they were offered"]
excludes   = ["rows deleted in the source system"]
caveats    = ["A later stage implies the earlier ones."]
related    = ["referrals_sent", "referrals_accepted", "referrals_connected", "referrals_completed"]
steward    = "The department"
reviewed   = 2026-11-01
version    = 1
*/
select
    count(*) as numerator,
    numerator as value
from fct_referrals
where is_offered
