-- What other cities' teams have published of themselves, one row per figure, with its definition and its source.
select
    city,
    team,
    metric,
    figure,
    starts,
    ends,
    counts,
    differs,
    source,
    address
from ref_peers
order by city, metric, starts
