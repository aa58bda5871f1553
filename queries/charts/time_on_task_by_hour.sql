/*
title      = "Time on task by hour of the day"
question   = "When is the team busy?"
mart       = "fct_calls"
time       = "received_at"
columns    = ["hour", "value"]
parts      = ["hour"]
dimensions = ["nature", "source", "priority", "disposition", "police_role", "area", "place_kind", "unmet_reason"]
caveats    = ["Time on task is counted in the hour in which the call was received."]
*/
with busy as (
    select
        hour,
        sum(time_on_task_minutes) / 60 as hours_on_task
    from fct_calls
    where is_care_response and is_call_for_service and not is_needle_pickup
    group by hour
),

-- An hour without calls is a zero, not a hole.
hours as (
    select cast(range as tinyint) as hour from range(24)
)

select
    hours.hour,
    coalesce(busy.hours_on_task, 0) as value
from hours
left join busy on hours.hour = busy.hour
order by hours.hour
