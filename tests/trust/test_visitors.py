"""A hostile visitor with a websocket client of their own: says what no browser would, and hears nothing that is not theirs."""

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.util import calc_hash
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value
from websockets.exceptions import ConnectionClosed, InvalidStatus

from publicsafety.audience import Audience
from publicsafety.pages import page_files, pages_for
from tests.trust import servers, visitor
from tests.trust.test_leaks import only, upgraded

pytestmark = pytest.mark.slow
SECRET = "only-for-this-test-only-for-this-test"
LISTS = '[leadership]\nemails = ["chief@city.example"]\n'


@pytest.fixture(scope="module", params=["public", "council"])
def served(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, released_warehouse: Path
) -> Iterator[tuple[Audience, str]]:
    """A server that was started this moment, with the files of its own audience and those below."""
    audience = Audience(request.param)
    kept = tuple(each.value for each in Audience if audience.may_open(each))
    folder = only(tmp_path_factory.mktemp(audience) / "w", released_warehouse, kept)
    with servers.dashboard(audience, folder) as address:
        yield audience, address


def higher(audience: Audience) -> list[tuple[str, str, Path]]:
    """Address, title and file of every page that this audience may not open."""
    allowed = {each.stem for section in pages_for(audience).values() for each in section}
    return [(each.stem, each.title, each.path) for each in page_files() if each.stem not in allowed]


def test_no_name_or_hash_of_a_higher_page_opens_it(served: tuple[Audience, str], canaries: list[str]) -> None:
    """The first message of a fresh server, and later ones of the same session: names, paths, hashes, query strings."""
    audience, address = served
    allowed = [each.title for section in pages_for(audience).values() for each in section]
    heard = b""
    for stem, title, path in higher(audience):
        with visitor.visiting(address) as guest:
            runs = [guest.visit(name) for name in (stem, f"../{path.parent.name}/{path.stem}")]
            runs += [guest.visit("", page_script_hash=calc_hash(name)) for name in (stem, str(path), title)]
            runs += [guest.visit("", query_string=f"page={stem}&p={stem}&audience=leadership&role=leadership")]
            for run in runs:
                assert run.titles[0] in allowed
                assert title not in run.titles
                heard += run.raw
    assert len(heard) > 100_000, "the test must have heard something"
    assert [each for each in canaries if each.encode() in heard] == []


def without_own_path(heard: bytes) -> bytes:
    """Streamlit tells every browser where the program's first file lies; nothing else may be told."""
    return heard.replace(str(servers.ROOT / "dashboard.py").encode(), b"")


def odd_messages() -> dict[str, BackMsg]:
    found = {
        name: BackMsg() for name in ("clear_cache", "load_git_info", "debug_disconnect_websocket", "debug_shutdown_runtime", "set_run_on_save", "stop_script",
                                     "app_heartbeat", "files", "install", "dismiss", "download", "rows", "widgets", "fragment", "nothing")}  # fmt: skip
    for name in list(found)[:7]:
        setattr(found[name], name, True)
    found["files"].file_urls_request.file_names.append("../../evil.csv")
    found["install"].backend_operation_request.install_skills.SetInParent()
    found["dismiss"].backend_operation_request.dismiss_skills_nudge.SetInParent()
    found["download"].backend_operation_request.deferred_file.file_id = "0" * 64
    found["rows"].backend_operation_request.dataframe_chunk.SetInParent()
    for n, name in enumerate(("period", "area", "$$ID-1-leadership", "../x", "_page", "_noted", "audience")):
        widget = found["widgets"].rerun_script.widget_states.widgets.add()
        widget.id = name
        if n % 2:
            widget.string_value = "leadership'; drop table names; --"
        else:
            widget.json_value = '{"audience": "leadership", "__class__": "x"}'
    found["fragment"].rerun_script.fragment_id = "x" * 1000
    return found


