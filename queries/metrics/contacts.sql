/*
title      = "Contacts with people"
question   = "How many contacts did the team have with people in crisis response?"
unit       = "contacts"
kind       = "count"
better     = "neither"
time       = "contact_at"
dimensions = ["nature", "source", "area", "police_role"]
stage      = { numerator = "arrived" }
numerator  = "contacts"
includes   = ["arrivals of the team, self-initiated ones too"]
excludes   = ["needle pickups"]
caveats    = []
related    = ["people_served"]
steward    = "The department"
reviewed   = 2026-11-01
version    = 1
*/
select
    count(*) as numerator,
    numerator as value
from fct_contacts
