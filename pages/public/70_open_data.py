""":material/download: Open data

The published tables, to download and check.
"""

from publicsafety.ui import begin

page = begin(__file__, filters=None)
page.open_data()
