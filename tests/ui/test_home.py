"""A link to the page that is first for an audience opens it, though Streamlit answers it at the site's address alone."""

import asyncio

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from publicsafety.ui import home


@pytest.mark.parametrize(
    ("audience", "path", "to"),
    [
        ("council", "/briefing?briefing=Q3+2025", "./?briefing=Q3+2025"),
        ("council", "/overview", ""),
        ("public", "/overview", "./"),
        ("public", "/overview/x", ""),
        ("leadership", "/kpis?lang=es", "./?lang=es"),
        ("leadership", "/", ""),
    ],
)
def test_the_first_page_by_its_name_leads_to_the_sites_own_address(
    audience: str, path: str, to: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLICSAFETY_AUDIENCE", audience)
    home._first.cache_clear()

    def give(request: Request) -> PlainTextResponse:
        return PlainTextResponse("the application")

    async def answer() -> httpx.Response:
        app = home.Home(Starlette(routes=[Route("/{path:path}", give)]))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
            return await client.get(f"http://localhost{path}")

    got = asyncio.run(answer())
    home._first.cache_clear()
    assert (got.status_code, got.headers.get("location", "")) == ((307, to) if to else (200, ""))
