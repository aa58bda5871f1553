/*
title      = "Places with repeated calls"
question   = "Where does the team come again and again?"
mart       = "fct_calls"
time       = "received_at"
columns    = ["h3_9", "area", "value", "days", "people", "first_at", "last_at"]
dimensions = ["nature", "source", "priority", "area", "place_kind"]
caveats    = ["A place is a hexagon of about 0.1 km², not an address. Responses of the team, needle pickups left out."]
*/
select
    h3_9,
    min(area) as area,
    count(*) as value,
    count(distinct cast(received_at as date)) as days,
    count(distinct person_key) as people,
    min(received_at) as first_at,
    max(received_at) as last_at
from fct_calls
where is_care_response and not is_needle_pickup and h3_9 is not null
group by h3_9
having count(*) >= 2
order by value desc, h3_9 asc
