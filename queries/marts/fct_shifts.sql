-- One row per staffed shift. Without a roster the table is empty, and staffed hours are "not available".
select
    unit,
    starts_at,
    ends_at,
    hours,
    file,
    line
from stg_roster
order by starts_at, unit
