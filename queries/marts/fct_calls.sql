-- One row per incident, in the order received.
-- An export may have one row per incident (no unit named) or one row per unit: rows without a unit are taken as they
-- are, rows of units are joined into their incident. Stamps are those of the first arriving CARE unit; if none arrived,
-- of the first dispatched CARE unit; of the call itself where no CARE unit went.
with unit_rows as (
    select
        incident_number,
        unit,
        agency,
        entered_utc,
        dispatched_utc,
        en_route_utc,
        on_scene_utc,
        client_contact_utc,
        cleared_utc
    from stg_calls
    where unit is not null or agency is not null
    union all
    select
        incident_number,
        unit,
        agency,
        entered_utc,
        dispatched_utc,
        en_route_utc,
        on_scene_utc,
        client_contact_utc,
        cleared_utc
    from stg_unit_responses
),

-- Which agencies went. An incident all of whose units have no agency says nothing about police; an agency that no
-- mapping explains may be police.
crews as (
    select
        incident_number,
        max(agency = 'CARE') as has_care,
        max(agency = 'police') as has_police,
        max(agency is null or agency like 'Other (new)%') as has_unknown
    from unit_rows
    group by incident_number
    having max(agency is not null)
),

care_units as (
    select *
    from unit_rows
    where agency = 'CARE'
    qualify row_number() over (
        partition by incident_number order by on_scene_utc nulls last, dispatched_utc nulls last, unit nulls last
    ) = 1
),

-- One row per incident of the call's own fields.
whole_rows as (
    select * from stg_calls
    where unit is null
),

-- Most incidents have one unit: only the others are worth an aggregate of twenty columns.
crowded as (
    select incident_number
    from stg_calls
    where unit is not null
    group by incident_number
    having count(*) > 1
),

joined_rows as (
    select
        incident_number,
        min(received_utc) as received_utc,
        min(entered_utc) as entered_utc,
        min(dispatched_utc) as dispatched_utc,
        min(en_route_utc) as en_route_utc,
        min(on_scene_utc) as on_scene_utc,
        min(client_contact_utc) as client_contact_utc,
        max(cleared_utc) as cleared_utc,
        max(source) as source,
        max(nature) as nature,
        max(final_nature) as final_nature,
        max(priority) as priority,
        max(eligibility) as eligibility,
        max(disposition) as disposition,
        max(police_role) as police_role,
        max(backup_requested) as backup_requested,
        max(unmet_reason) as unmet_reason,
        max(latitude) as latitude,
        arg_max(longitude, latitude) as longitude,
        max(area) as area,
        max(person_key) as person_key,
        min(file) as file,
        min(line) as line
    from stg_calls
    where unit is not null and incident_number in (select crowded.incident_number from crowded)
    group by incident_number
),

unit_calls as (
    select * exclude (unit, agency)
    from stg_calls
    where unit is not null and incident_number not in (select crowded.incident_number from crowded)
    union all
    select * from joined_rows
),

incidents as (
    select * exclude (unit, agency) from whole_rows
    union all
    select unit_calls.* from unit_calls
    anti join whole_rows on unit_calls.incident_number = whole_rows.incident_number
),

-- Whether the area layer is this city's. Then a text that names none of its areas is no area: Data quality lists it.
layer as (
    select count(*) > 0 as is_ours
    from (
        select area from dim_places
        where area is not null
        union
        select dim_areas.area
        from stg_calls
        inner join dim_areas on lower(stg_calls.area) = lower(dim_areas.area)
    ) as named
),

