"""What comes back from a freshly started server, to the last byte: nothing that a higher audience alone may see."""

import http.client
import re
import shutil
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Page, WebSocket, expect, sync_playwright

from publicsafety.audience import Audience
from publicsafety.pages import page_files, pages_for
from tests.trust import servers

pytestmark = [pytest.mark.slow, pytest.mark.browser]
HTTP = ["/", "/index.html", "/static/index.html", "/_stcore/health", "/_stcore/script-health-check", "/_stcore/host-config", "/_stcore/metrics",
        "/_stcore/st-metrics", "/_stcore/message", "/_stcore/agent/openapi.json", "/_stcore/agent/mcp", "/_stcore/agent/interact", "/_stcore/upload_file/x/y",
        "/media/x", "/media/../data/warehouse", "/app/static/x", "/app/static/../../data/city.toml", "/component/x/../../dashboard.py", "/static/../dashboard.py",
        "/static/%2e%2e/%2e%2e/%2e%2e/dashboard.py", "/..%2f..%2fetc/passwd", "/dashboard.py", "/data/warehouse/leadership.current", "/.streamlit/config.toml",
        "/.streamlit/secrets.toml", "/.git/config", "/pages/leadership/10_kpis.py", "/_stcore/bidi-components/x", "/auth/login", "/oauth2callback?code=x&state=y"]  # fmt: skip
METHODS = ("GET", "POST", "HEAD", "PUT", "OPTIONS", "TRACE")
# What only a client of one's own sends: spellings that a browser would tidy up first, and requests that are none.
LINES = [b"GET %s HTTP/1.1" % path for path in (b"//media/x", b"/./media/x", b"/%6dedia/x", b"/media%2fx", b"/media;x", b"/_stcore//metrics", b"/_stcore/%6detrics",
         b"/static/../../../dashboard.py", b"/static/..%5c..%5cdashboard.py", b"/static/%c0%ae%c0%ae/dashboard.py", b"/\x00", b"/%00", b"/" + b"a" * 9000,
         b"http://evil.example/", b"///evil.example/", b"/\\evil.example/", b"/%5cevil.example/", b"/~/+/media/x")]  # fmt: skip
LINES += [
    b"CONNECT localhost:1 HTTP/1.1",
    b"OPTIONS * HTTP/1.1",
    b"PRI * HTTP/2.0",
    b"GET / HTTP/9.9",
    b"\x16\x03\x01\x02\x00\x01",
    b"GET /media/x HTTP/1.0",
]
ODD = [
    "?area=x",
    "?area=' or 1=1 --",
    "?page=cases",
    "?embed=true",
    "?start=0001-01-01&end=9999-12-31",
    "?audience=leadership",
    "?grain=day&by=person_key",
]


@dataclass
class Heard:
    """Every byte that a browser received: answers, websocket frames, what it said on its console."""

    data: list[bytes] = field(default_factory=list)

    def listen(self, page: Page) -> None:
        page.on("websocket", self._socket)
        page.on("console", lambda message: self.data.append(message.text.encode()))

    def _socket(self, socket: WebSocket) -> None:
        socket.on(
            "framereceived", lambda frame: self.data.append(frame if isinstance(frame, bytes) else frame.encode())
        )

    def holds(self, words: list[str]) -> list[str]:
        everything = b"\n".join(self.data)
        return [word for word in words if word.encode() in everything]


def only(folder: Path, released: Path, audiences: tuple[str, ...]) -> Path:
    """A folder with the databases of these audiences alone, as the hand-over makes it."""
    folder.mkdir()
    for audience in audiences:
        for each in released.glob(f"{audience}.*"):
            shutil.copy2(each, folder / each.name)
    return folder


def reach(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.locator('[data-testid="stApp"]')).to_have_attribute(
        "data-test-script-state", "notRunning", timeout=60_000
    )


@pytest.fixture(params=["public", "council"])
def served(request: pytest.FixtureRequest, tmp_path: Path, released_warehouse: Path) -> Iterator[tuple[Audience, str]]:
    """A server that was started this moment and has never run a page, with the files of its own audience and those below."""
    audience = Audience(request.param)
    kept = tuple(each.value for each in Audience if audience.may_open(each))
    with servers.dashboard(audience, only(tmp_path / "w", released_warehouse, kept)) as address:
        yield audience, address


