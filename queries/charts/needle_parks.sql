/*
title      = "Needle reports by park"
question   = "In which parks are needles reported?"
mart       = "fct_pickups"
time       = "reported_at"
columns    = ["park", "value", "visits", "needles"]
parts      = ["park"]
dimensions = ["source", "area", "place_kind"]
caveats    = ["Reports whose point lies in a park."]
*/
select
    park,
    count(*) as value,
    count(*) filter (where is_pickup) as visits,
    cast(coalesce(sum(needles_found), 0) as bigint) as needles
from fct_pickups
where park is not null
group by park
order by value desc, park asc
