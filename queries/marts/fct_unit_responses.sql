-- One row per unit on an incident, from the calls export (one row per unit) and from exports of units alone.
-- Not sorted: nothing asks for a period of it, and sorting a million rows costs as much as making them.
-- Where both name the same unit on the same incident, the export of units wins: it is the more detailed of the two.
with reported as (
    select
        incident_number,
        unit,
        agency,
        dispatched_utc,
        en_route_utc,
        on_scene_utc,
        cleared_utc,
        file,
        line
    from stg_unit_responses
),

from_calls as (
    select
        incident_number,
        unit,
        agency,
        dispatched_utc,
        en_route_utc,
        on_scene_utc,
        cleared_utc,
        file,
        line
    from stg_calls
    where unit is not null or agency is not null
),

both_sources as (
    select * from reported
    union all
    select from_calls.*
    from from_calls
    anti join reported
        on from_calls.incident_number = reported.incident_number and from_calls.unit is not distinct from reported.unit
)

select
    incident_number,
    coalesce(unit, 'Not recorded') as unit,
    coalesce(agency, 'Not recorded') as agency,
    local_time(dispatched_utc) as dispatched_at,
    local_time(en_route_utc) as en_route_at,
    local_time(on_scene_utc) as on_scene_at,
    local_time(cleared_utc) as cleared_at,
    file,
    line
from both_sources
