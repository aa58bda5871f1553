-- Every need as exported and what it is called here; unknown ones keep their text.
with seen as (
    select need as label from stg_services
    where need is not null
    group by all
    union
    select need from stg_referrals
    where need is not null
    group by all
),

folded as (
    select
        label,
        trim(regexp_replace(lower(replace(label, '/', ' or ')), '\s+', ' ', 'g')) as fold
    from seen
),

reference as (
    select
        trim(regexp_replace(lower(replace(label, '/', ' or ')), '\s+', ' ', 'g')) as fold,
        min(need) as need
    from (
        select
            label,
            need
        from ref_needs
        union all
        select
            need as label,
            need
        from ref_needs
    )
    group by all
)

select
    folded.label,
    coalesce(reference.need, min(folded.label) over (partition by folded.fold)) as need
from folded
left join reference on folded.fold = reference.fold
order by folded.label
