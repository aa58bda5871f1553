/*
title      = "Needle reports"
question   = "How many reports of needles came in?"
unit       = "requests"
kind       = "count"
better     = "neither"
time       = "reported_at"
dimensions = ["source", "area", "place_kind", "hour", "weekday"]
numerator  = "reports"
includes   = ["every request about needles, whatever came of it"]
excludes   = ["requests of another kind"]
caveats    = [
    "A report is not a needle, and its time is not the time of discard.",
    "A map of reports shows where people report.",
]
related    = ["needle_pickups", "needles_removed"]
steward    = "The department"
reviewed   = 2026-11-01
version    = 1
*/
select
    count(*) as numerator,
    numerator as value
from fct_pickups
where is_report
