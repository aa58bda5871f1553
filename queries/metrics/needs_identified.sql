/*
title      = "Needs identified"
question   = "How many needs did clients have?"
unit       = "needs"
kind       = "count"
better     = "neither"
time       = "identified_at"
dimensions = ["need"]
numerator  = "needs of a case, each counted once"
includes   = ["a need when first seen in a case's services"]
excludes   = ["services without a need"]
caveats    = []
related    = ["needs_met"]
steward    = "The department"
reviewed   = 2026-11-01
version    = 1
*/
select
    count(*) as numerator,
    numerator as value
from fct_needs
