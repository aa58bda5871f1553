-- Calls for service as exported: local times beside the UTC ones, text trimmed, blanks missing.
select
    incident_number,
    received_at as received_utc,
    entered_at as entered_utc,
    dispatched_at as dispatched_utc,
    en_route_at as en_route_utc,
    on_scene_at as on_scene_utc,
    client_contact_at as client_contact_utc,
    cleared_at as cleared_utc,
    source,
    nullif(trim(nature), '') as nature,
    nullif(trim(final_nature), '') as final_nature,
    nullif(trim(priority), '') as priority,
    eligibility,
    nullif(trim(disposition), '') as disposition,
    -- A label that no mapping explains says nothing about police: it is no role, and never "no police".
    case when police_role not like 'Other (new)%' then police_role end as police_role,
    backup_requested,
    unmet_reason,
    latitude,
    longitude,
    nullif(trim(area), '') as area,
    person_key,
    nullif(trim(unit), '') as unit,
    agency,
    file,
    line
from raw_calls
