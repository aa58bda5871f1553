"""A visitor of the public pages who tries everything: what the browser shows, receives and saves is published."""

import csv
import re
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, WebSocket, expect

from publicsafety import metrics
from publicsafety.audience import Audience
from publicsafety.city import DATA
from publicsafety.findings import closer
from publicsafety.pipeline.audit import published_numbers, text_leaks
from tests.browser import frames
from tests.browser.pages import PATIENCE, every, saved, settled, stems, url_of

pytestmark = pytest.mark.browser

FIGURES = [stem for stem in stems(Audience.PUBLIC) if stem not in ("definitions", "open_data")]
CANARIES = (b"CANARY", b"555-010-", b"person_key_", b"incident_number")
# What is a number in a sentence and none in the catalogue: how many cells, places and days the sentence is about.
SAID = re.compile(
    r"\d+ figures? (?:is|are) withheld|The map shows \d+ \w+|too few \w+ to judge \(\d+\)|Release \d+\.|\d in 10\b"
    r"|\d+ figures of other cities|Build \w+|version \d+|Version: \d+|\b9-1-1\b|H3|rows?\b: \d+|[0-9a-f]{12,}|Area 2/MIT|open on at least one day",
)
# What other cities have published of themselves, word for word: no figure of the release, and none of ours.
PEERS = [
    cell
    for row in csv.reader((DATA / "reference" / "peers.csv").open(encoding="utf-8"))
    for cell in row
    if any(map(str.isdigit, cell))
]
# The words of charts without the ticks of their axes, of cards, of tables that stand in the page.
TEXT = """element => {
    const copy = element.cloneNode(true);
    for (const each of copy.querySelectorAll('.xtick, .ytick, code, style, script, .st-key-period')) each.remove();
    const words = [];
    const walk = document.createTreeWalker(copy, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) words.push(walk.currentNode.data);
    return words.join(' \\n ');
}"""


@pytest.fixture(scope="module")
def catalogue(released_warehouse: Path) -> frozenset:  # type: ignore[type-arg]
    return published_numbers(released_warehouse / "open")


def sent_leaks(heard: "Heard", catalogue: frozenset) -> list[str]:  # type: ignore[type-arg]
    """Figures and words in the messages of a page that are in no published table."""
    found = [f"{where}: {leak}" for where, text in frames.texts(heard.data) for leak in leaks(text, catalogue, PEERS)]
    for where, number in frames.numbers(heard.data):
        if number > 0 and not _is_published(number, catalogue):  # no figure is negative: a row's place may be
            found.append(f"{where}: {number}")
    return sorted(set(found))


def _is_published(number: Decimal, catalogue: frozenset) -> bool:  # type: ignore[type-arg]
    """Whether a number is in a table: as it stands there, or with the last bits of its binary form rounded away."""
    return number.normalize() in catalogue or round(number, 6).normalize() in catalogue


def leaks(text: str, catalogue: frozenset, allowed: list[str]) -> list[str]:  # type: ignore[type-arg]
    """Numbers of a text that are in no published table, each with the words around it."""
    return [f"{leak.number}: {leak.around}" for leak in text_leaks(SAID.sub(" ", text), catalogue, allowed)]


class Heard:
    """Every frame that a page received."""

    def __init__(self, page: Page | None) -> None:
        self.data: list[bytes] = []
        if page is not None:
            page.on("websocket", self._socket)

    def _socket(self, socket: WebSocket) -> None:
        socket.on(
            "framereceived", lambda frame: self.data.append(frame if isinstance(frame, bytes) else frame.encode())
        )

    def canaries(self) -> list[bytes]:
        heard = b"\n".join(self.data)
        return [each for each in CANARIES if each in heard]


