/*
title       = "Needs met"
question    = "Of the needs identified, how many were met?"
unit        = "percent"
kind        = "proportion"
better      = "up"
time        = "identified_at"
dimensions  = ["need"]
stage       = { numerator = "met", denominator = "identified" }
numerator   = "needs with a service whose outcome is 'met'"
denominator = "needs identified in the period, each counted once in a case"
includes    = ["a need when first seen in a case's services, met at any time since"]
excludes    = ["services without a need"]
caveats     = ["Needs identified lately have had less time to be met."]
related     = ["needs_identified"]
settles     = 180
steward     = "The department"
reviewed    = 2026-11-01
version     = 1
*/
select
    count(*) filter (where is_met) as numerator,
    count(*) as denominator,
    numerator / nullif(denominator, 0) as value
from fct_needs
