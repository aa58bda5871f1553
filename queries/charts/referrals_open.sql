/*
title      = "Referrals open too long"
question   = "Which referrals wait for an answer or a first service?"
mart       = "fct_referrals"
time       = "sent_at"
columns    = ["referral_number", "partner", "need", "sent_on", "days_open", "stage"]
dimensions = ["partner", "need"]
caveats    = ["Sent, neither connected nor ended: no reply for 14 days, or no service for 30 days after acceptance."]
*/
select
    referral_number,
    partner,
    need,
    cast(sent_at as date) as sent_on,
    cast(days_observed as integer) as days_open,
    case when is_accepted then 'accepted, no service yet' else 'no reply yet' end as stage
from fct_referrals
where
    is_sent and not is_connected
    and drop_off in ('open', 'no reply in 14 days')
    and days_observed >= case when is_accepted then 30 else 14 end
order by days_open desc, referral_number asc
