/*
title      = "Needle reports by the area in the export and the area of the point"
question   = "Does the area that the export names agree with the point on the map?"
mart       = "fct_pickups"
time       = "reported_at"
columns    = ["exported_area", "is_area", "point_area", "value"]
parts      = ["exported_area", "point_area"]
dimensions = []
caveats    = ["Rows with both an area text and a point that can be placed."]
*/
select
    fct_pickups.exported_area,
    named.area is not null as is_area,
    fct_pickups.point_area,
    count(*) as value
from fct_pickups
left join dim_areas as named on fct_pickups.exported_area = named.area
where fct_pickups.exported_area is not null and fct_pickups.point_area is not null
group by all
order by value desc, exported_area asc, point_area asc
