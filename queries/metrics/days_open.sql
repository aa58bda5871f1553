/*
title      = "Days a case was open"
question   = "How long were closed cases open?"
unit       = "days"
kind       = "median"
better     = "neither"
time       = "closed_at"
dimensions = ["referral_source", "close_reason"]
numerator  = "closed cases"
includes   = ["cases closed in the period"]
excludes   = ["open cases", "cases closed before they were opened"]
caveats    = ["Cases still open are not in it: long cases are under-represented in early periods."]
related    = ["cases_closed"]
steward    = "The department"
reviewed   = 2026-11-01
version    = 1
*/
select
    count(*) filter (where days_open >= 0) as numerator,
    quantile_cont(days_open, 0.5) filter (where days_open >= 0) as median,
    quantile_cont(days_open, 0.9) filter (where days_open >= 0) as p90,
    median as value,
    count(*) filter (where days_open >= 0) as n,
    count(*) - n as n_excluded
from fct_cases
where closed_at is not null
