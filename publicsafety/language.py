"""In which language is this said? Catalogues of words, and numbers, dates and lists as the language writes them.

Everything that the public reads is written in English in the code and goes through `gettext`, `pgettext` or `ngettext`.
The language in use is that of the current thread or task; English needs no catalogue. docs/languages.md says how to add one.
"""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Any

from babel import Locale, UnknownLocaleError, dates, lists, numbers
from babel.messages.mofile import write_mo

from publicsafety.city import CITY_FILE, DATA, ROOT, home_city, place_of
from publicsafety.messages import MessagesError, Problem, missing, place, problems, read

ENGLISH = "en"
PRODUCT = ROOT / "publicsafety" / "locales"  # the words of the code and of the metrics
CITY = DATA / "languages"  # the words of one department's data; they win over the product's
# A language without its region takes the one whose readers are meant; "zh_Hant" and the like say it themselves.
LOCALES = {"es": "es_US", "pt": "pt_BR", "zh": "zh_Hans"}
WIDTHS = ("wide", "abbreviated")
FULL_STOPS = {"am": "።", "bn": "।", "zh": "。", "zh_Hant": "。"}
_code: ContextVar[str] = ContextVar("language", default=ENGLISH)


@dataclass(frozen=True)
class Language:
    """A language on offer: its code in addresses and in `lang`, its own name for itself, and its direction."""

    code: str
    name: str
    direction: str  # "ltr" or "rtl"


# Which language ------------------------------------------------------------------------------------------------------


def code() -> str:
    """The code of the language in use: "en", "es"."""
    return _code.get()


def select(chosen: str) -> None:
    """Use a language from here on in this thread or task; one that is not on offer means English."""
    _code.set(chosen if chosen in codes() else ENGLISH)


@contextmanager
def use(chosen: str) -> Iterator[None]:
    """Use a language inside a `with`; one that is not on offer means English."""
    before = _code.set(chosen if chosen in codes() else ENGLISH)
    try:
        yield
    finally:
        _code.reset(before)


@cache
def languages() -> tuple[Language, ...]:
    """The languages on offer, English first: those of data/city.toml that the product has a catalogue for."""
    wanted = dict.fromkeys((ENGLISH, *home_city().languages))
    return tuple(_language(each) for each in wanted if each == ENGLISH or (PRODUCT / f"{each}.po").exists())


def codes() -> tuple[str, ...]:
    return tuple(each.code for each in languages())


def _language(chosen: str) -> Language:
    known = locale(chosen)
    name = known.languages.get(known.language) or known.get_display_name() or chosen
    return Language(chosen, name[0].upper() + name[1:], known.text_direction)


@cache
def locale(chosen: str) -> Locale:
    """The babel locale of a language's code; English's where babel does not know it."""
    try:
        return Locale.parse(LOCALES.get(chosen, chosen))
    except (UnknownLocaleError, ValueError):
        return Locale.parse(ENGLISH)


# Words ---------------------------------------------------------------------------------------------------------------


def gettext(message: str) -> str:
    """A message in the language in use; in English where it is not translated. Placeholders are filled afterwards."""
    return _words(code()).gettext(message) if message and code() != ENGLISH else message


def later(message: str) -> str:
    """Marks a constant that is translated where it is used: `gettext(CONSTANT)`. Extraction finds it by this name."""
    return message


def pgettext(context: str, message: str) -> str:
    """The same for a word that means different things in different places: `context` tells them apart."""
    return _words(code()).pgettext(context, message) if message and code() != ENGLISH else message


def ngettext(one: str, many: str, n: float) -> str:
    """The form of a message that goes with a number: "{n} call", "{n} calls". The number is filled in afterwards."""
    if code() == ENGLISH:
        return one if n == 1 else many
    whole = int(n)
    # A fraction takes the plural in every language that we offer; gettext's rules know whole numbers only.
    return _words(code()).ngettext(one, many, whole if whole == n else whole + 2)


def catalogues(chosen: str) -> tuple[Path, ...]:
    """The files of a language's words, the department's own first; those that exist."""
    return tuple(path for path in (CITY / f"{chosen}.po", PRODUCT / f"{chosen}.po") if path.exists())


def check() -> None:
    """Raise MessagesError where a language of data/city.toml cannot be shown as it should: a release says so and stops."""
    found = [f"{place_of(CITY_FILE)}: languages has “{each}”, and there is no {each}.po in publicsafety/locales. docs/languages.md says how to add one."
             for each in home_city().languages if each not in codes()]  # fmt: skip
    for each in codes():
        for path in catalogues(each):
            found += map(str, problems(path, read(path)))
    if found:
        raise MessagesError("\n".join(found))


def untranslated() -> list[str]:
    """A sentence for each catalogue of a language on offer that lacks texts of the template beside it."""
    found = []
    for each in codes():
        for path in catalogues(each):
            template = path.with_name("messages.pot")
            lacking = missing(read(template), read(path)) if template.exists() else []
            if lacking:
                first = lacking[0].id if isinstance(lacking[0].id, str) else lacking[0].id[0]
                found.append(
                    f"{place(path)}: texts without a translation, {len(lacking)} in all, are published in English, such as “{first}”. “make messages” lists them."
                )
    return found


