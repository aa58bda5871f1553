/*
title      = "Calls by hexagon"
question   = "Where do calls come from?"
mart       = "fct_calls"
time       = "received_at"
columns    = ["h3", "value", "responses"]
parts      = ["h3"]
dimensions = [
    "nature", "source", "priority", "disposition", "police_role", "area",
    "place_kind", "hour", "weekday", "unmet_reason",
]
*/
select
    h3_8 as h3,
    count(*) as value,
    count(*) filter (where is_care_response and not is_needle_pickup) as responses
from fct_calls
where is_call_for_service and h3_8 is not null
group by h3_8
order by h3
