/*
title      = "Contacts per case"
question   = "How many contacts did a case take?"
unit       = "contacts"
kind       = "median"
better     = "neither"
time       = "opened_at"
dimensions = ["referral_source", "close_reason"]
rests_on   = ["services"]
numerator  = "cases opened"
includes   = ["all contacts so far of the cases opened in the period"]
excludes   = ["contacts whose case is not in the register"]
caveats    = ["Cases still open will have more."]
related    = ["cases_opened", "services"]
steward    = "The department"
reviewed   = 2026-11-01
version    = 1
*/
select
    count(*) as numerator,
    quantile_cont(n_contacts, 0.5) as median,
    quantile_cont(n_contacts, 0.9) as p90,
    median as value,
    count(*) as n
from fct_cases
