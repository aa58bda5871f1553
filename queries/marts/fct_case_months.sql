-- One row per case and month in which it was open; dates are clipped to the month, and to the as-of day.
with spans as (
    select
        case_number,
        person_key,
        worker_key,
        referral_source,
        cast(opened_at as date) as opened_on,
        least(coalesce(cast(closed_at as date), city_settings.as_of), city_settings.as_of) as last_on
    from fct_cases
    cross join city_settings
    where closed_at is null or closed_at >= opened_at
),

starts as (
    select
        spans.*,
        unnest(generate_series(date_trunc('month', opened_on), date_trunc('month', last_on), interval 1 month)) as start
    from spans
    where last_on >= opened_on
),

months as (
    select
        starts.*,
        cast(start as date) as month
    from starts
)

select
    case_number,
    person_key,
    worker_key,
    month,
    greatest(opened_on, month) as active_from,
    least(last_on, cast(month + interval 1 month as date) - 1) as active_until,
    referral_source
from months
order by month, case_number
