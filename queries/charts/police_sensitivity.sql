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
    select * from responses
    where is_call_for_service and not is_needle_pickup
),

readings as (
    select
        1 as position,
        'as published' as reading,
        count(*) filter (where police_role = 'none') as numerator,
        count(*) filter (where police_role <> 'unknown') as denominator
    from calls
    union all
    select
        2 as position,
        'unknown counted as police' as reading,
        count(*) filter (where police_role = 'none') as numerator,
        count(*) as denominator
    from calls
    union all
    select
        3 as position,
        'unknown counted as no police' as reading,
        count(*) filter (where police_role in ('none', 'unknown')) as numerator,
        count(*) as denominator
    from calls
    union all
    select
        4 as position,
        'calls where the team arrived' as reading,
        count(*) filter (where police_role = 'none') as numerator,
        count(*) filter (where police_role <> 'unknown') as denominator
    from calls
    where is_care_arrival
    union all
    select
        5 as position,
        'back-up counted as no police' as reading,
        count(*) filter (where police_role in ('none', 'back-up')) as numerator,
        count(*) filter (where police_role <> 'unknown') as denominator
    from calls
    union all
    select
        6 as position,
        'with needle pickups' as reading,
        count(*) filter (where police_role = 'none') as numerator,
        count(*) filter (where police_role <> 'unknown') as denominator
    from responses
    where is_call_for_service
    union all
    select
        7 as position,
        'with self-initiated contacts' as reading,
        count(*) filter (where police_role = 'none') as numerator,
        count(*) filter (where police_role <> 'unknown') as denominator
    from responses
    where not is_needle_pickup
)

select
    position,
    reading,
    numerator,
    denominator,
    numerator / nullif(denominator, 0) as value
from readings
order by position
