-- One row per needle request or visit, in the order reported. A report's time is not the time of discard.
-- Three counts that are not alike: reports (is_report), visits (is_pickup, also when none was found) and needles
-- (needles_found).
with
-- Whether the area layer is this city's. Then a text that names none of its areas is no area: Data quality lists it.
layer as (
    select count(*) > 0 as is_ours
    from (
        select area from dim_places
        where area is not null
        union
        select dim_areas.area
        from stg_pickups
        inner join dim_areas on lower(stg_pickups.area) = lower(dim_areas.area)
    ) as named
),

placed as (
    select
        pickups.*,
        coalesce(
            places.area,
            case when places.is_outside then 'Outside the city' end,
            areas_by_name.area,
            case when not layer.is_ours then pickups.area end,
            'Not recorded'
        ) as place_area,
        coalesce(areas_by_name.area, pickups.area) as exported_area,
        coalesce(places.area, case when places.is_outside then 'Outside the city' end) as point_area,
        places.park,
        coalesce(pickups.place_kind, places.place_kind, 'Not recorded') as kind_of_place,
        places.h3_8,
        places.h3_9,
        coalesce(pickups.status, case when pickups.closed_utc is not null then 'closed' end, 'Not recorded')
            as known_status,
        (epoch_ms(closed_utc) - epoch_ms(reported_utc)) / 60000.0 as minutes
    from stg_pickups as pickups
    left join dim_places as places on pickups.latitude = places.latitude and pickups.longitude = places.longitude
    left join dim_areas as areas_by_name on lower(pickups.area) = lower(areas_by_name.area)
    cross join layer
),

visited as (
    select
        placed.*,
        -- A visit was made: the request was closed, or somebody counted what was there. Cancelled requests had none.
        known_status <> 'cancelled' and (known_status = 'closed' or needles_found is not null) as is_pickup
    from placed
)

select
    request_number,
    reported_at,
    acknowledged_at,
    closed_at,
    cast(extract(hour from reported_at) as tinyint) as hour,
    case extract(dow from reported_at)
        when 0 then 'Sun' when 1 then 'Mon' when 2 then 'Tue' when 3 then 'Wed' when 4 then 'Thu' when
            5
            then 'Fri'
        else 'Sat'
    end as weekday,
    coalesce(source, 'Not recorded') as source,
    known_status as status,
    needles_found,
    true as is_report,
    is_pickup,
    kind_of_place as place_kind,
    park,
    latitude,
    longitude,
    place_area as area,
    coalesce(dim_areas.area_group, 'Not recorded') as area_group,
    exported_area,
    point_area,
    h3_8,
    h3_9,
    case when is_pickup and minutes >= 0 then minutes end as minutes_to_pickup,
    case
        when not is_pickup then 'not applicable'
        when minutes is null then 'missing stamp'
        when minutes < 0 then 'negative'
    end as pickup_excluded,
    file,
    line
from visited
left join dim_areas on visited.place_area = dim_areas.area
order by reported_at, request_number
