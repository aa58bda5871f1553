"""Every word that the public reads, in every language on offer; and what happens to a translation that is wrong."""

import tomllib
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from publicsafety import language, prose, table_notes
from publicsafety.__main__ import main
from publicsafety.city import DATA, home_city
from publicsafety.messages import MessagesError, missing, problems, read
from tests import pseudo
from tools import messages

HEADER = 'msgid ""\nmsgstr ""\n"Language: es\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
HALVES = messages.halves()
OFFERED = [each.code for each in language.languages() if each.code != language.ENGLISH]


def catalogue(folder: Path, *pairs: tuple[str, str]) -> Path:
    path = folder / "es.po"
    path.write_text(HEADER + "\n".join(f'msgid "{one}"\nmsgstr "{other}"\n' for one, other in pairs), encoding="utf-8")
    return path


@pytest.mark.parametrize(("template", "folder"), HALVES, ids=["product", "department"])
def test_the_template_has_every_string_and_no_other(template: Catalog, folder: Path) -> None:
    assert messages.stale(template, folder / messages.TEMPLATE) == []


@pytest.mark.parametrize("code", OFFERED)
@pytest.mark.parametrize(("template", "folder"), HALVES, ids=["product", "department"])
def test_every_string_is_translated_with_its_placeholders_and_without_markup(
    template: Catalog, folder: Path, code: str
) -> None:
    assert messages.faults(template, folder / f"{code}.po") == []


@pytest.mark.parametrize("code", OFFERED)
def test_no_two_categories_or_tables_become_one_in_a_translation(code: str) -> None:
    policy = tomllib.loads((DATA / "release-policy.toml").read_text(encoding="utf-8"))
    groups = [[*each.get("categories", {}), each.get("other", "")] for each in policy["dimensions"].values()]
    groups += [[table["title"] for table in policy["tables"]]]
    with language.use(code):
        for names in groups:
            assert len(set(map(language.gettext, names))) == len(set(names)), names


def test_a_string_that_is_not_translated_is_named_with_its_file_and_line(tmp_path: Path) -> None:
    template = Catalog()
    template.add("Calls", locations=[("publicsafety/prose.py", 7)])
    said = messages.faults(template, catalogue(tmp_path, ("Other", "Otras")))
    assert said == ["publicsafety/prose.py line 7: “Calls” is not translated in es.po."]


@pytest.mark.parametrize(
    ("english", "other", "reason"),
    [
        ("{n} of {total}", "{n} de", "leaves out {total}"),
        ("{n} of {total}", "{n} de {todo}", "leaves out {total} and has {todo}, which English has not"),
        ("{n} of {total}", "{n de {total}", "has a brace that does not open or close"),
        ("No police", "Sin <b>policía</b>", "has markup that English has not"),
        ("No police", "Sin [policía](http://example.org)", "has markup that English has not"),
        ("No police", "Sin &nbsp;policía", "has markup that English has not"),
        ("No police", "Sin **policía**", "has markup that English has not"),
    ],
)
def test_a_translation_that_would_break_a_page_is_named_with_file_and_line(
    english: str, other: str, reason: str, tmp_path: Path
) -> None:
    path = catalogue(tmp_path, ("All", "Todo"), (english, other))
    (said,) = map(str, problems(path, read(path)))
    assert f"{tmp_path.name}/es.po line 10: the translation of “" in said
    assert reason in said


def test_a_wrong_translation_is_shown_in_english_and_said_in_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    catalogue(tmp_path, ("{n} of {total}", "{n} de {todo}"), ("All", "Todo"))
    monkeypatch.setattr(language, "PRODUCT", tmp_path)
    monkeypatch.setattr(language, "CITY", tmp_path / "none")
    words = language._words.__wrapped__("es")
    assert words.gettext("{n} of {total}") == "{n} of {total}"
    assert words.gettext("All") == "Todo"
    assert "es.po line 7" in capsys.readouterr().err


def test_no_release_goes_out_with_a_wrong_translation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    catalogue(tmp_path, ("{n} of {total}", "{n} de {todo}"))
    monkeypatch.setattr(language, "CITY", tmp_path)
    assert main(["release", "--warehouse", str(tmp_path / "none"), "--open", str(tmp_path / "open")]) == 1
    assert "/es.po line 7: the translation of “{n} of {total}” leaves out {total}" in capsys.readouterr().err
    assert not (tmp_path / "open").exists()


def test_what_a_department_left_untranslated_is_said_when_it_is_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue(tmp_path, ("All", "Todo"), ("Needles", ""))
    (tmp_path / "messages.pot").write_bytes((tmp_path / "es.po").read_bytes())
    monkeypatch.setattr(language, "CITY", tmp_path)
    assert [said.partition(": ")[2] for said in language.untranslated()] == [
        "texts without a translation, 1 in all, are published in English, such as “Needles”. “make messages” lists them."
    ]


