-- Launches and changes of hours, area or codes, to be marked on time axes.
select
    date,
    title,
    kind
from ref_events
order by date, title