@pytest.mark.parametrize("name", list(odd_messages()))
def test_a_message_that_no_page_sends_gives_nothing_away(
    served: tuple[Audience, str],
    canaries: list[str],
    name: str,
) -> None:
    _, address = served
    with visitor.visiting(address) as guest, visitor.visiting(address) as neighbour:
        before = guest.visit("")
        neighbour.visit("")
        (session,) = {each.new_session.initialize.session_id for each in before.messages} - {""}
        message = odd_messages()[name]
        if message.WhichOneof("type") == "backend_operation_request":
            message.backend_operation_request.session_id = session
        guest.send(message)
        heard, _ = guest.rest(0.4)
        for word in (b"untracked", b".py", b"Traceback", b"main\x12", b"upload_file", str(servers.ROOT).encode()):
            assert word not in without_own_path(heard), word
        assert [each for each in canaries if each.encode() in heard] == []
        assert neighbour.visit("").errors == [], "nobody else notices"
    with visitor.visiting(address) as late:
        assert late.visit("").words == before.words
    assert not (servers.ROOT / ".claude").exists()


def test_the_server_says_nothing_about_its_files_and_uploads(served: tuple[Audience, str]) -> None:
    _, address = served
    for name in ("load_git_info", "files", "clear_cache", "install", "dismiss"):
        with visitor.visiting(address) as guest:
            guest.visit("")
            guest.rest(0.3)
            guest.send(odd_messages()[name])
            assert guest.rest(0.5) == (b"", False), name


FRAMES: dict[str, bytes | str] = {
    "random bytes": bytes((7 * n * n + n) % 256 for n in range(3000)),
    "text": "rerun_script",
    "JSON": json.dumps({"rerun_script": {"page_name": "kpis"}}),
    "an empty message": b"",
    "a huge name": BackMsg(rerun_script={"page_name": "x" * 2_000_000}).SerializeToString(),  # type: ignore[arg-type]
    "a huge query": BackMsg(rerun_script={"query_string": "area=" + "x" * 2_000_000}).SerializeToString(),  # type: ignore[arg-type]
    "many keys": BackMsg(rerun_script={"query_string": "&".join(f"k{n}=1" for n in range(50_000))}).SerializeToString(),  # type: ignore[arg-type]
    "cut off": BackMsg(rerun_script={"page_name": "overview"}).SerializeToString()[:-3],  # type: ignore[arg-type]
}


@pytest.mark.parametrize("name", FRAMES)
def test_a_malformed_frame_harms_nobody_and_shows_no_traceback(served: tuple[Audience, str], name: str) -> None:
    _, address = served
    with visitor.visiting(address) as guest:
        heard = b""
        try:
            guest.socket.send(FRAMES[name])
            heard, _ = guest.rest(1.5)
        except ConnectionClosed:
            pass
        assert b"Traceback" not in heard
        assert str(servers.ROOT).encode() not in without_own_path(heard)
    with visitor.visiting(address) as late:
        assert late.visit("").errors == []


HEADERS: dict[str, tuple[dict[str, str], int]] = {
    "another host": ({"Host": "evil.example"}, 403),
    "a host with a user": ({"Host": "localhost@evil.example"}, 403),
    "a host that ends in ours": ({"Host": "evil-localhost"}, 403),
    "a host below ours": ({"Host": "localhost.evil.example"}, 403),
    "no host": ({"Host": ""}, 403),
    "another origin": ({"Origin": "http://evil.example"}, 403),
    "no origin at all": ({"Origin": "null"}, 403),
    "an origin that begins with ours": ({"Origin": "http://localhost.evil.example"}, 403),
}


@pytest.mark.parametrize("name", HEADERS)
def test_a_foreign_name_opens_no_websocket(served: tuple[Audience, str], name: str) -> None:
    _, address = served
    headers, status = HEADERS[name]
    assert upgraded(address, headers) == status


@pytest.fixture(scope="module")
def internal(tmp_path_factory: pytest.TempPathFactory, released_warehouse: Path) -> Iterator[str]:
    """A leadership server with sign-in set up, whose cookie secret the test knows; there is no provider to ask."""
    folder = tmp_path_factory.mktemp("internal")
    port = servers.free_port()
    secrets, lists = folder / "secrets.toml", folder / "access.toml"
    lists.write_text(LISTS)
    secrets.write_text(
        f'[auth]\nredirect_uri = "http://localhost:{port}/oauth2callback"\ncookie_secret = "{SECRET}"\nclient_id = "x"\n'
        'client_secret = "x"\nserver_metadata_url = "http://127.0.0.1:9/.well-known/openid-configuration"\n'
    )
    settings = {"PUBLICSAFETY_ACCESS": str(lists), "PUBLICSAFETY_OPEN": "1"}
    with servers.dashboard("leadership", released_warehouse, port=port, secrets=secrets, **settings) as address:
        yield address


