/*
title      = "New clients met on calls"
question   = "How many new case clients had the team first met on a call?"
unit       = "people"
kind       = "distinct"
better     = "neither"
time       = "opened_at"
dimensions = ["referral_source", "close_reason"]
rests_on   = ["calls"]
numerator  = "distinct clients with a contact in crisis response on or before the day their case was opened"
includes   = ["cases opened in the period"]
excludes   = ["clients referred without a call before"]
caveats    = ["Needs the same person key in the call and the case export."]
related    = ["cases_opened", "people_served"]
steward    = "The department"
reviewed   = 2026-11-01
version    = 1
*/
select
    count(distinct person_key) as numerator,
    numerator as value,
    count(*) filter (where person_key is null) as n_without_key
from fct_cases
where from_call or person_key is null
