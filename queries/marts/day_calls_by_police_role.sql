-- How many calls there are, by day, area, whether the team came and what police did: what is only counted is added up
-- from here (publicsafety/parts.py).
select
    date_trunc('day', received_at) as received_at,
    area,
    police_role,
    is_care_arrival,
    is_needle_pickup,
    is_call_for_service,
    count(*) as calls
from fct_calls
group by
    date_trunc('day', received_at), area, police_role, is_care_arrival, is_needle_pickup, is_call_for_service
order by received_at, area, police_role, is_care_arrival, is_needle_pickup, is_call_for_service
