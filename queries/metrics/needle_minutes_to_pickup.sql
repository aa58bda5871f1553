/*
title      = "Time to needle pickup"
question   = "How long from a report to the visit?"
unit       = "minutes"
kind       = "median"
better     = "down"
time       = "reported_at"
dimensions = ["source", "area", "place_kind", "hour", "weekday"]
numerator  = "visits with both stamps, from report to closing"
includes   = ["visits, from reported to closed"]
excludes   = ["requests still open", "cancelled requests"]
caveats    = [
    "A median and a 90th percentile, with linear interpolation.",
    "A visit closed later in the system looks slower than it was.",
]
related    = ["needle_pickups"]
steward    = "The department"
reviewed   = 2026-11-01
version    = 1
*/
select
    count(minutes_to_pickup) as numerator,
    quantile_cont(minutes_to_pickup, 0.5) as median,
    quantile_cont(minutes_to_pickup, 0.9) as p90,
    median as value,
    count(minutes_to_pickup) as n,
    count(*) - n as n_excluded
from fct_pickups
where is_pickup
