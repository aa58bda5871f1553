/*
title       = "Share of all calls handled by the team alone"
question    = "What share of all calls for service did the team handle alone?"
unit        = "percent"
kind        = "proportion"
better      = "neither"
time        = "received_at"
dimensions  = ["nature", "source", "priority", "disposition", "area", "place_kind", "hour", "weekday"]
stage       = { numerator = "arrived", denominator = "received" }
numerator   = "calls where the team arrived and no police unit was dispatched"
denominator = "all calls for service"
includes    = ["9-1-1, non-emergency and referred calls"]
excludes    = ["needle pickups", "self-initiated contacts"]
caveats     = ["Depends on whether the export holds all police calls for service or the team's own alone."]
related     = ["no_police_rate", "calls_for_service"]
steward     = "The department"
reviewed    = 2026-11-01
version     = 1
*/
select
    count(*) filter (where is_care_arrival and police_role = 'none') as numerator,
    count(*) as denominator,
    numerator / nullif(denominator, 0) as value
from fct_calls
where is_call_for_service and not is_needle_pickup
