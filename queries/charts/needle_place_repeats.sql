/*
title      = "Places with repeated needle reports"
question   = "Where are needles reported again and again?"
mart       = "fct_pickups"
time       = "reported_at"
columns    = ["h3_9", "area", "park", "value", "visits", "needles", "days", "first_at", "last_at"]
dimensions = ["source", "area", "place_kind"]
caveats    = ["A place is a hexagon of about 0.1 km². Reports show where people report, not where needles lie."]
*/
select
    h3_9,
    min(area) as area,
    min(park) as park,
    count(*) as value,
    count(*) filter (where is_pickup) as visits,
    cast(coalesce(sum(needles_found), 0) as bigint) as needles,
    count(distinct cast(reported_at as date)) as days,
    min(reported_at) as first_at,
    max(reported_at) as last_at
from fct_pickups
where h3_9 is not null
group by h3_9
having count(*) >= 2
order by value desc, h3_9 asc
