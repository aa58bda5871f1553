/*
title       = "People met again within 30 days"
question    = "What share of the people served were met again within 30 days?"
unit        = "percent"
kind        = "proportion"
better      = "neither"
time        = "contact_at"
dimensions  = ["nature", "source", "area", "police_role"]
stage       = { numerator = "arrived", denominator = "arrived" }
numerator   = "people with another contact within 30 days after one in the period"
denominator = "people served in the period"
includes    = ["contacts with a person key"]
excludes    = ["needle pickups", "contacts without a person key, counted apart"]
caveats     = [
    "The 30 days after the latest contacts are not over yet: the last month is provisional.",
    "Bands count people by their contacts in the calendar year.",
    "A repeat contact may be good follow-up: more is not worse.",
]
related     = ["people_served"]
settles     = 30
steward     = "The department"
reviewed    = 2026-11-01
version     = 1
*/
select
    count(distinct person_key) filter (where has_repeat_30) as numerator,
    count(distinct person_key) as denominator,
    numerator / nullif(denominator, 0) as value,
    count(*) filter (where person_key is null) as n_without_key,
    count(distinct person_key) filter (where contacts_in_year >= 5) as n_5_plus,
    count(distinct person_key) filter (where contacts_in_year >= 10) as n_10_plus,
    count(distinct person_key) filter (where contacts_in_year >= 20) as n_20_plus,
    count(distinct person_key) filter (where contacts_in_year >= 40) as n_40_plus
from fct_contacts
