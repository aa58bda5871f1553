/*
title      = "Staffed hours by hour of the day"
question   = "When is the team staffed?"
mart       = "fct_shifts"
time       = "starts_at"
columns    = ["hour", "value"]
caveats    = ["Hours of the roster that fall into each hour of the day. Empty where no roster was exported."]
*/
with parts as (
    select
        unnest(generate_series(date_trunc('hour', starts_at), ends_at - interval 1 second, interval 1 hour)) as hour_at,
        starts_at,
        ends_at
    from fct_shifts
    where ends_at > starts_at
),

staffed as (
    select
        hour_at,
        (epoch(least(ends_at, hour_at + interval 1 hour)) - epoch(greatest(starts_at, hour_at))) / 3600 as hours
    from parts
)

select
    extract(hour from hour_at) as hour,
    sum(hours) as value
from staffed
group by hour
order by hour
