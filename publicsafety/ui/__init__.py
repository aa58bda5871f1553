"""The only package code that imports Streamlit. A page imports from here and from nowhere else.

`begin` opens a page; the modules beside it hold the findings that a page may show, one module per topic.
"""

from publicsafety.findings import (
    breakdown,
    calls,
    cases,
    changes,
    explorer,
    kpi,
    needles,
    outcomes,
    places,
    published,
    quality,
    rebuilt,
    referrals,
    series,
    stages,
    times,
)
from publicsafety.ui.page import begin

__all__ = [
    "begin",
    "breakdown",
    "calls",
    "cases",
    "changes",
    "explorer",
    "kpi",
    "needles",
    "outcomes",
    "places",
    "published",
    "quality",
    "rebuilt",
    "referrals",
    "series",
    "stages",
    "times",
]
