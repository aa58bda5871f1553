/*
title      = "Needle reports by hexagon and month"
question   = "Where and when are needles reported?"
mart       = "fct_pickups"
time       = "reported_at"
columns    = ["month", "h3", "reports", "pickups", "needles"]
parts      = ["month", "h3"]
dimensions = ["source", "area", "place_kind"]
caveats    = ["Reports show where people report, not where needles lie."]
*/
select
    cast(date_trunc('month', reported_at) as date) as month,
    h3_8 as h3,
    count(*) filter (where is_report) as reports,
    count(*) filter (where is_pickup) as pickups,
    coalesce(sum(needles_found), 0) as needles
from fct_pickups
where h3_8 is not null
group by all
order by all
