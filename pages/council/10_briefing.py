""":material/article: Briefing

One released period on one page, with slides, a PDF and a memo that say the same.
"""

from publicsafety.ui import begin

page = begin(__file__, filters=None)
page.briefing()
