/*
title       = "Calls handled without police"
question    = "How often did the team need no police at all?"
unit        = "percent"
kind        = "proportion"
better      = "up"
time        = "received_at"
dimensions  = ["nature", "source", "priority", "disposition", "area", "place_kind", "hour", "weekday"]
stage       = { numerator = "dispatched", denominator = "dispatched" }
numerator   = "calls to which the team was dispatched and no police unit was dispatched at any time"
denominator = "calls to which the team was dispatched and whose police record is known"
includes    = ["9-1-1, non-emergency and referred calls"]
excludes    = ["needle pickups", "self-initiated contacts"]
caveats     = [
    "Calls whose police record is missing are counted apart (n_unknown), never as 'no police'.",
    "It describes what happened; it does not show what the team caused.",
]
related     = ["no_police_rate_with_needles", "police_backup_rate", "care_share_of_calls"]
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
where is_care_response and is_call_for_service and not is_needle_pickup
