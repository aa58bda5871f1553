"""The router: who is asking → audience → pages. No data, no charts.

Run it with `make run`, or `streamlit run dashboard.py`.
"""

from publicsafety.ui import router

router.serve()
