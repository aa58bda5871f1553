-- One row per contact with a client or service given. The person is the case's when the export does not name one.
select
    services.service_number,
    services.case_number,
    coalesce(services.person_key, cases.person_key) as person_key,
    services.served_at,
    coalesce(needs.need, 'Not recorded') as need,
    services.minutes,
    coalesce(services.outcome, 'Not recorded') as outcome,
    services.file,
    services.line
from stg_services as services
left join stg_cases as cases on services.case_number = cases.case_number
left join dim_needs as needs on services.need = needs.label
order by services.served_at, services.service_number
