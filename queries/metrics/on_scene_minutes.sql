/*
title      = "Time on scene"
question   = "How long was the team on scene?"
unit       = "minutes"
kind       = "median"
better     = "neither"
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
numerator  = "responses with a usable time from on scene (T4) to cleared (T5)"
includes   = [
    "responses of the team, from on scene (T4) to cleared (T5), stamps of the first arriving unit of the team",
]
excludes   = ["needle pickups", "self-initiated contacts"]
caveats    = [
    "A median and a 90th percentile, with linear interpolation; never a mean alone.",
    "Counted as excluded: a missing stamp, a midnight sentinel, a negative time, longer than the city's bound.",
    "Used and excluded add up to all responses.",
    "Targets of fire and EMS do not apply.",
]
related    = ["response_minutes", "time_on_task_minutes"]
steward    = "The department"
reviewed   = 2026-11-01
version    = 1
*/
select
    count(on_scene_minutes) as numerator,
    quantile_cont(on_scene_minutes, 0.5) as median,
    quantile_cont(on_scene_minutes, 0.9) as p90,
    median as value,
    count(on_scene_minutes) as n,
    count(*) - n as n_excluded
from fct_calls
where is_care_response and is_call_for_service and not is_needle_pickup