@lru_cache(maxsize=16)
def _words(chosen: str) -> NullTranslations:
    """All words of a language. A message that would break or mark up a page is left in English, and said to the log."""
    found: NullTranslations | None = None
    for path in reversed(catalogues(chosen)):
        catalogue = read(path)
        for problem in problems(path, catalogue):
            print(f"{problem} It is shown in English.", file=sys.stderr, flush=True)
            _drop(catalogue, problem)
        compiled = BytesIO()
        write_mo(compiled, catalogue)
        compiled.seek(0)
        words = GNUTranslations(compiled)
        if found:
            words.add_fallback(found)
        found = words
    return found or NullTranslations()


def _drop(catalogue: Any, problem: Problem) -> None:
    catalogue.delete(problem.message.id, problem.message.context)


# Numbers, dates, lists -----------------------------------------------------------------------------------------------


def number(value: Any, places: int = 0) -> str:
    """A number with so many decimals: "1,589", "3.5"; "1.589", "3,5". Rounded alike in every language."""
    text = f"{float(value):,.{places}f}"
    if code() == ENGLISH:
        return text
    pattern = "#,##0." + "0" * places if places else "#,##0"
    return numbers.format_decimal(Decimal(text.replace(",", "")), pattern, locale=locale(code()))


def percent(value: Any, places: int = 1) -> str:
    """A proportion from 0 to 1: "93.9%", "93,9 %"."""
    text = f"{float(value) * 100:.{places}f}"
    if code() == ENGLISH:
        return f"{text}%"
    known = locale(code())
    pattern = known.percent_formats[None].pattern.replace("#,##0", "#,##0." + "0" * places if places else "#,##0")
    return numbers.format_percent(Decimal(text) / 100, pattern, locale=known)


def day(when: date) -> str:
    """A date in a sentence: "31 October 2026", "31 de octubre de 2026"."""
    if code() == ENGLISH:
        return f"{when.day} {when:%B %Y}"
    return dates.format_date(when, "long", locale=locale(code()))


def american_day(when: date) -> str:
    """The same with the month first in English: "October 31, 2026"; other languages have one form."""
    return f"{when:%B} {when.day}, {when.year}" if code() == ENGLISH else day(when)


def short_day(when: date) -> str:
    """A date in a table or badge: "31 Oct 2026"."""
    if code() == ENGLISH:
        return f"{when.day} {when:%b %Y}"
    return dates.format_date(when, "medium", locale=locale(code()))


def month(when: date) -> str:
    """A month of a year: "October 2026", "octubre de 2026"."""
    return f"{when:%B %Y}" if code() == ENGLISH else dates.format_skeleton("yMMMM", when, locale=locale(code()))


def short_month(when: date) -> str:
    """A month of a year on an axis: "Oct 2026"."""
    return f"{when:%b %Y}" if code() == ENGLISH else dates.format_skeleton("yMMM", when, locale=locale(code()))


def month_name(when: date) -> str:
    """A month without its year: "October", "octubre"."""
    return f"{when:%B}" if code() == ENGLISH else dates.format_date(when, "LLLL", locale=locale(code()))


def quarter(when: date) -> str:
    """A quarter: "Q3 2026", "T3 2026"."""
    if code() == ENGLISH:
        return f"Q{(when.month - 1) // 3 + 1} {when.year}"
    return dates.format_skeleton("yQQQ", when, locale=locale(code()))


def quarter_alone(when: date) -> str:
    """A quarter without its year: "Q3", "T3"."""
    if code() == ENGLISH:
        return f"Q{(when.month - 1) // 3 + 1}"
    return dates.format_date(when, "QQQ", locale=locale(code()))


def weekday(place: int) -> str:
    """The name of a day of the week, 0 for Monday: "Monday", "lunes"."""
    return str(locale(code()).days["format"]["wide"][place])


def of_charts() -> dict[str, Any] | None:
    """Months, days and separators for the chart library's axes, in its own form (weeks from Sunday); none for English."""
    if code() == ENGLISH:
        return None
    known = locale(code())
    days = {width: [known.days["stand-alone"][width][(place + 6) % 7] for place in range(7)] for width in WIDTHS}
    months = {width: [known.months["stand-alone"][width][place] for place in range(1, 13)] for width in WIDTHS}
    marks = {"decimal": numbers.get_decimal_symbol(known), "thousands": numbers.get_group_symbol(known)}
    names = {
        "days": days["wide"],
        "shortDays": days["abbreviated"],
        "months": months["wide"],
        "shortMonths": months["abbreviated"],
    }
    return {"name": code().replace("_", "-"), "format": names | marks}


def full_stop() -> str:
    return FULL_STOPS.get(code(), ".")


def listing(items: Iterable[str], style: str = "and") -> str:
    """Words joined as in a sentence: "a", "a and b", "a, b and c"; `style` may be "or"."""
    words = list(items)
    if len(words) < 2:
        return words[0] if words else ""
    if code() == ENGLISH:
        return f"{', '.join(words[:-1])} {style} {words[-1]}"
    kind: Any = "or" if style == "or" else "standard"
    return lists.format_list(words, style=kind, locale=locale(code()))
