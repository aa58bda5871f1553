-- Staffed shifts: local time for display, elapsed hours from the UTC stamps.
select
    nullif(trim(unit), '') as unit,
    local_time(starts_at) as starts_at,
    local_time(ends_at) as ends_at,
    (epoch(ends_at) - epoch(starts_at)) / 3600 as hours,
    file,
    line
from raw_roster