def come(
    address: str, claims: object, *, secret: str = SECRET, name: str = "_streamlit_user", **headers: str
) -> visitor.Run:
    """Open the first page with a cookie made by this test, with the token and origin that a browser would send."""
    _, answer, _ = servers.answer(f"{address}/_stcore/health")
    xsrf = re.search(r"_streamlit_xsrf=([^;]+)", answer.get("set-cookie", ""))
    token = xsrf[1] if xsrf else ""
    cookie = f"_streamlit_xsrf={token}"
    if claims is not ...:
        cookie += f"; {name}={create_signed_value(secret, name, json.dumps(claims)).decode()}"
    with visitor.visiting(
        address, {"Cookie": cookie} | headers, origin=headers.pop("Origin", address), subprotocols=["streamlit", token]
    ) as guest:
        return guest.visit("")


def chief(address: str, **changes: object) -> dict[str, object]:
    return {"is_logged_in": True, "origin": address, "email": "chief@city.example", "email_verified": True,
            "iat": time.time() - 60, "sub": "a1"} | changes  # fmt: skip


def test_a_cookie_that_this_server_signed_lets_in_whom_the_list_names(internal: str) -> None:
    """The attacks below use the same way in, so they can succeed."""
    assert come(internal, chief(internal)).titles != ["Sign in"]


ATTEMPTS: dict[str, Callable[[str], visitor.Run]] = {
    "no cookie": lambda at: come(at, ...),
    "signed with another secret": lambda at: come(at, chief(at), secret="another secret"),
    "signed with nothing": lambda at: come(at, chief(at), secret=""),
    "signed under another name": lambda at: come(at, chief(at), name="_streamlit_tokens"),
    "an old sign-in": lambda at: come(at, chief(at, iat=time.time() - 9 * 3600)),
    "a sign-in of tomorrow": lambda at: come(at, chief(at, iat=time.time() + 86_400)),
    "a sign-in without a time": lambda at: come(at, chief(at, iat=None)),
    "not logged in": lambda at: come(at, chief(at, is_logged_in=False)),
    "an address that nobody verified": lambda at: come(at, chief(at, email_verified=False)),
    "someone else": lambda at: come(at, chief(at, email="mallory@evil.example")),
    "a cookie of another site": lambda at: come(at, chief(at, origin="http://evil.example")),
    "a list instead of claims": lambda at: come(at, [["email", "chief@city.example"]]),
    "headers that name the chief": lambda at: come(
        at, ..., **{"X-Streamlit-User": "chief@city.example", "X-Forwarded-User": "chief@city.example", "X-Forwarded-Email": "chief@city.example",
                    "Remote-User": "chief@city.example", "X-Forwarded-For": "127.0.0.1", "Forwarded": "for=127.0.0.1"}),
}  # fmt: skip


@pytest.mark.parametrize("name", ATTEMPTS)
def test_a_forged_or_stale_sign_in_is_shown_the_door_and_nothing_else(
    internal: str,
    canaries: list[str],
    name: str,
) -> None:
    try:
        run = ATTEMPTS[name](internal)
    except (InvalidStatus, ConnectionClosed):
        return
    assert run.titles == ["Sign in"]
    assert [each for each in canaries if each.encode() in run.raw] == []


def test_a_session_cannot_be_taken_over_by_its_number(internal: str) -> None:
    """Even someone who learns the number of the chief's session is nobody in it."""
    token = "x"
    run = come(internal, chief(internal))
    (session,) = {each.new_session.initialize.session_id for each in run.messages} - {""}
    with visitor.visiting(internal, origin=internal, subprotocols=["streamlit", token, session]) as thief:
        assert thief.visit("").titles == ["Sign in"]


def test_a_download_of_the_chief_is_refused_to_everyone_else(internal: str) -> None:
    assert servers.answer(f"{internal}/media/0123456789.csv")[0] == 403
    cookie = create_signed_value(SECRET, "_streamlit_user", json.dumps(chief(internal))).decode()
    assert servers.answer(f"{internal}/media/0123456789.csv", {"Cookie": f"_streamlit_user={cookie}"})[0] == 404
