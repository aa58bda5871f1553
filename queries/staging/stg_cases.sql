-- Cases in local time; rows deleted in the source system are no part of the marts.
select
    case_number,
    person_key,
    local_time(opened_at) as opened_at,
    local_time(closed_at) as closed_at,
    nullif(trim(close_reason), '') as close_reason,
    nullif(trim(referral_source), '') as referral_source,
    worker_key,
    file,
    line
from raw_cases
where deleted_at is null
