"""Which day does the name of a file say that it was exported?"""

import re
from calendar import monthrange

FULL_DATE = re.compile(r"(?<!\d)((?:19|20)\d{2})([-_.]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])(?!\d)")
MONTH = re.compile(r"(?<!\d)((?:19|20)\d{2})[-_.]?(0[1-9]|1[0-2])(?!\d)")


def date_in(name: str) -> str | None:
    """The day of the export by the file's name: its last full date (2026-11-05, 20261105), else the end of its month.

    `cad_2026-10_revised_2026-11-05.csv` is of 5 November. None: the name holds no date.
    """
    for found in reversed(list(FULL_DATE.finditer(name))):
        year, month, day = int(found[1]), int(found[3]), int(found[4])
        if day <= monthrange(year, month)[1]:
            return f"{year}-{month:02d}-{day:02d} 00:00:00"
    months = list(MONTH.finditer(name))
    if not months:
        return None
    year, month = int(months[-1][1]), int(months[-1][2])
    return f"{year}-{month:02d}-{monthrange(year, month)[1]} 00:00:00"
