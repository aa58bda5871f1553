/*
title      = "Responses of the team"
question   = "To how many calls was the team dispatched?"
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
numerator  = "calls to which a unit of the team was dispatched"
includes   = ["9-1-1, non-emergency and referred calls", "calls cancelled before the team arrived"]
excludes   = ["needle pickups", "self-initiated contacts"]
caveats    = []
related    = ["calls_for_service", "no_police_rate", "people_served"]
steward    = "The department"
reviewed   = 2026-11-01
version    = 1
*/
select
    count(*) as numerator,
    numerator as value
from fct_calls
where is_care_response and is_call_for_service and not is_needle_pickup
