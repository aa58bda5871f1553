/*
title      = "Eligible calls"
question   = "How many calls met the eligibility codes?"
unit       = "calls"
kind       = "count"
better     = "neither"
time       = "received_at"
dimensions = [
    "nature",
    "source",
    "priority",
    "disposition",
    "police_role",
    "area",
    "place_kind",
    "hour",
    "weekday",
    "unmet_reason",
]
numerator  = "calls that meet the eligibility codes"
includes   = ["9-1-1, non-emergency and referred calls"]
excludes   = ["needle pickups", "self-initiated contacts"]
caveats    = ["By unmet_reason: 'answered' and one reason for each other call; the parts add up to the whole."]
related    = ["unmet_calls", "eligible_calls_answered"]
steward    = "The department"
reviewed   = 2026-11-01
version    = 1
*/
select
    count(*) as numerator,
    numerator as value
from fct_calls
where is_eligible
