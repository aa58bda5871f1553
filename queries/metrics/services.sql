/*
title      = "Contacts and services in cases"
question   = "How many contacts and services did clients receive?"
unit       = "services"
kind       = "count"
better     = "neither"
time       = "served_at"
dimensions = ["need"]
numerator  = "contacts and services"
includes   = ["every row of the service export"]
excludes   = ["rows deleted in the source system"]
caveats    = []
related    = ["needs_identified", "needs_met"]
steward    = "The department"
reviewed   = 2026-11-01
version    = 1
*/
select
    count(*) as numerator,
    numerator as value
from fct_services
