""":material/home: Overview

The team's work at a glance, with the numbers behind every figure.
"""

from publicsafety.ui import begin, breakdown, kpi, published, series

page = begin(__file__)
page.answer(kpi.kpi, "care_responses")
page.tiles("What did the team do?", "care_responses", "people_served", "no_police_rate", "needles_removed")
page.show(published.story)
page.show(series.over_time, "care_responses")
page.pair((breakdown.by, "care_responses", "nature"), (breakdown.by, "care_responses", "area"))
page.show(published.over_time, "care_responses", "How many calls did the team go to, month by month?")
page.pair(
    (published.breakdown, "care_responses", "nature", "Which calls was the team sent to?"),
    (published.breakdown, "care_responses", "police_role", "Did police go too?"),
)
page.show(published.over_time, "needles_removed", "How many needles were removed, month by month?")