@pytest.mark.parametrize("stem", FIGURES)
def test_every_number_that_a_visitor_sees_or_saves_is_in_the_catalogue(
    public: str,
    browser: Browser,
    catalogue: frozenset,
    stem: str,  # type: ignore[type-arg]
) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 5000})
    heard = Heard(page)
    page.goto(url_of(public, stem, Audience.PUBLIC))
    settled(page)
    views = _views(page, stem)
    for view in views:
        page.goto(f"{url_of(public, stem, Audience.PUBLIC)}?{view}")
        settled(page)
        if view == views[-1]:
            _open_everything(page)
        text = page.get_by_test_id("stMain").evaluate(TEXT)
        assert len(text) > 500
        assert leaks(text, catalogue, PEERS) == [], view
    _check_downloads(page, catalogue)
    if stem != "peers":  # there all figures are words
        assert sum(1 for _ in frames.numbers(heard.data)) > 20
    assert sent_leaks(heard, catalogue) == []
    assert heard.canaries() == []
    page.close()


def test_a_figure_that_a_message_carries_and_no_table_publishes_is_found(catalogue: frozenset) -> None:  # type: ignore[type-arg]
    """In a chart's points, in its hover text, in a table, in a sentence: each in a message of its own."""
    for message in frames.planted(987_654):
        heard = Heard(None)
        heard.data.append(message)
        assert sent_leaks(heard, catalogue), message


def _views(page: Page, stem: str) -> list[str]:
    """What a visitor may choose on a page, as the end of its address: periods of each length, or every kind of category."""
    if stem == "look_closer":
        return [f"look={dimension}" for dimension in closer.DIMENSIONS]
    return [f"period={period.replace(' ', '+')}" for period in _one_of_each_kind(_periods(page))]


def _periods(page: Page) -> list[str]:
    """Every option of the list of periods."""
    page.locator(".st-key-period").get_by_role("combobox").click()
    page.wait_for_selector('[role="option"]', timeout=PATIENCE)
    found = page.get_by_role("option").all_inner_texts()
    page.keyboard.press("Escape")
    return found


def _one_of_each_kind(periods: list[str]) -> list[str]:
    """The latest month, quarter and year."""
    years = [each for each in periods if each.isdigit()]
    quarters = [each for each in periods if each.startswith("Q")]
    months = [each for each in periods if each not in (*years, *quarters)]
    return list(dict.fromkeys([*months[:1], *quarters[:1], *years[:1]]))


def _check_downloads(page: Page, catalogue: frozenset) -> None:  # type: ignore[type-arg]
    """Save the file of every card."""
    for key in every(page, '[class*="st-key-csv_"]'):
        name, data = saved(page, key)
        text = data.decode()
        assert not any(canary.decode() in text for canary in CANARIES)
        assert leaks(text, catalogue, PEERS) == [], name


def _open_everything(page: Page) -> None:
    """Press everything that a card offers: first every definition, and then every table."""
    cards = every(page, '[class*="st-key-more_"]')
    for name in ("Definition", "Table"):
        for key in cards:
            choice = page.locator(f".{key}").get_by_role("radio", name=name, exact=True)
            if choice.count() and not choice.is_checked():
                choice.click()
                expect(choice).to_be_checked(timeout=PATIENCE)
        settled(page)
    expect(page.get_by_test_id("stDataFrame")).to_have_count(len(cards), timeout=PATIENCE)


def test_the_definitions_page_has_no_number_but_thresholds_and_counts_of_cells(
    public: str,
    browser: Browser,
    catalogue: frozenset,
    released_warehouse: Path,  # type: ignore[type-arg]
) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 5000})
    heard = Heard(page)
    page.goto(f"{public}/definitions")
    settled(page)
    known = [each.title for each in metrics.registry().values()]
    text = page.locator(".st-key-card_how_we_count").inner_text() + page.locator(".st-key-card_definition").inner_text()
    assert leaks(text, catalogue, known) == []
    assert heard.canaries() == []
    page.close()


def test_every_open_data_download_is_a_file_of_the_release(
    public: str, browser: Browser, released_warehouse: Path
) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 8000})
    page.goto(f"{public}/open_data")
    settled(page)
    tables = {path.name: path.read_bytes() for path in (released_warehouse / "open").glob("*.csv")}
    files = dict(saved(page, key) for key in every(page, '[class*="st-key-file_"]', len(tables) + 1))
    page.close()
    assert {name: data for name, data in files.items() if name.endswith(".csv")} == tables
    assert "datapackage.json" in files
