"""The notes that a release writes beside a table of which a part is left out, and the same notes in a reader's language.

The released file keeps one English text, after the note of the policy where that has one. Pages say it in the language
in use, so the sentences stand here once: whoever writes them and whoever reads them mean the same ones.
"""

import re
from collections.abc import Iterable

from publicsafety import prose
from publicsafety.language import gettext as _
from publicsafety.language import later

WITH_OTHERS = later("Not published for {years}: with the other tables, small counts could be worked out from it.")
ALONE = later("Not published for {years}: small counts could be worked out from it.")
SINCE = later("Not published from {years} on: small counts could be worked out from it.")
TEMPLATES = (WITH_OTHERS, ALONE, SINCE)


def written(template: str, years: Iterable[str]) -> str:
    """The English note about years ("2022", "2023") for the released file."""
    return template.format(years=", ".join(sorted(years)))


def said(note: str | None) -> str:
    """A released note in the language in use, as whole sentences; a policy's own part as its catalogue has it."""
    own, told = str(note or ""), []
    for template in TEMPLATES:
        found = _pattern(template).search(own)
        if found:
            own = own.replace(found[0], " ")
            told.append(_(template).format(years=found["years"]))
    own = " ".join(own.split())
    return " ".join(filter(None, [prose.sentence(_(own)) if own else "", *told]))


def _pattern(template: str) -> re.Pattern[str]:
    before, after = map(re.escape, template.split("{years}"))
    return re.compile(rf"{before}(?P<years>\d{{4}}(?:, \d{{4}})*){after}")
