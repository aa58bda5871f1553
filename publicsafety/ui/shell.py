"""The page around the application: which language a browser and a screen reader are told that it is in.

Streamlit's own page says `lang="en"`, whatever is shown on it. A visitor changes the language by a link, so the page is
always fetched anew, with the language in its address.
"""

from typing import Any
from urllib.parse import parse_qs

from publicsafety import language
from publicsafety.ui import languages

MARK = b'<html lang="en"'


class Shell:
    """An ASGI layer that puts the language of the address, and its direction, on the page's first tag."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        asked = _asked(scope)
        if asked is None:
            await self.app(scope, receive, send)
            return
        # A compressed or unchanged page could not be rewritten, so neither is asked for.
        unwanted = (b"accept-encoding", b"if-none-match", b"if-modified-since", b"range")
        scope = scope | {"headers": [(name, value) for name, value in scope["headers"] if name not in unwanted]}
        start: dict[str, Any] = {}
        parts: list[bytes] = []

        async def rewrite(message: Any) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
                return
            if message["type"] != "http.response.body":
                await send(message)
                return
            parts.append(message.get("body", b""))
            if message.get("more_body"):
                return
            body = _said(b"".join(parts), asked)
            kept = [
                (name, value) for name, value in start["headers"] if name.lower() not in (b"content-length", b"etag")
            ]
            await send(start | {"headers": [*kept, (b"content-length", str(len(body)).encode())]})
            await send({"type": "http.response.body", "body": body})

        await self.app(scope, receive, rewrite)


def _asked(scope: Any) -> language.Language | None:
    """The language of a page's address, where it is on offer and not Streamlit's own."""
    if scope["type"] != "http" or scope["method"] != "GET":
        return None
    wanted = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("lang", [""])[-1]
    return next((each for each in languages.offered() if each.code == wanted != language.ENGLISH), None)


def _said(body: bytes, asked: language.Language) -> bytes:
    tag = asked.code.replace("_", "-")
    return body.replace(MARK, f'<html lang="{tag}" dir="{asked.direction}"'.encode(), 1)
