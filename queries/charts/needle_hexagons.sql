/*
title      = "Needle reports by hexagon"
question   = "Where are needles reported?"
mart       = "fct_pickups"
time       = "reported_at"
columns    = ["h3", "value", "visits", "needles"]
parts      = ["h3"]
dimensions = ["source", "area", "place_kind", "hour", "weekday"]
caveats    = ["Reports show where people report, not where needles lie."]
*/
select
    h3_9 as h3,
    count(*) as value,
    count(*) filter (where is_pickup) as visits,
    cast(coalesce(sum(needles_found), 0) as bigint) as needles
from fct_pickups
where h3_9 is not null
group by h3_9
order by h3
