"""The shipped nginx configuration, run by a real nginx: TLS, headers, limits, what is closed, and pages that work."""

import base64
import hashlib
import http.client
import os
import re
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import streamlit
from playwright.sync_api import Page, expect, sync_playwright

from publicsafety.audience import Audience
from publicsafety.pages import pages_for
from tests.trust import proxy, servers
from tools import health

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        proxy.binary() is None, reason="nginx is not on this machine, so its configuration is not tested"
    ),
]


@dataclass(frozen=True)
class Site:
    """A running nginx and how to ask it for something under one of its names."""

    tls: int
    plain: int

    def ask(
        self, path: str, host: str = proxy.PUBLIC, method: str = "GET", **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        context = ssl._create_unverified_context()
        connection = http.client.HTTPSConnection("127.0.0.1", self.tls, context=context, timeout=servers.PATIENCE)
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, path, headers={"Host": host, **names})
            response = connection.getresponse()
            return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
        finally:
            connection.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, released_warehouse: Path) -> Iterator[Site]:
    """Two public processes, an internal one without sign-in set up, the health service, and nginx before them all."""
    folder = tmp_path_factory.mktemp("nginx")
    ports = {name: servers.free_port() for name in ("8501", "8502", "8511", "8590")}
    hosts = {"STREAMLIT_SERVER_ALLOWED_HOSTS": f"{proxy.PUBLIC} {proxy.INTERNAL} localhost 127.0.0.1"}
    watch = health.server(
        ports["8590"], Audience.PUBLIC, released_warehouse, [f"http://127.0.0.1:{ports['8501']}/_stcore/health"], 1e9
    )
    threading.Thread(target=watch.serve_forever, daemon=True).start()
    with (
        servers.dashboard("public", released_warehouse, port=ports["8501"], **hosts),
        servers.dashboard("public", released_warehouse, port=ports["8502"], **hosts),
        servers.dashboard("leadership", released_warehouse, port=ports["8511"], **hosts),
        proxy.running(folder, ports) as found,
    ):
        yield Site(found.tls, found.plain)
    watch.shutdown()


def test_the_policy_names_the_one_inline_script_of_the_installed_streamlit() -> None:
    page = (Path(streamlit.__file__).parent / "static" / "index.html").read_text()
    inline = re.findall(r"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", page, re.DOTALL)
    hashes = {"sha256-" + base64.b64encode(hashlib.sha256(each.encode()).digest()).decode() for each in inline}
    named = re.findall(r"'(sha256-[^']+)'", (proxy.SHIPPED / "publicsafety.conf").read_text())
    assert set(named) == hashes


def test_plain_http_is_sent_to_tls(site: Site) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", site.plain)
    connection.request("GET", "/overview?area=x", headers={"Host": proxy.PUBLIC})
    response = connection.getresponse()
    assert response.status == 301
    assert response.headers["Location"] == f"https://{proxy.PUBLIC}/overview?area=x"


def test_old_tls_is_refused(site: Site) -> None:
    context = ssl._create_unverified_context()
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    connection = http.client.HTTPSConnection("127.0.0.1", site.tls, context=context)
    with pytest.raises(ssl.SSLError):
        connection.request("GET", "/")


@pytest.mark.parametrize("path", ["/", "/overview", "/nothing-here", "/_stcore/health", "/_stcore/metrics", "/health"])
@pytest.mark.parametrize("host", [proxy.PUBLIC, proxy.INTERNAL])
def test_every_answer_carries_the_security_headers(site: Site, path: str, host: str) -> None:
    _, headers, _ = site.ask(path, host)
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-inline" not in re.search(r"script-src[^;]*", policy)[0]  # type: ignore[index]
    assert "'unsafe-eval'" not in policy
    assert headers["strict-transport-security"].startswith("max-age=31536000")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert not re.search(r"\d", headers.get("server", ""))


