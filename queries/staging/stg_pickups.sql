-- Needle requests and visits in local time; requests of another kind are no part of the marts.
select
    request_number,
    reported_at as reported_utc,
    acknowledged_at as acknowledged_utc,
    closed_at as closed_utc,
    local_time(reported_at) as reported_at,
    local_time(acknowledged_at) as acknowledged_at,
    local_time(closed_at) as closed_at,
    nullif(trim(source), '') as source,
    needles_found,
    place_kind,
    latitude,
    longitude,
    nullif(trim(area), '') as area,
    status,
    file,
    line
from raw_pickups
where coalesce(kind, 'needle') = 'needle'
