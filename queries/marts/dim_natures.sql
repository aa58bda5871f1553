-- Every nature as exported and what it is called here. Spellings that differ only in case, spaces or "/" for "or" are
-- one label; a label that the reference does not know keeps its text and belongs to the group 'Other'.
with seen as (
    select nature as label from stg_calls
    where nature is not null
    group by all
    union
    select final_nature from stg_calls
    where final_nature is not null
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
        min(nature) as nature,
        min(nature_group) as nature_group,
        max(eligible) as eligible
    from (
        select
            label,
            nature,
            nature_group,
            eligible
        from ref_natures
        union all
        select
            nature as label,
            nature,
            nature_group,
            eligible
        from ref_natures
    )
    group by all
)

select
    folded.label,
    coalesce(reference.nature, min(folded.label) over (partition by folded.fold)) as nature,
    coalesce(reference.nature_group, 'Other') as nature_group,
    reference.eligible,
    regexp_matches(
        folded.fold || ' ' || lower(coalesce(reference.nature, '') || ' ' || coalesce(reference.nature_group, '')),
        'needle|syringe|sharps'
    ) as is_needle_pickup
from folded
left join reference on folded.fold = reference.fold
order by folded.label
