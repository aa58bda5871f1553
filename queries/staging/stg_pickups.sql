-- Needle requests and visits in local time; requests of another kind are no part of the marts.
-- One source is often spelled in several ways ("Phone", "PHONE "): the most common spelling stands for all of them.
with counted as (
    select
        lower(trim(source)) as folded,
        trim(source) as spelling,
        count(*) as n
    from raw_pickups
    where nullif(trim(source), '') is not null
    group by all
),

spellings as (
    select
        folded,
        spelling
    from counted
    qualify row_number() over (partition by folded order by n desc, spelling asc) = 1
)

select
    request_number,
    reported_at as reported_utc,
    acknowledged_at as acknowledged_utc,
    closed_at as closed_utc,
    local_time(reported_at) as reported_at,
    local_time(acknowledged_at) as acknowledged_at,
    local_time(closed_at) as closed_at,
    spellings.spelling as source,
    needles_found,
    place_kind,
    latitude,
    longitude,
    nullif(trim(area), '') as area,
    -- A status that no mapping explains does not take a date of closing away.
    case when status like 'Other (new)%' and closed_at is not null then 'closed' else status end as status,
    file,
    line
from raw_pickups
left join spellings on lower(trim(raw_pickups.source)) = spellings.folded
where coalesce(kind, 'needle') = 'needle'
