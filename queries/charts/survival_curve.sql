/*
title      = "Days from sending a referral to the first service"
question   = "How soon do referrals connect, counting those still open?"
mart       = "fct_referrals"
time       = "sent_at"
columns    = ["day", "share", "low", "high", "at_risk", "connected", "censored"]
dimensions = ["partner", "need"]
caveats    = [
    "Kaplan–Meier estimate of the share connected by each day; open referrals count until the day last seen.",
    "95% interval: Greenwood's variance on the log-log scale (Kalbfleisch and Prentice 1980).",
]
*/
with days as (
    select
        days_observed as day,
        count(*) filter (where days_to_connection is not null) as connected,
        count(*) filter (where days_to_connection is null) as censored
    from fct_referrals
    where is_sent
    group by days_observed
),

at_risk as (
    select
        day,
        connected,
        censored,
        sum(connected + censored) over (order by day desc rows between unbounded preceding and current row) as at_risk
    from days
),

-- The product of (1 - connected / at risk) as a sum of logarithms; it is 0 from the day on which all at risk connect.
estimate as (
    select
        day,
        connected,
        censored,
        at_risk,
        case
            when max(case when connected = at_risk then 1 else 0 end) over up_to_day = 1 then 0
            else
                exp(
                    sum(case when connected < at_risk then ln(1 - connected / nullif(at_risk, 0)) else 0 end)
                        over up_to_day
                )
        end as left_open,
        sum(case when connected < at_risk then connected / nullif(at_risk * (at_risk - connected), 0) end)
            over up_to_day
            as variance
    from at_risk
    window up_to_day as (order by day rows between unbounded preceding and current row)
),

spread as (
    select
        *,
        case
            when left_open > 0 and left_open < 1 then 1.959963984540054 * sqrt(variance) / nullif(abs(ln(left_open)), 0)
        end as theta
    from estimate
)

select
    cast(0 as bigint) as day,
    cast(0 as double) as share,
    cast(null as double) as low,
    cast(null as double) as high,
    (select cast(coalesce(max(at_risk), 0) as bigint) from at_risk) as at_risk,
    cast(0 as bigint) as connected,
    cast(0 as bigint) as censored
where
    not exists (
        select 1 from spread
        where day = 0
    )
union all
select
    day,
    1 - left_open as share,
    1 - power(left_open, exp(-theta)) as low,
    1 - power(left_open, exp(theta)) as high,
    cast(at_risk as bigint) as at_risk,
    connected,
    censored
from spread
order by day
