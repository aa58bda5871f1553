/*
title      = "From need to partner to result"
question   = "Which needs go to which partners, and what comes of it?"
mart       = "fct_referrals"
time       = "sent_at"
columns    = ["need", "partner", "result", "value"]
parts      = ["need", "partner", "result"]
dimensions = ["partner", "need"]
caveats    = ["Referrals sent. 'open' ones may still connect."]
*/
select
    need,
    partner,
    case
        when is_completed then 'completed'
        when is_connected and drop_off = 'none' then 'connected'
        when is_accepted and drop_off = 'open' then 'accepted'
        else drop_off
    end as result,
    count(*) as value
from fct_referrals
where is_sent
group by all
order by value desc, need asc, partner asc, result asc
