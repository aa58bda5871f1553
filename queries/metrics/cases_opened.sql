/*
title      = "Cases opened"
question   = "How many cases were opened?"
unit       = "cases"
kind       = "count"
better     = "neither"
time       = "opened_at"
dimensions = ["referral_source", "close_reason"]
numerator  = "cases opened"
includes   = ["every case by its opening date"]
excludes   = ["cases deleted in the source system"]
caveats    = []
related    = ["cases_closed", "active_cases"]
steward    = "The department"
reviewed   = 2026-11-01
version    = 1
*/
select
    count(*) as numerator,
    numerator as value
from fct_cases
