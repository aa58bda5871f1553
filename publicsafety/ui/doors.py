"""What may be asked of this server at all? Asked of every request and every message, before Streamlit answers it.

Streamlit gives `/media/<hash>` to whoever knows the address, answers addresses that no reader needs, and heeds messages
that no page of ours sends: names of files beside the program, emptying the cache for everyone, writing to the home folder.
An internal process gives a download only to a reader who would be let in at this moment; the rest is closed for everyone.
"""

import re

from google.protobuf.message import DecodeError
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg

from publicsafety.ui import access

# Numbers about the process, uploads, the interface for programs, third-party components, files beside the program.
CLOSED = re.compile(r"/_stcore/(metrics|st-metrics|upload_file|agent|script-health-check)|/component/|/app/static/")
DOWNLOAD = re.compile(r"/media(/|$)")
# What an open page says: show this, stop, I am here, make that download, more rows of that table.
HEARD = {"rerun_script", "stop_script", "app_heartbeat", "backend_operation_request"}
DONE = {"deferred_file", "dataframe_chunk"}


class Doors:
    """ASGI middleware: 404 for what is closed, 403 for a download of somebody else's, deaf to other messages."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def heard() -> Message:
            while True:
                message = await receive()
                if is_heard(message):
                    return message

        answer: ASGIApp = self.app
        if scope["type"] == "http" and CLOSED.search(scope["path"]):
            answer = PlainTextResponse("There is nothing at this address.", 404)
        elif scope["type"] == "http" and DOWNLOAD.search(scope["path"]):
            asked = HTTPConnection(scope)
            if not access.may_fetch(asked.headers, asked.cookies, asked.client.host if asked.client else ""):
                answer = PlainTextResponse("Sign in, open the page again and download it there.", 403)
        await answer(scope, heard if scope["type"] == "websocket" else receive, send)


def is_heard(message: Message) -> bool:
    """Whether Streamlit gets to see a message: what no page says is dropped, what is no message at all it refuses itself."""
    if message["type"] != "websocket.receive" or not message.get("bytes"):
        return True
    said = BackMsg()
    try:
        said.ParseFromString(message["bytes"])
    except DecodeError:
        return True
    if said.WhichOneof("type") == "backend_operation_request":
        return said.backend_operation_request.WhichOneof("payload") in DONE
    return said.WhichOneof("type") in HEARD
