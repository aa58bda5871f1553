/*
title       = "Calls and needle pickups handled without police"
question    = "How often did the team need no police at all, needle pickups included?"
unit        = "percent"
kind        = "proportion"
better      = "up"
time        = "received_at"
dimensions  = ["nature", "source", "priority", "disposition", "area", "place_kind", "hour", "weekday"]
stage       = { numerator = "dispatched", denominator = "dispatched" }
numerator   = "calls to which the team was dispatched and no police unit was dispatched at any time"
denominator = "calls to which the team was dispatched and whose police record is known"
includes    = ["9-1-1, non-emergency and referred calls", "needle pickups that are calls in the dispatch system"]
excludes    = ["self-initiated contacts"]
caveats     = [
    "Needle pickups almost never involve police: this rate is higher than the one without, and not the headline.",
]
related     = ["no_police_rate"]
steward     = "The department"
reviewed    = 2026-11-01
version     = 1
*/
select
    count(*) filter (where police_role = 'none') as numerator,
    count(*) filter (where police_role <> 'unknown') as denominator,
    numerator / nullif(denominator, 0) as value,
    count(*) filter (where police_role = 'unknown') as n_unknown
from fct_calls
where is_care_response and is_call_for_service
