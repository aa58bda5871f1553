"""The router: who is asking → audience → pages. No data, no charts.

Run it with `make run`, or `streamlit run dashboard.py`. The server imports this file once, as an application; after
that Streamlit runs it for every visitor's every click, as a script.
"""

from starlette.middleware import Middleware
from streamlit.starlette import App

from publicsafety.ui import router
from publicsafety.ui.doors import Doors
from publicsafety.ui.home import Home
from publicsafety.ui.shell import Shell

if router.is_visit():
    router.serve()
else:
    router.prepare()
app = App(__file__, middleware=[Middleware(Doors), Middleware(Home), Middleware(Shell)])
