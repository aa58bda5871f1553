/*
title      = "Needle reports as points"
question   = "Where exactly were needles reported?"
mart       = "fct_pickups"
time       = "reported_at"
columns    = ["latitude", "longitude", "reported_on", "is_visit", "needles"]
dimensions = ["source", "area", "place_kind"]
caveats    = ["The latest 2,000 with a point inside the city. Shown on the screen only; never in a download."]
*/
select
    latitude,
    longitude,
    cast(reported_at as date) as reported_on,
    is_pickup as is_visit,
    needles_found as needles
from fct_pickups
where h3_9 is not null and latitude is not null
order by reported_at desc
limit 2000
