"""Sign-in from end to end: a certified OpenID provider on loopback, the dashboard, a real browser."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from publicsafety.audience import Audience
from publicsafety.pages import pages_for
from tests.trust import servers

PEOPLE = {
    "chief": {"email": "chief@city.example", "email_verified": True},
    "clerk": {"email": "clerk@city.example", "email_verified": True, "groups": ["Clerks"]},
    "stranger": {"email": "stranger@elsewhere.example", "email_verified": True},
    "impostor": {"email": "chief@city.example", "email_verified": False},
}
LISTS = '[council]\ngroups = ["Clerks"]\n[leadership]\nemails = ["chief@city.example"]\n'

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@dataclass(frozen=True)
class Signed:
    """What a sign-in test has at hand: the address, the access list it may edit, the audit log, a browser."""

    address: str
    access: Path
    log: Path
    browser: Browser


@pytest.fixture(scope="module")
def oidc() -> None:
    """The provider's packages, installed by their lock; without npm or its registry these tests are skipped by name."""
    if not shutil.which("npm") or not shutil.which("node"):
        pytest.skip("npm and node are not on this machine, so there is no OpenID provider to test against")
    if not (servers.PROVIDER / "node_modules" / "oidc-provider").is_dir():
        command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
        done = subprocess.run(command, cwd=servers.PROVIDER, capture_output=True, text=True, timeout=300)
        if done.returncode:
            pytest.skip(f"npm could not install oidc-provider: {done.stderr.strip().splitlines()[-1:]}")


@pytest.fixture(scope="module")
def signed(
    oidc: None, tmp_path_factory: pytest.TempPathFactory, released_warehouse: Path, chromium: str
) -> Iterator[Signed]:
    folder = tmp_path_factory.mktemp("sign_in")
    access, log, secrets = folder / "access.toml", folder / "audit.jsonl", folder / "secrets.toml"
    access.write_text(LISTS)
    port = servers.free_port()
    redirect = f"http://localhost:{port}/oauth2callback"
    with servers.provider(redirect, PEOPLE) as issuer:
        secrets.write_text(
            f'[auth]\nredirect_uri = "{redirect}"\n'
            f'cookie_secret = "only-for-this-test-{port}"\nclient_id = "dashboard"\n'
            f'client_secret = "only-for-tests"\nserver_metadata_url = "{issuer}/.well-known/openid-configuration"\n'
            'client_kwargs = { scope = "openid email", prompt = "login" }\n'
        )
        settings = {"PUBLICSAFETY_ACCESS": str(access), "PUBLICSAFETY_AUDIT_LOG": str(log)}
        with (
            servers.dashboard("leadership", released_warehouse, port=port, secrets=secrets, **settings) as address,
            sync_playwright() as playwright,
        ):
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            yield Signed(address, access, log, browser)
            browser.close()


@pytest.fixture
def page(signed: Signed) -> Iterator[Page]:
    """A browser that has never been here."""
    signed.access.write_text(LISTS)
    context = signed.browser.new_context()
    yield context.new_page()
    context.close()


def sign_in(page: Page, address: str, login: str) -> None:
    page.goto(address)
    page.get_by_role("button", name="Sign in").click()
    page.locator('input[name="login"]').fill(login)
    page.locator('input[name="password"]').fill("any")
    page.get_by_role("button", name="Sign-in").click()
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url(f"{address}/**")


def sees_menu_of(page: Page, audience: Audience) -> None:
    """The menu has the pages of this audience, and not one of a page above it."""
    titles = [each.title for section in pages_for(audience).values() for each in section]
    expect(page.locator('[data-testid="stSidebarNavLink"]')).to_have_count(len(titles))
    shown = " ".join(page.locator('[data-testid="stSidebarNavLink"]').all_inner_texts())
    assert [title for title in titles if title not in shown] == []


def test_a_visitor_who_has_not_signed_in_sees_nothing_but_a_way_to_sign_in(signed: Signed, page: Page) -> None:
    for path in ("/", "/kpis", "/cases", "/overview", "/data_quality?area=x"):
        page.goto(signed.address + path)
        expect(page.get_by_role("button", name="Sign in")).to_be_visible()
        expect(page.locator('[data-testid="stSidebarNavLink"]')).to_have_count(0)


def test_the_chief_signs_in_and_sees_leadership_pages(signed: Signed, page: Page) -> None:
    sign_in(page, signed.address, "chief")
    sees_menu_of(page, Audience.LEADERSHIP)


def test_a_clerk_signs_in_and_sees_council_pages_only(signed: Signed, page: Page) -> None:
    sign_in(page, signed.address, "clerk")
    sees_menu_of(page, Audience.COUNCIL)


@pytest.mark.parametrize("login", ["stranger", "impostor"])
def test_someone_who_is_not_on_the_list_is_refused_after_signing_in(signed: Signed, page: Page, login: str) -> None:
    sign_in(page, signed.address, login)
    expect(page.get_by_text("not on the list")).to_be_visible()
    expect(page.locator('[data-testid="stSidebarNavLink"]')).to_have_count(0)


def test_a_person_taken_off_the_list_is_out_within_a_minute_without_touching_the_page(
    signed: Signed, page: Page
) -> None:
    sign_in(page, signed.address, "chief")
    sees_menu_of(page, Audience.LEADERSHIP)
    signed.access.write_text("")
    expect(page.get_by_text("not on the list")).to_be_visible(timeout=60_000)
    expect(page.locator('[data-testid="stSidebarNavLink"]')).to_have_count(0)


def test_signing_out_ends_it(signed: Signed, page: Page) -> None:
    sign_in(page, signed.address, "chief")
    sees_menu_of(page, Audience.LEADERSHIP)
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Yes, sign me out").click()
    page.goto(signed.address)
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()


def test_a_forged_or_altered_cookie_is_worth_nothing(signed: Signed, page: Page) -> None:
    sign_in(page, signed.address, "clerk")
    sees_menu_of(page, Audience.COUNCIL)
    cookies = page.context.cookies()
    (real,) = [each for each in cookies if each["name"] == "_streamlit_user"]
    forged = json.dumps(
        {"is_logged_in": True, "email": "chief@city.example", "email_verified": True, "iat": 4_000_000_000}
    )
    for value in (real["value"][:-4] + "AAAA", forged, "", "null"):
        page.context.clear_cookies()
        page.context.add_cookies([{"name": "_streamlit_user", "value": value, "url": signed.address}])
        page.goto(signed.address)
        expect(page.get_by_role("button", name="Sign in")).to_be_visible()


def test_the_audit_log_says_who_looked_at_which_page_and_holds_no_address(signed: Signed, page: Page) -> None:
    sign_in(page, signed.address, "chief")
    sees_menu_of(page, Audience.LEADERSHIP)
    servers.until(lambda: signed.log.exists() and '"who": "chief"' in signed.log.read_text(), "a line in the audit log")
    line = [json.loads(each) for each in signed.log.read_text().splitlines() if '"chief"' in each][-1]
    assert line["page"] == "kpis"
    assert line["audience"] == "leadership"
    assert line["build"]
    assert "@" not in signed.log.read_text()
