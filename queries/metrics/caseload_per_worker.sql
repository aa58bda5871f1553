/*
title       = "Cases per worker"
question    = "How many active cases did a worker have?"
unit        = "cases"
kind        = "ratio"
better      = "neither"
time        = "active_from"
until       = "active_until"
grains      = ["month", "quarter", "year", "fiscal_year", "all"]
dimensions  = ["referral_source"]
numerator   = "distinct active cases"
denominator = "distinct workers with an active case"
includes    = ["cases with a recorded worker"]
excludes    = ["cases without a worker"]
caveats     = [
    "An average: it says nothing about how evenly cases are spread.",
    "Over long periods workers come and go; read it by month.",
]
related     = ["active_cases"]
steward     = "The department"
reviewed    = 2026-11-01
version     = 1
*/
select
    count(distinct case_number) as numerator,
    count(distinct worker_key) as denominator,
    numerator / nullif(denominator, 0) as value
from fct_case_months
where worker_key <> 'Not recorded'
