"""Visitors without a browser: each an open websocket that speaks Streamlit's protocol, many at once in one process.

A visitor opens the page, then changes its Area and Nature filters again and again and times each run of the page, from
sending the choice to the message that the run has ended, everything received.
"""

import asyncio
import random
import ssl
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

PATIENCE = 120  # seconds for one run
ENDED_WELL = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_EARLY_FOR_RERUN)


@dataclass
class Seen:
    """What visitors saw: seconds of each run, its bytes, and what went wrong."""

    seconds: list[float] = field(default_factory=list)
    kib: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@dataclass
class Visitor:
    """One open page and the filters that it offers."""

    socket: ClientConnection
    page: str
    seen: Seen
    chance: random.Random
    widgets: dict[str, tuple[str, list[str]]] = field(default_factory=dict)

    async def open(self) -> None:
        await self._run(BackMsg())

    async def change(self, natures: float = 0.3) -> None:
        """Choose one area, and sometimes a nature, as a reader who looks around."""
        message = BackMsg()
        for label, share in (("Area", 1.0), ("Nature", natures)):
            if label not in self.widgets:
                self.seen.errors.append(f"the page has no filter {label}")
                return
            widget, options = self.widgets[label]
            chosen = self.chance.sample(options, 1) if self.chance.random() < share else []
            state = message.rerun_script.widget_states.widgets.add()
            state.id = widget
            state.string_array_value.data.extend(chosen)
        await self._run(message)

    async def _run(self, message: BackMsg) -> None:
        message.rerun_script.SetInParent()
        message.rerun_script.page_name = self.page
        started = time.perf_counter()
        await self.socket.send(message.SerializeToString())
        size = 0
        while True:
            raw = await asyncio.wait_for(self.socket.recv(), PATIENCE)
            size += len(raw)
            heard = ForwardMsg()
            heard.ParseFromString(raw)  # type: ignore[arg-type]
            if self._note(heard):
                break
        self.seen.seconds.append(time.perf_counter() - started)
        self.seen.kib.append(size / 1024)

    def _note(self, heard: ForwardMsg) -> bool:
        """Keep filters and errors; true at the end of a run."""
        element = heard.delta.new_element
        kind = element.WhichOneof("type") if heard.WhichOneof("type") == "delta" else None
        if kind == "multiselect":
            self.widgets[element.multiselect.label] = (element.multiselect.id, list(element.multiselect.options))
        elif kind == "exception":
            self.seen.errors.append(element.exception.message or element.exception.type)
        if (
            heard.WhichOneof("type") != "script_finished"
            or heard.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN
        ):
            return False
        if heard.script_finished not in ENDED_WELL:
            self.seen.errors.append(f"a run ended with {heard.script_finished}")
        return True


@dataclass
class Hall:
    """Where visitors wait until everybody has the page open: first visits are measured elsewhere."""

    seconds: float
    everybody: asyncio.Barrier

    async def enter(self) -> float:
        """Until when to look around."""
        await asyncio.wait_for(self.everybody.wait(), PATIENCE)
        return time.perf_counter() + self.seconds


async def _visit(
    url: str, page: str, seen: Seen, seed: int, hall: Hall, think: float, natures: float, options: dict[str, Any]
) -> None:
    chance = random.Random(seed)
    try:
        await asyncio.sleep(chance.random() * think)
        async with connect(url, max_size=None, proxy=None, compression=None, **options) as socket:
            visitor = Visitor(socket, page, Seen(), chance)
            await visitor.open()
            seen.errors += visitor.seen.errors
            visitor.seen = seen
            until = await hall.enter()
            await asyncio.sleep(chance.random() * think)  # nobody moves in step
            while time.perf_counter() < until:
                await visitor.change(natures)
                await asyncio.sleep(chance.uniform(0.5, 1.5) * think)
    except Exception as error:
        seen.errors.append(repr(error)[:200])
        await hall.everybody.abort()


def _trusting() -> ssl.SSLContext:
    """The proxy of a benchmark has a certificate of its own making."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def visit(
    address: str,
    page: str,
    sessions: int,
    seconds: float,
    think: float = 5.0,
    natures: float = 0.3,
    site: str = "",
    seed: int = 0,
) -> Seen:
    """So many visitors at once, each thinking about `think` seconds between changes, for so long once all have the page.

    `natures`: how often a visitor filters by a nature beside the area; without it there are some fifteen views in all. `site`: the name to
    ask a proxy for; each visitor then comes from an address of its own, as the proxy shares visitors out by address.
    """
    seen = Seen()

    async def everybody() -> None:
        hall = Hall(seconds, asyncio.Barrier(sessions))
        parts = urlsplit(address)
        url = f"wss://{site}/_stcore/stream" if site else f"ws://{parts.netloc}/_stcore/stream"
        proxied = {"ssl": _trusting(), "host": parts.hostname, "port": parts.port} if site else {}
        await asyncio.gather(
            *(
                _visit(
                    url,
                    page,
                    seen,
                    seed + number,
                    hall,
                    think,
                    natures,
                    proxied | ({"local_addr": (f"127.0.1.{number % 250 + 1}", 0)} if site else {}),
                )
                for number in range(sessions)
            )
        )

    asyncio.run(everybody())
    return seen
