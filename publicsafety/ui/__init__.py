"""The only package code that imports Streamlit. A page imports from here and from nowhere else.

`begin` opens a page; the modules below it hold the findings that a page may show, one module per topic.
"""

from publicsafety.findings import breakdown, kpi, series
from publicsafety.ui.page import begin

__all__ = ["begin", "breakdown", "kpi", "series"]
