/*
title      = "Calls by the area in the export and the area of the point"
question   = "Does the area that the export names agree with the point on the map?"
mart       = "fct_calls"
time       = "received_at"
columns    = ["exported_area", "is_area", "point_area", "value"]
parts      = ["exported_area", "point_area"]
dimensions = []
caveats    = ["Rows with both an area text and a point that can be placed."]
*/
select
    fct_calls.exported_area,
    named.area is not null as is_area,
    fct_calls.point_area,
    count(*) as value
from fct_calls
left join dim_areas as named on fct_calls.exported_area = named.area
where fct_calls.exported_area is not null and fct_calls.point_area is not null
group by all
order by value desc, exported_area asc, point_area asc
