/*
title      = "Referrals by stage and partner, need or month sent"
question   = "How far do the referrals of each partner, need and month get?"
mart       = "fct_referrals"
time       = "sent_at"
columns    = [
    "split", "label", "sent", "accepted", "connected", "completed",
    "mature", "mature_accepted", "mature_connected", "mature_completed",
]
dimensions = ["partner", "need"]
caveats    = [
    "By the day they were sent, so that a month is a cohort. Each split adds up to the row 'all'.",
    "The mature ones were sent at least 60 days before the data's last day; the others may still get further.",
]
*/
with sent as (
    select
        partner,
        need,
        coalesce(cast(cast(date_trunc('month', sent_at) as date) as varchar), 'Not recorded') as month,
        is_accepted,
        is_connected,
        is_completed,
        is_mature
    from fct_referrals
    where is_sent
)

select
    case
        when grouping(partner) = 0 then 'partner'
        when grouping(need) = 0 then 'need'
        when grouping(month) = 0 then 'month'
        else 'all'
    end as split,
    coalesce(partner, need, month, 'All') as label,
    count(*) as sent,
    count(*) filter (where is_accepted) as accepted,
    count(*) filter (where is_connected) as connected,
    count(*) filter (where is_completed) as completed,
    count(*) filter (where is_mature) as mature,
    count(*) filter (where is_mature and is_accepted) as mature_accepted,
    count(*) filter (where is_mature and is_connected) as mature_connected,
    count(*) filter (where is_mature and is_completed) as mature_completed
from sent
group by grouping sets ((partner), (need), (month), ())
order by split asc, sent desc, label asc
