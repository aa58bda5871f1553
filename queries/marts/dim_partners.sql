-- Every partner as exported and what it is called here; unknown ones keep their text, in the group 'Other'.
with folded as (
    select
        partner as label,
        trim(regexp_replace(lower(replace(partner, '/', ' or ')), '\s+', ' ', 'g')) as fold
    from stg_referrals
    where partner is not null
    group by all
),

reference as (
    select
        trim(regexp_replace(lower(replace(label, '/', ' or ')), '\s+', ' ', 'g')) as fold,
        min(partner) as partner,
        min(partner_group) as partner_group
    from (
        select
            label,
            partner,
            partner_group
        from ref_partners
        union all
        select
            partner as label,
            partner,
            partner_group
        from ref_partners
    )
    group by all
)

select
    folded.label,
    coalesce(reference.partner, min(folded.label) over (partition by folded.fold)) as partner,
    coalesce(reference.partner_group, 'Other') as partner_group
from folded
left join reference on folded.fold = reference.fold
order by folded.label
