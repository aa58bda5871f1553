"""The council briefing: one closed period in two pages, then appendices, from the council database and nothing else.

`brief` makes it from a council database for a period of the release; the writers of `documents/` lay it down.
"""

from publicsafety.briefing.compose import brief, periods
from publicsafety.briefing.core import Briefing, BriefingError, Cell, Period, Section, Table
from publicsafety.briefing.database import open_database

__all__ = [
    "Briefing",
    "BriefingError",
    "Cell",
    "Period",
    "Section",
    "Table",
    "brief",
    "open_database",
    "periods",
]
