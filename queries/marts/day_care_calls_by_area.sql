-- How many calls the team was sent to, by day and area: what is only counted is added up from here
-- (publicsafety/parts.py).
select
    date_trunc('day', received_at) as received_at,
    area,
    is_needle_pickup,
    is_call_for_service,
    is_care_response,
    count(*) as calls
from fct_calls
where is_care_response
group by date_trunc('day', received_at), area, is_needle_pickup, is_call_for_service, is_care_response
order by received_at, area, is_needle_pickup, is_call_for_service, is_care_response