def test_a_language_without_a_catalogue_is_named_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    city = replace(home_city(), languages=("en", "pt"))
    monkeypatch.setattr(language, "home_city", lambda: city)
    with pytest.raises(MessagesError, match=r"languages has “pt”, and there is no pt\.po"):
        language.check()


def test_a_file_that_is_no_catalogue_is_a_sentence_with_its_name_and_line(tmp_path: Path) -> None:
    path = tmp_path / "es.po"
    path.write_text(HEADER + "this is no catalogue\n", encoding="utf-8")
    with pytest.raises(MessagesError, match=r"es\.po line \d"):
        read(path)


def test_a_doubtful_translation_counts_as_missing(tmp_path: Path) -> None:
    template = Catalog()
    template.add("All")
    path = tmp_path / "es.po"
    path.write_text(HEADER + '#, fuzzy\nmsgid "All"\nmsgstr "Todo"\n', encoding="utf-8")
    assert [message.id for message in missing(template, read(path))] == ["All"]


def test_a_department_has_the_last_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = tmp_path / "ours"
    ours.mkdir()
    catalogue(tmp_path, ("calls", "llamadas"), ("needles", "agujas"))
    catalogue(ours, ("needles", "jeringas"))
    monkeypatch.setattr(language, "PRODUCT", tmp_path)
    monkeypatch.setattr(language, "CITY", ours)
    words = language._words.__wrapped__("es")
    assert [words.gettext(each) for each in ("calls", "needles")] == ["llamadas", "jeringas"]


def test_a_language_that_is_not_on_offer_is_english() -> None:
    with language.use("tlh"):
        assert language.code() == "en"
        assert prose.count(2, "calls") == "2 calls"


def test_spanish_says_numbers_dates_and_plurals_in_its_own_order() -> None:
    with language.use("es"):
        assert prose.count(1, "calls") == "1 llamada"
        assert prose.count(1589, "needles") == "1,589 agujas"  # as Spanish is written in the United States
        assert prose.percent(0.939) == "93.9%"
        assert prose.day(date(2026, 10, 31)) == "31 de octubre de 2026"
        assert prose.within(date(2025, 7, 1), date(2026, 6, 30)) == "de julio de 2025 a junio de 2026"
        assert prose.within(date(2026, 10, 3), date(2026, 10, 3)) == "el 3 de octubre de 2026"
        assert prose.period_name("2026-07-01", "quarter") == "T3 2026"
        assert prose.listing(["a", "b", "c"]) == "a, b y c"
    assert prose.count(1589, "needles") == "1,589 needles"


def test_what_is_left_out_of_a_table_is_said_in_the_readers_language_after_the_policys_own_note() -> None:
    released = "Counts people once. " + " ".join(
        table_notes.written(template, ["2023", "2022"]) for template in table_notes.TEMPLATES
    )
    assert table_notes.said(released) == released.replace("2023, 2022", "2022, 2023")
    assert table_notes.said(None) == ""
    with language.use("es"):
        told = table_notes.said(released)
    assert told.startswith("Counts people once. No se publica para 2022, 2023: ")
    assert "Not published" not in told
    assert told.count("2022, 2023") == 3


@pytest.mark.parametrize(
    ("code", "number", "percent", "month", "last"),
    [
        ("pt", "1.234,5", "93,9%", "outubro de 2026", "a, b e c"),
        ("ht", "1\N{NO-BREAK SPACE}234,5", "93,9\N{NO-BREAK SPACE}%", "octobre 2026", "a, b et c"),
        ("am", "1,234.5", "93.9%", "ኦክቶበር 2026", "a፣ b እና c"),
        ("zh", "1,234.5", "93.9%", "2026年10月", "a、b和c"),
        ("bn", "1,234.5", "93.9%", "অক্টোবর 2026", "a, b এবং c"),
    ],
)
def test_languages_to_come_have_their_numbers_dates_and_lists(
    code: str, number: str, percent: str, month: str, last: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(language, "codes", lambda: ("en", code))
    with language.use(code):
        assert language.number(1234.5, 1).replace("\N{NARROW NO-BREAK SPACE}", "\N{NO-BREAK SPACE}") == number
        assert language.percent(0.939).replace("\N{NARROW NO-BREAK SPACE}", "\N{NO-BREAK SPACE}") == percent
        assert language.month(date(2026, 10, 1)) == month
        assert language.listing("abc") == last
        assert language.locale(code).text_direction == "ltr"


@pytest.mark.parametrize("code", ["pt", "ht", "am", "zh", "bn"])
def test_a_catalogue_of_a_language_to_come_has_its_plurals(code: str) -> None:
    made = Catalog(locale=str(language.locale(code)))
    assert made.num_plurals == (1 if code == "zh" else 2)


def test_the_language_nobody_speaks_is_longer_and_keeps_placeholders() -> None:
    said = pseudo.marked("{n} calls {within}")
    assert pseudo.outside(said.format(n="⟦3⟧", within="in 2025")) == " "
    assert len(said) > 1.3 * len("{n} calls {within}")
