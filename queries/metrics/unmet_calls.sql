/*
title      = "Eligible calls not answered"
question   = "How many eligible calls did the team not reach, and why?"
unit       = "calls"
kind       = "count"
better     = "down"
time       = "received_at"
dimensions = [
    "nature",
    "source",
    "priority",
    "disposition",
    "area",
    "place_kind",
    "hour",
    "weekday",
    "police_role",
    "unmet_reason",
]
numerator  = "eligible calls where the team did not arrive"
includes   = [
    "one reason for each call: outside hours, outside area, no unit free, not triaged, declined, cancelled",
]
excludes   = ["calls that are not eligible, or that nobody triaged", "needle pickups"]
caveats    = [
    "A reason that the export does not give is derived, the first that fits: cancelled, outside hours, outside area.",
    "Else it is 'no unit free' when the call was triaged as eligible, and 'not triaged' when it was not triaged.",
]
related    = ["eligible_calls", "eligible_calls_answered_all_hours"]
steward    = "The department"
reviewed   = 2026-11-01
version    = 1
*/
select
    count(*) as numerator,
    numerator as value
from fct_calls
where is_eligible and not is_answered
