/*
title      = "Calls and time on task by hour and weekday"
question   = "When do calls come in, and when is the team busy?"
mart       = "fct_calls"
time       = "received_at"
columns    = ["weekday", "hour", "value", "responses", "answered", "eligible", "hours_on_task", "median_time_on_task"]
dimensions = ["nature", "source", "priority", "disposition", "police_role", "area", "place_kind", "unmet_reason"]
caveats    = ["Time on task is counted in the hour in which the call was received."]
*/
with cells as (
    select
        weekday,
        hour,
        count(*) as calls,
        count(*) filter (where is_care_response and not is_needle_pickup) as responses,
        count(*) filter (where is_answered) as answered,
        count(*) filter (where is_eligible) as eligible,
        sum(time_on_task_minutes) filter (where not is_needle_pickup) / 60 as hours_on_task,
        quantile_cont(time_on_task_minutes, 0.5) filter (where not is_needle_pickup) as median_time_on_task
    from fct_calls
    where is_call_for_service
    group by weekday, hour
),

-- Every cell of the week is there: an hour without calls is a zero, not a hole.
weekdays as (
    select
        unnest(['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']) as weekday,
        unnest([1, 2, 3, 4, 5, 6, 7]) as position
),

hours as (
    select cast(range as tinyint) as hour from range(24)
)

select
    weekdays.weekday,
    hours.hour,
    coalesce(cells.calls, 0) as value,
    coalesce(cells.responses, 0) as responses,
    coalesce(cells.answered, 0) as answered,
    coalesce(cells.eligible, 0) as eligible,
    coalesce(cells.hours_on_task, 0) as hours_on_task,
    cells.median_time_on_task
from weekdays
cross join hours
left join cells on weekdays.weekday = cells.weekday and hours.hour = cells.hour
order by weekdays.position, hours.hour
