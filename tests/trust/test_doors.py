"""What a server answers to a plain request, before any page runs: downloads to those who are let in, and no side doors."""

import asyncio
import json
from pathlib import Path

import httpx
import pytest
import streamlit as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

from publicsafety.ui import access
from publicsafety.ui.doors import Doors

SECRET = "only-for-this-test-only-for-this-test"
LISTS = '[council]\ndomains = ["council.example"]\n[leadership]\nemails = ["chief@city.example"]\n'
NOW = 1_800_000_000.0
DOWNLOAD = "/media/x.csv"
CHIEF = {"is_logged_in": True, "email": "chief@city.example", "email_verified": True, "iat": NOW - 60, "sub": "a1"}


def ask(
    path: str, method: str = "GET", host: str = "localhost", peer: str = "127.0.0.1", cookie: str = "", **headers: str
) -> httpx.Response:
    """What a server that would give anything to anybody answers behind our doors."""

    def give(request: Request) -> PlainTextResponse:
        return PlainTextResponse("secret figures")

    app = Starlette(routes=[Route("/{path:path}", give, methods=["GET", "POST", "PUT", "HEAD", "OPTIONS"])])
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if cookie:
        sent["Cookie"] = cookie

    async def answer() -> httpx.Response:
        transport = httpx.ASGITransport(Doors(app), client=(peer, 50000))
        async with httpx.AsyncClient(transport=transport) as client:
            named = [(name.encode(), value.encode("latin-1")) for name, value in sent.items()]
            return await client.request(method, f"http://{host}{path}", headers=named)

    return asyncio.run(answer())


@pytest.fixture
def sign_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An internal process with sign-in set up; gives the file with the lists."""
    lists = tmp_path / "access.toml"
    lists.write_text(LISTS)
    monkeypatch.setenv("PUBLICSAFETY_AUDIENCE", "leadership")
    monkeypatch.setenv("PUBLICSAFETY_ACCESS", str(lists))
    monkeypatch.setattr(access.time, "time", lambda: NOW)
    monkeypatch.setattr(access, "get_cookie_secret", lambda: SECRET)
    monkeypatch.setattr(st, "secrets", {"auth": {"cookie_secret": SECRET}})
    return lists


def signed(claims: object, secret: str = SECRET, name: str = "_streamlit_user") -> str:
    return f"_streamlit_user={create_signed_value(secret, name, json.dumps(claims)).decode()}"


@pytest.mark.parametrize(
    "path", ["/_stcore/metrics", "/_stcore/st-metrics", "/_stcore/agent/mcp", "/_stcore/agent/interact", "/_stcore/agent/openapi.json",
             "/_stcore/upload_file/a/b", "/_stcore/script-health-check", "/component/x/index.html", "/app/static/x", "/x/component/y",
             "/%5fstcore/metrics", "/_stcore/%6detrics", "//_stcore/metrics"],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "HEAD", "OPTIONS"])
def test_what_a_reader_never_needs_is_closed_by_the_application_alone(path: str, method: str) -> None:
    answer = ask(path, method)
    assert answer.status_code == 404
    assert "secret" not in answer.text


def test_a_public_process_gives_its_downloads_to_everyone() -> None:
    assert ask(DOWNLOAD, host="safety.city.example", peer="203.0.113.9").text == "secret figures"


def test_a_download_is_given_to_a_reader_who_is_let_in(sign_in: Path) -> None:
    for claims in (CHIEF, CHIEF | {"email": "x@council.example"}):
        answer = ask(DOWNLOAD, host="internal.safety.city.example", peer="10.1.2.3", cookie=signed(claims))
        assert answer.text == "secret figures"


@pytest.mark.parametrize(
    "claims",
    [CHIEF | {"email": "stranger@elsewhere.example"}, CHIEF | {"email_verified": False}, CHIEF | {"iat": NOW - 9 * 3600}, CHIEF | {"is_logged_in": False},
     {}, [], "chief", None, 1, {"email": "chief@city.example"}],
)  # fmt: skip
def test_a_download_is_refused_to_a_signed_in_stranger_and_to_an_old_sign_in(sign_in: Path, claims: object) -> None:
    answer = ask(DOWNLOAD, cookie=signed(claims))
    assert (answer.status_code, "secret" in answer.text) == (403, False)


@pytest.mark.parametrize(
    "cookie",
    ["", "_streamlit_user=", "_streamlit_user=x", f"_streamlit_user={json.dumps(CHIEF)}", signed(CHIEF, "another secret"), signed(CHIEF, ""),
     signed(CHIEF)[:-3] + "AAA", signed(CHIEF, name="_streamlit_xsrf"), signed(CHIEF).replace("_streamlit_user", "_streamlit_other"),
     "_streamlit_user=chunks-2; _streamlit_user__1=x; _streamlit_user__2=y", "_streamlit_user=\xff\xfe", "_streamlit_user=" + "x" * 50_000],
)  # fmt: skip
@pytest.mark.parametrize(
    "path", ["/media/x.csv", "//media/x.csv", "/%6dedia/x.csv", "/x/media/x.csv", "/media/", "/media"]
)
def test_a_download_is_refused_without_a_cookie_that_this_server_signed(sign_in: Path, cookie: str, path: str) -> None:
    for method in ("GET", "HEAD", "OPTIONS", "POST"):
        answer = ask(path, method, cookie=cookie)
        assert (answer.status_code, "secret" in answer.text) == (403, False)


def test_a_person_taken_off_the_list_has_no_download_any_more(sign_in: Path) -> None:
    assert ask(DOWNLOAD, cookie=signed(CHIEF)).status_code == 200
    sign_in.write_text("")
    assert ask(DOWNLOAD, cookie=signed(CHIEF)).status_code == 403
    sign_in.write_text("[leadrship]\n")
    assert ask(DOWNLOAD, cookie=signed(CHIEF)).status_code == 403


@pytest.mark.parametrize(
    ("host", "peer", "headers", "status"),
    [("localhost", "127.0.0.1", {}, 200), ("127.0.0.1", "127.0.0.1", {}, 200), ("localhost", "::1", {}, 200), ("localhost", "::ffff:127.0.0.1", {}, 200),
     ("evil.example", "127.0.0.1", {}, 403), ("localhost", "10.1.2.3", {}, 403), ("localhost", "127.0.0.1", {"X_Forwarded_For": "10.1.2.3"}, 403),
     ("localhost", "127.0.0.1", {"Forwarded": "for=10.1.2.3"}, 403), ("localhost.evil.example", "127.0.0.1", {}, 403), ("localhost", "not an address", {}, 403)],
)  # fmt: skip
def test_without_sign_in_a_download_stays_on_this_machine(
    monkeypatch: pytest.MonkeyPatch, host: str, peer: str, headers: dict[str, str], status: int
) -> None:
    monkeypatch.setenv("PUBLICSAFETY_AUDIENCE", "leadership")
    monkeypatch.setattr(st, "secrets", {})
    assert ask(DOWNLOAD, host=host, peer=peer, **headers).status_code == status
