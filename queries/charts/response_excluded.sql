/*
title      = "Responses used and left out"
question   = "Which responses have no usable response time, and why?"
mart       = "fct_calls"
time       = "received_at"
columns    = ["label", "value"]
parts      = ["label"]
dimensions = ["nature", "source", "priority", "disposition", "police_role", "area", "place_kind", "hour", "weekday"]
caveats    = ["The parts add up to all responses to calls for service, needle pickups left out."]
*/
select
    case when response_minutes is not null then 'used' else coalesce(response_excluded, 'missing stamp') end as label,
    count(*) as value
from fct_calls
where is_care_response and is_call_for_service and not is_needle_pickup
group by label
order by label = 'used' desc, value desc, label asc
