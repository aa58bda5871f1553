"""A language that nobody speaks: every message that is known to the templates, accented, longer and between brackets.

What a page shows outside the brackets was never translated. `spoken` makes it the language in use, as `xx`.
"""

import json
import re
from gettext import NullTranslations

import pytest

from publicsafety import language, warehouse
from publicsafety.warehouse import Warehouse
from tools.messages import department, product

CODE = "xx"
ACCENTS = str.maketrans("aeiouAEIOUncs", "àéîõüÀÉÎÕÜñçš")
INNERMOST = re.compile(r"⟦[^⟦⟧]*[⟧…]")  # a label that was too long ends in an ellipsis
WORD = re.compile(r"[A-Za-z]{2,}")
# What is a code, a file, an address or markup, and so the same in every language.
SAME = re.compile(
    r"(?:https?|urn):\S+|[\w.]+@[\w.]+|\b[\w-]+\.(?:csv|json|xlsx|parquet)\b|\b\w+_\w+\b|%\{[^}]*\}|<[^>]*>|:[\w/-]+:?|\b[0-9a-f]{5,}\b|\bQ[1-4]\b|\b[nN]\b"
)
NAMED = {"CSV", "Parquet", "CC", "BY"}
# Babel's own words for dates and lists, in the English that stands in for a language that it does not know.
BABELS = {"and", "or"} | {
    name for width in ("wide", "abbreviated") for name in language.locale("en").months["format"][width].values()
}
PLACEHOLDER = re.compile(r"(\{\w+\})")


class Pseudo(NullTranslations):
    """Marks what the templates have, and nothing else: a text that was not extracted stays as it is."""

    def __init__(self) -> None:
        super().__init__()
        messages = [message.id for template in (product(), department()) for message in template if message.id]
        self.known = {each for message in messages for each in ([message] if isinstance(message, str) else message)}

    def gettext(self, message: str) -> str:
        return marked(message) if message in self.known else message

    def pgettext(self, context: str, message: str) -> str:
        return self.gettext(message)

    def ngettext(self, one: str, many: str, n: int) -> str:
        return self.gettext(one if n == 1 else many)


def marked(message: str) -> str:
    """Two fifths longer, with its placeholders whole."""
    parts = PLACEHOLDER.split(message)
    text = "".join(part if PLACEHOLDER.fullmatch(part) else part.translate(ACCENTS) for part in parts)
    return f"⟦{text}{'~' * (len(message) * 2 // 5)}⟧"


def outside(text: str) -> str:
    """What of a text stands in no bracket."""
    while (shorter := INNERMOST.sub(" ", text)) != text:
        text = shorter
    return text


def spoken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Offer the language beside the others."""
    words, offered, real = Pseudo(), language.languages(), language._words
    monkeypatch.setattr(language, "languages", lambda: (*offered, language.Language(CODE, "⟦Xx⟧", "ltr")))
    monkeypatch.setattr(language, "_words", lambda code: words if code == CODE else real(code))


def left(text: str, names: set[str]) -> list[str]:
    """The words of a text that did not go through the templates, without those that are names."""
    return [word for word in WORD.findall(SAME.sub(" ", outside(text.replace("\\", "")))) if word not in names]


def names(opened: Warehouse) -> set[str]:
    """The words of a released database that are names: the city, its areas, other cities' teams and sources."""
    texts = [json.loads(opened.info["city"])["name"], *map(str, warehouse.table(opened, "map_areas")["area"])]
    if "dim_peers" in opened.names:
        peers = warehouse.table(opened, "dim_peers")
        texts += [str(each) for name in ("city", "team", "figure", "source", "address") for each in peers[name]]
    return {word for text in texts for word in WORD.findall(text)} | NAMED | BABELS
