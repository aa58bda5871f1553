""":material/home: Overview

The team's work at a glance, with the numbers behind every figure.
"""

from publicsafety.ui import begin, breakdown, kpi, series

page = begin(__file__)
page.answer(kpi.kpi, "care_responses")
page.tiles("What did the team do?", "care_responses", "people_served", "no_police_rate", "needles_removed")
page.show(series.over_time, "care_responses")
page.pair((breakdown.by, "care_responses", "nature"), (breakdown.by, "care_responses", "area"))
page.released()
