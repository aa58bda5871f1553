/*
title      = "People with an active case"
question   = "How many people had an open case in the period?"
unit       = "people"
kind       = "distinct"
better     = "neither"
time       = "active_from"
until      = "active_until"
grains     = ["month", "quarter", "year", "fiscal_year", "all"]
dimensions = ["referral_source"]
numerator  = "distinct person keys of cases open on any day of the period"
includes   = ["cases opened earlier and still open"]
excludes   = ["cases without a person key, counted apart"]
caveats    = []
related    = ["active_cases"]
steward    = "The department"
reviewed   = 2026-11-01
version    = 1
*/
select
    count(distinct person_key) as numerator,
    numerator as value,
    count(distinct case_number) filter (where person_key is null) as n_without_key
from fct_case_months
