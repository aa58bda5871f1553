""":material/travel_explore: Explorer

Any figure by any two dimensions, as chart, table and download, down to its rows.
"""

from publicsafety.ui import begin, explorer, kpi

page = begin(__file__, filters=("area", "nature", "source", "partner", "need"))
metric, first, second, grain = page.question()
page.answer(kpi.kpi, metric)
page.show(explorer.explore, metric, first, second, grain)
