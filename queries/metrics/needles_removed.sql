/*
title      = "Needles removed"
question   = "How many needles were recovered?"
unit       = "needles"
kind       = "count"
better     = "neither"
time       = "reported_at"
dimensions = ["source", "area", "place_kind", "hour", "weekday"]
numerator  = "needles found on visits"
includes   = ["visits with a number of needles"]
excludes   = ["visits whose needles nobody counted (n_not_counted)"]
caveats    = [
    "One visit may recover hundreds: few visits drive the total.",
    "Not available, and not 0, where visits were made and nobody counted.",
]
related    = ["needle_pickups", "needle_reports"]
steward    = "The department"
reviewed   = 2026-11-01
version    = 1
*/
select
    -- Null, not 0, where visits were made and nobody counted.
    cast(case when count(*) = 0 then 0 else sum(needles_found) end as bigint) as numerator,
    numerator as value,
    count(*) filter (where is_pickup and needles_found is null) as n_not_counted
from fct_pickups
where is_pickup
