-- Every disposition as exported and what it is called here; unknown ones keep their text.
with folded as (
    select
        disposition as label,
        trim(regexp_replace(lower(replace(disposition, '/', ' or ')), '\s+', ' ', 'g')) as fold
    from stg_calls
    where disposition is not null
    group by all
),

reference as (
    select
        trim(regexp_replace(lower(replace(label, '/', ' or ')), '\s+', ' ', 'g')) as fold,
        min(disposition) as disposition,
        max(is_transport) as is_transport,
        max(is_follow_up) as is_follow_up
    from (
        select
            label,
            disposition,
            is_transport,
            is_follow_up
        from ref_dispositions
        union all
        select
            disposition as label,
            disposition,
            is_transport,
            is_follow_up
        from ref_dispositions
    )
    group by all
)

select
    folded.label,
    coalesce(reference.disposition, min(folded.label) over (partition by folded.fold)) as disposition,
    coalesce(reference.is_transport, regexp_matches(folded.fold, '\btransport')) as is_transport,
    coalesce(reference.is_follow_up, regexp_matches(folded.fold, '\bfollow[ -]?up')) as is_follow_up
from folded
left join reference on folded.fold = reference.fold
order by folded.label
