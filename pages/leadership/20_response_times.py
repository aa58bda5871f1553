""":material/timer: Response times

How long people wait, from which stamp to which, and what was left out of the count.
"""

from publicsafety.ui import begin, breakdown, kpi, series, times

page = begin(__file__)
page.answer(kpi.kpi, "response_minutes")
page.tiles("How long does it take?", "response_minutes", "travel_minutes", "on_scene_minutes", "time_on_task_minutes")
page.show(times.spread)
page.show(times.left_out)
page.show(series.over_time, "response_minutes")
page.show(times.over_time)
page.show(times.steps)
page.pair(*((breakdown.by, "response_minutes", dimension, "", (times.READING,)) for dimension in ("nature", "area")))
page.pair(
    (breakdown.by, "response_minutes", "priority", "", (times.READING,)),
    (breakdown.by, "time_on_task_minutes", "nature", "", (times.READING,)),
)
