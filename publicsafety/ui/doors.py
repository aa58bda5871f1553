"""What may be asked of this server at all? Asked of every request, before Streamlit answers it.

Streamlit gives `/media/<hash>` to whoever knows the address, and answers addresses that no reader needs. An internal
process gives a download only to a reader who would be let in at this moment; the rest is closed for everyone.
"""

import re

from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from publicsafety.ui import access

# Numbers about the process, uploads, the interface for programs, third-party components, files beside the program.
CLOSED = re.compile(r"/_stcore/(metrics|st-metrics|upload_file|agent|script-health-check)|/component/|/app/static/")
DOWNLOAD = re.compile(r"/media(/|$)")


class Doors:
    """ASGI middleware: 404 for what is closed, 403 for a download of somebody else's."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer: ASGIApp = self.app
        if scope["type"] == "http" and CLOSED.search(scope["path"]):
            answer = PlainTextResponse("There is nothing at this address.", 404)
        elif scope["type"] == "http" and DOWNLOAD.search(scope["path"]):
            asked = HTTPConnection(scope)
            if not access.may_fetch(asked.headers, asked.cookies, asked.client.host if asked.client else ""):
                answer = PlainTextResponse("Sign in, open the page again and download it there.", 403)
        await answer(scope, receive, send)
