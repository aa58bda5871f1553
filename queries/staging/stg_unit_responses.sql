-- Units on incidents, from systems that export them in a file of their own.
select
    incident_number,
    nullif(trim(unit), '') as unit,
    agency,
    entered_at as entered_utc,
    dispatched_at as dispatched_utc,
    en_route_at as en_route_utc,
    on_scene_at as on_scene_utc,
    client_contact_at as client_contact_utc,
    cleared_at as cleared_utc,
    file,
    line
from raw_unit_responses
