/*
title      = "Active cases by worker"
question   = "How are active cases spread over workers?"
mart       = "fct_case_months"
time       = "active_from"
until      = "active_until"
columns    = ["worker", "value"]
dimensions = ["referral_source"]
caveats    = [
    "Distinct cases open on any day of the period.",
    "Workers are keyed; the label shows the first letters of the key.",
]
*/
select
    case when worker_key = 'Not recorded' then 'Not recorded' else 'Worker ' || upper(left(worker_key, 4)) end
        as worker,
    count(distinct case_number) as value
from fct_case_months
group by worker_key
order by value desc, worker asc
