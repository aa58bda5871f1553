""":material/menu_book: Definitions

What every figure counts, out of what, what it leaves out, and the query behind it.
"""

from publicsafety.ui import begin

page = begin(__file__, filters=None)
page.definitions()
