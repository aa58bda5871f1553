"""The shipped configuration serves the static edition: strict headers, open data for scripts, nothing but reading."""

import http.client
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.trust import proxy, servers

pytestmark = pytest.mark.skipif(
    proxy.binary() is None, reason="nginx is not on this machine, so its configuration is not tested"
)


@pytest.fixture(scope="module")
def port(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    found = servers.free_port()
    folder, url = tmp_path_factory.mktemp("nginx"), f"http://127.0.0.1:{found}/"
    with proxy.serving(folder, proxy.static_site(site, found), url):
        yield found


def ask(port: int, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()


def test_a_page_is_served_as_it_is_with_strict_headers(port: int, site: Path) -> None:
    status, headers, body = ask(port, "/latest/en/overview.html")
    assert status == 200
    assert body == (site / "latest/en/overview.html").read_bytes()
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-frame-options"] == "DENY"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "access-control-allow-origin" not in headers
    assert not re.search(r"\d", headers["server"])
    assert ask(port, "/latest/en/overview.html", Accept_Encoding="gzip")[1]["content-encoding"] == "gzip"


def test_data_may_be_read_by_any_script_and_has_its_type(port: int) -> None:
    for name, kind in (
        ("responses_by_year.csv", "text/csv"),
        ("responses_by_year.parquet", "application/vnd.apache.parquet"),
        ("data.json", "application/json"),
    ):
        status, headers, _ = ask(port, f"/latest/data/{name}")
        assert (status, headers["content-type"].split(";")[0]) == (200, kind)
        assert headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("path", ["/", "/0001/en/overview.html", "/feed.xml"])
def test_the_door_a_numbered_release_and_the_feed_answer(port: int, path: str) -> None:
    assert ask(port, path)[0] == 200


def test_what_is_not_there_and_what_is_no_reading_is_refused(port: int) -> None:
    assert ask(port, "/latest/en/nothing.html")[0] == 404
    assert ask(port, "/.git/config")[0] == 404
    assert ask(port, "/latest/en/overview.html", method="POST")[0] in (403, 405)
    assert ask(port, "/latest/")[0] in (403, 404)


def test_the_shipped_file_is_what_nginx_accepts_with_tls(site: Path, tmp_path: Path) -> None:
    proxy.certificate(tmp_path)
    text = (
        proxy.STATIC.read_text()
        .replace("/etc/ssl/publicsafety", str(tmp_path))
        .replace("/srv/publicsafety/open/site", str(site))
    )
    (tmp_path / "nginx.conf").write_text(
        f"pid {tmp_path}/pid;\nerror_log {tmp_path}/log;\nevents {{}}\nhttp {{\ninclude /etc/nginx/mime.types;\n{text}\n}}\n"
    )
    done = subprocess.run(
        [str(proxy.binary()), "-t", "-c", str(tmp_path / "nginx.conf")], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
