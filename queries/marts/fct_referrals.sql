-- One row per referral. Stages never grow down the funnel: a later stage implies the earlier ones
-- (offered -> sent -> accepted -> connected -> completed). HMIS results reach these stages through the source mapping.
with stages as (
    select
        referrals.*,
        referrals.completed_at is not null or coalesce(referrals.result = 'completed', false) as reached_completed,
        referrals.connected_at is not null
        or coalesce(referrals.result in ('connected', 'completed'), false) as reached_connected,
        referrals.accepted_at is not null or coalesce(referrals.result in ('accepted', 'connected', 'completed'), false)
            as reached_accepted,
        -- A client who declined was offered a referral that was never sent, unless it has a date of sending.
        referrals.sent_at is not null
        or coalesce(referrals.result in ('accepted', 'rejected', 'no reply', 'connected', 'completed', 'lost'), false)
            as reached_sent
    from stg_referrals as referrals
),

implied as (
    select
        stages.*,
        reached_completed as is_completed,
        reached_connected or reached_completed as is_connected,
        reached_accepted or reached_connected or reached_completed as is_accepted,
        reached_sent or reached_accepted or reached_connected or reached_completed as is_sent,
        -- Without a date of sending, the referral counts from when it was offered, or else from the first later stage.
        coalesce(sent_at, offered_at, accepted_at, connected_at, completed_at) as effective_sent_at,
        coalesce(offered_at, sent_at, accepted_at, connected_at, completed_at) as effective_offered_at,
        coalesce(connected_at, completed_at) as effective_connected_at
    from stages
),

observed as (
    select
        implied.*,
        date_diff('day', cast(effective_sent_at as date), cast(effective_connected_at as date)) as days_between,
        date_diff('day', cast(effective_sent_at as date), city_settings.as_of) as days_so_far
    from implied
    cross join city_settings
)

select
    observed.referral_number,
    observed.case_number,
    observed.incident_number,
    coalesce(observed.person_key, cases.person_key) as person_key,
    coalesce(partners.partner, 'Not recorded') as partner,
    coalesce(partners.partner_group, 'Not recorded') as partner_group,
    coalesce(needs.need, 'Not recorded') as need,
    observed.effective_offered_at as offered_at,
    case when observed.is_sent then observed.effective_sent_at end as sent_at,
    observed.accepted_at,
    observed.effective_connected_at as connected_at,
    observed.completed_at,
    coalesce(observed.result, 'Not recorded') as result,
    coalesce(observed.evidence, 'Not recorded') as evidence,
    true as is_offered,
    observed.is_sent,
    observed.is_accepted,
    observed.is_connected,
    observed.is_completed,
    -- Closed loop: the final outcome is known and somebody vouches for it. A partner's rejection vouches for itself.
    observed.is_sent and (
        observed.is_completed
        or coalesce(observed.result in ('rejected', 'lost'), false)
        or (observed.is_connected and observed.evidence is not null)
    ) as is_closed_loop,
    case
        when observed.is_completed then 'none'
        when observed.result = 'declined' then 'declined'
        when observed.result = 'rejected' then 'rejected'
        when observed.result = 'lost' then 'lost'
        when observed.is_connected then 'none'
        when observed.result = 'no reply' then 'no reply in 14 days'
        when observed.is_sent and not observed.is_accepted and observed.days_so_far >= 14 then 'no reply in 14 days'
        else 'open'
    end as drop_off,
    case when observed.is_connected and observed.days_between >= 0 then observed.days_between end as days_to_connection,
    -- Right-censored: an open referral has been observed until the as-of day and is not dropped.
    case
        when not observed.is_sent then null
        when observed.is_connected and observed.days_between >= 0 then observed.days_between
        else greatest(observed.days_so_far, 0)
    end as days_observed,
    coalesce(observed.is_sent and observed.days_so_far >= 60, false) as is_mature,
    observed.file,
    observed.line
from observed
left join stg_cases as cases on observed.case_number = cases.case_number
left join dim_partners as partners on observed.partner = partners.label
left join dim_needs as needs on observed.need = needs.label
order by offered_at, observed.referral_number