@pytest.mark.parametrize(
    "path",
    ["/_stcore/metrics", "/_stcore/st-metrics", "/_stcore/agent/openapi.json", "/_stcore/agent/mcp",
     "/_stcore/agent/interact",
     "/_stcore/script-health-check", "/component/x/index.html", "/app/static/x", "/_stcore/upload_file/a/b"],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_what_a_reader_never_needs_is_closed(site: Site, path: str, method: str) -> None:
    assert site.ask(path, method=method)[0] == 404


def test_a_body_that_is_too_large_is_refused(site: Site) -> None:
    context = ssl._create_unverified_context()
    connection = http.client.HTTPSConnection("127.0.0.1", site.tls, context=context)
    connection.request("POST", "/", body=b"x" * 100_000, headers={"Host": proxy.PUBLIC})
    assert connection.getresponse().status == 413


def test_static_files_are_compressed_and_kept_by_the_browser(site: Site) -> None:
    _, _, page = site.ask("/")
    script = re.search(rb'src="\.?(/static/js/[^"]+\.js)"', page)[1].decode()  # type: ignore[index]
    _, headers, body = site.ask(script, Accept_Encoding="gzip")
    assert headers["content-encoding"] == "gzip"
    assert body[:2] == b"\x1f\x8b"
    assert "max-age=2592000" in headers["cache-control"]


def test_an_unknown_download_address_gives_nothing_and_inside_needs_a_sign_in(site: Site) -> None:
    assert site.ask("/media/0123456789.csv")[0] == 404
    assert site.ask("/media/0123456789.csv", proxy.INTERNAL)[0] == 403


def test_the_health_address_says_up_which_build_and_how_old(site: Site, released_warehouse: Path) -> None:
    status, headers, body = site.ask("/health")
    assert status == 200, body
    assert headers["content-type"] == "application/json"
    assert (released_warehouse / "public.current").read_text().strip() in body.decode()
    assert b"age_hours" in body


@pytest.fixture(scope="module")
def browser_page(site: Site, chromium: str) -> Iterator[Page]:
    with sync_playwright() as playwright:
        rules = f"MAP {proxy.PUBLIC}:443 127.0.0.1:{site.tls}, MAP {proxy.INTERNAL}:443 127.0.0.1:{site.tls}"
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", f"--host-resolver-rules={rules}", "--use-gl=swiftshader"]
        )
        yield browser.new_context(ignore_https_errors=True).new_page()
        browser.close()


@pytest.mark.browser
@pytest.mark.parametrize("stem", [each.stem for section in pages_for(Audience.PUBLIC).values() for each in section])
def test_every_public_page_works_under_the_content_security_policy(site: Site, browser_page: Page, stem: str) -> None:
    said: list[str] = []
    listener = lambda message: said.append(message.text)  # noqa: E731 - the same object is taken off again
    browser_page.on("console", listener)
    first = next(iter(pages_for(Audience.PUBLIC).values()))[0].stem
    browser_page.goto(f"https://{proxy.PUBLIC}/{'' if stem == first else stem}")
    app = browser_page.locator('[data-testid="stApp"]')
    expect(app).to_have_attribute("data-test-script-state", "notRunning", timeout=60_000)
    browser_page.wait_for_load_state("networkidle")
    expect(browser_page.locator("h1").first).to_be_visible()
    browser_page.remove_listener("console", listener)
    assert [line for line in said if "Content Security Policy" in line or "Refused to" in line] == []


@pytest.mark.browser
def test_an_internal_process_without_sign_in_serves_nothing_through_the_proxy(site: Site, browser_page: Page) -> None:
    browser_page.goto(f"https://{proxy.INTERNAL}/")
    expect(browser_page.get_by_text("sign-in is not set up on this server")).to_be_visible()
    expect(browser_page.locator('[data-testid="stSidebarNavLink"]')).to_have_count(0)
    assert os.environ.get("PUBLICSAFETY_OPEN") is None


def test_a_flood_from_one_address_is_slowed_down(site: Site) -> None:
    """The last test: for some seconds after it this address is answered with 429."""
    answers = [site.ask("/_stcore/health")[0] for _ in range(400)]
    assert answers.count(200) >= 100
    assert 429 in answers
