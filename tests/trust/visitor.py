"""A visitor without a browser: speaks Streamlit's own protocol over a raw websocket, so it may also say what no browser would."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.trust import servers

BUILD = re.compile(rb"Build ([A-Za-z0-9_-]+)")


@dataclass
class Run:
    """Every message of one page run, from its start to its end."""

    messages: list[ForwardMsg] = field(default_factory=list)

    @property
    def raw(self) -> bytes:
        return b"\n".join(each.SerializeToString() for each in self.messages)

    @property
    def builds(self) -> set[str]:
        """The builds that the page names at its foot."""
        return {found.decode() for found in BUILD.findall(self.raw)}

    @property
    def errors(self) -> list[str]:
        """What a reader would see go wrong: exceptions, alerts in red, a run that did not end well."""
        found = []
        for each in self.messages:
            element = each.delta.new_element
            if element.WhichOneof("type") == "exception":
                found.append(element.exception.message or element.exception.type)
            if element.WhichOneof("type") == "alert" and element.alert.format == element.alert.ERROR:
                found.append(element.alert.body)
            if each.WhichOneof("type") == "script_finished" and each.script_finished not in ENDED_WELL:
                found.append(f"the run ended with {each.script_finished}")
            if each.WhichOneof("type") == "page_not_found":
                found.append("page not found")
        return found

    @property
    def titles(self) -> list[str]:
        return [
            each.delta.new_element.heading.body
            for each in self.messages
            if each.delta.new_element.WhichOneof("type") == "heading" and each.delta.new_element.heading.tag == "h1"
        ]

    @property
    def words(self) -> str:
        """Every sentence and figure that stands on the page as text, in order."""
        found = []
        for each in self.messages:
            element = each.delta.new_element
            kind = element.WhichOneof("type")
            if kind in ("heading", "markdown", "text"):
                found.append(getattr(element, kind).body)
            if kind == "metric":
                found.append(f"{element.metric.label} {element.metric.body} {element.metric.delta}")
        return "\n".join(found)


ENDED_WELL = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_EARLY_FOR_RERUN, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)  # fmt: skip


@dataclass
class Visitor:
    """One open page."""

    socket: ClientConnection

    def send(self, message: BackMsg) -> None:
        self.socket.send(message.SerializeToString())

    def ask(self, **state: object) -> None:
        """Ask for a run; `state` are fields of the client's state: page_name, page_script_hash, query_string, …"""
        message = BackMsg()
        message.rerun_script.SetInParent()
        for name, value in state.items():
            setattr(message.rerun_script, name, value)
        self.send(message)

    def visit(self, page: str, **state: object) -> Run:
        """Open a page by its address and wait until it stands."""
        self.ask(page_name=page, **state)
        return self.hear()

    def hear(self) -> Run:
        """The messages until a run ends."""
        run = Run()
        while True:
            message = ForwardMsg()
            message.ParseFromString(self.socket.recv(timeout=servers.PATIENCE))
            run.messages.append(message)
            if (
                message.WhichOneof("type") == "script_finished"
                and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN
            ):
                return run

    def rest(self, seconds: float = 1.0) -> tuple[bytes, bool]:
        """Whatever else arrives until there is silence, and whether the server closed the door."""
        heard = b""
        try:
            while True:
                found = self.socket.recv(timeout=seconds)
                heard += found if isinstance(found, bytes) else found.encode()
        except TimeoutError:
            return heard, False
        except ConnectionClosed:
            return heard, True


@contextmanager
def visiting(address: str, headers: Mapping[str, str] | None = None, **settings: object) -> Iterator[Visitor]:
    """Open a websocket to a dashboard; closed when the block ends."""
    url = address.replace("http://", "ws://") + "/_stcore/stream"
    with connect(url, max_size=None, additional_headers=dict(headers or {}), proxy=None, **settings) as socket:  # type: ignore[arg-type]
        yield Visitor(socket)
