/*
title      = "How response times spread"
question   = "How long do people wait, and how often very long?"
mart       = "fct_calls"
time       = "received_at"
columns    = ["bin", "count"]
parts      = ["bin"]
dimensions = ["nature", "source", "priority", "disposition", "police_role", "area", "place_kind", "hour", "weekday"]
caveats    = ["Bins of five minutes, each named by its lower edge. Responses with a usable time."]
*/
select
    cast(floor(response_minutes / 5) * 5 as integer) as bin,
    count(*) as count
from fct_calls
where is_care_response and is_call_for_service and not is_needle_pickup and response_minutes is not null
group by bin
order by bin
