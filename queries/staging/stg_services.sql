-- Contacts and services in local time; rows deleted in the source system are no part of the marts.
select
    service_number,
    case_number,
    person_key,
    local_time(served_at) as served_at,
    nullif(trim(need), '') as need,
    minutes,
    outcome,
    file,
    line
from raw_services
where deleted_at is null
