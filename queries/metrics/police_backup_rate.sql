/*
title       = "Police back-up requested"
question    = "How often did the team ask for police once it was there?"
unit        = "percent"
kind        = "proportion"
better      = "down"
time        = "received_at"
dimensions  = ["nature", "source", "priority", "disposition", "area", "place_kind", "hour", "weekday"]
stage       = { numerator = "arrived", denominator = "arrived" }
numerator   = "calls on which the team asked for police"
denominator = "calls where the team arrived and the record says whether back-up was asked for"
includes    = ["9-1-1, non-emergency and referred calls"]
excludes    = ["needle pickups", "self-initiated contacts", "calls cancelled before arrival"]
caveats     = ["Where the export has no flag, a known police role answers: 'back-up' is yes, any other is no."]
related     = ["no_police_rate"]
steward     = "The department"
reviewed    = 2026-11-01
version     = 1
*/
select
    count(*) filter (where backup_requested) as numerator,
    count(*) filter (where backup_requested is not null) as denominator,
    numerator / nullif(denominator, 0) as value,
    count(*) filter (where backup_requested is null) as n_unknown
from fct_calls
where is_care_arrival and is_call_for_service and not is_needle_pickup
