/*
title       = "Eligible calls answered, all hours"
question    = "Of all eligible calls, whatever the hour and place, how many did the team reach?"
unit        = "percent"
kind        = "proportion"
better      = "up"
time        = "received_at"
dimensions  = ["nature", "source", "priority", "disposition", "area", "place_kind", "hour", "weekday"]
stage       = { numerator = "arrived", denominator = "eligible" }
numerator   = "eligible calls where the team arrived"
denominator = "calls that meet the eligibility codes, at any hour and place"
includes    = ["9-1-1, non-emergency and referred calls"]
excludes    = ["needle pickups", "self-initiated contacts", "calls that nobody triaged"]
caveats     = ["Calls outside the published hours count against this rate."]
related     = ["eligible_calls_answered", "unmet_calls"]
steward     = "The department"
reviewed    = 2026-11-01
version     = 1
*/
select
    count(*) filter (where is_answered) as numerator,
    count(*) as denominator,
    numerator / nullif(denominator, 0) as value
from fct_calls
where is_eligible
