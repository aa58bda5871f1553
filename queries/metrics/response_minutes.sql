/*
title      = "Response time"
question   = "How long from the call to the team's arrival?"
unit       = "minutes"
kind       = "median"
better     = "down"
time       = "received_at"
dimensions = [
    "nature",
    "source",
    "priority",
    "disposition",
    "area",
    "place_kind",
    "hour",
    "weekday",
    "police_role",
]
stage      = { numerator = "dispatched" }
numerator  = "responses with a usable time from received (T0) to on scene (T4)"
includes   = [
    "responses of the team, from received (T0) to on scene (T4), stamps of the first arriving unit of the team",
]
excludes   = ["needle pickups", "self-initiated contacts"]
caveats    = [
    "A median and a 90th percentile, with linear interpolation; never a mean alone.",
    "Counted as excluded: a missing stamp, a midnight sentinel, a negative time, longer than the city's bound.",
    "Used and excluded add up to all responses.",
    "Targets of fire and EMS do not apply.",
]
related    = ["time_on_task_minutes", "on_scene_minutes"]
steward    = "The department"
reviewed   = 2026-11-01
version    = 1
*/
select
    count(response_minutes) as numerator,
    quantile_cont(response_minutes, 0.5) as median,
    quantile_cont(response_minutes, 0.9) as p90,
    median as value,
    count(response_minutes) as n,
    count(*) - n as n_excluded
from fct_calls
where is_care_response and is_call_for_service and not is_needle_pickup
