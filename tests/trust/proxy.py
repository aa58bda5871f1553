"""A real nginx with the shipped configuration, moved to free ports of loopback and a certificate of its own."""

import http.client
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tests.trust import servers

SHIPPED = servers.ROOT / "deploy" / "nginx"
STATIC = SHIPPED / "static.conf"
UNPACKED = servers.ROOT / ".browser" / "load"  # where a benchmark unpacks what the machine lacks
PROGRAMS = ("/usr/sbin", "/usr/local/sbin", "/usr/bin", "/usr/local/bin")
PUBLIC, INTERNAL = "safety.city.example", "internal.safety.city.example"


@dataclass(frozen=True)
class Proxy:
    """Where the two sites and the redirecting port of a running nginx are."""

    tls: int
    plain: int
    log: Path


def certificate(folder: Path) -> None:
    """A self-signed certificate for both names, where the configuration looks for it."""
    names = f"subjectAltName=DNS:{PUBLIC},DNS:{INTERNAL},DNS:localhost"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={PUBLIC}"]
    for site in ("public", "internal"):
        files = ["-addext", names, "-keyout", str(folder / f"{site}.key"), "-out", str(folder / f"{site}.crt")]
        subprocess.run([*command, *files], check=True, capture_output=True)


def configuration(folder: Path, ports: dict[str, int]) -> Path:
    """The shipped files with nothing changed but ports, folders and, for the test, the user they run as."""
    site, common = ((SHIPPED / name).read_text() for name in ("publicsafety.conf", "common.conf"))
    (folder / "common.conf").write_text(common)
    for old, new in ports.items():
        site = re.sub(rf"(?<=[ :\]]){old}(?=[ ;/])", str(new), site)
    site = site.replace("/etc/ssl/publicsafety", str(folder)).replace("/etc/nginx/publicsafety", str(folder))
    site = site.replace("/var/cache/nginx/publicsafety", str(folder / "cache"))
    return _written(folder, site)


def static_site(site: Path, port: int) -> str:
    """The shipped server of the static edition with nothing changed but folder and port, and without TLS."""
    text = STATIC.read_text().replace("/srv/publicsafety/open/site", str(site))
    text = re.sub(r"listen 443 ssl http2;", f"listen 127.0.0.1:{port};", text)
    return re.sub(r"\s+(?:listen \[::\]|ssl_)[^;]*;", "", text)


def _written(folder: Path, sites: str) -> Path:
    """nginx.conf around these server blocks: an ordinary process that writes nowhere but into the folder."""
    temporary = "\n".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    path = folder / "nginx.conf"
    # As root, nginx would hand its work to a user who may not enter pytest's own folder.
    user = "user root;\n" if os.geteuid() == 0 else ""
    path.write_text(
        f"{user}pid {folder}/nginx.pid;\nerror_log {folder}/error.log;\ndaemon off;\nworker_processes 1;\n"
        f"events {{ worker_connections 1024; }}\nhttp {{\n"
        f"include /etc/nginx/mime.types;\naccess_log off;\n{temporary}\n{sites}\n}}\n"
    )
    return path


def binary() -> str | None:
    """Debian keeps nginx where an ordinary user's path does not lead."""
    return program("nginx")


def program(name: str) -> str | None:
    """A program of the machine, or of what was unpacked beside it."""
    return shutil.which(name, path=":".join([*map(str, UNPACKED.glob("usr/*bin")), *PROGRAMS]))


@contextmanager
def running(folder: Path, apps: dict[str, int]) -> Iterator[Proxy]:
    """Run nginx in front of these ports: `apps` maps the shipped port (8501, 8511, 8590, …) to the real one."""
    certificate(folder)
    found = Proxy(servers.free_port(), servers.free_port(), folder / "error.log")
    path = configuration(folder, {"443": found.tls, "80": found.plain, **apps})
    with _nginx(folder, path, f"http://127.0.0.1:{found.plain}/", 301):
        yield found


@contextmanager
def serving(folder: Path, sites: str, url: str) -> Iterator[None]:
    """Run nginx with these server blocks, until `url` answers and as long as the block lasts."""
    with _nginx(folder, _written(folder, sites), url, 200):
        yield


@contextmanager
def _nginx(folder: Path, path: Path, url: str, status: int) -> Iterator[None]:
    command = [str(binary()), "-p", str(folder), "-c", str(path)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        servers.until(lambda: _is_up(url, status), f"nginx: {folder}/error.log", process)
        yield
    finally:
        process.terminate()
        process.wait()


def _is_up(url: str, status: int) -> bool:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=5)
    try:
        connection.request("GET", parts.path)
        return connection.getresponse().status == status
    except OSError:
        return False
    finally:
        connection.close()