def test_no_address_of_a_fresh_server_gives_a_byte_of_a_higher_audience(
    served: tuple[Audience, str], canaries: list[str], chromium: str
) -> None:
    audience, address = served
    heard = Heard()
    for path in [*HTTP, *(f"/{page.stem}" for page in page_files())]:
        for method in METHODS if path in HTTP else METHODS[:2]:
            status, headers, body = servers.answer(
                address + path, method=method, data=b"{}" if method == "POST" else None
            )
            heard.data += [body, str(headers).encode()]
            assert b"Traceback" not in body, path
            assert status < 500, path
    for line in LINES:
        told = said(address, line + b"\r\nHost: localhost\r\nX-Forwarded-For: 127.0.0.1\r\nConnection: close\r\n\r\n")
        heard.data.append(told)
        assert re.match(rb"HTTP/1\.[01] [234]\d\d ", told), line
        assert b"Traceback" not in told, line
        assert b"evil" not in told.lower().partition(b"\r\nlocation:")[2].partition(b"\r\n")[0], "sent to another site"
    allowed = {page.stem for section in pages_for(audience).values() for page in section}
    higher = [page for page in page_files() if page.stem not in allowed]
    assert higher
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        heard.listen(page)
        for number, each in enumerate([*higher, *(file for file in page_files() if file.stem in allowed)]):
            reach(page, f"{address}/{each.stem}{ODD[number % len(ODD)]}")
            if each in higher:
                expect(page.get_by_role("heading", name=each.title, exact=True)).to_have_count(0)
        browser.close()
    assert sum(map(len, heard.data)) > 100_000, "the test must have heard something"
    assert heard.holds(canaries) == []


def test_the_agent_interface_uploads_and_numbers_about_the_process_are_off(served: tuple[Audience, str]) -> None:
    _, address = served
    for path in ("agent/interact", "agent/mcp", "agent/openapi.json", "upload_file/a/b", "metrics", "st-metrics"):
        for method in ("GET", "POST", "PUT", "DELETE"):
            status, _, body = servers.answer(f"{address}/_stcore/{path}", method=method, data=b"{}")
            assert (status, body) == (404, b"There is nothing at this address."), path


def test_an_internal_process_serves_its_own_machine_alone_until_sign_in_is_set_up(
    tmp_path: Path, released_warehouse: Path, chromium: str
) -> None:
    """Under a name that is not this machine's nothing is shown; test_nginx shows the same through a proxy."""
    with (
        servers.dashboard("leadership", released_warehouse, STREAMLIT_SERVER_ALLOWED_HOSTS="*") as address,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--host-resolver-rules=MAP evil.example 127.0.0.1"]
        )
        page = browser.new_page()
        reach(page, address.replace("localhost", "evil.example"))
        expect(page.get_by_text("sign-in is not set up on this server")).to_be_visible()
        expect(page.locator('[data-testid="stSidebarNavLink"]')).to_have_count(0)
        browser.close()


def test_a_foreign_host_name_or_origin_opens_no_websocket(tmp_path: Path, released_warehouse: Path) -> None:
    """DNS rebinding and cross-site websockets: the name in the request is not one of the server's own."""
    with servers.dashboard("public", only(tmp_path / "w", released_warehouse, ("public",))) as address:
        assert upgraded(address, {}) == 101
        assert upgraded(address, {"Host": "evil.example"}) == 403
        assert upgraded(address, {"Origin": "http://evil.example"}) == 403


def said(address: str, request: bytes) -> bytes:
    """Every byte of the answer to bytes that may be no request at all."""
    with socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2])), timeout=servers.PATIENCE) as line:
        line.sendall(request)
        told = bytearray()
        while block := line.recv(1 << 16):
            told += block
        return bytes(told)


def upgraded(address: str, headers: dict[str, str]) -> int:
    """The status of a request for the websocket; 101 is a websocket."""
    usual = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    connection = http.client.HTTPConnection("127.0.0.1", int(address.rpartition(":")[2]), timeout=servers.PATIENCE)
    try:
        connection.putrequest("GET", "/_stcore/stream", skip_host="Host" in headers)
        for name, value in (usual | headers).items():
            connection.putheader(name, value)
        connection.endheaders()
        return connection.getresponse().status
    finally:
        connection.close()
