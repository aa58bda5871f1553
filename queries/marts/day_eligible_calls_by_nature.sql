-- How many eligible calls there are, by day, area, nature and whether they were answered: what is only counted is added
-- up from here (publicsafety/parts.py).
select
    date_trunc('day', received_at) as received_at,
    area,
    nature,
    is_answered,
    in_service_hours,
    in_service_area,
    is_eligible,
    count(*) as calls
from fct_calls
where is_eligible
group by
    date_trunc('day', received_at), area, nature, is_answered, in_service_hours, in_service_area, is_eligible
order by received_at, area, nature, is_answered, in_service_hours, in_service_area, is_eligible
