/*
title      = "Staffed hours"
question   = "For how many hours was the team staffed?"
unit       = "hours"
kind       = "count"
better     = "neither"
time       = "starts_at"
dimensions = []
numerator  = "hours of staffed shifts"
includes   = ["every shift of the roster, by its start"]
excludes   = []
caveats    = ["Not available where no roster was exported."]
related    = ["care_responses"]
steward    = "The department"
reviewed   = 2026-11-01
version    = 1
*/
select
    coalesce(sum(hours), 0) as numerator,
    numerator as value,
    count(*) as n_shifts
from fct_shifts
