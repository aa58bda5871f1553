/*
title      = "Needle pickups"
question   = "How many visits were made to pick up needles?"
unit       = "visits"
kind       = "count"
better     = "neither"
time       = "reported_at"
dimensions = ["source", "area", "place_kind", "hour", "weekday"]
numerator  = "visits"
includes   = ["visits that found none"]
excludes   = ["requests still open", "cancelled requests"]
caveats    = ["A visit is dated by its report."]
related    = ["needle_reports", "needles_removed", "needle_minutes_to_pickup"]
steward    = "The department"
reviewed   = 2026-11-01
version    = 1
*/
select
    count(*) as numerator,
    numerator as value
from fct_pickups
where is_pickup
