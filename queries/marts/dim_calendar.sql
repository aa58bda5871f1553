-- One row per day of the local calendar, from the first day with data (or with service) to the as-of day.
with bounds as (
    select
        least(
            min(first_day),
            min((select calls_since from city_settings)),
            min((select needle_pickups_since from city_settings))
        ) as first_date,
        max((select as_of from city_settings)) as last_date
    from (
        select cast(min(received_at) as date) as first_day from fct_calls
        union all
        select cast(min(reported_at) as date) from fct_pickups
        union all
        select cast(min(opened_at) as date) from fct_cases
        union all
        select cast(min(served_at) as date) from fct_services
        union all
        select cast(min(coalesce(sent_at, offered_at)) as date) from fct_referrals
    )
),

spine as (
    select unnest(generate_series(first_date, last_date, interval 1 day)) as moment
    from bounds
),

days as (
    select cast(moment as date) as date from spine
)

select
    days.date,
    cast(date_trunc('week', days.date) as date) as week,
    cast(date_trunc('month', days.date) as date) as month,
    cast(date_trunc('quarter', days.date) as date) as quarter,
    cast(date_trunc('year', days.date) as date) as year,
    -- A fiscal year is named after the calendar year in which it ends.
    case
        when city_settings.fiscal_year_starts > 1 and extract(month from days.date) >= city_settings.fiscal_year_starts
            then extract(year from days.date) + 1
        else extract(year from days.date)
    end as fiscal_year,
    strftime(days.date, '%a') as weekday
from days
cross join city_settings
order by days.date
