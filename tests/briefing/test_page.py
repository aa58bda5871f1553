"""The briefing page, without a browser: which periods it offers, what it says, and what it does without a release."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from publicsafety.briefing import brief, open_database
from publicsafety.documents.formats import FORMATS
from tests.briefing.town import year

ROOT = Path(__file__).resolve().parents[2]


def opened(monkeypatch: pytest.MonkeyPatch, audience: str, folder: Path, **parameters: str) -> AppTest:
    monkeypatch.setenv("PUBLICSAFETY_AUDIENCE", audience)
    monkeypatch.setenv("PUBLICSAFETY_WAREHOUSE", str(folder))
    monkeypatch.setenv("PUBLICSAFETY_OPEN", "1")
    monkeypatch.setenv("PUBLICSAFETY_AUDIT_LOG", str(folder / "visits.jsonl"))
    app = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=120)
    for name, value in parameters.items():
        app.query_params[name] = value
    return app.run()  # the council's first page is the briefing


def texts(app: AppTest) -> str:
    return "\n".join(str(each.value) for each in (*app.text, *app.markdown)).replace("\\", "")


def test_the_page_says_what_the_files_say(monkeypatch: pytest.MonkeyPatch, released_warehouse: Path) -> None:
    app = opened(monkeypatch, "council", released_warehouse, briefing="2024")
    assert not app.exception
    said = texts(app)
    for sentence in brief(open_database(released_warehouse), *year()).summary:
        assert sentence in said


def test_the_page_offers_the_periods_of_the_release_and_no_others(
    monkeypatch: pytest.MonkeyPatch, released_warehouse: Path
) -> None:
    offered = opened(monkeypatch, "council", released_warehouse).selectbox(key="briefing").options
    assert offered[:2] == ["2025", "2024"]
    assert "Q3 2024" in offered
    assert "2023" not in offered
    assert "2026" not in offered


def test_an_address_with_an_unknown_period_opens_the_latest_one(
    monkeypatch: pytest.MonkeyPatch, released_warehouse: Path
) -> None:
    app = opened(monkeypatch, "council", released_warehouse, briefing="1999")
    assert not app.exception
    assert app.selectbox(key="briefing").value == "2025"


def test_every_format_can_be_taken_away(monkeypatch: pytest.MonkeyPatch, released_warehouse: Path) -> None:
    app = opened(monkeypatch, "council", released_warehouse)
    labels = [each.label for each in app.get("download_button")]
    assert [form.name for form in FORMATS.values()] == [label for label in labels if label != "CSV"]


def test_without_a_release_the_page_says_how_to_make_one(
    monkeypatch: pytest.MonkeyPatch, sample_warehouse: Path
) -> None:
    from publicsafety.pages import pages_for
    from publicsafety.ui import router

    def first(who):  # type: ignore[no-untyped-def]
        every = [page for pages in pages_for(who).values() for page in pages]
        return {"": sorted(every, key=lambda page: page.stem != "briefing")}

    monkeypatch.setattr(router, "pages_for", first)
    app = opened(monkeypatch, "leadership", sample_warehouse)
    assert not app.exception
    assert "There is no briefing yet" in texts(app)
    assert "publicsafety release" in texts(app)
