/*
title      = "Self-initiated contacts"
question   = "How often did staff start a contact themselves?"
unit       = "contacts"
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
numerator  = "incidents that staff started themselves"
includes   = ["incidents whose source is self-initiated"]
excludes   = ["calls for service"]
caveats    = []
related    = ["calls_for_service"]
steward    = "The department"
reviewed   = 2026-11-01
version    = 1
*/
select
    count(*) as numerator,
    numerator as value
from fct_calls
where not is_call_for_service
