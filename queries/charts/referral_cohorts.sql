/*
title      = "Referrals by month sent"
question   = "How many of the referrals of each month have connected so far?"
mart       = "fct_referrals"
time       = "sent_at"
columns    = ["month", "sent", "connected", "mature"]
parts      = ["month"]
dimensions = ["partner", "need"]
caveats    = ["A month is mature when all its referrals were sent at least 60 days before the data's last day."]
*/
select
    cast(date_trunc('month', sent_at) as date) as month,
    count(*) as sent,
    count(*) filter (where is_connected) as connected,
    count(*) filter (where is_mature) as mature
from fct_referrals
where is_sent
group by all
order by all
