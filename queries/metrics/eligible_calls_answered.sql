/*
title       = "Eligible calls answered"
question    = "Of the eligible calls in service hours and area, how many did the team reach?"
unit        = "percent"
kind        = "proportion"
better      = "up"
time        = "received_at"
dimensions  = ["nature", "source", "priority", "disposition", "area", "place_kind", "hour", "weekday"]
stage       = { numerator = "arrived", denominator = "eligible" }
numerator   = "eligible calls in service hours and area where the team arrived"
denominator = "calls that meet the eligibility codes, in service hours and area"
includes    = ["9-1-1, non-emergency and referred calls"]
excludes    = [
    "needle pickups",
    "self-initiated contacts",
    "calls that nobody triaged (they are not 'ineligible', they are not known)",
]
caveats     = [
    "Eligibility is the export's where it has one, else that of the call's nature in the reference table.",
]
related     = ["eligible_calls_answered_all_hours", "unmet_calls"]
steward     = "The department"
reviewed    = 2026-11-01
version     = 1
*/
select
    count(*) filter (where is_answered) as numerator,
    count(*) as denominator,
    numerator / nullif(denominator, 0) as value
from fct_calls
where is_eligible and in_service_hours and in_service_area
