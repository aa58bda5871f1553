/*
title      = "Where referrals stop"
question   = "Why did referrals not lead to a first service?"
mart       = "fct_referrals"
time       = "offered_at"
columns    = ["drop_off", "value"]
parts      = ["drop_off"]
dimensions = ["partner", "need"]
caveats    = ["'open' referrals may still connect; 'none' reached a first service."]
*/
select
    drop_off,
    count(*) as value
from fct_referrals
group by drop_off
order by value desc, drop_off asc
