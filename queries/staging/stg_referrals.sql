-- Referrals in local time; rows deleted in the source system are no part of the marts.
select
    referral_number,
    case_number,
    incident_number,
    person_key,
    nullif(trim(partner), '') as partner,
    nullif(trim(need), '') as need,
    local_time(offered_at) as offered_at,
    local_time(sent_at) as sent_at,
    local_time(accepted_at) as accepted_at,
    local_time(connected_at) as connected_at,
    local_time(completed_at) as completed_at,
    result,
    -- "Not confirmed" is a label too: what no mapping explains vouches for nothing.
    case when evidence not like 'Other (new)%' then evidence end as evidence,
    file,
    line
from raw_referrals
where deleted_at is null