responses as (
    select
        incidents.incident_number,
        incidents.received_utc,
        -- The CARE unit's stamp where a CARE unit went, else the call's own.
        case
            when care.incident_number is null then incidents.entered_utc else
                coalesce(care.entered_utc, incidents.entered_utc)
        end
            as entered_utc,
        case when care.incident_number is null then incidents.dispatched_utc else care.dispatched_utc end
            as dispatched_utc,
        case when care.incident_number is null then incidents.en_route_utc else care.en_route_utc end as en_route_utc,
        case when care.incident_number is null then incidents.on_scene_utc else care.on_scene_utc end as on_scene_utc,
        case when care.incident_number is null then incidents.client_contact_utc else care.client_contact_utc end
            as client_contact_utc,
        case when care.incident_number is null then incidents.cleared_utc else care.cleared_utc end as cleared_utc,
        local_time(incidents.received_utc) as received_at,
        coalesce(incidents.source, 'Not recorded') as source,
        coalesce(natures.nature, 'Not recorded') as nature,
        coalesce(natures.nature_group, 'Not recorded') as nature_group,
        coalesce(finals.nature, natures.nature, 'Not recorded') as final_nature,
        coalesce(incidents.priority, 'Not recorded') as priority,
        coalesce(
            incidents.eligibility,
            case natures.eligible when true then 'eligible' when false then 'ineligible' end,
            'not triaged'
        ) as eligibility,
        incidents.eligibility is not null as is_triaged,
        coalesce(dispositions.disposition, 'Not recorded') as disposition,
        coalesce(dispositions.is_transport, false) as is_transport,
        coalesce(dispositions.is_follow_up, false) as is_follow_up,
        -- As exported, unless the export says 'none' and a police unit was dispatched all the same.
        case
            when
                incidents.police_role is not null
                and incidents.police_role <> 'unknown'
                and not (incidents.police_role = 'none' and coalesce(crews.has_police, false))
                then incidents.police_role
            when crews.has_police and crews.has_care and incidents.backup_requested then 'back-up'
            when crews.has_police and crews.has_care then 'co-response'
            when crews.has_police then 'police'
            when crews.has_care and not crews.has_unknown then 'none'
            else 'unknown'
        end as police_role,
        incidents.backup_requested,
        incidents.unmet_reason,
        coalesce(
            crews.has_care,
            incidents.dispatched_utc is not null
            and incidents.police_role is not null
            and incidents.police_role not in ('police', 'unknown')
        ) as is_care_response,
        coalesce(natures.is_needle_pickup, false) as is_needle_pickup,
        incidents.latitude,
        incidents.longitude,
        coalesce(
            places.area,
            case when places.is_outside then 'Outside the city' end,
            areas_by_name.area,
            case when not layer.is_ours then incidents.area end,
            'Not recorded'
        ) as area,
        -- What the export calls the area (in the map's spelling where it names one), and where the point lies.
        coalesce(areas_by_name.area, incidents.area) as exported_area,
        coalesce(places.area, case when places.is_outside then 'Outside the city' end) as point_area,
        coalesce(places.is_outside, false) as is_outside,
        coalesce(places.place_kind, 'Not recorded') as place_kind,
        places.h3_8,
        places.h3_9,
        incidents.person_key,
        incidents.file,
        incidents.line
    from incidents
    left join crews on incidents.incident_number = crews.incident_number
    left join care_units as care on incidents.incident_number = care.incident_number
    left join dim_natures as natures on incidents.nature = natures.label
    left join dim_natures as finals on incidents.final_nature = finals.label
    left join dim_dispositions as dispositions on incidents.disposition = dispositions.label
    left join dim_places as places on incidents.latitude = places.latitude and incidents.longitude = places.longitude
    left join dim_areas as areas_by_name on lower(incidents.area) = lower(areas_by_name.area)
    cross join layer
),

-- Elapsed minutes come from UTC, so that an hour repeated or skipped in spring and autumn adds or takes nothing.
elapsed as (
    select
        responses.*,
        extract(dow from received_at) as day_of_week,
        coalesce(source <> 'self-initiated', true) as is_call_for_service,
        is_care_response and (on_scene_utc is not null or client_contact_utc is not null) as is_care_arrival,
        (epoch_ms(dispatched_utc) - epoch_ms(received_utc)) / 60000.0 as processing,
        (epoch_ms(en_route_utc) - epoch_ms(dispatched_utc)) / 60000.0 as turnout,
        (epoch_ms(on_scene_utc) - epoch_ms(en_route_utc)) / 60000.0 as travel,
        (epoch_ms(on_scene_utc) - epoch_ms(received_utc)) / 60000.0 as response,
        (epoch_ms(cleared_utc) - epoch_ms(on_scene_utc)) / 60000.0 as on_scene,
        (epoch_ms(cleared_utc) - epoch_ms(dispatched_utc)) / 60000.0 as time_on_task
    from responses
),

-- Reasons not to use a duration, in this order; each excluded row has one. A midnight sentinel is a stamp of exactly
-- 00:00:00 local time (how some systems write "not recorded") that makes the duration negative or longer than two
-- hours.
judged as (
    select
        elapsed.*,
        case day_of_week
            when 0 then 'Sun' when 1 then 'Mon' when 2 then 'Tue' when 3 then 'Wed' when 4 then 'Thu' when
                5
                then 'Fri'
            else 'Sat'
        end as weekday,
        case
            when not is_care_response then 'not applicable'
            when response is null then 'missing stamp'
            when
                (response < 0 or response > 120)
                and (
                    cast(local_time(on_scene_utc) as time) = time '00:00:00'
                    or cast(received_at as time) = time '00:00:00'
                ) then 'midnight sentinel'
            when response < 0 then 'negative'
            when response > response_minutes_max then 'longer than bound'
        end as response_excluded,
        case
            when not is_care_response then 'not applicable'
            when time_on_task is null then 'missing stamp'
            when
                (time_on_task < 0 or time_on_task > 120)
                and (
                    cast(local_time(cleared_utc) as time) = time '00:00:00'
                    or cast(local_time(dispatched_utc) as time) = time '00:00:00'
                ) then 'midnight sentinel'
            when time_on_task < 0 then 'negative'
            when time_on_task > time_on_task_minutes_max then 'longer than bound'
        end as time_on_task_excluded,
        response_minutes_max,
        time_on_task_minutes_max,
        days,
        opens,
        closes
    from elapsed
    cross join city_settings
),

placed as (
    select
        judged.*,
        -- The export's own reason overrules the published hours and area.
        coalesce(unmet_reason <> 'outside hours', true)
        and list_contains(days, weekday)
        and case
            when closes > opens then cast(received_at as time) >= opens and cast(received_at as time) < closes
            else cast(received_at as time) >= opens or cast(received_at as time) < closes
        end as in_service_hours,
        not is_outside and coalesce(unmet_reason <> 'outside area', true) as in_service_area,
        eligibility = 'eligible' and is_call_for_service and not is_needle_pickup as is_eligible
    from judged
)

select
    incident_number,
    received_at,
    local_time(entered_utc) as entered_at,
    local_time(dispatched_utc) as dispatched_at,
    local_time(en_route_utc) as en_route_at,
    local_time(on_scene_utc) as on_scene_at,
    local_time(client_contact_utc) as client_contact_at,
    local_time(cleared_utc) as cleared_at,
    cast(extract(hour from received_at) as tinyint) as hour,
    weekday,
    source,
    nature,
    nature_group,
    final_nature,
    priority,
    eligibility,
    disposition,
    police_role,
    -- A known police role answers whether back-up was asked for, where the export has no flag.
    coalesce(backup_requested, case when police_role <> 'unknown' then police_role = 'back-up' end) as backup_requested,
    -- Eligible calls = answered + one reason each. What the export does not say is derived, the first that fits.
    case
        when not is_eligible then 'not applicable'
        when is_care_arrival then 'answered'
        when unmet_reason is not null then unmet_reason
        when is_care_response then 'cancelled'
        when not in_service_hours then 'outside hours'
        when not in_service_area then 'outside area'
        -- Triaged as eligible, in hours and area, and nobody sent; when nobody triaged it, that is the reason.
        when is_triaged then 'no unit free'
        else 'not triaged'
    end as unmet_reason,
    in_service_hours,
    in_service_area,
    in_service_hours and in_service_area as in_service,
    -- How far the team got, and whether it asked for police there: each incident has one stage.
    case
        when is_needle_pickup and is_care_response then 'needle pickup by the team'
        when is_needle_pickup then 'needle pickup by others'
        when not is_care_response then 'not sent'
        when not is_care_arrival then 'sent'
        when backup_requested is null and police_role = 'unknown' then 'arrived'
        when coalesce(backup_requested, police_role = 'back-up') then 'arrived, back-up requested'
        else 'arrived, no back-up requested'
    end as team_stage,
    is_call_for_service,
    is_needle_pickup,
    is_care_response,
    is_care_arrival,
    is_eligible,
    is_eligible and is_care_arrival as is_answered,
    is_transport,
    is_follow_up,
    latitude,
    longitude,
    placed.area,
    coalesce(dim_areas.area_group, 'Not recorded') as area_group,
    exported_area,
    point_area,
    place_kind,
    h3_8,
    h3_9,
    person_key,
    -- A part of the response is used when it has both stamps, is not negative and is within the bound of the whole.
    case when is_care_response and processing between 0 and response_minutes_max then processing end
        as processing_minutes,
    case when is_care_response and turnout between 0 and response_minutes_max then turnout end as turnout_minutes,
    case when is_care_response and travel between 0 and response_minutes_max then travel end as travel_minutes,
    case when response_excluded is null then response end as response_minutes,
    case when is_care_response and on_scene between 0 and time_on_task_minutes_max then on_scene end
        as on_scene_minutes,
    case when time_on_task_excluded is null then time_on_task end as time_on_task_minutes,
    response_excluded,
    time_on_task_excluded,
    file,
    line
from placed
left join dim_areas on placed.area = dim_areas.area
order by received_at, line, incident_number
