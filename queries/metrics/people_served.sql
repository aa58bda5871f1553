/*
title      = "People served"
question   = "How many different people did the team meet in crisis response?"
unit       = "people"
kind       = "distinct"
better     = "neither"
time       = "contact_at"
dimensions = ["nature", "source", "area", "police_role"]
stage      = { numerator = "arrived" }
numerator  = "distinct person keys among contacts"
includes   = ["contacts of the team with a person, self-initiated ones too"]
excludes   = ["needle pickups", "calls cancelled before arrival"]
caveats    = [
    "Contacts without a person key are counted apart (n_without_key).",
    "Somebody met in two months is one person in the year: months cannot be added up.",
]
related    = ["contacts", "repeat_contacts"]
steward    = "The department"
reviewed   = 2026-11-01
version    = 1
*/
select
    count(distinct person_key) as numerator,
    numerator as value,
    count(*) filter (where person_key is null) as n_without_key
from fct_contacts
