-- One row per case and need: identified when first seen in a service, met at the first service with outcome 'met'.
select
    case_number,
    max(person_key) as person_key,
    need,
    min(served_at) as identified_at,
    min(served_at) filter (where outcome = 'met') as met_at,
    count(*) filter (where outcome = 'met') > 0 as is_met
from fct_services
where need <> 'Not recorded'
group by case_number, need
order by identified_at, case_number, need
