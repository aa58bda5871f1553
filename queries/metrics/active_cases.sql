/*
title      = "Active cases"
question   = "How many cases were open at any time in the period?"
unit       = "cases"
kind       = "distinct"
better     = "neither"
time       = "active_from"
until      = "active_until"
grains     = ["month", "quarter", "year", "fiscal_year", "all"]
dimensions = ["referral_source"]
numerator  = "distinct cases open on any day of the period"
includes   = ["cases opened earlier and still open"]
excludes   = ["cases deleted in the source system"]
caveats    = ["A case open in two months is one case in the year: months cannot be added up."]
related    = ["cases_opened", "cases_closed", "caseload_per_worker"]
steward    = "The department"
reviewed   = 2026-11-01
version    = 1
*/
select
    count(distinct case_number) as numerator,
    numerator as value
from fct_case_months
