"""What is in a file of translations, and what is wrong with it? Each fault is a sentence that names file and line."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from string import Formatter

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import PoFileError, read_po

# Anything that a page could take for markup: HTML, an entity, a Markdown link, code, emphasis, a heading.
MARKUP = re.compile(r"<[^\s\d]|&#?\w+;|\]\(|`|\*\*|__|^#+ |:material/|:\w+\[", re.MULTILINE)


class MessagesError(ValueError):
    """A file of translations cannot be read; the sentence names file and line."""


@dataclass(frozen=True)
class Problem:
    """A translation that must not be shown, and why."""

    path: Path
    message: Message
    reason: str

    def __str__(self) -> str:
        name = self.message.id if isinstance(self.message.id, str) else self.message.id[0]
        return f"{place(self.path)} line {self.message.lineno}: the translation of “{_short(name)}” {self.reason}."


def place(path: Path) -> str:
    """A catalogue by its folders: there is one of the product and one of the department, with the same name."""
    return "/".join(path.parts[-3:])


def read(path: Path) -> Catalog:
    """A .po file. Raises MessagesError."""
    try:
        with path.open("rb") as file:
            return read_po(file, abort_invalid=True)
    except PoFileError as error:
        raise MessagesError(f"{place(path)} line {(error.lineno or 0) + 1}: {error}.") from None
    except (OSError, UnicodeDecodeError, LookupError, ValueError) as error:
        raise MessagesError(f"{place(path)}: cannot be read as a file of translations ({error}).") from None


def problems(path: Path, catalogue: Catalog) -> list[Problem]:
    """The translations that may not be shown: a placeholder missing, added or renamed, or markup that English has not."""
    return [
        Problem(path, message, reason)
        for message in catalogue
        if message.id and not message.fuzzy
        for reason in _reasons(message)
    ]


def missing(wanted: Catalog, catalogue: Catalog) -> list[Message]:
    """The messages of a template that a catalogue does not translate, or only doubtfully ("fuzzy")."""
    found = ((message, catalogue.get(message.id, message.context)) for message in wanted if message.id)
    return [message for message, known in found if known is None or known.fuzzy or not all(_texts(known.string))]


def placeholders(text: str) -> set[str]:
    """The names in braces of a message: {"n", "period"}. Raises ValueError for braces that do not close."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def _reasons(message: Message) -> Iterator[str]:
    """The first thing that is wrong with a translation, if there is any."""
    sources, translations = _texts(message.id), _texts(message.string)
    if not any(translations):
        return
    wanted = [placeholders(each) for each in sources] if _is_template(sources) else []
    for text in filter(None, translations):
        try:
            has = placeholders(text) if wanted else set()
        except ValueError:
            yield "has a brace that does not open or close"
            return
        lost, added = set.intersection(*wanted) - has if wanted else set(), has - set().union(*wanted)
        if lost or added:
            parts = [
                f"leaves out {_braced(lost)}" if lost else "",
                f"has {_braced(added)}, which English has not" if added else "",
            ]
            yield " and ".join(filter(None, parts))
            return
        strange = set(MARKUP.findall(text)) - {mark for each in sources for mark in MARKUP.findall(each)}
        if strange:
            yield f"has markup that English has not ({' '.join(sorted(strange))})"
            return


def _is_template(sources: list[str]) -> bool:
    """Whether a message is filled by `format`. A text of data may have a brace of its own."""
    try:
        return all(placeholders(each) is not None for each in sources)
    except ValueError:
        return False


def _texts(part: object) -> list[str]:
    return [str(each) for each in part] if isinstance(part, list | tuple) else [str(part or "")]


def _braced(names: set[str]) -> str:
    return ", ".join("{" + name + "}" for name in sorted(names))


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"
