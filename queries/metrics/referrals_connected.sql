/*
title      = "Referrals connected"
question   = "How many referrals led to a first service?"
unit       = "referrals"
kind       = "count"
better     = "neither"
time       = "sent_at"
dimensions = ["partner", "need"]
stage      = { numerator = "connected" }
numerator  = "referrals connected"
includes   = ["referrals by the day they were sent: cohorts, so that stages compare"]
excludes   = ["rows deleted in the source system"]
caveats    = [
    "A later stage implies the earlier ones.",
    "Young cohorts have had little time: those sent less than 60 days ago are immature.",
]
related    = ["referrals_offered", "referrals_sent", "referrals_accepted", "referrals_completed"]
steward    = "The department"
reviewed   = 2026-11-01
version    = 1
*/
select
    count(*) as numerator,
    numerator as value
from fct_referrals
where is_connected
