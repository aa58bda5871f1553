""":material/search: Look closer

One neighborhood, one kind of call, one kind of partner: every published figure of it.
"""

from publicsafety.ui import begin

page = begin(__file__, filters=None)
page.look_closer()
