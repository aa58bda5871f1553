-- One row per contact of the team with a person in crisis response: a CARE arrival that is no needle pickup.
-- Contacts without a person key are kept, counted apart, and never a repeat of anything.
with contacts as (
    select
        coalesce(on_scene_at, client_contact_at) as contact_at,
        incident_number,
        person_key,
        nature,
        source,
        area,
        police_role
    from fct_calls
    where is_care_arrival and not is_needle_pickup
),

in_order as (
    select
        contacts.*,
        lag(contact_at) over (partition by person_key order by contact_at, incident_number) as previous_at,
        lead(contact_at) over (partition by person_key order by contact_at, incident_number) as next_at,
        count(*) over (partition by person_key, extract(year from contact_at)) as contacts_in_year
    from contacts
    where person_key is not null
)

select
    contact_at,
    incident_number,
    person_key,
    nature,
    source,
    area,
    police_role,
    coalesce(previous_at >= contact_at - interval 30 day, false) as is_repeat_30,
    coalesce(next_at <= contact_at + interval 30 day, false) as has_repeat_30,
    contacts_in_year
from in_order
union all
select
    contact_at,
    incident_number,
    person_key,
    nature,
    source,
    area,
    police_role,
    false as is_repeat_30,
    false as has_repeat_30,
    1 as contacts_in_year
from contacts
where person_key is null
order by contact_at, incident_number
