/*
title      = "Calls for service"
question   = "How many calls for service came in?"
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
numerator  = "calls for service received"
includes   = [
    "9-1-1, non-emergency and referred calls",
    "calls that only police, fire or EMS went to",
    "calls whose source was not recorded",
]
excludes   = ["self-initiated contacts, which are counted apart"]
caveats    = ["One incident is one call, however many units went."]
related    = ["self_initiated_contacts", "care_responses"]
steward    = "The department"
reviewed   = 2026-11-01
version    = 1
*/
select
    count(*) as numerator,
    numerator as value
from fct_calls
where is_call_for_service
