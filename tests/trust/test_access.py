"""Who is let in, and as whom: the rules, without a browser."""

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publicsafety import access
from publicsafety.access import Access, Grant, decide
from publicsafety.audience import Audience, ceiling

NOW = 1_800_000_000.0
LISTS = Access(
    grants={
        Audience.COUNCIL: Grant(domains=frozenset({"council.example"}), groups=frozenset({"Clerks"})),
        Audience.LEADERSHIP: Grant(emails=frozenset({"chief@city.example"}), groups=frozenset({"Leads"})),
    }
)


def claims(**changes: object) -> dict[str, object]:
    """The claims of the chief, signed in an hour ago; a change to `...` takes the claim away."""
    usual = {
        "is_logged_in": True,
        "email": "chief@city.example",
        "email_verified": True,
        "iat": NOW - 3600,
        "sub": "a1",
        "groups": [],
    }
    return {name: value for name, value in (usual | changes).items() if value is not ...}


def served(ceiling: Audience = Audience.LEADERSHIP, access_list: Access = LISTS, **changes: object) -> Audience | None:
    return decide(claims(**changes), access_list, ceiling, NOW).audience


def test_a_listed_person_is_let_in_as_what_the_list_says() -> None:
    assert served() is Audience.LEADERSHIP
    assert served(email="anyone@council.example") is Audience.COUNCIL
    assert served(email=..., groups=["Clerks"]) is Audience.COUNCIL
    assert served(email="x@y.example", groups=["Others", "Leads"]) is Audience.LEADERSHIP
    assert served(email="Chief@City.Example") is Audience.LEADERSHIP


@pytest.mark.parametrize("setting", [None, "", "  ", "leader", "LEADERSHIP!", "public,leadership", "1", "none"])
def test_a_process_that_nobody_configured_serves_the_public(
    monkeypatch: pytest.MonkeyPatch, setting: str | None
) -> None:
    if setting is not None:
        monkeypatch.setenv("PUBLICSAFETY_AUDIENCE", setting)
    assert ceiling() is Audience.PUBLIC


def test_nobody_is_let_in_above_the_ceiling_of_the_process() -> None:
    assert served(Audience.COUNCIL) is Audience.COUNCIL
    assert served(Audience.PUBLIC) is Audience.PUBLIC
    assert decide(None, LISTS, Audience.PUBLIC, NOW).audience is Audience.PUBLIC


@pytest.mark.parametrize(
    "changes",
    [
        {"is_logged_in": False},
        {"is_logged_in": "true"},
        {"is_logged_in": 1},
        {"is_logged_in": ...},
        {"iat": NOW - 8 * 3600 - 1},
        {"iat": NOW + 600},
        {"iat": ...},
        {"iat": None},
        {"iat": str(NOW)},
        {"iat": True},
        {"iat": math.nan},
        {"iat": math.inf},
        {"iat": -math.inf},
        {"iat": [NOW]},
        {"email_verified": False},
        {"email_verified": "true"},
        {"email_verified": ...},
        {"email_verified": 1},
        {"email": "other@city.example"},
        {"email": "chief@city.example.evil.example"},
        {"email": "chief@city.example@evil.example"},
        {"email": "evil.example@chief@city.example"},
        {"email": " chief@city.example"},
        {"email": "chief@city.example\n"},
        {"email": "chief@city.example\x00"},
        {"email": ["chief@city.example"]},
        {"email": {"value": "chief@city.example"}},
        {"email": ""},
        {"email": "chief@city.examp\u217ce"},
        {"email": "ch\u0131ef@city.example"},
        {"email": "x@sub.council.example"},
        {"email": "x@notcouncil.example"},
        {"email": "@council.example"},
        {"email": "x@council.example."},
        {"email": "x" * 400 + "@council.example"},
        {"email": ..., "groups": "Leads"},
        {"email": ..., "groups": {"Leads": True}},
        {"email": ..., "groups": [["Leads"]]},
        {"email": ..., "groups": ["leads"]},
        {"email": ..., "groups": ["Leads "]},
        {"email": ..., "groups": ["Leads"] * 3000},
        {"email": ..., "groups": None},
        {"email": ..., "roles": ["Leads"]},
        {"email": ..., "audience": "leadership"},
    ],
)
def test_unknown_expired_missing_or_malformed_claims_are_refused_by_an_internal_process(
    changes: dict[str, object],
) -> None:
    assert served(**changes) is None
    assert served(Audience.PUBLIC, **changes) is Audience.PUBLIC


@pytest.mark.parametrize("nothing", [None, [], "leadership", 1, {"sub": "a1"}, {}])
def test_no_claims_at_all_are_refused_by_an_internal_process(nothing: object) -> None:
    assert decide(nothing, LISTS, Audience.COUNCIL, NOW).audience is None  # type: ignore[arg-type]


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(
    st.dictionaries(
        st.sampled_from(["is_logged_in", "iat", "email", "email_verified", "groups", "sub", "exp"]) | st.text(),
        anything,
    )
)
def test_no_invented_claims_ever_open_the_door(invented: dict[str, object]) -> None:
    assert decide(invented, LISTS, Audience.LEADERSHIP, NOW).audience is None


def test_an_empty_list_lets_in_nobody() -> None:
    assert served(access_list=Access()) is None
    assert served(access_list=access.load(access.FILE)) is None


def test_every_refusal_says_in_a_sentence_what_to_do() -> None:
    for changes in ({"is_logged_in": False}, {"iat": 0}, {"email": "x@y.example"}):
        assert decide(claims(**changes), LISTS, Audience.LEADERSHIP, NOW).reason.endswith((".", "on."))


def test_a_person_taken_off_the_list_is_out_at_the_next_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "access.toml"
    monkeypatch.setenv("PUBLICSAFETY_ACCESS", str(path))
    path.write_text('[leadership]\nemails = ["chief@city.example"]\n')
    assert served(access_list=access.current()) is Audience.LEADERSHIP
    path.write_text('[leadership]\nemails = ["other@city.example"]\n')
    assert served(access_list=access.current()) is None


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[leadrship]\n", "line 1: leadrship is not a setting"),
        ("\n[leadership]\nemail = []\n", "line 3: email is not a list"),
        ('[council]\nemails = "a@b.example"\n', "line 2: emails must be a list"),
        ('[council]\ndomains = ["*"]\n', "not a domain"),
        ('[council]\ndomains = ["example"]\n', "not a domain"),
        ('[council]\nemails = ["@b.example"]\n', "not an address"),
        ("[public]\n", "public is not"),
        ("max_age_hours = 720\n", "at most 24"),
        ("max_age_hours = true\n", "right form"),
        ("require_verified_email = 0\n", "right form"),
        ("council = 1\n", "must be a table"),
        ("groups_claim = [\n", "not valid TOML"),
        ('[council]\ngroups = [""]\n', "list of texts"),
    ],
)
def test_a_mistake_in_the_access_file_is_named_with_its_line_and_lets_in_nobody(
    tmp_path: Path, text: str, complaint: str
) -> None:
    path = tmp_path / "access.toml"
    path.write_text(text)
    with pytest.raises(access.AccessError, match=r"(?i)nobody is let in") as error:
        access.load(path)
    assert complaint in str(error.value)


def test_a_missing_or_unreadable_access_file_lets_in_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLICSAFETY_ACCESS", str(tmp_path / "none.toml"))
    with pytest.raises(access.AccessError, match="nobody is let in"):
        access.current()
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(access.AccessError, match="nobody is let in"):
        access.load(tmp_path / "binary.toml")
