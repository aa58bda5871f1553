/*
title      = "The no-police rate under other readings"
question   = "How much does the rate depend on what is counted?"
mart       = "fct_calls"
time       = "received_at"
columns    = ["position", "reading", "numerator", "denominator", "value"]
dimensions = ["nature", "source", "priority", "disposition", "area", "place_kind", "hour", "weekday"]
caveats    = ["The first row is the published definition; the others change one thing each."]
*/
with responses as (
    select
        police_role,
        is_needle_pickup,
        is_care_arrival,
        is_follow_up,
        is_call_for_service
    from fct_calls
    where is_care_response
),

calls as (
    select * from responses where is_call_for_service and not is_needle_pickup
),

readings as (
    select
        1 as position, 'as published' as reading,
        count(*) filter (where police_role = 'none') as numerator, count(*) filter (where police_role <> 'unknown') as denominator
    from calls
    union all
    select 2, 'unknown counted as police', count(*) filter (where police_role = 'none'), count(*)
    from calls
    union all
    select 3, 'unknown counted as no police', count(*) filter (where police_role in ('none', 'unknown')), count(*)
    from calls
    union all
    select
        4, 'calls where the team arrived',
        count(*) filter (where police_role = 'none'), count(*) filter (where police_role <> 'unknown')
    from calls
    where is_care_arrival
    union all
    select
        5, 'back-up counted as no police',
        count(*) filter (where police_role in ('none', 'back-up')), count(*) filter (where police_role <> 'unknown')
    from calls
    union all
    select 6, 'with needle pickups', count(*) filter (where police_role = 'none'), count(*) filter (where police_role <> 'unknown')
    from responses
    where is_call_for_service
    union all
    select
        7, 'with self-initiated contacts',
        count(*) filter (where police_role = 'none'), count(*) filter (where police_role <> 'unknown')
    from responses
    where not is_needle_pickup
)

select position, reading, numerator, denominator, numerator / nullif(denominator, 0) as value
from readings
order by position
