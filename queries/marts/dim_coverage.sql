-- Which months each table covers. status: '' covered, 'x' no row at all (a gap), 'z' before the service began.
with months as (
    select distinct month from dim_calendar
),

activity as (
    select
        'calls' as "table",
        cast(date_trunc('month', received_at) as date) as month,
        count(*) as n
    from fct_calls
    group by all
    union all
    select
        'pickups' as "table",
        cast(date_trunc('month', reported_at) as date) as month,
        count(*) as n
    from fct_pickups
    group by all
    union all
    -- A register of cases covers a month in which a case was open, also when none was opened.
    select
        'cases' as "table",
        month,
        count(*) as n
    from fct_case_months
    group by all
    union all
    select
        'services' as "table",
        cast(date_trunc('month', served_at) as date) as month,
        count(*) as n
    from fct_services
    group by all
    union all
    select
        'referrals' as "table",
        cast(date_trunc('month', coalesce(sent_at, offered_at)) as date) as month,
        count(*) as n
    from fct_referrals
    group by all
    union all
    select
        'roster' as "table",
        cast(date_trunc('month', starts_at) as date) as month,
        count(*) as n
    from fct_shifts
    group by all
),

tables as (
    select
        'calls' as "table",
        date_trunc('month', calls_since) as since
    from city_settings
    union all
    select
        'pickups' as "table",
        date_trunc('month', needle_pickups_since) as since
    from city_settings
    union all
    select
        'cases' as "table",
        date_trunc('month', least(calls_since, needle_pickups_since)) as since
    from city_settings
    union all
    select
        'services' as "table",
        date_trunc('month', least(calls_since, needle_pickups_since)) as since
    from city_settings
    union all
    select
        'referrals' as "table",
        date_trunc('month', least(calls_since, needle_pickups_since)) as since
    from city_settings
    union all
    select
        'roster' as "table",
        date_trunc('month', least(calls_since, needle_pickups_since)) as since
    from city_settings
),

firsts as (
    select
        "table",
        min(month) as first_month
    from activity
    group by all
)

select
    tables."table",
    months.month,
    coalesce(activity.n, 0) as n,
    case
        when activity.n > 0 then ''
        when months.month < tables.since then 'z'
        -- Nobody knows since when a register was kept: until its first row there was none.
        when tables."table" not in ('calls', 'pickups') and months.month < firsts.first_month then 'z'
        else 'x'
    end as status,
    coalesce(months.month < tables.since, false) as is_before_service
from tables
cross join months
left join activity on tables."table" = activity."table" and months.month = activity.month
left join firsts on tables."table" = firsts."table"
order by tables."table", months.month
