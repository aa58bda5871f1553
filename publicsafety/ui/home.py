"""The first page of the menu by its own name: Streamlit answers it at the site's own address alone."""

from functools import cache
from typing import Any

from publicsafety.audience import ceiling
from publicsafety.pages import pages_for


class Home:
    """An ASGI layer that leads from the first page's name to the site's own address, filters and all.

    Without it a link to a page that is first here, and was not where it was copied, opens with "page not found".
    """

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD") or scope["path"] != f"/{_first()}":
            await self.app(scope, receive, send)
            return
        query = scope.get("query_string", b"")
        headers = [(b"location", b"./" + (b"?" + query if query else b"")), (b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 307, "headers": headers})
        await send({"type": "http.response.body", "body": b""})


@cache
def _first() -> str:
    return next(iter(pages_for(ceiling()).values()))[0].stem
