/*
title      = "Transports"
question   = "How often did the team take somebody somewhere?"
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
]
stage      = { numerator = "dispatched" }
numerator  = "responses whose disposition is a transport"
includes   = ["dispositions marked as transport in the reference table"]
excludes   = ["needle pickups", "self-initiated contacts"]
caveats    = []
related    = ["care_responses", "follow_ups"]
steward    = "The department"
reviewed   = 2026-11-24
version    = 2
*/
select
    count(*) as numerator,
    numerator as value
from fct_calls
where is_transport and is_care_response and is_call_for_service and not is_needle_pickup
