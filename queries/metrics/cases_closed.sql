/*
title      = "Cases closed"
question   = "How many cases were closed, and why?"
unit       = "cases"
kind       = "count"
better     = "neither"
time       = "closed_at"
dimensions = ["referral_source", "close_reason"]
numerator  = "cases closed"
includes   = ["every closed case by its closing date"]
excludes   = ["open cases"]
caveats    = []
related    = ["cases_opened"]
steward    = "The department"
reviewed   = 2026-11-01
version    = 1
*/
select
    count(*) as numerator,
    numerator as value
from fct_cases
where closed_at is not null
