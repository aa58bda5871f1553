-- One row per case, in the order opened. An open case is as many days old as the as-of day makes it.
with contacts as (
    select
        case_number,
        count(*) as n_contacts
    from fct_services
    group by case_number
),

needs as (
    select
        case_number,
        count(*) as n_needs,
        count(*) filter (where is_met) as n_needs_met
    from fct_needs
    group by case_number
),

callers as (
    select
        person_key,
        min(contact_at) as first_contact_at
    from fct_contacts
    where person_key is not null
    group by person_key
)

select
    cases.case_number,
    cases.person_key,
    cases.opened_at,
    cases.closed_at,
    case when cases.closed_at is null then 'Open' else coalesce(cases.close_reason, 'Not recorded') end as close_reason,
    coalesce(cases.referral_source, 'Not recorded') as referral_source,
    coalesce(cases.worker_key, 'Not recorded') as worker_key,
    date_diff('day', cast(cases.opened_at as date), coalesce(cast(cases.closed_at as date), city_settings.as_of))
        as days_open,
    coalesce(contacts.n_contacts, 0) as n_contacts,
    coalesce(needs.n_needs, 0) as n_needs,
    coalesce(needs.n_needs_met, 0) as n_needs_met,
    -- The client was met on a call before the case was opened (or the same day).
    coalesce(cast(callers.first_contact_at as date) <= cast(cases.opened_at as date), false) as from_call,
    cases.file,
    cases.line
from stg_cases as cases
cross join city_settings
left join contacts on cases.case_number = contacts.case_number
left join needs on cases.case_number = needs.case_number
left join callers on cases.person_key = callers.person_key
order by cases.opened_at, cases.case_number
