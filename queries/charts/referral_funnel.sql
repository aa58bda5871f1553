/*
title      = "Referrals by stage"
question   = "How far do referrals get, and where do they stop?"
mart       = "fct_referrals"
time       = "offered_at"
columns    = ["position", "stage", "value", "share_of_sent", "stopped", "mature", "mature_value"]
parts      = ["stage"]
dimensions = ["partner", "need"]
caveats    = [
    "Referrals by the day they were offered; a later stage implies the earlier ones, so stages never grow.",
    "Referrals sent less than 60 days ago have had little time (mature_value counts those sent earlier alone).",
]
*/
with stages as (
    select
        1 as position,
        'offered' as stage,
        count(*) filter (where is_offered) as value,
        count(*) filter (where is_offered and is_mature) as mature_value
    from fct_referrals
    union all
    select
        2 as position,
        'sent' as stage,
        count(*) filter (where is_sent) as value,
        count(*) filter (where is_sent and is_mature) as mature_value
    from fct_referrals
    union all
    select
        3 as position,
        'accepted' as stage,
        count(*) filter (where is_accepted) as value,
        count(*) filter (where is_accepted and is_mature) as mature_value
    from fct_referrals
    union all
    select
        4 as position,
        'connected' as stage,
        count(*) filter (where is_connected) as value,
        count(*) filter (where is_connected and is_mature) as mature_value
    from fct_referrals
    union all
    select
        5 as position,
        'completed' as stage,
        count(*) filter (where is_completed) as value,
        count(*) filter (where is_completed and is_mature) as mature_value
    from fct_referrals
),

whole as (
    select
        max(value) filter (where stage = 'sent') as sent,
        max(mature_value) filter (where stage = 'sent') as mature
    from stages
)

select
    stages.position,
    stages.stage,
    stages.value,
    stages.value / nullif(whole.sent, 0) as share_of_sent,
    lag(stages.value) over (order by stages.position) - stages.value as stopped,
    whole.mature,
    stages.mature_value
from stages
cross join whole
order by stages.position
